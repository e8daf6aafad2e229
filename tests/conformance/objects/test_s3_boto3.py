"""Amazon's own client against our bucket: items 57 to 64 of the checklist for catalogs without a cloud."""

# ruff: noqa: F811 - fixtures are imported, and named by their users

import datetime
import io
import json
import socket
import threading
import urllib.parse

import botocore.exceptions
import pytest
import requests
from vended import accounts, contacts, data_key  # noqa: F401 (fixtures)

LARGE = 48 << 20  # beyond what any body in memory may have


def code_of(call, **arguments):
    """The code and status that a call is refused with."""
    with pytest.raises(botocore.exceptions.ClientError) as refused:
        call(**arguments)
    answer = refused.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]


def test_57_objects_come_whole_and_in_every_form_of_range(accounts, data_key):
    key, size = data_key
    client = accounts.client()
    whole = client.get_object(Bucket=accounts.bucket, Key=key)
    body = whole["Body"].read()
    assert whole["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert len(body) == size == whole["ContentLength"]
    assert body[:4] == body[-4:] == b"PAR1"
    ranges = {
        "bytes=0-3": body[:4],
        "bytes=4-": body[4:],
        "bytes=-8": body[-8:],
        f"bytes=-{size + 100}": body,
        f"bytes={size // 2}-{size * 2}": body[size // 2 :],
    }
    for header, expected in ranges.items():
        part = client.get_object(Bucket=accounts.bucket, Key=key, Range=header)
        assert part["ResponseMetadata"]["HTTPStatusCode"] == 206, header
        assert part["Body"].read() == expected, header
        assert part["ContentRange"].endswith(f"/{size}"), header
    assert code_of(client.get_object, Bucket=accounts.bucket, Key=key, Range=f"bytes={size}-") == (
        "InvalidRange",
        416,
    )


def test_58_head_says_what_get_says(accounts, data_key):
    key, size = data_key
    client = accounts.client()
    head = client.head_object(Bucket=accounts.bucket, Key=key)
    got = client.get_object(Bucket=accounts.bucket, Key=key)
    got["Body"].close()
    for name in ("ETag", "ContentLength", "LastModified", "AcceptRanges", "ContentType"):
        assert head[name] == got[name], name
    assert head["ETag"].startswith('"')
    again = client.head_object(Bucket=accounts.bucket, Key=key)
    assert again["ETag"] == head["ETag"]
    assert code_of(client.head_object, Bucket=accounts.bucket, Key=accounts.prefix + "data/none.parquet")[1] == 404
    # What a client has already is not sent again; what became another file is said to be one.
    assert code_of(client.get_object, Bucket=accounts.bucket, Key=key, IfNoneMatch=head["ETag"])[1] == 304
    assert code_of(client.get_object, Bucket=accounts.bucket, Key=key, IfMatch='"other"')[1] == 412


def test_59_a_client_that_leaves_early_is_no_error(accounts, data_key, demo):
    key, _ = data_key
    client = accounts.client()
    before = demo.log.read_text()
    for _ in range(20):
        body = client.get_object(Bucket=accounts.bucket, Key=key, Range="bytes=0-")["Body"]
        body.read(16)
        body.close()
    assert client.head_object(Bucket=accounts.bucket, Key=key)["ContentLength"]
    assert '"level":"error"' not in demo.log.read_text()[len(before) :]


def test_60_what_does_not_hold_is_refused(accounts, contacts, data_key):
    key, _ = data_key
    place = {"Bucket": accounts.bucket, "Key": key}
    keys = accounts.keys
    bent = accounts.client(aws_secret_access_key="x" * 40)
    assert code_of(bent.get_object, **place) == ("SignatureDoesNotMatch", 403)
    bent = accounts.client(aws_access_key_id="AKIAIOSFODNN7EXAMPLE")
    assert code_of(bent.get_object, **place) == ("InvalidAccessKeyId", 403)
    bent = accounts.client(aws_session_token=contacts.keys["aws_session_token"])
    assert code_of(bent.get_object, **place) == ("InvalidToken", 403)
    bent = accounts.client(aws_session_token=keys["aws_session_token"][:-4] + "AAAA")
    assert code_of(bent.get_object, **place) == ("InvalidToken", 403)
    # Another table's prefix, whether there is something or not.
    other = contacts.client()
    assert code_of(other.get_object, **place) == ("AccessDenied", 403)
    client = accounts.client()
    for name in ("nothing/x/data/y.parquet", "../etc/passwd", "accounts", "accounts%2F..", "%2e%2e/x"):
        key_of_other = contacts.prefix + "../" + name if name == "accounts" else name
        assert code_of(client.get_object, Bucket=accounts.bucket, Key=key_of_other) == ("AccessDenied", 403), name
    assert code_of(client.list_objects_v2, Bucket="elsewhere") == ("NoSuchBucket", 404)


def raw(accounts, target, headers):
    """A request whose path no client library touches."""
    host = urllib.parse.urlparse(accounts.endpoint)
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    with socket.create_connection((host.hostname, host.port), timeout=20) as connection:
        connection.sendall(f"GET {target} HTTP/1.1\r\nHost: {host.netloc}\r\nConnection: close\r\n{lines}\r\n".encode())
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
    return int(answer.split()[1]), answer


def test_60_paths_are_neither_resolved_nor_decoded_twice(accounts, contacts, data_key):
    key, _ = data_key
    url = accounts.client().generate_presigned_url("get_object", Params={"Bucket": accounts.bucket, "Key": key})
    parts = urllib.parse.urlparse(url)
    query = "?" + parts.query
    assert raw(accounts, parts.path + query, {})[0] == 200
    folder = f"/{accounts.bucket}/"
    for path in (
        folder + "contacts/../" + key,
        folder + "contacts/%2e%2e/" + key,
        folder + key.replace("accounts", "%2561ccounts"),
        folder + contacts.prefix + "data/x.parquet",
    ):
        assert raw(accounts, path + query, {})[0] == 403, path


@pytest.mark.parametrize("size", [1, 9 << 20, LARGE], ids=["tiny", "multipart", "large"])
def test_61_uploads_are_refused_and_read_to_their_end(accounts, size):
    client = accounts.client()
    place = {"Bucket": accounts.bucket, "Key": accounts.prefix + "data/new.parquet"}
    assert code_of(client.put_object, Body=b"x" * size, **place) == ("AccessDenied", 403)
    # Without being asked first, as many clients send.
    url = f"{accounts.endpoint}/{place['Bucket']}/{place['Key']}"
    sent = requests.put(url, data=io.BytesIO(b"x" * size), headers={"x-amz-content-sha256": "x"}, timeout=60)
    assert sent.status_code == 403
    assert "AccessDenied" in sent.text


def test_61_nothing_else_writes_either(accounts, data_key):
    key, _ = data_key
    client = accounts.client()
    place = {"Bucket": accounts.bucket, "Key": key}
    refused = ("AccessDenied", 403)
    assert code_of(client.delete_object, **place) == refused
    assert code_of(client.create_multipart_upload, **place) == refused
    assert code_of(client.delete_objects, Bucket=accounts.bucket, Delete={"Objects": [{"Key": key}]}) == refused
    assert code_of(client.copy_object, CopySource=place, **place) == refused
    assert code_of(client.create_bucket, Bucket="another") == refused
    assert code_of(client.put_object_tagging, Tagging={"TagSet": []}, **place) == refused
    assert code_of(client.get_object_acl, **place) == refused
    assert client.head_object(**place)["ContentLength"]


def test_62_a_listing_shows_what_was_granted(accounts, contacts):
    client = accounts.client()
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=accounts.bucket, PaginationConfig={"PageSize": 3})
    keys = [entry["Key"] for page in pages for entry in page.get("Contents", [])]
    assert keys == sorted(set(keys))
    assert keys and all(key.startswith(accounts.prefix) for key in keys)
    assert any("/data/" in key for key in keys)
    assert any(key.endswith(".metadata.json") for key in keys)
    assert any("/_delta_log/" in key for key in keys)
    for name in keys:
        head = client.head_object(Bucket=accounts.bucket, Key=name)
        listed = client.list_objects_v2(Bucket=accounts.bucket, Prefix=name)["Contents"][0]
        assert (listed["Size"], listed["ETag"]) == (head["ContentLength"], head["ETag"]), name
    assert "Contents" not in client.list_objects_v2(Bucket=accounts.bucket, Prefix=contacts.prefix)
    top = client.list_objects_v2(Bucket=accounts.bucket, Delimiter="/")
    assert [each["Prefix"] for each in top["CommonPrefixes"]] == ["accounts/"]
    older = client.list_objects(Bucket=accounts.bucket, Prefix=accounts.prefix, MaxKeys=2)
    assert older["IsTruncated"] and len(older["Contents"]) == 2
    assert client.head_bucket(Bucket=accounts.bucket)["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert not client.get_bucket_location(Bucket=accounts.bucket)["LocationConstraint"]
    assert [each["Name"] for each in client.list_buckets()["Buckets"]] == [accounts.bucket]


def test_63_a_presigned_url_needs_nothing_else(accounts, data_key):
    key, size = data_key
    client = accounts.client()
    params = {"Bucket": accounts.bucket, "Key": key}
    url = client.generate_presigned_url("get_object", Params=params, ExpiresIn=600)
    assert len(requests.get(url, timeout=20).content) == size
    part = requests.get(url, headers={"Range": "bytes=-4"}, timeout=20)
    assert (part.status_code, part.content) == (206, b"PAR1")
    assert requests.get(url.replace(key, key[:-9] + "x.parquet"), timeout=20).status_code == 403
    assert requests.get(url + "x", timeout=20).status_code in (400, 403)
    assert requests.head(url, timeout=20).status_code == 403  # of another method
    head = client.generate_presigned_url("head_object", Params=params, ExpiresIn=600)
    assert requests.head(head, timeout=20).headers["Content-Length"] == str(size)


def test_60_clocks_may_differ_by_fifteen_minutes(accounts, data_key, monkeypatch):
    import botocore.auth

    key, _ = data_key

    def code_at(minutes):
        moment = datetime.datetime.now(datetime.UTC) + datetime.timedelta(minutes=minutes)
        monkeypatch.setattr(
            botocore.auth, "get_current_datetime", lambda remove_tzinfo=True: moment.replace(tzinfo=None)
        )
        client = accounts.client()
        try:
            client.head_object(Bucket=accounts.bucket, Key=key)
            return 200
        except botocore.exceptions.ClientError as refused:
            return refused.response["ResponseMetadata"]["HTTPStatusCode"]

    assert code_at(-14) == 200
    assert code_at(14) == 200
    assert code_at(-16) == 403
    assert code_at(16) == 403


def test_metadata_is_what_the_catalog_says(accounts, demo):
    key = accounts.metadata.split("/", 3)[3]
    body = accounts.client().get_object(Bucket=accounts.bucket, Key=key)["Body"].read()
    metadata = json.loads(body)
    assert metadata["location"] == accounts.location
    assert metadata["refs"]["main"]["snapshot-id"] == metadata["current-snapshot-id"]


def test_many_read_at_once(accounts, data_key):
    key, size = data_key
    seen = []

    def read():
        client = accounts.client()
        for _ in range(5):
            seen.append(len(client.get_object(Bucket=accounts.bucket, Key=key)["Body"].read()))

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [size] * 40
