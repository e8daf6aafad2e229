#include "iceberg/spelling.h"

#include <doctest/doctest.h>

#include "base/bytes.h"
#include "iceberg/names.h"
#include "iceberg/puffin.h"

namespace boathouse::iceberg {
namespace {

std::string Hex(const model::Value& value) {
  const auto bytes = BoundBytes(value);
  return bytes ? HexEncode(*bytes) : "none";
}

}  // namespace

TEST_CASE("bounds are the bytes of Iceberg's single-value serialization") {
  CHECK(Hex(int64_t{34}) == "2200000000000000");
  CHECK(Hex(int64_t{-1}) == "ffffffffffffffff");
  CHECK(Hex(model::Date{1}) == "01000000");
  CHECK(Hex(model::Date{-1}) == "ffffffff");
  CHECK(Hex(model::DateTime{1'000'000}) == "40420f0000000000");
  CHECK(Hex(std::string("ICEBERG")) == "49434542455247");
  CHECK(Hex(true) == "01");
  CHECK(Hex(false) == "00");
  CHECK(Hex(std::monostate{}) == "none");
  // Decimals: two's complement, big-endian, as short as can be, with room for the sign.
  CHECK(Hex(Decimal{0}) == "00");
  CHECK(Hex(Decimal{127}) == "7f");
  CHECK(Hex(Decimal{128}) == "0080");
  CHECK(Hex(Decimal{-128}) == "80");
  CHECK(Hex(Decimal{-129}) == "ff7f");
  CHECK(Hex(Decimal{1420}) == "058c");
  CHECK(Hex(Decimal{Decimal::units_max}) == "0de0b6b3a763ffff");
}

TEST_CASE("bounds of plans are Iceberg's JSON values") {
  CHECK(BoundJson(Decimal{-5})->Dump() == R"("-0.0005")");
  CHECK(BoundJson(Decimal{142'000})->Dump() == R"("14.2000")");
  CHECK(BoundJson(model::Date{0})->Dump() == R"("1970-01-01")");
  CHECK(BoundJson(model::DateTime{1})->Dump() == R"("1970-01-01T00:00:00.000001+00:00")");
  CHECK(BoundJson(int64_t{7})->Dump() == "7");
  CHECK_FALSE(BoundJson(std::monostate{}));
}

TEST_CASE("a schema names each field by the id that it has in the Parquet files") {
  tables::Schema schema;
  schema.id = 3;
  schema.columns = {{"id", 1, model::FieldType::kId, "key"},
                    {"amount", 12, model::FieldType::kMoney, ""},
                    {"closed", 1001, model::FieldType::kDate, ""}};
  CHECK(SchemaJson(schema).Dump() ==
        R"({"type":"struct","schema-id":3,"fields":[)"
        R"({"id":1,"name":"id","required":false,"type":"string","doc":"key"},)"
        R"-({"id":12,"name":"amount","required":false,"type":"decimal(18, 4)"},)-"
        R"({"id":1001,"name":"closed","required":false,"type":"date"}]})");
}

TEST_CASE("snapshot ids and versions follow from each other, differently for each table") {
  const Id table = *Id::Parse("01900000-0000-7000-8000-000000000001");
  const Id other = *Id::Parse("01900000-0000-7000-8000-000000000002");
  for (const int64_t version : {0L, 1L, 2L, 99L, 1'000'000L}) {
    const int64_t id = Renderer::SnapshotId(table, version);
    CHECK(id > 0);
    CHECK(id < (int64_t{1} << 53));  // exact in a double
    CHECK(Renderer::VersionOf(table, id) == version);
    CHECK(Renderer::SnapshotId(other, version) != id);
  }
  CHECK(Renderer::VersionOf(table, -1) == -1);
  CHECK(Renderer::VersionOf(table, 5) == -1);
  // For ever: clients remember them.
  CHECK(Renderer::SnapshotId(table, 0) == Renderer::SnapshotId(table, 0));
}

TEST_CASE("a file's name tells what it is made of, and has one spelling") {
  const Id table = *Id::Parse("01900000-0000-7000-8000-000000000001");
  const auto round = [&](const Name& name) {
    const std::string text = ToText(name, table);
    const auto back = ParseName(text, table);
    REQUIRE_MESSAGE(back, text);
    CHECK(back->kind == name.kind);
    CHECK(back->version == name.version);
    CHECK(back->format_version == name.format_version);
    CHECK(back->with_history == name.with_history);
    return text;
  };
  using Kind = FileName::Kind;
  CHECK(round({Kind::kMetadata, 17, 2, true, 3}) == "00017-00003-v2.metadata.json");
  CHECK(round({Kind::kMetadata, 123456, 3, false, 123456}) == "123456-123456-v3s.metadata.json");
  CHECK(round({Kind::kManifest, 17, 2}) == "00017-m0-v2.avro");
  CHECK(round({Kind::kDeleteManifest, 17, 3, false}) == "00017-m1-v3s.avro");
  CHECK(round({Kind::kDeletes, 17, 3}) == "00017-deletes.puffin");
  CHECK(round({Kind::kManifestList, 17, 3}).ends_with("-v3.avro"));
  CHECK(ParseName("v18.metadata.json", table)->version == 17);
  CHECK(ParseName("version-hint.text", table)->kind == Kind::kVersionHint);
  for (const char* wrong :
       {"", "x", "17-3-v2.metadata.json", "00017-00018-v2.metadata.json", "00017-m2-v2.avro",
        "00017-m0-v4.avro", "00017-m0-v2.avro ", "-0017-m0-v2.avro", "v0.metadata.json",
        "v-1.metadata.json", "snap-1-v2.avro", "snap--v2.avro", "../00017-m0-v2.avro",
        "99999999999999999999-m0-v2.avro", "00017-deletes.puffin.avro", ".avro",
        "v.metadata.json"}) {
    CHECK_MESSAGE(!ParseName(wrong, table), wrong);
  }
}

TEST_CASE("the checksum of a vector is the CRC-32 of zip") {
  CHECK(Crc32("123456789") == 0xcbf43926u);
  CHECK(Crc32("") == 0);
}

TEST_CASE("a Puffin file frames bitmaps with length and checksum, and says where they are") {
  const PuffinFile file = WritePuffin({{"s3://b/data/a.parquet", 2, "bitmap"}});
  REQUIRE(file.places.size() == 1);
  CHECK(file.places[0].offset == 4);
  CHECK(file.places[0].length == 4 + 6 + 4);
  CHECK(file.bytes.substr(0, 4) == "PFA1");
  CHECK(HexEncode(file.bytes.substr(4, 4)) == "00000006");
  CHECK(file.bytes.substr(8, 6) == "bitmap");
  const std::string footer =
      R"({"blobs":[{"type":"deletion-vector-v1","fields":[2147483645],"snapshot-id":-1,)"
      R"("sequence-number":-1,"offset":4,"length":14,"properties":{"referenced-data-file":)"
      R"("s3://b/data/a.parquet","cardinality":"2"}}],"properties":{"created-by":"Boathouse"}})";
  std::string tail = "PFA1" + footer;
  tail += static_cast<char>(footer.size() & 0xff);
  tail += static_cast<char>(footer.size() >> 8);
  tail += std::string(2, '\0') + std::string(4, '\0') + "PFA1";
  CHECK(file.bytes.substr(18) == tail);
}

}  // namespace boathouse::iceberg
