#include <set>

#include "surfaces/rest/rest_fixture.h"

namespace boathouse::rest {
namespace {

TEST_CASE_FIXTURE(RestFixture, "a new record comes back with its version, its place and defaults") {
  const Answer made = Call("POST", "/opportunities", R"({"name":"Press","amount":4821})");
  REQUIRE(made.status == 201);
  const std::string id(made.body["id"].AsString());
  CHECK(made.headers.Get("ETag") == "\"1\"");
  CHECK(made.headers.Get("Location") == "/api/v1/opportunities/" + id);
  CHECK(made.headers.Get("Content-Type") == "application/json");
  CHECK(made.body["version"].AsInt() == 1);
  CHECK(made.body["stage"].AsString() == "prospecting");
  CHECK(made.body["amount"].AsString() == "4821.00");
  CHECK(made.body["close_date"].is_null());
  CHECK(made.body["created_at"].AsString() == FormatDateTime(clock.Now()));
  const Answer read = Call("GET", "/opportunities/" + id);
  CHECK(read.status == 200);
  CHECK(read.text == made.text);
}

TEST_CASE_FIXTURE(RestFixture, "a merge patch changes what stands in it and nothing else") {
  const std::string id = Make("accounts", R"({"name":"Acme","industry":"Metal","rating":"hot"})");
  const std::string path = "/accounts/" + id;
  clock.Advance(1'000'000);
  const Answer patched = Send(
      "PATCH", path,
      {{"Authorization", "Bearer " + member}, {"Content-Type", "application/merge-patch+json"}},
      R"({"industry":null,"rating":"cold"})");
  REQUIRE(patched.status == 200);
  CHECK(patched.headers.Get("ETag") == "\"2\"");
  CHECK(patched.body["name"].AsString() == "Acme");
  CHECK(patched.body["industry"].is_null());
  CHECK(patched.body["rating"].AsString() == "cold");
  // A change that changes nothing keeps the version.
  CHECK(Call("PATCH", path, R"({"rating":"cold"})").headers.Get("ETag") == "\"2\"");
  CHECK(FirstError(Call("PATCH", path, R"({"name":""})")) == "/name required");
}

TEST_CASE_FIXTURE(RestFixture, "If-Match lets only the one through who saw the present version") {
  const std::string path = "/accounts/" + Make("accounts", R"({"name":"Acme"})");
  CHECK(Call("PATCH", path, R"({"name":"A"})", {{"If-Match", "\"1\""}}).status == 200);
  const Answer stale = Call("PATCH", path, R"({"name":"B"})", {{"If-Match", "\"1\""}});
  CHECK(stale.status == 412);
  CHECK(stale.body["code"].AsString() == "conflict");
  CHECK(Call("PATCH", path, R"({"name":"C"})", {{"If-Match", "\"1\", \"2\""}}).status == 200);
  CHECK(Call("PATCH", path, R"({"name":"D"})", {{"If-Match", "W/\"3\""}}).status == 412);
  CHECK(Call("PATCH", path, R"({"name":"E"})", {{"If-Match", "\"x\""}}).status == 412);
  CHECK(Call("PATCH", path, R"({"name":"F"})", {{"If-Match", "3"}}).status == 400);
  CHECK(Call("PATCH", path, R"({"name":"G"})", {{"If-Match", "*"}}).status == 200);
  CHECK(Call("DELETE", path, "", {{"If-Match", "\"3\""}}).status == 412);
  CHECK(Call("GET", path).body["name"].AsString() == "G");
  CHECK(Call("DELETE", path, "", {{"If-Match", "\"4\""}}).status == 204);
  CHECK(Call("GET", path).status == 404);
  CHECK(Call("PATCH", path, R"({"name":"H"})", {{"If-Match", "\"4\""}}).status == 404);
}

TEST_CASE_FIXTURE(RestFixture, "If-None-Match spares what one has already") {
  const std::string path = "/accounts/" + Make("accounts", R"({"name":"Acme"})");
  const Answer same = Call("GET", path, "", {{"If-None-Match", "W/\"1\""}});
  CHECK(same.status == 304);
  CHECK(same.text.empty());
  CHECK(same.headers.Get("ETag") == "\"1\"");
  CHECK(Call("GET", path, "", {{"If-None-Match", "\"7\", \"1\""}}).status == 304);
  CHECK(Call("GET", path, "", {{"If-None-Match", "*"}}).status == 304);
  CHECK(Call("GET", path, "", {{"If-None-Match", "\"2\""}}).status == 200);
  CHECK(Call("GET", path, "", {{"If-None-Match", "nonsense"}}).status == 400);
  // The title of another record may have changed where the version has not.
  CHECK(Call("GET", path + "?expand=owner_id", "", {{"If-None-Match", "\"1\""}}).status == 200);
  CHECK(Call("HEAD", path).status == 200);
}

TEST_CASE_FIXTURE(RestFixture, "lists are filtered, sorted, counted and paged") {
  for (int i = 0; i < 7; ++i) {
    Make("products",
         Json::Object({{"name", "P" + std::to_string(i)}, {"family", i % 2 == 0 ? "even" : "odd"}})
             .Dump());
  }
  const std::string list =
      "/products?filter=family%20%3D%20%22even%22&order_by=name%20desc&page_size=3";
  const Answer first = Call("GET", list + "&include_total=true");
  REQUIRE(first.status == 200);
  CHECK(first.body["total_size"].AsInt() == 4);
  REQUIRE(first.body["items"].size() == 3);
  CHECK(first.body["items"].items()[0]["name"].AsString() == "P6");
  const std::string token(first.body["next_page_token"].AsString());
  REQUIRE(!token.empty());
  const Answer second = Call("GET", list + "&page_token=" + token);
  REQUIRE(second.body["items"].size() == 1);
  CHECK(second.body["items"].items()[0]["name"].AsString() == "P0");
  CHECK(second.body.Find("next_page_token") == nullptr);
  CHECK(second.body.Find("total_size") == nullptr);
  CHECK(FirstError(Call("GET", "/products?page_token=" + token)) ==
        "page_token invalid_page_token");
  CHECK(Call("GET", "/products?q=P3").body["items"].size() == 1);
  for (const char* wordless :
       {"%0B", "%20", "-", "%22%22", "*", "%E2%80%94", "%C2%85", "%F0%9F%98%80"}) {
    CAPTURE(wordless);
    const Answer none = Call("GET", std::string("/products?include_total=true&q=") + wordless);
    CHECK(none.status == 200);
    CHECK(none.body["total_size"].AsInt() == 0);
  }
}

TEST_CASE_FIXTURE(RestFixture, "what a list is asked for wrongly is named") {
  const auto error = [&](const std::string& query) {
    const Answer answer = Call("GET", "/accounts?" + query);
    CHECK(answer.status == 400);
    CHECK(answer.headers.Get("Content-Type") == "application/problem+json");
    return FirstError(answer);
  };
  CHECK(error("page_size=0") == "page_size out_of_range");
  CHECK(error("page_size=1001") == "page_size out_of_range");
  CHECK(error("page_size=many") == "page_size wrong_type");
  CHECK(error("page_size=-1") == "page_size wrong_type");
  CHECK(error("page_size=99999999999999999999") == "page_size wrong_type");
  CHECK(error("include_total=yes") == "include_total wrong_type");
  CHECK(error("order_by=colour") == "order_by invalid_order_by");
  CHECK(error("filter=name%20%3D") == "filter invalid_filter");
  CHECK(error("expand=name") == "expand unknown_field");
  CHECK(error("expand=") == "expand unknown_field");
  CHECK(error("sort=name") == "sort unknown_parameter");
  CHECK(error("filter=a&filter=b") == "filter duplicate");
  const Answer answer = Call("GET", "/accounts?sort=name");
  CHECK(answer.body["detail"].AsString().find("order_by") != std::string::npos);
}

TEST_CASE_FIXTURE(RestFixture, "expand tells what relations point to") {
  const std::string parent = Make("accounts", R"({"name":"Parent \"Co\""})");
  const std::string child =
      Make("accounts", R"({"name":"Child","parent_id":")" + parent + R"(","owner_id":null})");
  const Answer list = Call("GET", "/accounts?filter=name%3DChild&expand=parent_id,owner_id");
  REQUIRE(list.body["items"].size() == 1);
  const Json& expanded = list.body["items"].items()[0]["expanded"];
  CHECK(expanded["parent_id"]["id"].AsString() == parent);
  CHECK(expanded["parent_id"]["object"].AsString() == "account");
  CHECK(expanded["parent_id"]["title"].AsString() == "Parent \"Co\"");
  REQUIRE(expanded.Find("owner_id") != nullptr);
  CHECK(expanded["owner_id"].is_null());
  const Answer one = Call("GET", "/accounts/" + child + "?expand=parent_id");
  CHECK(one.body["expanded"]["parent_id"]["id"].AsString() == parent);
  CHECK(one.headers.Get("ETag") == "\"1\"");
}

TEST_CASE_FIXTURE(RestFixture, "a batch is created as a whole or not at all") {
  const Answer good =
      Call("POST", "/territories:batchCreate", R"({"items":[{"name":"A"},{"name":"B"}]})");
  REQUIRE(good.status == 201);
  REQUIRE(good.body["items"].size() == 2);
  CHECK(good.body["items"].items()[1]["name"].AsString() == "B");

  const auto refused = [&](std::string_view body, int status) {
    const Answer answer = Call("POST", "/territories:batchCreate", body);
    CHECK(answer.status == status);
    return FirstError(answer);
  };
  CHECK(refused(R"({"items":[{"name":"C"},{"nam":"D"}]})", 400) == "/items/1/nam unknown_field");
  CHECK(refused(R"({"items":[{"name":"C"},{"name":"C"}]})", 409) == "/items/1/name duplicate");
  CHECK(refused(R"({"items":[{"name":"C"},7]})", 400) == "/items/1 wrong_type");
  CHECK(refused(R"({"items":[]})", 400) == "/items out_of_range");
  CHECK(refused(R"({"items":{}})", 400) == "/items wrong_type");
  CHECK(refused(R"({})", 400) == "/items required");
  CHECK(refused(R"([])", 400) == " wrong_type");
  CHECK(refused(R"({"items":[],"more":1})", 400) == "/more unknown_field");
  std::string many = R"({"items":[)";
  for (size_t i = 0; i <= crm::batch_records_max; ++i) many += i == 0 ? "{}" : ",{}";
  CHECK(refused(many + "]}", 400) == "/items out_of_range");
  CHECK(Call("GET", "/territories?include_total=true").body["total_size"].AsInt() == 2);
}

TEST_CASE_FIXTURE(RestFixture,
                  "history tells who changed what, newest first, also of what is gone") {
  const std::string id = Make("opportunities", R"({"name":"Press"})");
  const std::string path = "/opportunities/" + id;
  clock.Advance(60'000'000);
  Call("PATCH", path, R"({"stage":"won","amount":"12.50"})");
  Call("DELETE", path);
  const Answer history = Call("GET", path + "/history?page_size=2");
  REQUIRE(history.status == 200);
  REQUIRE(history.body["items"].size() == 2);
  CHECK(history.body["items"].items()[0]["op"].AsString() == "delete");
  const Json& update = history.body["items"].items()[1];
  CHECK(update["op"].AsString() == "update");
  CHECK(update["at"].AsString() == FormatDateTime(clock.Now()));
  CHECK(update["surface"].AsString() == "rest");
  CHECK(update["actor"]["name"].AsString() == "member");
  CHECK(update["changes"]["stage"]["from"].AsString() == "prospecting");
  CHECK(update["changes"]["stage"]["to"].AsString() == "won");
  CHECK(update["changes"]["amount"]["from"].is_null());
  CHECK(update["changes"]["amount"]["to"].AsString() == "12.50");
  const std::string token(history.body["next_page_token"].AsString());
  const Answer older = Call("GET", path + "/history?page_token=" + token);
  REQUIRE(older.body["items"].size() == 1);
  CHECK(older.body["items"].items()[0]["op"].AsString() == "create");
  CHECK(older.body.Find("next_page_token") == nullptr);
  CHECK(Call("GET", path + "/history?page_token=x").status == 400);
  CHECK(Call("GET", "/opportunities/01900000-0000-7000-8000-000000000000/history").status == 404);
}

TEST_CASE_FIXTURE(RestFixture, "what is not there is a 404 that helps") {
  const Answer collection = Call("GET", "/acounts");
  CHECK(collection.status == 404);
  CHECK(collection.body["detail"].AsString().find("accounts") != std::string::npos);
  for (const char* id : {"nonsense", "1", "01900000-0000-7000-8000-000000000000", "..%2Fadmin",
                         "%C3%A9", "01900000000070008000000000000000"}) {
    for (const char* method : {"GET", "DELETE"}) {
      const Answer answer = Call(method, std::string("/accounts/") + id);
      CHECK(answer.status == 404);
      CHECK(answer.body["code"].AsString() == "not_found");
    }
    CHECK(Call("PATCH", std::string("/accounts/") + id, "{}").status == 404);
  }
  CHECK(Call("GET", "/accounts/01900000-0000-7000-8000-000000000000/files").status == 404);
}

TEST_CASE_FIXTURE(RestFixture, "only JSON is taken as JSON") {
  const auto post = [&](HeaderList headers, std::string_view body) {
    headers.emplace_back("Authorization", "Bearer " + member);
    return Send("POST", "/accounts", headers, body);
  };
  const std::string_view good = R"({"name":"Acme"})";
  CHECK(post({{"Content-Type", "text/plain"}}, good).status == 415);
  CHECK(post({{"Content-Type", "application/x-www-form-urlencoded"}}, good).status == 415);
  CHECK(post({{"Content-Type", "application/merge-patch+json"}}, good).status == 415);
  CHECK(post({}, good).status == 415);
  CHECK(post({}, good).headers.Get("Accept") == "application/json");
  CHECK(post({{"Content-Type", "Application/JSON; charset=utf-8"}}, good).status == 201);
  const HeaderList json = {{"Content-Type", "application/json"}};
  for (const std::string_view bad :
       {"", "{", "{\"name\":\"A\"} x", "{\"name\":\"A\",\"name\":\"B\"}", "{\"name\":\"\xff\"}",
        "{\"name\":NaN}", "{'name':'A'}"}) {
    CHECK(post(json, bad).status == 400);
  }
  for (const std::string_view bad : {"null", "[]", "7", "\"name\""}) {
    CHECK(FirstError(post(json, bad)) == "/ wrong_type");
  }
  CHECK(FirstError(post(json, "{\"name\":\"A\\u0000B\"}")) == "/name wrong_format");
  CHECK(Call("GET", "/accounts?include_total=true").body["total_size"].AsInt() == 1);
}

TEST_CASE_FIXTURE(RestFixture, "roles reach as far as they should") {
  CHECK(CallAs(viewer, "GET", "/accounts").status == 200);
  const Answer refused = CallAs(viewer, "POST", "/accounts", R"({"name":"A"})");
  CHECK(refused.status == 403);
  CHECK(refused.body["code"].AsString() == "forbidden");
  CHECK(CallAs(member, "POST", "/users", R"({"name":"A"})").status == 403);
  CHECK(CallAs(admin, "POST", "/users", R"({"name":"A"})").status == 201);
}

}  // namespace
}  // namespace boathouse::rest
