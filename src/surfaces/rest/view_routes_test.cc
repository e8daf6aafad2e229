// Saved views and groups, through the routes.
#include "surfaces/rest/rest_fixture.h"

namespace boathouse::rest {
namespace {

TEST_CASE_FIXTURE(RestFixture, "opportunities are counted and summed by stage and month") {
  Make("opportunities", R"({"name":"A","amount":"100.10","close_date":"2026-11-03"})");
  Make("opportunities", R"({"name":"B","amount":"0.2","close_date":"2026-11-30"})");
  Make("opportunities", R"({"name":"C","amount":"5","close_date":"2026-12-01"})");
  const Answer groups =
      Call("GET",
           "/opportunities/groups?group_by=close_date:month&aggregate=count,sum(amount),"
           "avg(amount)&order_by=count%20desc");
  INFO(groups.text);
  REQUIRE(groups.status == 200);
  REQUIRE(groups.body["items"].size() == 2);
  const Json& first = groups.body["items"].items()[0];
  CHECK(first["key"].Dump() == R"({"close_date:month":"2026-11-01"})");
  CHECK(first["values"].Dump() == R"x({"count":2,"sum(amount)":"100.30","avg(amount)":"50.15"})x");
  CHECK(groups.body["totals"]["sum(amount)"].AsString() == "105.30");
  CHECK(groups.body["total_size"].AsInt() == 2);
  const Answer all = Call("GET", "/opportunities/groups?filter=amount%3E1");
  REQUIRE(all.body["items"].size() == 1);
  CHECK(all.body["items"].items()[0].Dump() == R"({"key":{},"titles":{},"values":{"count":2}})");
}

TEST_CASE_FIXTURE(RestFixture, "groups of relations have titles, of related fields values") {
  const std::string acme = Make("accounts", R"({"name":"Acme","industry":"steel"})");
  Make("contacts", R"({"last_name":"Roe","account_id":")" + acme + R"("})");
  Make("contacts", R"({"last_name":"Doe"})");
  const Answer by_account = Call("GET", "/contacts/groups?group_by=account");
  REQUIRE(by_account.body["items"].size() == 2);
  CHECK(by_account.body["items"].items()[1]["titles"].Dump() == R"({"account_id":"Acme"})");
  const Answer by_industry = Call("GET", "/contacts/groups?group_by=account.industry");
  CHECK(by_industry.body["items"].items()[1]["key"].Dump() == R"({"account_id.industry":"steel"})");
}

TEST_CASE_FIXTURE(RestFixture, "what makes no sense as a group is said") {
  const auto wrong = [&](const char* query) {
    const Answer answer = Call("GET", "/opportunities/groups?" + std::string(query));
    CHECK(answer.status == 400);
    return FirstError(answer);
  };
  CHECK(wrong("group_by=nope") == "group_by invalid_group_by");
  CHECK(wrong("group_by=name:month") == "group_by invalid_group_by");
  CHECK(wrong("group_by=close_date:hour") == "group_by invalid_group_by");
  CHECK(wrong("group_by=id") == "group_by invalid_group_by");
  CHECK(wrong("group_by=name,name") == "group_by invalid_group_by");
  CHECK(wrong("group_by=a,b,c,d,e") == "group_by invalid_group_by");
  CHECK(wrong("aggregate=sum(name)") == "aggregate invalid_aggregate");
  CHECK(wrong("aggregate=median(amount)") == "aggregate invalid_aggregate");
  CHECK(wrong("aggregate=sum") == "aggregate invalid_aggregate");
  CHECK(wrong("aggregate=sum(amount") == "aggregate invalid_aggregate");
  CHECK(wrong("aggregate=min(name)") == "aggregate invalid_aggregate");
  CHECK(wrong("order_by=sum(amount)") == "order_by invalid_order_by");
  CHECK(wrong("page_size=0") == "page_size out_of_range");
  CHECK(wrong("filter=nope%3D1") == "filter invalid_filter");
  CHECK(wrong("view=nope") == "view not_found");
}

TEST_CASE_FIXTURE(RestFixture, "a view is saved, used by lists and groups, changed and deleted") {
  Make("accounts", R"({"name":"Acme","industry":"steel"})");
  Make("accounts", R"({"name":"Bolt","industry":"steel"})");
  Make("accounts", R"({"name":"Coffee","industry":"food"})");
  const Answer made = Call("POST", "/views", R"({"name":"Steel","object":"account",
      "filter":"industry = steel","order_by":"name desc","columns":["name","industry"],
      "group_by":["industry"],"aggregates":["count"]})");
  INFO(made.text);
  REQUIRE(made.status == 201);
  const std::string id(made.body["id"].AsString());
  CHECK(made.body["visibility"].AsString() == "private");
  CHECK(made.headers.Get("Location") == "/api/v1/views/" + id);

  const Answer list = Call("GET", "/accounts?view=" + id);
  REQUIRE(list.body["items"].size() == 2);
  CHECK(list.body["items"].items()[0]["name"].AsString() == "Bolt");
  CHECK(Call("GET", "/accounts?filter=name%3DAcme&view=" + id).body["items"].size() == 1);
  CHECK(Call("GET", "/accounts?order_by=name&view=" + id)
            .body["items"]
            .items()[0]["name"]
            .AsString() == "Acme");
  const Answer groups = Call("GET", "/accounts/groups?view=" + id);
  CHECK(groups.body["items"].size() == 1);
  CHECK(groups.body["totals"]["count"].AsInt() == 2);

  // A page token goes on in its own view only.
  const Answer page = Call("GET", "/accounts?page_size=1&view=" + id);
  const std::string token(page.body["next_page_token"].AsString());
  CHECK(Call("GET", "/accounts?page_size=1&page_token=" + token + "&view=" + id).status == 200);
  CHECK(FirstError(Call("GET", "/accounts?page_size=1&page_token=" + token)) ==
        "page_token invalid_page_token");

  // Private: nobody else's.
  CHECK(CallAs(viewer, "GET", "/views/" + id).status == 404);
  CHECK(FirstError(CallAs(viewer, "GET", "/accounts?view=" + id)) == "view not_found");
  REQUIRE(Call("PATCH", "/views/" + id, R"({"name":"All steel"})").status == 200);
  CHECK(Call("GET", "/views/" + id).body["name"].AsString() == "All steel");
  CHECK(Call("DELETE", "/views/" + id).status == 204);
  CHECK(Call("DELETE", "/views/" + id).status == 404);
}

TEST_CASE_FIXTURE(RestFixture,
                  "shared views are read by all and changed by owner and administrators") {
  const Answer made = CallAs(admin, "POST", "/views",
                             R"({"name":"Everything","object":"account","visibility":"shared"})");
  REQUIRE(made.status == 201);
  const std::string id(made.body["id"].AsString());
  CHECK(CallAs(viewer, "GET", "/views/" + id).status == 200);
  CHECK(CallAs(viewer, "PATCH", "/views/" + id, R"({"name":"Mine"})").status == 403);
  CHECK(CallAs(viewer, "DELETE", "/views/" + id).status == 403);
  CHECK(CallAs(admin, "DELETE", "/views/" + id).status == 204);
}

TEST_CASE_FIXTURE(RestFixture, "objects come with views") {
  Make("accounts", R"({"name":"Acme"})");
  const Answer listed = Call("GET", "/views?object=account");
  REQUIRE(listed.body["items"].size() == 3);
  CHECK(listed.body["items"].items()[1]["id"].AsString() == "accounts.mine");
  CHECK(Call("GET", "/accounts?view=accounts.all").body["items"].size() == 1);
  CHECK(Call("GET", "/accounts?view=accounts.mine").body["items"].size() == 0);
  CHECK(Call("GET", "/accounts?view=accounts.recent").body["items"].size() == 1);
  CHECK(FirstError(Call("GET", "/accounts?view=contacts.all")) == "view wrong_object");
  CHECK(Call("DELETE", "/views/accounts.all").status == 403);
  CHECK(Call("GET", "/views?object=nope").status == 404);
}

TEST_CASE_FIXTURE(RestFixture, "a view that cannot work is refused at its member") {
  const auto wrong = [&](const char* body) { return FirstError(Call("POST", "/views", body)); };
  CHECK(wrong(R"({"object":"account"})") == "/name required");
  CHECK(wrong(R"({"name":"x"})") == "/object required");
  CHECK(wrong(R"({"name":"x","object":"nope"})") == "/object not_found");
  CHECK(wrong(R"({"name":"x","object":"account","filter":"nope=1"})") == "/filter invalid_filter");
  CHECK(wrong(R"({"name":"x","object":"account","order_by":"nope"})") ==
        "/order_by invalid_order_by");
  CHECK(wrong(R"({"name":"x","object":"account","columns":["nope"]})") == "/columns unknown_field");
  CHECK(wrong(R"({"name":"x","object":"account","columns":"name"})") == "/columns wrong_type");
  CHECK(wrong(R"({"name":"x","object":"account","group_by":["nope"]})") ==
        "/group_by invalid_group_by");
  CHECK(wrong(R"x({"name":"x","object":"account","aggregates":["sum(name)"]})x") ==
        "/aggregates invalid_aggregate");
  CHECK(wrong(R"({"name":"x","object":"account","visibility":"public"})") ==
        "/visibility not_an_option");
  CHECK(wrong(R"({"name":"x","object":"account","colour":"red"})") == "/colour unknown_field");
  CHECK(wrong("[]") == " wrong_type");
}

}  // namespace
}  // namespace boathouse::rest
