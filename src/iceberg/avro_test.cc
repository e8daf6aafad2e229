// Golden bytes by hand from the Avro specification; whole manifests are read by other people's readers in
// tests/conformance/table_formats.
#include "iceberg/avro.h"

#include <doctest/doctest.h>

#include "base/bytes.h"

namespace boathouse::iceberg {
namespace {

constexpr std::string_view schema = R"({"type":"record","name":"r","fields":[]})";

// What stands between the two sync markers, and checks what stands around them.
std::string Block(const std::string& file) {
  const std::string header = file.substr(0, file.size() - 16);
  const std::string sync = file.substr(file.size() - 16);
  const size_t first = header.find(sync);
  REQUIRE(first != std::string::npos);
  CHECK(Sha256(file.substr(0, first)).substr(0, 16) == sync);
  return header.substr(first + 16);
}

}  // namespace

TEST_CASE("an Avro header holds the schema as it was written, the codec and further keys") {
  AvroFile file(schema, {{"content", "data"}});
  const std::string bytes = std::move(file).Finish();
  std::string expected("Obj\x01", 4);
  expected += '\x06';  // three keys
  expected +=
      "\x16"
      "avro.schema";
  expected += "\x50";  // 40 bytes
  expected += schema;
  expected +=
      "\x14"
      "avro.codec"
      "\x08"
      "null";
  expected +=
      "\x0e"
      "content"
      "\x08"
      "data";
  expected += std::string(1, '\0');
  REQUIRE(schema.size() == 40);
  CHECK(bytes.substr(0, expected.size()) == expected);
  // No records: the header and its sync marker alone.
  CHECK(bytes.size() == expected.size() + 16);
}

TEST_CASE("Avro numbers are zigzag varints, and values stand one after the other") {
  AvroFile file(schema, {});
  for (const int64_t number : {0L, -1L, 1L, -2L, 63L, 64L, -65L, 300L}) file.Long(number);
  file.Long(INT64_MAX);
  file.Long(INT64_MIN);
  file.Bytes("ab");
  file.Null();
  file.OptionalLong(3);
  file.BeginArray(2);
  file.Long(1);
  file.Long(2);
  file.EndArray();
  file.EndArray();  // an empty one
  file.EndRecord();
  const std::string block = Block(std::move(file).Finish());
  CHECK(HexEncode(block) == std::string("02") + "54"  // one record of 42 bytes
                                + "00" + "01" + "02" + "03" + "7e" + "8001" + "8101" + "d804" +
                                "feffffffffffffffff01" + "ffffffffffffffffff01" + "046162" + "00" +
                                "0206" + "04020400" + "00");
}

TEST_CASE("equal content gives equal files, other content other ones") {
  const auto make = [](int64_t number, std::string value) {
    AvroFile file(schema, {{"key", std::move(value)}});
    file.Long(number);
    file.EndRecord();
    return std::move(file).Finish();
  };
  CHECK(make(1, "a") == make(1, "a"));
  CHECK(make(1, "a") != make(2, "a"));
  CHECK(make(1, "a") != make(1, "b"));
}

}  // namespace boathouse::iceberg
