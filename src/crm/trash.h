#pragma once
// The trash: a deleted record's last values stay in the change log, so that for a while it can come back
// with its id, its values and the links that its deletion emptied. docs/history.md is the manual. Safe to
// call from many threads.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "crm/crm.h"

namespace boathouse::crm {

class Access;
class TransactionEdit;

inline constexpr Micros trash_micros = 30LL * 24 * 3600 * 1'000'000;

struct TrashItem {
  const model::Object* object;
  Id id;
  std::string title;
  Micros deleted_at = 0;
  Id deleted_by;  // nil for the system
  std::string deleted_by_name;
  std::string surface;
  Micros expires_at = 0;
  store::Sequence sequence = 0;   // the delete, in the record's history
  std::optional<Id> merged_into;  // it was deleted by a merge into this record
};
struct TrashPage {
  std::vector<TrashItem> items;  // newest first
  std::string next_page_token;
};

// What was deleted in the last 30 days and is not back: of one object, or of all that the caller may
// read (nullptr). A page may have fewer items than asked for.
Result<TrashPage> ListTrash(Crm& crm, const Caller& caller, const model::Object* object,
                            size_t page_size, std::string_view page_token);

struct Restored {
  model::Record record;
  // Relations that could not be kept, because what they pointed to is gone.
  struct Emptied {
    std::string field;
    Id target;
  };
  std::vector<Emptied> emptied;
  size_t relinked = 0;  // other records that point here again
  size_t parts = 0;     // records that were deleted with it and are back with it
};

// Brings a record back. kNotFound when it was never there, was erased or has been deleted for too long;
// kConflict when it is not deleted, when a unique value is taken meanwhile, or when a relation that it
// cannot be without is gone. The caller must be allowed to create such a record.
Result<Restored> RestoreFromTrash(Crm& crm, const Caller& caller, const model::Object& object,
                                  const Id& id);

// Takes the values of a deleted record out of the change log for good. That it was there, and who changed
// it when, stays in the log. Administrators only. kConflict when the record is not deleted.
Status EraseForEver(Crm& crm, const Caller& caller, const model::Object& object, const Id& id);

// For the files of crm/. ------------------------------------------------------------------------------

// The same as RestoreFromTrash within a transaction; `sequence`, unless 0, must be the delete. `access`
// is for reading.
Result<Restored> RestoreDeleted(TransactionEdit& edit, const Access& access, const Id& id,
                                store::Sequence sequence);

// The record as it was before that delete, but with the version that it would have after it.
Result<model::Record> RecordBefore(store::Reader& reader, const model::Object& whole,
                                   const store::Change& deleted);

// The caller, to whom rules about duplicates are no obstacle: what comes back was there before.
Caller AllowingDuplicates(const Caller& caller);

}  // namespace boathouse::crm
