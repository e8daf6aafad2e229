// Delta's spelling, against the examples of its specification and of Z85's.
#include <doctest/doctest.h>

#include "delta/deletion_vector.h"
#include "delta/schema.h"

namespace boathouse::delta {
namespace {

TEST_CASE("a schema and its statistics are spelled as Delta spells them") {
  tables::Schema schema;
  schema.columns = {
      {"id", 1, model::FieldType::kId, "the key"}, {"amount", 2, model::FieldType::kMoney, ""},
      {"day", 3, model::FieldType::kDate, ""},     {"at", 4, model::FieldType::kDateTime, ""},
      {"yes", 5, model::FieldType::kBoolean, ""},  {"count", 6, model::FieldType::kInteger, ""}};
  const auto field = [](const std::string& name, const std::string& type, const char* metadata) {
    return R"({"name":")" + name + R"(","type":")" + type + R"(","nullable":true,"metadata":)" +
           metadata + "}";
  };
  CHECK(SchemaString(schema) ==
        R"({"type":"struct","fields":[)" + field("id", "string", R"({"comment":"the key"})") + "," +
            field("amount", "decimal(18,4)", "{}") + "," + field("day", "date", "{}") + "," +
            field("at", "timestamp", "{}") + "," + field("yes", "boolean", "{}") + "," +
            field("count", "long", "{}") + "]}");
  tables::File file;
  file.rows = 3;
  file.stats.resize(6);
  file.stats[0].null_count = 0;  // its texts are too long for bounds
  file.stats[1] = {1, Decimal{-12'345}, Decimal{10'000}};
  file.stats[2] = {0, model::Date{0}, model::Date{1}};
  file.stats[3] = {0, model::DateTime{-1}, model::DateTime{1'001}};
  file.stats[4] = {0, false, true};
  const std::string bounds =
      R"({"numRecords":3,)"
      R"("minValues":{"amount":-1.2345,"day":"1970-01-01","at":"1969-12-31T23:59:59.999Z"},)"
      R"("maxValues":{"amount":1.00,"day":"1970-01-02","at":"1970-01-01T00:00:00.002Z"},)"
      R"("nullCount":{"id":0,"amount":1,"day":0,"at":0,"yes":0})";
  CHECK(StatsString(schema, file) == bounds + "}");
  // Beside a deletion vector, dead rows count, and bounds may be of dead rows.
  file.marks = std::make_shared<tables::DeadRows>(std::vector<uint32_t>{1});
  CHECK(StatsString(schema, file) == bounds + R"(,"tightBounds":false})");
}

TEST_CASE("Z85 is that of its specification, padded as Delta pads") {
  const std::string known("\x86\x4F\xD2\x6F\xB5\x59\xF7\x5B", 8);
  CHECK(Z85Encode(known) == "HelloWorld");
  CHECK(Z85Decode("HelloWorld") == known);
  CHECK(Z85Encode("") == "");
  CHECK(Z85Decode(Z85Encode("abcde")) == std::string("abcde\0\0\0", 8));
  CHECK(Z85Encode(std::string(4, '\xFF')) == "%nSc0");
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  CHECK(Z85Decode(Z85Encode(all)) == all);

  CHECK(!Z85Decode("Hell"));
  CHECK(!Z85Decode("Hell "));
  CHECK(!Z85Decode("Hell\""));
  CHECK(!Z85Decode("%nSc1"));  // more than four bytes hold
}

TEST_CASE("the example of Delta's specification is read as it says") {
  // "Deletion Vector Format": six rows of two buckets.
  const auto bytes = Z85Decode("^Bg9^0rr910000000000iXQKl0rr91000f55c8Xg0@@D72lkbi5=-{L");
  REQUIRE(bytes);
  CHECK(bytes->size() == 44);
  CHECK(bytes->substr(0, 4) == std::string("\xD1\xD3\x39\x64", 4));
}

TEST_CASE("dead rows stand in the action, with their count and true size") {
  const tables::DeadRows rows({0, 3, 70'000});
  const Json vector = InlineDeletionVector(rows);
  CHECK(vector["storageType"].AsString() == "i");
  CHECK(vector["cardinality"].AsInt() == 3);
  CHECK(vector.Find("offset") == nullptr);
  const std::string bytes = rows.bytes();
  CHECK(vector["sizeInBytes"].AsInt() == static_cast<int64_t>(bytes.size()));
  const auto decoded = Z85Decode(vector["pathOrInlineDv"].AsString());
  REQUIRE(decoded);
  CHECK(decoded->substr(0, bytes.size()) == bytes);
  CHECK(DeletionVectorId(rows) != DeletionVectorId(tables::DeadRows({0, 3, 70'001})));
}

}  // namespace
}  // namespace boathouse::delta
