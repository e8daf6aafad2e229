#pragma once
// Several records that mean the same thing become one. docs/duplicates.md is the manual. Safe to call from
// many threads.

#include <optional>
#include <string>
#include <vector>

#include "crm/crm.h"

namespace boathouse::crm {

inline constexpr size_t merge_records_max = 50;  // merged into one at a time
inline constexpr size_t losers_read_max = 1000;  // whose history stands in that of the winner

struct MergeRequest {
  std::vector<Id> from;
  Json fields;  // values for the winner that were chosen; null: none
};

struct Merged {
  model::Record record;  // the winner
  size_t relinked = 0;   // records that point to the winner instead of a loser
};

// Merges the records `request.from` into `winner`, in one transaction: whatever pointed to them points to
// the winner; fields that are empty there are filled from them, in their order, and multi-selects united;
// then they are deleted. From then on their ids lead to the winner. The caller must be allowed to change
// the winner and to delete the others. kConflict when values of one of them cannot be had twice.
Result<Merged> Merge(Crm& crm, const Caller& caller, const model::Object& object, const Id& winner,
                     const MergeRequest& request);

// The record that this one was merged into, at the end of the chain; nullopt when it was not.
Result<std::optional<Id>> FindWinner(Crm& crm, const Caller& caller, const model::Object& object,
                                     const Id& id);

// Crm::Get; of a record that was merged, the one it was merged into.
Result<model::Record> GetFollowing(Crm& crm, const Caller& caller, const model::Object& object,
                                   const Id& id);

// For the files of crm/. ------------------------------------------------------------------------------

Result<std::optional<Id>> WinnerOf(store::Reader& reader, const model::Object& object,
                                   const Id& id);
// The records that were merged into this one, directly or not; at most losers_read_max.
Result<std::vector<Id>> LosersOf(store::Reader& reader, const model::Object& object, const Id& id);
// The record was merged and is back: its id means itself again.
Status ForgetMerge(store::Transaction& transaction, const model::Object& object, const Id& id);

}  // namespace boathouse::crm
