#include "model/model.h"

#include <doctest/doctest.h>

#include <set>

namespace boathouse::model {
namespace {

const Object& Of(const char* name) { return *Model::Standard()->Find(name); }

std::string Read(const char* object, const char* field, const std::string& json) {
  const Result<Value> value = FromJson(*Of(object).Find(field), *Json::Parse(json), "/f");
  if (!value.ok()) return value.error().fields.at(0).code;
  return ToJson(*Of(object).Find(field), *value).Dump();
}

TEST_CASE("the standard objects are whole") {
  const auto model = Model::Standard();
  CHECK(model->objects().size() == 24);
  std::set<std::string> names;
  for (const Object& object : model->objects()) {
    CAPTURE(object.name);
    CHECK(names.insert(object.name).second);
    CHECK(names.insert(object.plural).second);
    CHECK(model->FindPlural(object.plural) == &object);
    CHECK(object.Find(object.title_field) != nullptr);
    CHECK_FALSE(object.description.empty());
    if (!object.belongs_to.empty()) {
      REQUIRE(object.Find(object.belongs_to) != nullptr);
      CHECK(object.Find(object.belongs_to)->type == FieldType::kRelation);
    }
    std::set<int32_t> column_ids;
    for (size_t i = 0; i < object.fields.size(); ++i) {
      const Field& field = object.fields[i];
      CAPTURE(field.name);
      CHECK(object.IndexOf(field.name) == i);  // no name twice
      CHECK(column_ids.insert(field.column_id).second);
      CHECK_FALSE(field.label.empty());
      CHECK((field.type == FieldType::kRelation) == !field.relation_object.empty());
      if (field.type == FieldType::kRelation) CHECK(model->Find(field.relation_object) != nullptr);
      if (field.type != FieldType::kMultiSelect) {
        CHECK((field.type == FieldType::kSelect) == !field.options.empty());
      }
      if (field.is_computed()) CHECK(field.read_only);
      for (const std::string& part : field.derived_from) CHECK(object.Find(part) != nullptr);
      if (!IsNull(field.default_value)) {
        CHECK(FromJson(field, ToJson(field, field.default_value), "/").ok());
      }
    }
  }
}

TEST_CASE("column ids stay what they were: published files name them") {
  // A change here would make old Parquet files read into other columns.
  CHECK(Of("account").Find("name")->column_id == 7);
  CHECK(Of("account").Find("external_id")->column_id == 26);
  CHECK(Of("opportunity").Find("amount")->column_id == 12);
  CHECK(Of("user").Find("external_id")->column_id == 15);
  CHECK(Of("opportunity").Find("stage")->column_id == 11);
  CHECK(Of("account").Find("tags")->column_id == 38);
  CHECK(Of("activity").Find("case_id")->column_id == 21);
  CHECK(Of("user").Find("manager_id")->column_id == 17);
}

TEST_CASE("every type reads its own JSON and says what it wanted otherwise") {
  CHECK(Read("account", "name", R"("  Acme ")") == R"("Acme")");
  CHECK(Read("account", "name", R"("   ")") == "null");
  CHECK(Read("account", "name", "7") == "wrong_type");
  CHECK(Read("account", "name", R"("a\u0000b")") == "wrong_format");
  CHECK(Read("account", "name", R"("a\nb")") == "wrong_format");
  CHECK(Read("account", "description", R"(" a\nb ")") == R"(" a\nb ")");
  CHECK(Read("account", "number_of_employees", "12") == "12");
  CHECK(Read("account", "number_of_employees", "-1") == "out_of_range");
  CHECK(Read("account", "number_of_employees", "1.5") == "wrong_type");
  CHECK(Read("account", "number_of_employees", R"("12")") == "wrong_type");
  CHECK(Read("account", "annual_revenue", "12.5") == R"("12.50")");
  CHECK(Read("account", "annual_revenue", R"("0.12345")") == "wrong_format");
  CHECK(Read("account", "annual_revenue", "true") == "wrong_type");
  CHECK(Read("account", "website", R"("https://example.com/a")") == R"("https://example.com/a")");
  CHECK(Read("account", "website", R"("javascript:void")") == "wrong_format");
  CHECK(Read("account", "type", R"("customer")") == R"("customer")");
  CHECK(Read("account", "type", R"("Customer")") == "not_an_option");
  CHECK(Read("contact", "email", R"("Jo.Roe@Example.com")") == R"("jo.roe@example.com")");
  CHECK(Read("contact", "email", R"("jo@@example.com")") == "wrong_format");
  CHECK(Read("contact", "do_not_call", "true") == "true");
  CHECK(Read("contact", "do_not_call", R"("true")") == "wrong_type");
  CHECK(Read("contact", "account_id", R"("0190a5f2-1c3d-7abc-8def-0123456789ab")") ==
        R"("0190a5f2-1c3d-7abc-8def-0123456789ab")");
  CHECK(Read("contact", "account_id", R"("acme")") == "wrong_format");
  CHECK(Read("opportunity", "close_date", R"("2026-02-28")") == R"("2026-02-28")");
  CHECK(Read("opportunity", "close_date", R"("28-02-26")") == "wrong_format");
  CHECK(Read("opportunity", "probability", "101") == "out_of_range");
  CHECK(Read("activity", "due_at", R"("2026-02-28T10:00:00+01:00")") ==
        R"("2026-02-28T09:00:00.000000Z")");
  CHECK(Read("activity", "due_at", "null") == "null");
}

TEST_CASE("a multi-select holds each value once, in one order") {
  CHECK(Read("account", "tags", R"(["vip"," press ","vip"])") == R"(["press","vip"])");
  CHECK(Read("account", "tags", "[]") == "null");
  CHECK(Read("account", "tags", R"([""])") == "null");
  CHECK(Read("account", "tags", R"("vip")") == "wrong_type");
  CHECK(Read("account", "tags", "[1]") == "wrong_type");
  CHECK(Read("account", "tags", R"(["a;b"])") == "wrong_format");
  CHECK(Read("account", "tags", R"(["a\nb"])") == "wrong_format");
  CHECK(Read("account", "tags", "[\"" + std::string(81, 'x') + "\"]") == "too_long");
  Field colours;
  colours.name = "colours";
  colours.type = FieldType::kMultiSelect;
  colours.options = {{"red", "Red"}, {"blue", "Blue"}, {"green", "Green"}};
  const Value joined = *FromText(colours, " green; red ;green;", "/");
  CHECK(ToText(joined) == "red;green");
  CHECK(ToJson(colours, joined).Dump() == R"(["red","green"])");
  std::string text;
  AppendJson(colours, joined, &text);
  CHECK(text == R"(["red","green"])");
  CHECK(FromText(colours, "red;pink", "/").error().fields[0].code == "not_an_option");
  Json many = Json::Array();
  for (int i = 0; i < 101; ++i) many.Append("v" + std::to_string(i));
  CHECK(FromJson(*Of("account").Find("tags"), many, "/").error().fields[0].code == "too_long");
}

TEST_CASE("currencies are three letters, bounds of decimals are exact") {
  CHECK(Read("account", "currency", R"(" eur ")") == R"("EUR")");
  CHECK(Read("account", "currency", R"("EURO")") == "too_long");
  CHECK(Read("account", "currency", R"("E1R")") == "wrong_format");
  CHECK(Read("quote", "discount", R"("100")") == R"("100.00")");
  CHECK(Read("quote", "discount", R"("100.0001")") == "out_of_range");
  CHECK(Read("quote", "discount", "-0.0001") == "out_of_range");
  CHECK(Read("quote", "discount", "0") == R"("0.00")");
}

TEST_CASE("length is counted in characters, not bytes") {
  const Field& name = *Of("account").Find("name");
  std::string text;
  for (size_t i = 0; i < name.length_max; ++i) text += "\xC3\xBC";
  CHECK(FromJson(name, Json(text), "/name").ok());
  const Result<Value> longer = FromJson(name, Json(text + "x"), "/name");
  REQUIRE_FALSE(longer.ok());
  CHECK(longer.error().fields[0].code == "too_long");
  CHECK(longer.error().fields[0].field == "/name");
}

TEST_CASE("a record shows every field, and null for what it lacks") {
  const Object& territory = Of("territory");
  Record record;
  record.Set(kFieldId, *Id::Parse("0190a5f2-1c3d-7abc-8def-0123456789ab"));
  record.Set(kFieldVersion, int64_t{3});
  record.Set(*territory.IndexOf("name"), std::string("Cleveland \"East\""));
  std::string text;
  AppendRecordJson(territory, record, &text);
  CHECK(*Json::Parse(text) == RecordToJson(territory, record));
  const Json json = *Json::Parse(text);
  CHECK(json.size() == territory.fields.size());
  CHECK(json["name"].AsString() == "Cleveland \"East\"");
  CHECK(json["external_id"].is_null());
  CHECK(record.version() == 3);
  CHECK(TitleOf(territory, record) == "Cleveland \"East\"");
  CHECK(TitleOf(territory, Record{}) == Id{}.ToString());
}

}  // namespace
}  // namespace boathouse::model
