#include "crm/sales/work.h"

#include "crm/crm_impl.h"
#include "crm/sales/fields.h"

namespace boathouse::crm {
namespace {

constexpr size_t page_found = 1000;   // records looked at in one snapshot
constexpr size_t page_changed = 200;  // of one transaction, so that others do not wait for long

struct Page {
  std::vector<Id> ids;  // that need a change
  Id last;              // the last one looked at
  bool is_last = false;
};

Result<Page> FindPage(store::Store& store, const Walk& walk, const std::optional<Id>& after) {
  ASSIGN(const std::unique_ptr<store::Snapshot> snapshot, store.Read());
  store::Query query;
  query.object = walk.object;
  query.where = walk.where;
  query.limit = page_found;
  if (after) query.after = store::Query::Position{{}, *after};
  ASSIGN(const std::vector<model::Record> records, snapshot->List(query));
  Page page;
  page.is_last = records.size() < page_found;
  for (const model::Record& record : records) {
    page.last = record.id();
    if (walk.needs) {
      ASSIGN(const bool needed, walk.needs(*snapshot, record));
      if (!needed) continue;
    }
    page.ids.push_back(record.id());
    if (page.ids.size() == page_changed) {
      page.is_last = false;
      break;
    }
  }
  return page;
}

// Whether the work is still the one that was begun, at the place where this walk is.
Result<bool> StillOurs(RuleEdit& edit, const std::string& key, const Json& work) {
  if (key.empty()) return true;
  ASSIGN(const Json now, FindWork(edit, key));
  return now == work;
}

}  // namespace

Status LeaveWork(RuleEdit& edit, std::string_view key, std::string_view kind, Json details) {
  details.Set("kind", kind);
  details.Set("since", edit.transaction().now());
  return edit.transaction().PutDocument(work_documents, key, details);
}

Result<Json> FindWork(RuleEdit& edit, std::string_view key) {
  ASSIGN(std::optional<Json> found, edit.transaction().GetDocument(work_documents, key));
  return found ? std::move(*found) : Json();
}

Status DropWork(RuleEdit& edit, std::string_view key) {
  return edit.transaction().DeleteDocument(work_documents, key);
}

Result<int64_t> WalkRecords(Crm& crm, const Caller& caller, const Walk& walk,
                            const std::string& work_key, const Cancellation& cancellation) {
  store::Store& store = crm.impl().store;
  Json work;
  if (!work_key.empty()) {
    ASSIGN(const std::unique_ptr<store::Snapshot> snapshot, store.Read());
    ASSIGN(const std::optional<Json> found, snapshot->GetDocument(work_documents, work_key));
    if (!found) return int64_t{0};
    work = *found;
  }
  std::optional<Id> after = Id::Parse(work["after"].AsString());
  int64_t changed = 0;
  for (bool more = true; more && !cancellation.cancelled();) {
    ASSIGN(const Page page, FindPage(store, walk, after));
    int64_t changed_here = 0;
    bool ours = true;
    Json next = work;
    if (!work_key.empty()) next.Set("after", page.last.ToString());
    TRY(crm.impl().Transact(caller, [&](TransactionEdit& edit) -> Status {
      changed_here = 0;
      ASSIGN(ours, StillOurs(edit, work_key, work));
      if (!ours) return Status::Ok();
      for (const Id& id : page.ids) {
        ASSIGN(const std::optional<model::Record> record,
               GetIfThere(edit.transaction(), *walk.object, id));
        if (!record) continue;
        ASSIGN(const bool did, walk.change(edit, *record));
        changed_here += did;
      }
      if (work_key.empty()) return Status::Ok();
      return page.is_last ? DropWork(edit, work_key)
                          : edit.transaction().PutDocument(work_documents, work_key, next);
    }));
    changed += changed_here;
    after = page.last;
    work = std::move(next);
    more = ours && !page.is_last;
  }
  return changed;
}

}  // namespace boathouse::crm
