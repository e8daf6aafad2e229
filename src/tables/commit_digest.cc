#include "tables/commit_digest.h"

#include <algorithm>
#include <vector>

#include "base/bytes.h"

namespace boathouse::tables {
namespace {

constexpr size_t commit_digest_bytes = 16;

}  // namespace

Result<std::string> DigestOfCommit(store::Snapshot& snapshot, store::Sequence sequence) {
  if (sequence == 0) return std::string();
  ASSIGN(const std::vector<store::Change> changes,
         snapshot.Changes(nullptr, sequence - 1, sequence, 1));
  if (changes.empty()) return std::string("?");
  const store::Change& change = changes.front();
  return Sha256(change.record.ToString() + "/" + std::to_string(change.at) + "/" +
                std::string(store::OperationName(change.operation)))
      .substr(0, commit_digest_bytes);
}

Result<Micros> TimeOfCommit(store::Snapshot& snapshot, store::Sequence sequence, Micros now) {
  if (sequence == 0) return now;
  ASSIGN(const std::vector<store::Change> changes,
         snapshot.Changes(nullptr, sequence - 1, sequence, 1));
  return changes.empty() ? now : std::min(now, changes.front().at);
}

}  // namespace boathouse::tables
