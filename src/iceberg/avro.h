#pragma once
// Writes one Avro object container file (Avro specification 1.11, "Object Container Files") in memory: one
// block, no compression. Values are appended in the order of the schema, whose text is kept as it is, with
// its field ids, which is what Avro libraries tend to lose. No I/O, no errors: that the values fit the
// schema is the caller's duty, and the tests', which read the files with other people's readers.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace boathouse::iceberg {

class AvroFile {
 public:
  // `metadata`: keys beside avro.schema and avro.codec, in the order given.
  AvroFile(std::string_view schema,
           const std::vector<std::pair<std::string_view, std::string>>& metadata);

  void Long(int64_t value);            // long and int: zigzag varints both
  void Bytes(std::string_view value);  // bytes and string
  // Which branch of a union follows.
  void Branch(int64_t index) { Long(index); }
  void Null() { Branch(0); }  // of ["null", ...]
  void Some() { Branch(1); }
  void OptionalLong(int64_t value) {
    Some();
    Long(value);
  }
  // An array: its items follow, then EndArray. An empty one is EndArray alone.
  void BeginArray(size_t items) { Long(static_cast<int64_t>(items)); }
  void EndArray() { Long(0); }
  void EndRecord() { ++records_; }

  // The file. Its sync marker is taken from a digest of its header, so equal content gives equal bytes.
  std::string Finish() &&;

 private:
  std::string header_;
  std::string block_;
  int64_t records_ = 0;
};

}  // namespace boathouse::iceberg
