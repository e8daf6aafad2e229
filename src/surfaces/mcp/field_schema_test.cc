#include "surfaces/mcp/field_schema.h"

#include <doctest/doctest.h>

namespace boathouse::mcp_surface {
namespace {

using model::Field;
using model::FieldType;

Field Make(FieldType type) {
  Field field;
  field.name = "f";
  field.label = "F";
  field.type = type;
  return field;
}

std::string Schema(const Field& field, Use use) { return FieldSchema(field, use).Dump(); }

TEST_CASE("text") {
  Field field = Make(FieldType::kText);
  field.length_max = 255;
  CHECK(Schema(field, Use::kRead) == R"({"type":["string","null"]})");
  CHECK(Schema(field, Use::kCreate) == R"({"type":"string","maxLength":255,"minLength":1})");
  CHECK(Schema(field, Use::kUpdate) == R"({"type":["string","null"],"maxLength":255})");
  field.required = true;
  CHECK(Schema(field, Use::kUpdate) == R"({"type":"string","maxLength":255,"minLength":1})");
  field.unique = true;
  field.description = "The number.";
  CHECK(FieldSchema(field, Use::kCreate)["description"].AsString() ==
        "The number. No two records share one.");
}

TEST_CASE("each type in each use is a schema with a type") {
  for (const FieldType type :
       {FieldType::kId, FieldType::kText, FieldType::kLongText, FieldType::kInteger,
        FieldType::kDecimal, FieldType::kMoney, FieldType::kBoolean, FieldType::kDate,
        FieldType::kDateTime, FieldType::kSelect, FieldType::kEmail, FieldType::kPhone,
        FieldType::kUrl, FieldType::kMultiSelect, FieldType::kRelation}) {
    CAPTURE(model::FieldTypeName(type));
    for (const Use use : {Use::kRead, Use::kCreate, Use::kUpdate}) {
      CHECK(FieldSchema(Make(type), use).Find("type") != nullptr);
    }
    CHECK(FieldInWords(Make(type)).starts_with("f ("));
  }
}

TEST_CASE("numbers, money, dates, choices and relations") {
  Field percent = Make(FieldType::kInteger);
  percent.minimum = 0;
  percent.maximum = 100;
  CHECK(Schema(percent, Use::kCreate) == R"({"type":"integer","minimum":0,"maximum":100})");
  CHECK(Schema(percent, Use::kRead) == R"({"type":["integer","null"]})");

  const Json money = FieldSchema(Make(FieldType::kMoney), Use::kCreate);
  CHECK(money["type"].Dump() == R"(["string","number"])");
  CHECK(money["description"].AsString().find("4821.00") != std::string_view::npos);
  CHECK(Schema(Make(FieldType::kMoney), Use::kRead) == R"({"type":["string","null"]})");

  CHECK(FieldSchema(Make(FieldType::kDate), Use::kCreate)["format"].AsString() == "date");
  CHECK(FieldSchema(Make(FieldType::kDateTime), Use::kRead)["format"].AsString() == "date-time");

  Field stage = Make(FieldType::kSelect);
  stage.options = {{"open", "Open"}, {"won", "Won"}};
  stage.default_value = std::string("open");
  CHECK(Schema(stage, Use::kCreate) ==
        R"({"type":"string","enum":["open","won"],"default":"open"})");
  CHECK(Schema(stage, Use::kUpdate) == R"({"type":["string","null"],"enum":["open","won",null]})");
  CHECK(Schema(stage, Use::kRead) == R"({"type":["string","null"]})");
  CHECK(FieldInWords(stage) == "f (open|won)");

  Field owner = Make(FieldType::kRelation);
  owner.relation_object = "user";
  CHECK(FieldSchema(owner, Use::kCreate)["description"].AsString() ==
        "Id of a record of object user.");
  CHECK(FieldInWords(owner) == "f (id of user)");
}

TEST_CASE("what must be given at creation") {
  Field field = Make(FieldType::kText);
  CHECK_FALSE(IsRequiredAtCreation(field));
  field.required = true;
  CHECK(IsRequiredAtCreation(field));
  field.default_value = std::string("x");
  CHECK_FALSE(IsRequiredAtCreation(field));
  field.default_value = {};
  field.read_only = true;
  CHECK_FALSE(IsRequiredAtCreation(field));
  CHECK_FALSE(IsWritable(field));
}

TEST_CASE("id and version are never empty") {
  CHECK(FieldSchema(model::SystemFields()[model::kFieldId], Use::kRead)["type"].AsString() ==
        "string");
  CHECK(FieldSchema(model::SystemFields()[model::kFieldVersion], Use::kRead)["type"].AsString() ==
        "integer");
}

}  // namespace
}  // namespace boathouse::mcp_surface
