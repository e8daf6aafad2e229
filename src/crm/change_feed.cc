#include "crm/change_feed.h"

#include <algorithm>
#include <map>
#include <set>

namespace boathouse::crm {
namespace {

const char* TypeOf(store::Operation operation) {
  switch (operation) {
    case store::Operation::kCreate:
      return "record.created";
    case store::Operation::kUpdate:
      return "record.updated";
    case store::Operation::kDelete:
      return "record.deleted";
  }
  return "record.updated";
}

// The members that are fields of the object as the caller sees it.
Json Visible(const model::Object& object, const Json& changes) {
  Json visible = Json::Object();
  for (const Json::Member& member : changes.members()) {
    if (object.IndexOf(member.first)) visible.Set(member.first, member.second);
  }
  return visible;
}

}  // namespace

Result<FeedPage> ChangeFeed::Read(const Caller& caller, const FeedRequest& request) {
  if (request.limit < 1 || request.limit > feed_page_max) {
    return Error::Field("limit", "out_of_range",
                        "limit must be between 1 and " + std::to_string(feed_page_max));
  }
  const std::shared_ptr<const model::Model> model = crm_.model(caller);
  std::set<const model::Object*> wanted;
  for (const std::string& name : request.objects) {
    ASSIGN(const model::Object* object, crm_.FindObject(caller, name));
    wanted.insert(object);
  }
  ASSIGN(const std::unique_ptr<store::Snapshot> snapshot, store_.Read());
  const store::Sequence newest = snapshot->sequence();
  if (request.after > newest) {
    return Error::Field("after", "out_of_range",
                        "after is " + std::to_string(request.after) +
                            ", but the newest change is " + std::to_string(newest));
  }
  ASSIGN(std::vector<store::Change> read,
         snapshot->Changes(nullptr, request.after, newest, request.limit));
  FeedPage page;
  page.reached = read.empty() ? newest : read.back().sequence;
  page.at_end = page.reached == newest;
  // Whether a record may be seen is asked once, however often it changed.
  std::map<Id, Sight> seen;
  for (store::Change& change : read) {
    const model::Object* object = model->Find(change.object);
    if (object == nullptr || (!wanted.empty() && !wanted.contains(object))) continue;
    const auto [sight, is_new] = seen.try_emplace(change.record, Sight::kNothing);
    if (is_new) {
      ASSIGN(sight->second, SightOf(caller, *object, change.record, *snapshot));
    }
    if (sight->second == Sight::kNothing) continue;
    change.changes =
        sight->second == Sight::kValues ? Visible(*object, change.changes) : Json::Object();
    page.changes.push_back(std::move(change));
  }
  return page;
}

Result<ChangeFeed::Sight> ChangeFeed::SightOf(const Caller& caller, const model::Object& object,
                                              const Id& id, store::Snapshot& snapshot) {
  if (caller.principal.is_system) return Sight::kValues;
  const Result<model::Record> seen = crm_.Get(caller, object, id);
  if (seen.ok()) return Sight::kValues;
  const auto may_be_hidden = [](const Error& error) {
    return error.kind == ErrorKind::kNotFound || error.kind == ErrorKind::kForbidden;
  };
  if (!may_be_hidden(seen.error())) return seen.error();
  const model::Object& full = *crm_.model()->Find(object.name);
  const Result<model::Record> stored = snapshot.Get(full, id);
  if (!stored.ok() && stored.error().kind == ErrorKind::kNotFound) return Sight::kExistence;
  return Sight::kNothing;
}

Json ChangeEvent(const store::Change& change) {
  return Json::Object({{"type", TypeOf(change.operation)},
                       {"sequence", change.sequence},
                       {"at", FormatDateTime(change.at)},
                       {"object", change.object},
                       {"id", change.record.ToString()},
                       {"actor_id", change.actor.is_nil() ? Json() : Json(change.actor.ToString())},
                       {"surface", change.surface},
                       {"changes", change.changes}});
}

}  // namespace boathouse::crm
