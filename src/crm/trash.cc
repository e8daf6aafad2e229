#include "crm/trash.h"

#include <algorithm>
#include <set>

#include "crm/crm_impl.h"
#include "crm/history.h"
#include "crm/logged_values.h"
#include "crm/merge.h"
#include "crm/page_token.h"
#include "crm/trash_links.h"

namespace boathouse::crm {
namespace {

using model::Object;
using model::Record;
using store::Change;
using store::Operation;

constexpr const char* erased_collection = "history.erased";
constexpr size_t rounds_max = 10;  // of looking for items that may be shown, for one page

std::string KeyOf(const Object& object, const Id& id) { return object.name + "/" + id.ToString(); }

// The change that deleted the record, if that is the newest one about it and nobody erased it.
Result<std::optional<Change>> FindDelete(store::Reader& reader, const Object& whole, const Id& id) {
  ASSIGN(std::vector<Change> newest, reader.History(whole, id, 0, 1));
  if (newest.empty() || newest[0].operation != Operation::kDelete) return std::optional<Change>();
  return std::optional<Change>(std::move(newest[0]));
}

Result<bool> IsErased(store::Reader& reader, const Object& whole, const Id& id) {
  ASSIGN(const std::optional<Json> erased, reader.GetDocument(erased_collection, KeyOf(whole, id)));
  return erased.has_value();
}

// What of one object's trash may be shown.
struct Bin {
  const Object* object;  // as it was asked for
  Access access;
};

class TrashLister {
 public:
  TrashLister(Crm& crm, store::Snapshot& snapshot, std::vector<Bin> bins)
      : crm_(crm),
        snapshot_(snapshot),
        bins_(std::move(bins)),
        whole_(crm.model()),
        names_(*whole_, snapshot) {}

  Result<TrashPage> List(store::Sequence before, size_t page_size, const std::string& list) {
    TrashPage page;
    for (size_t round = 0; round < rounds_max; ++round) {
      ASSIGN(const std::vector<Found> found, Newest(before, page_size + 1));
      for (size_t i = 0; i < found.size(); ++i) {
        if (found[i].change.at < crm_.impl().clock.Now() - trash_micros) return page;
        if (page.items.size() == page_size || i == page_size) {
          page.next_page_token =
              MakePageToken(crm_.impl().secret, list, Json::Object({{"s", before}}));
          if (page.items.size() == page_size) return page;
          break;
        }
        before = found[i].change.sequence;
        TRY(Add(found[i], &page));
      }
      if (found.size() <= page_size) {
        page.next_page_token.clear();
        return page;
      }
    }
    return page;
  }

 private:
  struct Found {
    const Bin* bin;
    Change change;
  };

  // The newest deletes of all objects, older than `before`.
  Result<std::vector<Found>> Newest(store::Sequence before, size_t limit) {
    std::vector<Found> found;
    for (const Bin& bin : bins_) {
      ASSIGN(std::vector<Change> changes,
             snapshot_.DeletesBefore(bin.access.whole(), before, limit));
      for (Change& change : changes) found.push_back({&bin, std::move(change)});
    }
    std::sort(found.begin(), found.end(),
              [](const Found& a, const Found& b) { return a.change.sequence > b.change.sequence; });
    if (found.size() > limit) found.resize(limit);
    return found;
  }

  Status Add(const Found& found, TrashPage* page) {
    const Access& access = found.bin->access;
    const Object& whole = access.whole();
    const Change& change = found.change;
    ASSIGN(const std::optional<Change> newest, FindDelete(snapshot_, whole, change.record));
    if (!newest || newest->sequence != change.sequence) return Status::Ok();  // it came back
    ASSIGN(const bool erased, IsErased(snapshot_, whole, change.record));
    if (erased) return Status::Ok();
    ASSIGN(const Record record, RecordBefore(snapshot_, whole, change));
    ASSIGN(const bool reached, access.Reaches(record, snapshot_));
    if (!reached) return Status::Ok();
    TrashItem item;
    item.object = found.bin->object;
    item.id = change.record;
    item.title = model::TitleOf(*found.bin->object, access.Show(record));
    item.deleted_at = change.at;
    item.deleted_by = change.actor;
    item.deleted_by_name = names_.Of(change.actor);
    item.surface = change.surface;
    item.expires_at = change.at + trash_micros;
    item.sequence = change.sequence;
    ASSIGN(item.merged_into, WinnerOf(snapshot_, whole, change.record));
    page->items.push_back(std::move(item));
    return Status::Ok();
  }

  Crm& crm_;
  store::Snapshot& snapshot_;
  const std::vector<Bin> bins_;
  const std::shared_ptr<const model::Model> whole_;
  ActorNames names_;
};

Error TooOld(const Object& object, const Change& change) {
  return Error(ErrorKind::kNotFound,
               "this " + object.name + " was deleted at " + FormatDateTime(change.at) +
                   "; the trash keeps records for " +
                   std::to_string(trash_micros / (24LL * 3600 * 1'000'000)) + " days");
}

// The delete to take back, or why there is none.
Result<Change> DeleteToRestore(store::Transaction& transaction, const Object& whole, const Id& id) {
  if (transaction.Get(whole, id).ok()) {
    return Error(ErrorKind::kConflict, "this " + whole.name + " is not deleted");
  }
  ASSIGN(std::optional<Change> deleted, FindDelete(transaction, whole, id));
  if (!deleted) {
    return Error(ErrorKind::kNotFound, "there is no " + whole.name + " " + id.ToString());
  }
  ASSIGN(const bool erased, IsErased(transaction, whole, id));
  if (erased) {
    return Error(ErrorKind::kNotFound, "this " + whole.name + " was erased for ever");
  }
  if (deleted->at < transaction.now() - trash_micros) return TooOld(whole, *deleted);
  return std::move(*deleted);
}

// Empties relations whose targets are gone.
Status KeepRelations(TransactionEdit& edit, const Object& whole, Record* record,
                     std::vector<Restored::Emptied>* emptied) {
  for (size_t i = model::kSystemFieldCount; i < whole.fields.size(); ++i) {
    const model::Field& field = whole.fields[i];
    const Id* target = std::get_if<Id>(&record->At(i));
    const Object* other = edit.model().Find(field.relation_object);
    if (field.type != model::FieldType::kRelation || target == nullptr || other == nullptr) {
      continue;
    }
    if (edit.transaction().Get(*other, *target).ok()) continue;
    ASSIGN(const std::optional<Id> winner, WinnerOf(edit.transaction(), *other, *target));
    if (winner && edit.transaction().Get(*other, *winner).ok()) {
      record->Set(i, *winner);
      continue;
    }
    if (field.required) {
      return Error(ErrorKind::kConflict, "this " + whole.name + " needs its " + field.name +
                                             ", which is gone: restore the " + other->name + " " +
                                             target->ToString() + " first");
    }
    emptied->push_back({field.name, *target});
    record->Set(i, {});
  }
  return Status::Ok();
}

Result<Record> BringBack(TransactionEdit& edit, const Object& whole, const Change& deleted,
                         bool as_program, std::vector<Restored::Emptied>* emptied) {
  ASSIGN(Record record, RecordBefore(edit.transaction(), whole, deleted));
  TRY(KeepRelations(edit, whole, &record, emptied));
  TRY(ForgetMerge(edit.transaction(), whole, deleted.record));
  return edit.Reinstate(whole, std::move(record), as_program);
}

// The records that were deleted along with those in `back` as parts of them.
Status BringPartsBack(TransactionEdit& edit, const std::vector<Change>& deletes, std::set<Id> back,
                      Restored* restored) {
  for (bool found = true; found;) {
    found = false;
    for (const Change& change : deletes) {
      const Object* part = edit.model().Find(change.object);
      if (part == nullptr || part->belongs_to.empty() || back.contains(change.record)) continue;
      const Json* from = FromOf(change.changes[part->belongs_to]);
      const auto parent = from != nullptr ? Id::Parse(from->AsString()) : std::nullopt;
      if (!parent || !back.contains(*parent)) continue;
      if (edit.transaction().Get(*part, change.record).ok()) continue;
      std::vector<Restored::Emptied> emptied;
      TRY(BringBack(edit, *part, change, true, &emptied));
      back.insert(change.record);
      ++restored->parts;
      found = true;
    }
  }
  return Status::Ok();
}

}  // namespace

Result<Record> RecordBefore(store::Reader& reader, const Object& whole, const Change& deleted) {
  Record record = DeletedRecord(whole, deleted);
  ASSIGN(const store::Origin origin, reader.OriginOf(whole, deleted.record));
  ASSIGN(const Change first, reader.GetChange(origin.first));
  record.Set(model::kFieldVersion, origin.versions + 1);
  record.Set(model::kFieldCreatedAt, model::DateTime{first.at});
  record.Set(model::kFieldCreatedBy,
             first.actor.is_nil() ? model::Value{} : model::Value(first.actor));
  return record;
}

Result<TrashPage> ListTrash(Crm& crm, const Caller& caller, const Object* object, size_t page_size,
                            std::string_view page_token) {
  TRY(CheckPageSize(page_size));
  const std::string list = "trash\x1f" + (object != nullptr ? object->name : std::string());
  store::Sequence before = 0;
  if (!page_token.empty()) {
    ASSIGN(const Json position, ReadPageToken(crm.impl().secret, list, page_token));
    before = position["s"].AsInt().value_or(0);
  }
  if (object != nullptr) TRY(crm.Allow(caller, *object, Action::kRead));
  const std::shared_ptr<const model::Model> model = crm.model(caller);
  std::vector<Bin> bins;
  for (const Object& each : model->objects()) {
    if (object != nullptr && each.name != object->name) continue;
    const Object* asked = object != nullptr ? object : &each;
    Result<Access> access = crm.impl().permissions.Enter(caller, *asked, Action::kRead);
    if (access.ok()) bins.push_back({asked, std::move(*access)});
  }
  ASSIGN(const std::unique_ptr<store::Snapshot> snapshot, crm.impl().store.Read());
  for (Bin& bin : bins) TRY(crm.impl().permissions.SetReach(caller, *snapshot, &bin.access));
  return TrashLister(crm, *snapshot, std::move(bins)).List(before, page_size, list);
}

Result<Restored> RestoreDeleted(TransactionEdit& edit, const Access& access, const Id& id,
                                store::Sequence sequence) {
  const Object& whole = access.whole();
  ASSIGN(const Change deleted, DeleteToRestore(edit.transaction(), whole, id));
  if (sequence != 0 && deleted.sequence != sequence) {
    return Error(ErrorKind::kConflict,
                 "this " + whole.name + " was restored and deleted again since");
  }
  Restored restored;
  ASSIGN(Record record, BringBack(edit, whole, deleted, false, &restored.emptied));
  std::vector<Change> deletes;
  ASSIGN(restored.relinked, Relink(edit, whole, deleted, &deletes));
  TRY(BringPartsBack(edit, deletes, {id}, &restored));
  // Links and parts may have changed what is computed from them.
  ASSIGN(record, edit.transaction().Get(whole, id));
  restored.record = access.Show(std::move(record));
  return restored;
}

Result<Restored> RestoreFromTrash(Crm& crm, const Caller& caller, const Object& object,
                                  const Id& id) {
  Restored restored;
  const Caller allowing = AllowingDuplicates(caller);
  TRY(crm.impl().Transact(allowing, [&](TransactionEdit& edit) -> Status {
    ASSIGN(const Access access,
           crm.impl().permissions.Enter(caller, object, Action::kRead, edit.transaction()));
    ASSIGN(const std::optional<Change> deleted, FindDelete(edit.transaction(), access.whole(), id));
    if (deleted) {
      ASSIGN(const Record record, RecordBefore(edit.transaction(), access.whole(), *deleted));
      ASSIGN(const bool reached, access.Reaches(record, edit.transaction()));
      if (!reached) return NoSuchRecord(access.whole(), id);
    }
    ASSIGN(restored, RestoreDeleted(edit, access, id, 0));
    return Status::Ok();
  }));
  return restored;
}

Status EraseForEver(Crm& crm, const Caller& caller, const Object& object, const Id& id) {
  TRY(crm.AllowAdministration(caller, "erase records for ever"));
  return crm.impl().Transact(caller, [&](TransactionEdit& edit) -> Status {
    const Object& whole = *edit.model().Find(object.name);
    store::Transaction& transaction = edit.transaction();
    if (transaction.Get(whole, id).ok()) {
      return Error(ErrorKind::kConflict,
                   "this " + whole.name + " is not deleted; delete it before you erase it");
    }
    ASSIGN(const std::optional<Change> deleted, FindDelete(transaction, whole, id));
    if (!deleted) {
      return Error(ErrorKind::kNotFound, "there is no " + whole.name + " " + id.ToString());
    }
    TRY(transaction.EraseValues(whole, id));
    return transaction.PutDocument(erased_collection, KeyOf(whole, id),
                                   Json::Object({{"at", FormatDateTime(transaction.now())},
                                                 {"by", caller.principal.user.ToString()}}));
  });
}

Caller AllowingDuplicates(const Caller& caller) {
  Caller allowing = caller;
  allowing.allow_duplicates = true;
  return allowing;
}

Result<Record> TransactionEdit::Reinstate(const Object& object, Record record, bool as_program) {
  if (!as_program) {
    ASSIGN(const Access access, Enter(object, Action::kCreate));
    const Status allowed = CheckNew(access, model::RecordToJson(object, record), "", record);
    if (!allowed.ok() && allowed.error().kind == ErrorKind::kForbidden) {
      return Error(ErrorKind::kForbidden,
                   "this " + object.name +
                       " belongs to somebody else: only who may change it there may restore it");
    }
    TRY(allowed);
  }
  const Record before = record;
  std::vector<FieldError> wrong;
  // Rules see values that somebody gave, so that they do not put their own in their place.
  TRY(Prepare(object, model::RecordToJson(object, record), "", Record{}, record, &wrong));
  for (size_t i = 0; i < object.fields.size(); ++i) {
    if (!object.fields[i].is_computed()) record.Set(i, before.At(i));
  }
  ASSIGN(Record stored, transaction_.Restore(object, std::move(record), author()));
  values_.Forget();
  TRY(Follow(object, store::Operation::kCreate, Record{}, stored));
  return stored;
}

}  // namespace boathouse::crm
