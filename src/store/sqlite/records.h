#pragma once
// Reading records, changes and documents on one connection. Used by snapshots and by transactions.

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "store/sqlite/connection.h"
#include "store/sqlite/group_sql.h"
#include "store/sqlite/match_index.h"
#include "store/sqlite/queries.h"
#include "store/sqlite/search.h"
#include "store/store.h"

namespace boathouse::store::sqlite {

using ObjectNumbers = std::map<std::string, int64_t>;

// The statements about one object that run with each record: found without their text (see
// Connection::Prepare).
enum RecordStatement : int {
  kSelectRecord,
  kSelectRowNumber,
  kInsertRecord,
  kInsertWords,
  kReplaceWords,
  kFindByField,  // + the field's index; the last, therefore
};

Result<model::Record> GetRecord(Connection& connection, const model::Object& object, const Id& id);
// Whether the query means every record of its object: that total is kept, not counted.
bool CountsAll(const Query& query);
Result<int64_t> CountRecords(Connection& connection, const ObjectNumbers& numbers,
                             const Query& query);
Result<std::optional<Id>> FindRecordId(Connection& connection, const model::Object& object,
                                       size_t index, const model::Value& value);
// `statement` stands on a row whose columns from `first_column` are ColumnList(object).
model::Record ReadRecord(const Statement& statement, const model::Object& object,
                         int first_column = 0);

Result<std::vector<Change>> RecordHistory(Connection& connection, const ObjectNumbers& numbers,
                                          const model::Object& object, const Id& id,
                                          Sequence before, size_t limit);
// Of one object, or of all (nullptr).
Result<std::vector<Change>> ChangesBetween(Connection& connection, const ObjectNumbers& numbers,
                                           const model::Object* object, Sequence after,
                                           Sequence up_to, size_t limit);
// From the newest end, and parts of it: see change_log.cc.
Result<Change> GetChange(Connection& connection, const ObjectNumbers& numbers, Sequence sequence);
Result<std::vector<Change>> ChangesBefore(Connection& connection, const ObjectNumbers& numbers,
                                          const model::Object* object, Sequence before,
                                          size_t limit);
Result<std::vector<Change>> DeletesBefore(Connection& connection, const ObjectNumbers& numbers,
                                          const model::Object& object, Sequence before,
                                          size_t limit);
Result<Origin> OriginOf(Connection& connection, const ObjectNumbers& numbers,
                        const model::Object& object, const Id& id);
Status EraseValues(Connection& connection, const ObjectNumbers& numbers,
                   const model::Object& object, const Id& id);
Result<Sequence> NewestSequence(Connection& connection);
Result<Sequence> NewestSequenceOf(Connection& connection, int64_t object_number);

Result<std::optional<Json>> ReadDocument(Connection& connection, std::string_view collection,
                                         std::string_view key);
Result<std::vector<std::pair<std::string, Json>>> ReadDocuments(Connection& connection,
                                                                std::string_view collection);
Result<std::vector<std::pair<std::string, Json>>> ReadDocuments(Connection& connection,
                                                                std::string_view collection,
                                                                const DocumentRange& range);

// The part of Snapshot and Transaction that is the same: Base is one of the two.
template <typename Base>
class Reading : public Base {
 public:
  Reading(Connection* connection, const ObjectNumbers* numbers)
      : connection_(connection), numbers_(numbers) {}

  Result<model::Record> Get(const model::Object& object, const Id& id) override {
    return GetRecord(*connection_, object, id);
  }
  Result<std::vector<model::Record>> List(const Query& query) override {
    return ListRecords(*connection_, query);
  }
  Result<int64_t> Count(const Query& query) override {
    return CountRecords(*connection_, *numbers_, query);
  }
  Result<Groups> GroupBy(const GroupQuery& query) override {
    return GroupRecords(*connection_, query);
  }
  Result<std::optional<Id>> FindId(const model::Object& object, size_t field,
                                   const model::Value& value) override {
    return FindRecordId(*connection_, object, field, value);
  }
  Result<std::vector<TextHit>> FindText(const TextQuery& query) override {
    return sqlite::FindText(*connection_, query);
  }
  Result<std::vector<Change>> History(const model::Object& object, const Id& id, Sequence before,
                                      size_t limit) override {
    return RecordHistory(*connection_, *numbers_, object, id, before, limit);
  }
  Result<Change> GetChange(Sequence sequence) override {
    return sqlite::GetChange(*connection_, *numbers_, sequence);
  }
  Result<std::vector<Change>> ChangesBefore(const model::Object* object, Sequence before,
                                            size_t limit) override {
    return sqlite::ChangesBefore(*connection_, *numbers_, object, before, limit);
  }
  Result<std::vector<Change>> DeletesBefore(const model::Object& object, Sequence before,
                                            size_t limit) override {
    return sqlite::DeletesBefore(*connection_, *numbers_, object, before, limit);
  }
  Result<Origin> OriginOf(const model::Object& object, const Id& id) override {
    return sqlite::OriginOf(*connection_, *numbers_, object, id);
  }
  Result<std::vector<Id>> FindByMatchKeys(const model::Object& object,
                                          const std::vector<MatchTerm>& terms,
                                          const std::vector<std::string>& keys,
                                          size_t limit) override {
    return FindIdsByMatchKeys(*connection_, object, terms, keys, limit);
  }
  Result<std::optional<Json>> GetDocument(std::string_view collection,
                                          std::string_view key) override {
    return ReadDocument(*connection_, collection, key);
  }
  Result<std::vector<std::pair<std::string, Json>>> ListDocuments(
      std::string_view collection) override {
    return ReadDocuments(*connection_, collection);
  }
  Result<std::vector<std::pair<std::string, Json>>> ListDocuments(
      std::string_view collection, const DocumentRange& range) override {
    return ReadDocuments(*connection_, collection, range);
  }

 protected:
  Connection* connection_;
  const ObjectNumbers* numbers_;
};

}  // namespace boathouse::store::sqlite
