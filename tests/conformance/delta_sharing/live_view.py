"""The same rows seen through two doors: REST, and the Python client of Delta Sharing."""

import datetime
import decimal
import json
import time
from pathlib import Path

import pandas
import requests


def micros(text):
    moment = datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=datetime.UTC)
    return (moment - datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)) // datetime.timedelta(microseconds=1)


def plain(kind, value):
    """A REST value of a field of that type as one that compares with what a table holds."""
    if value is None:
        return None
    if kind in ("money", "decimal"):
        return decimal.Decimal(value)
    if kind == "datetime":
        return micros(value)
    if kind == "date":
        return datetime.date.fromisoformat(value)
    if kind == "multi_select":
        return ";".join(value)
    return value


class Rest:
    """The CRM's own API, with the rows of one collection as plain tuples."""

    def __init__(self, demo, plural):
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {demo.api_token}"
        self.url = f"{demo.url}/api/v1/{plural}"
        described = self.session.get(f"{demo.url}/api/v1/objects").json()["objects"]
        model = next(o for o in described if o["plural"] == plural)
        self.types = {field["name"]: field["type"] for field in model["fields"]}
        self.names = list(self.types)

    def row(self, record):
        return tuple(plain(kind, record[name]) for name, kind in self.types.items())

    def rows(self):
        rows, token = {}, None
        while True:
            params = {"page_size": 1000} | ({"page_token": token} if token else {})
            answer = self.session.get(self.url, params=params)
            answer.raise_for_status()
            page = answer.json()
            rows |= {record["id"]: self.row(record) for record in page["items"]}
            token = page.get("next_page_token")
            if not token:
                return rows

    def create(self, fields):
        answer = self.session.post(self.url, json=fields)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def update(self, record_id, fields):
        answer = self.session.patch(f"{self.url}/{record_id}", json=fields)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def delete(self, record_id):
        answer = self.session.delete(f"{self.url}/{record_id}")
        assert answer.status_code == 204, answer.text


def cells(kind, series):
    """A column of a data frame as plain values, by whichever path the client took to make it."""
    if kind == "datetime":
        stamps = pandas.to_datetime(series, utc=True).astype("datetime64[us, UTC]")
        missing = stamps.isna().tolist()
        return [None if gone else value for value, gone in zip(stamps.astype("int64").tolist(), missing, strict=True)]
    values = series.tolist()
    if series.dtype.kind == "f":
        return [None if value != value else int(value) for value in values]
    return [None if value is None or value != value else value for value in values]


def frame_rows(frame, rest):
    """The rows of a data frame by id, with the columns in the model's order."""
    assert list(frame.columns) == rest.names
    columns = (cells(kind, frame[name]) for name, kind in rest.types.items())
    rows = list(zip(*columns, strict=True))
    by_id = {row[0]: row for row in rows}
    assert len(by_id) == len(rows), "an id stands twice"
    return by_id


def differences(read, expected):
    """A few of the rows that differ; none when both are the same. Short, since tables are long."""
    ids = [row_id for row_id in read.keys() | expected.keys() if read.get(row_id) != expected.get(row_id)]
    return [(row_id, read.get(row_id), expected.get(row_id)) for row_id in ids[:3]]


class Share:
    """The protocol itself, spoken with nothing but HTTP."""

    def __init__(self, demo):
        profile = json.loads(Path(demo.delta_sharing_profile).read_text())
        self.endpoint = profile["endpoint"].rstrip("/")
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {profile['bearerToken']}"

    def get(self, path, **kwargs):
        return self.session.get(self.endpoint + path, **kwargs)

    def query(self, table, body=None, **headers):
        return self.session.post(
            f"{self.endpoint}/shares/boathouse/schemas/crm/tables/{table}/query",
            json={} if body is None else body,
            headers={name.replace("_", "-"): value for name, value in headers.items()},
        )


def lines(answer):
    assert answer.status_code == 200, answer.text
    return [json.loads(line) for line in answer.text.splitlines()]


def files(answer):
    return [line["file"] for line in lines(answer) if "file" in line]


def now_ms():
    return int(time.time() * 1000)
