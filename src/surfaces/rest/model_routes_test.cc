// The model over REST: told, changed, and hidden from strangers.
#include "model/change.h"
#include "surfaces/rest/rest_fixture.h"
#include "surfaces/rest/route.h"

namespace boathouse::rest {
namespace {

constexpr const char* machine =
    R"({"name":"machine","plural":"machines","label":"Machine","fields":[
    {"name":"account_id","type":"relation","relation":{"object":"account"}},
    {"name":"price","type":"money"}]})";

TEST_CASE_FIXTURE(RestFixture, "a custom object is a collection at the next request") {
  const Answer added = CallAs(admin, "POST", "/objects", machine);
  INFO(added.text);
  REQUIRE(added.status == 201);
  CHECK(added.headers.Get("Location") == "/api/v1/objects/machine");
  CHECK(added.body["label_plural"].AsString() == "Machines");
  CHECK(Call("GET", "/objects/machine").body == added.body);
  const std::string id = Make("machines", R"({"name":"Press 4","price":"120.5"})");
  const Answer record = Call("GET", "/machines/" + id);
  CHECK(record.status == 200);
  CHECK(record.body["price"].AsString() == "120.50");
  CHECK(record.headers.Get("ETag").starts_with("\"1-"));
  CHECK(Call("GET", "/search?q=press&objects=machine").body["items"].size() == 1);
  CHECK(Call("GET", "/machines/" + id + "/history").body["items"].size() == 1);
}

TEST_CASE_FIXTURE(RestFixture,
                  "a custom field is null in old records and changes their entity tag") {
  const std::string id = Make("accounts", R"({"name":"Acme"})");
  const Answer added = CallAs(admin, "POST", "/objects/account/fields",
                              R"({"name":"segment","type":"select","options":["gold","silver"]})");
  INFO(added.text);
  REQUIRE(added.status == 201);
  CHECK(added.body["label"].AsString() == "Segment");
  const HeaderList old_tag = {{"If-None-Match", "\"1\""}};
  const Answer read = Call("GET", "/accounts/" + id, {}, old_tag);
  CHECK(read.status == 200);
  REQUIRE(read.body.Find("segment") != nullptr);
  CHECK(read.body["segment"].is_null());
  CHECK(read.headers.Get("ETag") == "\"1-1\"");
  CHECK(Call("GET", "/accounts/" + id, {}, {{"If-None-Match", "\"1-1\""}}).status == 304);
  CHECK(Call("GET", "/accounts/" + id, {}, {{"If-None-Match", "W/\"1-1\""}}).status == 304);
  // A change may still be bound to the plain version, or to the whole tag.
  CHECK(Call("PATCH", "/accounts/" + id, R"({"segment":"gold"})", {{"If-Match", "\"1\""}}).status ==
        200);
  const Answer whole =
      Call("PATCH", "/accounts/" + id, R"({"segment":"silver"})", {{"If-Match", "\"2-1\""}});
  CHECK(whole.status == 200);
  CHECK(whole.headers.Get("ETag") == "\"3-1\"");
  CHECK(
      Call("PATCH", "/accounts/" + id, R"({"segment":"gold"})", {{"If-Match", "\"2-1\""}}).status ==
      412);
}

TEST_CASE_FIXTURE(RestFixture, "labels change, names do not") {
  const Answer object = CallAs(admin, "PATCH", "/objects/account",
                               R"({"label":"Customer","label_plural":"Customers"})");
  CHECK(object.status == 200);
  CHECK(object.body["label"].AsString() == "Customer");
  CHECK(object.body["name"].AsString() == "account");
  const Answer field =
      CallAs(admin, "PATCH", "/objects/account/fields/industry", R"({"label":"Trade"})");
  CHECK(field.status == 200);
  CHECK(field.body["label"].AsString() == "Trade");
  CHECK(Call("GET", "/objects/account").body["label_plural"].AsString() == "Customers");
}

TEST_CASE_FIXTURE(RestFixture, "the model belongs to administrators") {
  for (const std::string& token : {member, viewer}) {
    CHECK(CallAs(token, "POST", "/objects", machine).status == 403);
    CHECK(
        CallAs(token, "POST", "/objects/account/fields", R"({"name":"a","type":"text"})").status ==
        403);
    CHECK(CallAs(token, "PATCH", "/objects/account", R"({"label":"A"})").status == 403);
    CHECK(CallAs(token, "PATCH", "/objects/account/fields/name", R"({"label":"A"})").status == 403);
    CHECK(CallAs(token, "GET", "/objects/account").status == 200);
  }
  CHECK(Send("POST", "/objects", {{"Content-Type", "application/json"}}, machine).status == 401);
}

TEST_CASE_FIXTURE(RestFixture, "what is wrong with a definition is said by a pointer") {
  const auto refused = [&](const char* method, const char* path, const char* body) {
    const Answer answer = CallAs(admin, method, path, body);
    return std::to_string(answer.status) + " " + FirstError(answer);
  };
  CHECK(refused("POST", "/objects", "[]") == "400  wrong_type");
  CHECK(refused("POST", "/objects", R"({"plural":"machines"})") == "400 /name wrong_format");
  CHECK(refused("POST", "/objects", R"({"name":"m","plural":"Ms"})") == "400 /plural wrong_format");
  CHECK(refused("POST", "/objects", R"({"name":"account","plural":"ms"})") ==
        "409 /name duplicate");
  CHECK(refused("POST", "/objects", R"({"name":"m","plural":"recipients"})") ==
        "400 /plural reserved");
  CHECK(refused("POST", "/objects", R"({"name":"m","plural":"ms","colour":"red"})") ==
        "400 /colour unknown_field");
  CHECK(refused("POST", "/objects", R"({"name":"m","plural":"ms","fields":{"name":"x"}})") ==
        "400 /fields wrong_type");
  CHECK(refused("POST", "/objects",
                R"({"name":"m","plural":"ms","fields":[{"name":"x","type":"y"}]})") ==
        "400 /fields/0/type not_an_option");
  CHECK(refused("POST", "/objects/account/fields", "7") == "400  wrong_type");
  CHECK(refused("POST", "/objects/account/fields", R"({"name":"name","type":"text"})") ==
        "409 /name duplicate");
  CHECK(refused("POST", "/objects/account/fields",
                R"({"name":"x","type":"select","options":["a",{"value":"a"}]})") ==
        "400 /options/1/value duplicate");
  CHECK(refused("POST", "/objects/nothing/fields", R"({"name":"x","type":"text"})") == "404 ");
  CHECK(refused("PATCH", "/objects/account", "{}") == "400  required");
  CHECK(refused("PATCH", "/objects/account", R"({"name":"x"})") == "400 /name unknown_field");
  CHECK(refused("PATCH", "/objects/account", R"({"label":null})") == "400 /label required");
  CHECK(refused("PATCH", "/objects/account", R"({"label":" "})") == "400 /label required");
  CHECK(refused("PATCH", "/objects/account/fields/nothing", R"({"label":"x"})") == "404 ");
  CHECK(refused("PATCH", "/objects/nothing", R"({"label":"x"})") == "404 ");
  CHECK(Call("GET", "/objects/accounts").status == 404);
  CHECK(Call("GET", "/objects").body["objects"].size() ==
        model::Model::Standard()->objects().size());
}

TEST_CASE_FIXTURE(RestFixture, "strangers read the standard description, members their own") {
  const Answer before = Send("GET", "/openapi.json", {});
  CHECK(before.headers.Get("Vary") == "Authorization, Cookie");
  CHECK(Call("GET", "/openapi.json").text == before.text);
  REQUIRE(CallAs(admin, "POST", "/objects", machine).status == 201);
  const Answer told = CallAs(viewer, "GET", "/openapi.json");
  CHECK(told.body["paths"].Find("/machines/{id}") != nullptr);
  const Answer stranger = Send("GET", "/openapi.json", {});
  CHECK(stranger.status == 200);
  CHECK(stranger.text == before.text);
  CHECK(stranger.text.find("Custom_machine") == std::string::npos);
  CHECK(Send("GET", "/openapi.json", {{"Authorization", "Bearer wrong"}}).status == 401);
  CHECK(Send("GET", "/openapi.json", {{"Cookie", "boathouse_session=wrong"}}).status == 401);
}

TEST_CASE("a description is made once for a model") {
  OpenApiDocuments documents;
  const auto standard = model::Model::Standard();
  CHECK(documents.For(standard) == documents.Standard());
  const auto changed = model::Apply(
      *standard, *Json::Parse(R"({"add_object":{"name":"machine","plural":"machines"}})"));
  CHECK(documents.For(*changed).find("/machines") != std::string::npos);
  CHECK(documents.For(*changed) == documents.For(*changed));
  CHECK(documents.For(standard) == documents.Standard());
}

TEST_CASE_FIXTURE(RestFixture, "a search names no more objects than there are") {
  std::string names = "account";
  for (size_t i = 1; i < crm.model()->objects().size(); ++i) names += ",account";
  CHECK(Call("GET", "/search?q=a&objects=" + names).status == 200);
  const Answer refused = Call("GET", "/search?q=a&objects=" + names + ",lead");
  CHECK(refused.status == 400);
  CHECK(FirstError(refused) == "objects out_of_range");
}

}  // namespace
}  // namespace boathouse::rest
