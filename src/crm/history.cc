#include <map>

#include "crm/crm_impl.h"
#include "crm/page_token.h"
#include "crm/permission.h"

namespace boathouse::crm {
namespace {

std::string DescribeHistory(const model::Object& object, const Id& id) {
  return "history\x1f" + object.name + '\x1f' + id.ToString();
}

}  // namespace

Result<HistoryPage> Crm::History(const Caller& caller, const model::Object& object, const Id& id,
                                 size_t page_size, std::string_view page_token) {
  TRY(crm::Allow(caller, object, Action::kRead));
  TRY(CheckPageSize(page_size));
  const std::string list = DescribeHistory(object, id);
  store::Sequence before = 0;
  if (!page_token.empty()) {
    ASSIGN(const Json position, ReadPageToken(impl_->secret, list, page_token));
    before = position["s"].AsInt().value_or(0);
  }
  ASSIGN(const std::unique_ptr<store::Snapshot> snapshot, impl_->store.Read());
  ASSIGN(std::vector<store::Change> changes, snapshot->History(object, id, before, page_size + 1));
  if (changes.empty() && page_token.empty()) {
    return Error(ErrorKind::kNotFound, "there is no " + object.name + " " + id.ToString());
  }
  HistoryPage page;
  if (changes.size() > page_size) {
    changes.pop_back();
    page.next_page_token =
        MakePageToken(impl_->secret, list, Json::Object({{"s", changes.back().sequence}}));
  }
  const model::Object& user = *impl_->store.model()->Find("user");
  std::map<Id, std::string> names;
  for (store::Change& change : changes) {
    const auto [name, is_new] = names.try_emplace(change.actor);
    if (is_new) {
      const Result<model::Record> actor = snapshot->Get(user, change.actor);
      name->second = actor.ok()              ? model::TitleOf(user, *actor)
                     : change.actor.is_nil() ? "System"
                                             : "A former user";
    }
    page.entries.push_back({std::move(change), name->second});
  }
  return page;
}

}  // namespace boathouse::crm
