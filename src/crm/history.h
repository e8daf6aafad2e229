#pragma once
// What the change log answers beyond "who changed what" (Crm::History): records as they were, changes
// undone, and everything that happened, for administrators. docs/history.md is the manual. Safe to call
// from many threads.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "crm/crm.h"

namespace boathouse::crm {

// The record as it was at that moment, worked out backwards from now. Fields that it did not have then
// are null. kNotFound says whether it was not created yet or deleted already.
Result<model::Record> RecordAsOf(Crm& crm, const Caller& caller, const model::Object& object,
                                 const Id& id, Micros at);

// Takes one change of a record back, as an edit of the caller's: fields that the change set become what
// they were before it; a create is deleted; a delete is restored (see trash.h). What the server computes
// follows. kConflict names the fields that were changed again since, unless `force`. Returns the record
// as it is now, or nothing when it is gone.
Result<std::optional<model::Record>> UndoChange(Crm& crm, const Caller& caller,
                                                const model::Object& object, const Id& id,
                                                store::Sequence sequence, bool force);

// A change of any record, with what that record is called now (or was, when it is gone); "" when nobody
// knows any more.
struct LogEntry {
  HistoryEntry entry;
  std::string title;
};
struct LogPage {
  std::vector<LogEntry> entries;  // newest first
  std::string next_page_token;
};

// The changes of one object, or of all (nullptr). Administrators only.
Result<LogPage> ListLog(Crm& crm, const Caller& caller, const model::Object* object,
                        size_t page_size, std::string_view page_token);

// What people are called in histories. Remembers; belongs to one snapshot.
class ActorNames {
 public:
  ActorNames(const model::Model& model, store::Reader& reader)
      : user_(*model.Find("user")), reader_(reader) {}
  const std::string& Of(const Id& actor);

 private:
  const model::Object& user_;
  store::Reader& reader_;
  std::vector<std::pair<Id, std::string>> known_;
};

}  // namespace boathouse::crm
