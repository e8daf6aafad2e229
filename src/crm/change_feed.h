#pragma once
// The change log as somebody may see it: who follows the workspace's changes (event streams, webhooks,
// the page) reads them here, in commit order, from any point on. Safe to use from many threads.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "crm/crm.h"
#include "store/store.h"

namespace boathouse::crm {

inline constexpr size_t feed_page_max = 1000;

struct FeedRequest {
  std::vector<std::string> objects;  // singular names; all of them when empty
  store::Sequence after = 0;
  size_t limit = feed_page_max;  // changes looked at, of which some may not be the caller's to see
};

struct FeedPage {
  std::vector<store::Change> changes;  // oldest first
  store::Sequence reached = 0;         // go on after this one
  bool at_end = false;                 // nothing newer was committed
};

class ChangeFeed {
 public:
  ChangeFeed(store::Store& store, Crm& crm) : store_(store), crm_(crm) {}

  // Changes of records that the caller may read as they are now, without the fields that are denied.
  // Whose a deleted record was cannot be asked any more: its changes tell its id and no values, but to
  // the program itself.
  Result<FeedPage> Read(const Caller& caller, const FeedRequest& request);

  store::Sequence newest() const { return store_.committed(); }
  std::unique_ptr<store::CommitWatch> Watch(std::function<void()> wake) {
    return store_.WatchCommits(std::move(wake));
  }

 private:
  enum class Sight { kNothing, kExistence, kValues };
  Result<Sight> SightOf(const Caller& caller, const model::Object& object, const Id& id,
                        store::Snapshot& snapshot);

  store::Store& store_;
  Crm& crm_;
};

// A change as event streams and webhooks tell it: {"type": "record.updated", "sequence", "at", "object",
// "id", "actor_id", "surface", "changes": {field: [from, to]}}.
Json ChangeEvent(const store::Change& change);

}  // namespace boathouse::crm
