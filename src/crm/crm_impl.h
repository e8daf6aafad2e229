#pragma once
// What the files of crm/ that carry out a Crm's verbs share. Private to crm/.

#include <functional>
#include <memory>
#include <string>

#include "crm/crm.h"
#include "crm/duplicate_rules.h"
#include "crm/edit.h"
#include "crm/filter.h"
#include "crm/permission.h"
#include "crm/rule.h"

namespace boathouse::crm {

struct Crm::Impl {
  store::Store& store;
  const Clock& clock;
  IdSource& ids;
  const std::string secret;
  Rules rules;
  Permissions permissions{store};
  DuplicateRuleBook duplicate_rules{store};

  // What a caller may do with an object, and the state it is done in.
  struct Entrance {
    Access access;
    std::unique_ptr<store::Snapshot> snapshot;
  };
  Result<Entrance> Enter(const Caller& caller, const model::Object& object, Action action) {
    Entrance entrance;
    ASSIGN(entrance.access, permissions.Enter(caller, object, action));
    ASSIGN(entrance.snapshot, store.Read());
    TRY(permissions.SetReach(caller, *entrance.snapshot, &entrance.access));
    return entrance;
  }

  // Reads filters and orders as the caller may: over what it sees, and no further.
  FilterScope FilterScopeOf(const Caller& caller, const Access& access) const {
    FilterScope scope;
    if (!caller.principal.user.is_nil()) scope.me = caller.principal.user;
    scope.now = clock.Now();
    scope.visible = [&access](const model::Object& object) { return access.Visible(object); };
    return scope;
  }
  // The query for the records of `access` that meet the filter, in that order, as far as they are in
  // reach. Its limit and place are the caller's to set.
  Result<store::Query> QueryFor(const Caller& caller, const Access& access, std::string_view filter,
                                std::string_view order_by) const {
    const FilterScope scope = FilterScopeOf(caller, access);
    store::Query query;
    query.object = &access.whole();
    if (!filter.empty()) {
      ASSIGN(store::Condition where,
             ParseFilter(access.seen_model(), access.seen(), filter, scope));
      query.where = access.WholeCondition(std::move(where));
    }
    access.Narrow(&query.where);
    ASSIGN(std::vector<store::OrderBy> order,
           ParseOrderBy(access.seen_model(), access.seen(), order_by, scope));
    for (store::OrderBy& each : order) query.order.push_back(access.WholeOrder(std::move(each)));
    // Records that have a value in common come by their titles, where the caller may see these.
    const size_t title = query.object->title_index();
    if (query.order.size() == 1 && query.order[0].path.empty() &&
        store::IsListedByTitle(*query.object, query.order[0].field) &&
        access.seen().IndexOf(query.object->fields[title].name)) {
      query.order.push_back({title, query.order[0].descending, {}});
    }
    return query;
  }

  Status Transact(const Caller& caller, const std::function<Status(TransactionEdit&)>& work) {
    const std::shared_ptr<const model::Model> model = store.model();
    return store.Write([&](store::Transaction& transaction) {
      TransactionEdit edit(transaction, *model, caller, ids, rules, permissions);
      return work(edit);
    });
  }
};

Status CheckPageSize(size_t page_size);
Status CheckSearchText(std::string_view text);
// The same for a record that is not there and for one that is out of the caller's reach.
Error NoSuchRecord(const model::Object& object, const Id& id);

}  // namespace boathouse::crm
