// Histories, the trash, duplicates and merging through the surface.
#include "surfaces/rest/rest_fixture.h"

namespace boathouse::rest {
namespace {

TEST_CASE_FIXTURE(RestFixture, "a record is read as it was") {
  const std::string id = Make("accounts", R"({"name":"Acme"})");
  const std::string then = FormatDateTime(clock.Now());
  clock.Advance(1'000'000);
  Call("PATCH", "/accounts/" + id, R"({"name":"Acme Ltd"})");
  CHECK(Call("GET", "/accounts/" + id + "?as_of=" + then).body["name"].AsString() == "Acme");
  CHECK(Call("GET", "/accounts/" + id).body["name"].AsString() == "Acme Ltd");
  const Answer early = Call("GET", "/accounts/" + id + "?as_of=2001-01-01T00:00:00Z");
  CHECK(early.status == 404);
  CHECK(early.body["detail"].AsString().find("was created only at") != std::string_view::npos);
  CHECK(FirstError(Call("GET", "/accounts/" + id + "?as_of=yesterday")) == "as_of wrong_format");
  CHECK(Call("GET", "/accounts/" + id + "?as_of=" + then + "&expand=created_by")
            .body["expanded"]["created_by"]["title"]
            .AsString() == "admin");
}

TEST_CASE_FIXTURE(RestFixture, "a change is undone") {
  const std::string id = Make("accounts", R"({"name":"Acme"})");
  Call("PATCH", "/accounts/" + id, R"({"name":"B"})");
  const Answer history = Call("GET", "/accounts/" + id + "/history");
  const std::string change = std::to_string(*history.body["items"].items()[0]["seq"].AsInt());
  const std::string create = std::to_string(*history.body["items"].items()[1]["seq"].AsInt());
  Call("PATCH", "/accounts/" + id, R"({"name":"C"})");
  const std::string undo = "/accounts/" + id + "/history/" + change + "/undo";
  const Answer refused = Call("POST", undo);
  CHECK(refused.status == 409);
  CHECK(FirstError(refused) == "/name changed_since");
  const Answer undone = Call("POST", undo + "?force=true");
  CHECK(undone.status == 200);
  CHECK(undone.body["name"].AsString() == "Acme");
  CHECK(undone.headers.Find("ETag") != nullptr);
  CHECK(Call("POST", "/accounts/" + id + "/history/x/undo").status == 404);
  CHECK(CallAs(viewer, "POST", undo).status == 403);
  CHECK(Call("POST", "/accounts/" + id + "/history/" + create + "/undo?force=true").status == 204);
  CHECK(Call("GET", "/accounts/" + id).status == 404);
}

TEST_CASE_FIXTURE(RestFixture, "the trash gives back and erases") {
  const std::string id = Make("accounts", R"({"name":"Acme"})");
  REQUIRE(Call("DELETE", "/accounts/" + id).status == 204);
  const Answer trash = Call("GET", "/trash?object=accounts");
  REQUIRE(trash.body["items"].size() == 1);
  const Json& item = trash.body["items"].items()[0];
  CHECK(item["title"].AsString() == "Acme");
  CHECK(item["object"].AsString() == "account");
  CHECK(item["deleted_by"]["name"].AsString() == "member");
  const Answer restored = Call("POST", "/trash/accounts/" + id + "/restore");
  CHECK(restored.status == 200);
  CHECK(restored.body["title"].AsString() == "Acme");
  CHECK(Call("POST", "/trash/accounts/" + id + "/restore").status == 409);
  CHECK(Call("GET", "/accounts/" + id + "/history").body["items"].items()[0]["op"].AsString() ==
        "restore");
  CHECK(CallAs(admin, "DELETE", "/trash/accounts/" + id).status == 409);
  REQUIRE(Call("DELETE", "/accounts/" + id).status == 204);
  CHECK(Call("DELETE", "/trash/accounts/" + id).status == 403);
  CHECK(CallAs(admin, "DELETE", "/trash/accounts/" + id).status == 204);
  CHECK(Call("GET", "/trash").body["items"].size() == 0);
  CHECK(Call("GET", "/trash?object=nothing").status == 404);
}

TEST_CASE_FIXTURE(RestFixture, "administrators read the log of everything") {
  const std::string id = Make("accounts", R"({"name":"Acme"})");
  CHECK(Call("GET", "/history").status == 403);
  const Answer log = CallAs(admin, "GET", "/history?object=accounts&page_size=1");
  REQUIRE(log.body["items"].size() == 1);
  CHECK(log.body["items"].items()[0]["record"]["id"].AsString() == id);
  CHECK(log.body["items"].items()[0]["record"]["title"].AsString() == "Acme");
  CHECK(log.body.Find("next_page_token") == nullptr);
}

TEST_CASE_FIXTURE(RestFixture, "creating tells of duplicates, or refuses") {
  const std::string id = Make("accounts", R"({"name":"Acme"})");
  const Answer warned = Call("POST", "/accounts", R"({"name":"ACME Inc."})");
  CHECK(warned.status == 201);
  CHECK(warned.headers.Get("X-Boathouse-Duplicates") == id);
  CHECK(Call("POST", "/accounts", R"({"name":"Globex"})").headers.Find("X-Boathouse-Duplicates") ==
        nullptr);
  const Answer found = Call("GET", "/accounts/" + id + "/duplicates");
  REQUIRE(found.body["items"].size() == 1);
  CHECK(found.body["items"].items()[0]["title"].AsString() == "ACME Inc.");
  const Answer groups = Call("POST", "/accounts/find-duplicates");
  REQUIRE(groups.body["groups"].size() == 1);
  CHECK(groups.body["groups"].items()[0]["records"].size() == 2);
  CHECK(*groups.body["scanned"].AsInt() == 3);

  CHECK(Call("PATCH", "/duplicate-rules/account-name", R"({"action":"block"})").status == 403);
  REQUIRE(CallAs(admin, "PATCH", "/duplicate-rules/account-name", R"({"action":"block"})").status ==
          200);
  const Answer refused = Call("POST", "/accounts", R"({"name":"The Acme Company"})");
  CHECK(refused.status == 409);
  CHECK(FirstError(refused) == "/name duplicate");
  CHECK(Call("POST", "/accounts?allow_duplicates=true", R"({"name":"The Acme Company"})").status ==
        201);
  CHECK(Call("POST", "/accounts:batchCreate", R"({"items":[{"name":"Acme"}]})").status == 409);
  CHECK(
      Call("POST", "/accounts:batchCreate?allow_duplicates=true", R"({"items":[{"name":"Acme"}]})")
          .status == 201);
}

TEST_CASE_FIXTURE(RestFixture, "rules about duplicates are added and removed") {
  const char* body = R"({"object":"product","match":[{"field":"family","method":"name"}]})";
  CHECK(Call("POST", "/duplicate-rules", body).status == 403);
  const Answer added = CallAs(admin, "POST", "/duplicate-rules", body);
  REQUIRE(added.status == 201);
  const std::string path = "/duplicate-rules/" + std::string(added.body["id"].AsString());
  CHECK(added.headers.Get("Location") == "/api/v1" + path);
  const size_t count = Call("GET", "/duplicate-rules").body["items"].size();
  CHECK(CallAs(admin, "DELETE", path).status == 204);
  CHECK(CallAs(admin, "DELETE", path).status == 404);
  CHECK(Call("GET", "/duplicate-rules").body["items"].size() == count - 1);
  CHECK(FirstError(CallAs(admin, "POST", "/duplicate-rules",
                          R"({"object":"product","match":[{"field":"nam","method":"name"}]})")) ==
        "/match/0/field unknown_field");
}

TEST_CASE_FIXTURE(RestFixture, "a merged record leads to its winner") {
  const std::string winner = Make("accounts", R"({"name":"Acme"})");
  const std::string loser = Make("accounts", R"({"name":"ACME","industry":"steel"})");
  const std::string contact =
      Make("contacts", R"({"last_name":"Roe","account_id":")" + loser + "\"}");
  const Answer merged = Call("POST", "/accounts/" + winner + "/merge",
                             R"({"from":[")" + loser + R"("],"fields":{"name":"Acme Corp"}})");
  INFO(merged.text);
  REQUIRE(merged.status == 200);
  CHECK(merged.body["name"].AsString() == "Acme Corp");
  CHECK(merged.body["industry"].AsString() == "steel");
  CHECK(Call("GET", "/contacts/" + contact).body["account_id"].AsString() == winner);
  const Answer redirect = Call("GET", "/accounts/" + loser);
  CHECK(redirect.status == 308);
  CHECK(redirect.headers.Get("Location") == "/api/v1/accounts/" + winner);
  for (const char* method : {"PATCH", "DELETE"}) {
    const Answer refused = Call(method, "/accounts/" + loser, R"({"name":"x"})");
    CHECK(refused.status == 404);
    CHECK(refused.body["detail"].AsString().find(winner) != std::string_view::npos);
  }
  const Answer history = Call("GET", "/accounts/" + winner + "/history");
  bool has_loser = false;
  for (const Json& entry : history.body["items"].items()) {
    has_loser = has_loser || entry["merged_from"].AsString() == loser;
  }
  CHECK(has_loser);
  CHECK(FirstError(Call("POST", "/accounts/" + winner + "/merge", R"({"from":["x"]})")) ==
        "/from/0 wrong_format");
  CHECK(FirstError(Call("POST", "/accounts/" + winner + "/merge", "{}")) == "/from required");
  CHECK(CallAs(viewer, "POST", "/accounts/" + winner + "/merge", R"({"from":[")" + contact + "\"]}")
            .status == 404);
  CHECK(Call("POST", "/trash/accounts/" + loser + "/restore").status == 200);
  CHECK(Call("GET", "/accounts/" + loser).status == 200);
}

}  // namespace
}  // namespace boathouse::rest
