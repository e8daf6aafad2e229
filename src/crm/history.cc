#include "crm/history.h"

#include <algorithm>

#include "crm/crm_impl.h"
#include "crm/logged_values.h"
#include "crm/merge.h"
#include "crm/page_token.h"
#include "crm/permission.h"
#include "crm/trash.h"

namespace boathouse::crm {
namespace {

using model::Object;
using model::Record;
using store::Change;
using store::Operation;

constexpr size_t log_page = 500;  // changes read at a time
constexpr size_t told_fields_max = 20;

std::string DescribeHistory(const Object& object, const Id& id) {
  return "history\x1f" + object.name + '\x1f' + id.ToString();
}

// Where a page of changes continues.
Result<store::Sequence> ReadBefore(const std::string& secret, const std::string& list,
                                   std::string_view page_token) {
  if (page_token.empty()) return store::Sequence{0};
  ASSIGN(const Json position, ReadPageToken(secret, list, page_token));
  return position["s"].AsInt().value_or(0);
}

// A create of a record that had been there before.
Result<bool> Restores(store::Reader& reader, const Object& whole, const Change& change) {
  if (change.operation != Operation::kCreate) return false;
  ASSIGN(const store::Origin origin, reader.OriginOf(whole, change.record));
  return origin.first != change.sequence;
}

// The changes of the record and of those that were merged into it, newest first.
Result<std::vector<Change>> ChangesOf(store::Snapshot& snapshot, const Object& whole, const Id& id,
                                      store::Sequence before, size_t limit) {
  ASSIGN(std::vector<Change> changes, snapshot.History(whole, id, before, limit));
  ASSIGN(const std::vector<Id> losers, LosersOf(snapshot, whole, id));
  if (losers.empty()) return changes;
  for (const Id& loser : losers) {
    ASSIGN(std::vector<Change> more, snapshot.History(whole, loser, before, limit));
    std::move(more.begin(), more.end(), std::back_inserter(changes));
  }
  std::sort(changes.begin(), changes.end(),
            [](const Change& a, const Change& b) { return a.sequence > b.sequence; });
  if (changes.size() > limit) changes.resize(limit);
  return changes;
}

// kNotFound, unless the caller may look at what happened to the record, which may be gone.
Status CheckSeen(const Access& access, const Id& id, store::Reader& reader) {
  const Object& whole = access.whole();
  const Result<Record> now = reader.Get(whole, id);
  Record record;
  if (now.ok()) {
    record = *now;
  } else if (now.error().kind != ErrorKind::kNotFound) {
    return now.error();
  } else {
    ASSIGN(const std::vector<Change> newest, reader.History(whole, id, 0, 1));
    if (newest.empty() || newest[0].operation != Operation::kDelete) {
      return NoSuchRecord(whole, id);
    }
    ASSIGN(record, RecordBefore(reader, whole, newest[0]));
  }
  ASSIGN(const bool reached, access.Reaches(record, reader));
  return reached ? Status::Ok() : Status(NoSuchRecord(whole, id));
}

// A record on its way back through the log.
class PastRecord {
 public:
  PastRecord(const Object& object, const Id& id, std::optional<Record> now, int64_t versions)
      : object_(object), id_(id), versions_(versions) {
    if (now) record_ = std::move(*now);
    record_.values.resize(object.fields.size());
  }

  void TakeBack(const Change& change) {
    if (change.operation == Operation::kDelete) {
      record_ = DeletedRecord(object_, change);
      return;
    }
    --versions_;
    for (const auto& [name, pair] : change.changes.members()) {
      const auto index = object_.IndexOf(name);
      const Json* from = FromOf(pair);
      if (index && from != nullptr) record_.Set(*index, LoggedValue(object_.fields[*index], *from));
    }
  }

  // As it was right after `change`, created by `first`.
  Record At(const Change& change, const Change& first) && {
    record_.Set(model::kFieldId, id_);
    record_.Set(model::kFieldVersion, versions_);
    record_.Set(model::kFieldCreatedAt, model::DateTime{first.at});
    record_.Set(model::kFieldCreatedBy, UserOf(first));
    record_.Set(model::kFieldUpdatedAt, model::DateTime{change.at});
    record_.Set(model::kFieldUpdatedBy, UserOf(change));
    return std::move(record_);
  }

 private:
  static model::Value UserOf(const Change& change) {
    return change.actor.is_nil() ? model::Value{} : model::Value(change.actor);
  }

  const Object& object_;
  const Id id_;
  Record record_;
  int64_t versions_;
};

Error NotThen(const Object& object, const Id& id, std::string_view what, Micros when) {
  return Error(ErrorKind::kNotFound, "this " + object.name + " (" + id.ToString() + ") " +
                                         std::string(what) + " at " + FormatDateTime(when));
}

Result<Record> WorkOut(store::Snapshot& snapshot, const Object& whole, const Id& id, Micros at) {
  ASSIGN(const store::Origin origin, snapshot.OriginOf(whole, id));
  if (origin.first == 0) return NoSuchRecord(whole, id);
  ASSIGN(const Change first, snapshot.GetChange(origin.first));
  Result<Record> now = snapshot.Get(whole, id);
  if (!now.ok() && now.error().kind != ErrorKind::kNotFound) return now;
  PastRecord past(whole, id, now.ok() ? std::optional<Record>(std::move(*now)) : std::nullopt,
                  origin.versions);
  for (store::Sequence before = 0;;) {
    ASSIGN(const std::vector<Change> changes, snapshot.History(whole, id, before, log_page));
    for (const Change& change : changes) {
      if (change.at > at) {
        past.TakeBack(change);
        continue;
      }
      if (change.operation == Operation::kDelete) {
        return NotThen(whole, id, "was deleted", change.at);
      }
      return std::move(past).At(change, first);
    }
    if (changes.size() < log_page) return NotThen(whole, id, "was created only", first.at);
    before = changes.back().sequence;
  }
}

// What later changes did to fields of the record: the names, with when.
Result<std::vector<FieldError>> ChangedAfter(store::Reader& reader, const Access& access,
                                             const Id& id, store::Sequence sequence) {
  std::vector<FieldError> fields;
  for (store::Sequence before = 0;;) {
    ASSIGN(const std::vector<Change> changes, reader.History(access.whole(), id, before, log_page));
    for (const Change& change : changes) {
      if (change.sequence <= sequence || fields.size() >= told_fields_max) return fields;
      for (const auto& [name, pair] : change.changes.members()) {
        const std::string pointer = "/" + name;
        const bool told = std::any_of(fields.begin(), fields.end(), [&](const FieldError& field) {
          return field.field == pointer;
        });
        if (told) continue;
        if (!access.seen().IndexOf(name)) {
          fields.push_back(
              {"", "changed_since", "a field that your role may not read was changed"});
          continue;
        }
        fields.push_back(
            {pointer, "changed_since", name + " was changed at " + FormatDateTime(change.at)});
      }
    }
    if (changes.size() < log_page) return fields;
    before = changes.back().sequence;
  }
}

Error ChangedSince(const Object& object, std::vector<FieldError> fields) {
  std::string names;
  for (const FieldError& field : fields) {
    if (field.field.empty()) continue;
    names += (names.empty() ? "" : ", ") + field.field.substr(1);
  }
  if (names.empty()) names = "fields that your role may not read";
  return Error(ErrorKind::kConflict,
               "this " + object.name + " was changed again since (" + names +
                   "); send force=true to take the change back all the same",
               std::move(fields));
}

Result<Record> UndoUpdate(TransactionEdit& edit, const Object& object, const Access& access,
                          const Change& change, bool force) {
  const Object& whole = access.whole();
  ASSIGN(const Record current, edit.transaction().Get(whole, change.record));
  Json patch = Json::Object();
  std::vector<FieldError> changed;
  for (const auto& [name, pair] : change.changes.members()) {
    const auto index = whole.IndexOf(name);
    const Json* from = FromOf(pair);
    const Json* to = ToOf(pair);
    if (!index || from == nullptr) continue;
    const model::Field& field = whole.fields[*index];
    if (field.read_only) continue;  // follows from the others
    if (!access.seen().IndexOf(name)) {
      return Error(ErrorKind::kForbidden,
                   "this change is also about fields that your role may not read; ask an "
                   "administrator to take it back");
    }
    if (current.At(*index) != LoggedValue(field, *to)) {
      changed.push_back({"/" + name, "changed_since",
                         name + " was changed again since; it is \"" +
                             model::ToText(current.At(*index)).substr(0, 60) + "\" now"});
    }
    patch.Set(name, *from);
  }
  if (!changed.empty() && !force) return ChangedSince(object, std::move(changed));
  if (patch.size() == 0) {
    return Error(ErrorKind::kConflict,
                 "the server itself set what this change is about; there is nothing to take back");
  }
  return edit.Update(object, change.record, patch, std::nullopt, "");
}

Action ActionToUndo(Operation operation) {
  switch (operation) {
    case Operation::kCreate:
      return Action::kDelete;
    case Operation::kUpdate:
      return Action::kUpdate;
    case Operation::kDelete:
      return Action::kCreate;
  }
  return Action::kUpdate;
}

Status UndoCreate(TransactionEdit& edit, const Object& object, const Access& access,
                  const Change& change, bool force) {
  ASSIGN(std::vector<FieldError> changed,
         ChangedAfter(edit.transaction(), access, change.record, change.sequence));
  if (!changed.empty() && !force) return ChangedSince(object, std::move(changed));
  return edit.Delete(object, change.record, std::nullopt);
}

}  // namespace

const std::string& ActorNames::Of(const Id& actor) {
  for (const auto& [id, name] : known_) {
    if (id == actor) return name;
  }
  const Result<Record> found = reader_.Get(user_, actor);
  known_.emplace_back(actor, found.ok()       ? model::TitleOf(user_, *found)
                             : actor.is_nil() ? "System"
                                              : "A former user");
  return known_.back().second;
}

Result<HistoryPage> Crm::History(const Caller& caller, const Object& object, const Id& id,
                                 size_t page_size, std::string_view page_token) {
  TRY(CheckPageSize(page_size));
  const std::string list = DescribeHistory(object, id);
  ASSIGN(const store::Sequence before, ReadBefore(impl_->secret, list, page_token));
  const std::shared_ptr<const model::Model> model = impl_->store.model();
  ASSIGN(Impl::Entrance entrance, impl_->Enter(caller, object, Action::kRead));
  const auto& [access, snapshot] = entrance;
  TRY(CheckSeen(access, id, *snapshot));
  ASSIGN(std::vector<Change> changes,
         ChangesOf(*snapshot, access.whole(), id, before, page_size + 1));
  HistoryPage page;
  if (changes.size() > page_size) {
    changes.pop_back();
    page.next_page_token =
        MakePageToken(impl_->secret, list, Json::Object({{"s", changes.back().sequence}}));
  }
  ActorNames names(*model, *snapshot);
  for (Change& change : changes) {
    ASSIGN(const bool restores, Restores(*snapshot, access.whole(), change));
    change.changes = access.ShowChanges(std::move(change.changes));
    const std::string& name = names.Of(change.actor);
    page.entries.push_back({std::move(change), name, restores});
  }
  return page;
}

Result<Record> RecordAsOf(Crm& crm, const Caller& caller, const Object& object, const Id& id,
                          Micros at) {
  ASSIGN(Crm::Impl::Entrance entrance, crm.impl().Enter(caller, object, Action::kRead));
  const auto& [access, snapshot] = entrance;
  TRY(CheckSeen(access, id, *snapshot));
  ASSIGN(Record record, WorkOut(*snapshot, access.whole(), id, at));
  return access.Show(std::move(record));
}

Result<std::optional<Record>> UndoChange(Crm& crm, const Caller& caller, const Object& object,
                                         const Id& id, store::Sequence sequence, bool force) {
  std::optional<Record> result;
  const Caller allowing = AllowingDuplicates(caller);
  TRY(crm.impl().Transact(allowing, [&](TransactionEdit& edit) -> Status {
    result.reset();
    ASSIGN(const Access access,
           crm.impl().permissions.Enter(caller, object, Action::kRead, edit.transaction()));
    const Object& whole = access.whole();
    TRY(CheckSeen(access, id, edit.transaction()));
    const Result<Change> change = edit.transaction().GetChange(sequence);
    if (!change.ok() || change->record != id || change->object != object.name) {
      return Error(ErrorKind::kNotFound, "this " + object.name + " has no change " +
                                             std::to_string(sequence) + " in its history");
    }
    // Who may not do it is told so, whatever else stands in the way.
    TRY(crm.Allow(caller, object, ActionToUndo(change->operation)));
    if (change->operation == Operation::kDelete) {
      ASSIGN(Restored restored, RestoreDeleted(edit, access, id, change->sequence));
      result = std::move(restored.record);
      return Status::Ok();
    }
    if (!edit.transaction().Get(whole, id).ok()) {
      return Error(ErrorKind::kConflict,
                   "this " + object.name + " was deleted since; restore it first");
    }
    if (change->operation == Operation::kCreate) {
      return UndoCreate(edit, object, access, *change, force);
    }
    ASSIGN(result, UndoUpdate(edit, object, access, *change, force));
    return Status::Ok();
  }));
  return result;
}

Result<LogPage> ListLog(Crm& crm, const Caller& caller, const Object* object, size_t page_size,
                        std::string_view page_token) {
  TRY(crm.AllowAdministration(caller, "read the log of all changes"));
  TRY(CheckPageSize(page_size));
  const std::string list = "log\x1f" + (object != nullptr ? object->name : std::string());
  ASSIGN(const store::Sequence before, ReadBefore(crm.impl().secret, list, page_token));
  const std::shared_ptr<const model::Model> model = crm.model();
  ASSIGN(const std::unique_ptr<store::Snapshot> snapshot, crm.impl().store.Read());
  ASSIGN(std::vector<Change> changes, snapshot->ChangesBefore(object, before, page_size + 1));
  LogPage page;
  if (changes.size() > page_size) {
    changes.pop_back();
    page.next_page_token =
        MakePageToken(crm.impl().secret, list, Json::Object({{"s", changes.back().sequence}}));
  }
  ActorNames names(*model, *snapshot);
  for (Change& change : changes) {
    const Object* of = model->Find(change.object);
    if (of == nullptr) continue;
    LogEntry entry;
    ASSIGN(entry.entry.restores, Restores(*snapshot, *of, change));
    const Result<Record> now = snapshot->Get(*of, change.record);
    const size_t title = of->title_index();
    if (now.ok()) {
      entry.title = model::TitleOf(*of, *now);
    } else if (change.operation == Operation::kDelete) {
      entry.title = model::ToText(DeletedRecord(*of, change).At(title));
    }
    entry.entry.actor_name = names.Of(change.actor);
    entry.entry.change = std::move(change);
    page.entries.push_back(std::move(entry));
  }
  return page;
}

}  // namespace boathouse::crm
