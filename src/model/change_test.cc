#include "model/change.h"

#include <doctest/doctest.h>

namespace boathouse::model {
namespace {

Result<std::shared_ptr<const Model>> Try(const Model& model, const char* change) {
  return Apply(model, *Json::Parse(change));
}

std::shared_ptr<const Model> Must(const Model& model, const char* change) {
  Result<std::shared_ptr<const Model>> next = Try(model, change);
  if (!next.ok()) FAIL(next.error().message);
  return *next;
}

// "pointer code" of the first thing that is wrong.
std::string Wrong(const char* change) {
  const auto next = Try(*Model::Standard(), change);
  if (next.ok()) return "ok";
  return next.error().fields.empty()
             ? std::string(ErrorKindName(next.error().kind))
             : next.error().fields[0].field + " " + next.error().fields[0].code;
}

TEST_CASE("a custom field goes to the end, with a column id of its own range") {
  const auto standard = Model::Standard();
  const auto one =
      Must(*standard, R"({"add_field":{"object":"account","field":{"name":"segment","type":"select",
      "options":["gold",{"value":"silver","label":"Silver tier"}],"default":"gold"}}})");
  const auto two = Must(
      *one,
      R"({"add_field":{"object":"account","field":{"name":"route_no","type":"integer","minimum":1}}})");
  const Object& account = *two->Find("account");
  const size_t before = standard->Find("account")->fields.size();
  REQUIRE(account.fields.size() == before + 2);
  const Field& segment = account.fields[before];
  CHECK(segment.column_id == custom_column_id_min);
  CHECK(account.fields[before + 1].column_id == custom_column_id_min + 1);
  CHECK(segment.label == "Segment");
  CHECK(segment.options[0].label == "Gold");
  CHECK(segment.options[1].label == "Silver tier");
  CHECK(ToText(segment.default_value) == "gold");
  CHECK(account.fields[before + 1].minimum == 1);
  CHECK(standard->Find("account")->fields.size() == before);  // the old model is untouched
}

TEST_CASE("a custom object has a name, an owner and the system fields") {
  const auto model =
      Must(*Model::Standard(), R"({"add_object":{"name":"machine","plural":"machines","fields":[
      {"name":"account_id","type":"relation","relation":{"object":"account"}},
      {"name":"parent_id","type":"relation","relation":{"object":"machine"}},
      {"name":"price","type":"money"}]}})");
  const Object& machine = *model->Find("machine");
  CHECK(model->FindPlural("machines") == &machine);
  CHECK(machine.label_plural == "Machines");
  CHECK(machine.title_field == "name");
  CHECK(machine.fields[kFieldId].name == "id");
  CHECK(machine.Find("name")->required);
  CHECK(machine.Find("owner_id")->relation_object == "user");
  CHECK(machine.Find("parent_id")->relation_object == "machine");
  CHECK(machine.Find("account_id")->label == "Account");
}

TEST_CASE("labels change, names stay") {
  const auto model =
      Must(*Model::Standard(),
           R"({"relabel":{"object":"account","field":"industry","label":"Branche"}})");
  CHECK(model->Find("account")->Find("industry")->label == "Branche");
  const auto object = Must(
      *model, R"({"relabel":{"object":"account","label":"Customer","label_plural":"Customers"}})");
  CHECK(object->Find("account")->label_plural == "Customers");
  CHECK(object->Find("account")->plural == "accounts");
}

TEST_CASE("what is wrong is named") {
  const auto field = [](const char* json) {
    return Wrong(
        (R"({"add_field":{"object":"account","field":)" + std::string(json) + "}}").c_str());
  };
  CHECK(field(R"({"name":"Segment","type":"text"})") == "/name wrong_format");
  CHECK(field(R"({"name":"9lives","type":"text"})") == "/name wrong_format");
  CHECK(field(R"({"name":"a; DROP TABLE r_account","type":"text"})") == "/name wrong_format");
  CHECK(field(R"({"name":"rowid","type":"text"})") == "/name reserved");
  CHECK(field(R"({"name":"name","type":"text"})") == "/name duplicate");
  CHECK(field(R"({"type":"text"})") == "/name wrong_format");
  CHECK(field(R"({"name":"x","type":"blob"})") == "/type not_an_option");
  CHECK(field(R"({"name":"x","type":"id"})") == "/type not_an_option");
  CHECK(field(R"({"name":"x","type":"select"})") == "/options required");
  CHECK(field(R"({"name":"x","type":"select","options":["a","a"]})") ==
        "/options/1/value duplicate");
  CHECK(field(R"({"name":"x","type":"select","options":["a"],"default":"b"})") ==
        "/default not_an_option");
  CHECK(field(R"({"name":"x","type":"relation","relation":{"object":"nothing"}})") ==
        "/relation/object not_found");
  CHECK(field(R"({"name":"x","type":"text","max_length":0})") == "/max_length out_of_range");
  CHECK(field(R"({"name":"x","type":"integer","minimum":5,"maximum":1})") ==
        "/minimum out_of_range");
  CHECK(field(R"({"name":"x","type":"boolean","unique":true})") == "/unique unsupported");
  CHECK(field(R"({"name":"x","type":"text","unique":"yes"})") == "/unique wrong_type");
  CHECK(field(R"({"name":"x","type":"text","colour":"red"})") == "/colour unknown_field");
  CHECK(field("7") == "/ wrong_type");
  CHECK(Wrong(R"({"add_field":{"object":"nothing","field":{"name":"x","type":"text"}}})") ==
        "not_found");
  CHECK(Wrong(R"({"add_object":{"name":"account","plural":"accountz"}})") == "/name duplicate");
  CHECK(Wrong(R"({"add_object":{"name":"thing","plural":"accounts"}})") == "/plural duplicate");
  CHECK(Wrong(R"({"add_object":{"name":"thing","plural":"thing"}})") == "/plural duplicate");
  CHECK(
      Wrong(
          R"({"add_object":{"name":"thing","plural":"things","fields":[{"name":"name","type":"integer"}]}})") ==
      "/fields wrong_type");
  CHECK(
      Wrong(
          R"({"add_object":{"name":"thing","plural":"things","fields":[{"name":"a","type":"text"},{"name":"a","type":"text"}]}})") ==
      "/fields/1/name duplicate");
  CHECK(Wrong(R"({"drop_object":{"name":"account"}})") == "invalid");
  CHECK(Wrong("{}") == "invalid");
}

}  // namespace
}  // namespace boathouse::model
