#pragma once
// The names of files below metadata/. A name tells everything that its content depends on besides the
// table, so that it can be made again from the name alone. Pure functions.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/id.h"
#include "iceberg/iceberg.h"

namespace boathouse::iceberg {

struct Name {
  FileName::Kind kind = FileName::Kind::kMetadata;
  int64_t version = 0;
  int format_version = 2;
  bool with_history = true;
  int64_t oldest = 0;      // kMetadata: the oldest version it shows
  bool by_number = false;  // kMetadata: v<N>.metadata.json, which shows the window
};

// 00017-00003-v2.metadata.json, snap-<id>-v2.avro, 00017-m0-v2.avro (data), 00017-m1-v3.avro (deletion
// vectors), 00017-deletes.puffin; an `s` behind the format's version where the snapshot stands by itself.
std::string ToText(const Name& name, const Id& table);
std::optional<Name> ParseName(std::string_view text, const Id& table);

// The oldest version of the window that ends with `version`.
constexpr int64_t WindowBegin(int64_t version) {
  return version < snapshots_window ? 0 : version - snapshots_window + 1;
}

}  // namespace boathouse::iceberg
