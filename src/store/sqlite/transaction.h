#pragma once
// The writing half: records, their full-text words and the change log, on the writer's connection.

#include <map>
#include <string>

#include "store/sqlite/records.h"
#include "store/sqlite/search_updates.h"

namespace boathouse::store::sqlite {

// What writes did to one object: its newest change, and by how many records it grew.
struct Touch {
  Sequence newest = 0;
  int64_t grown = 0;
};
using Touched = std::map<std::string, Touch>;  // by the object's name

// What is left to be done at the commit.
struct Unfinished {
  Touched touched;
  SearchUpdates words;
};

class SqliteTransaction final : public Reading<Transaction> {
 public:
  // `next` is the sequence number that the first change gets; `before` is what those left that share the
  // commit and ran before.
  SqliteTransaction(Connection* connection, const ObjectNumbers* numbers, Micros now, Sequence next,
                    const Unfinished& before)
      : Reading(connection, numbers), now_(now), before_(before), next_(next) {}

  Micros now() const override { return now_; }
  Result<std::vector<model::Record>> List(const Query& query) override;
  Result<int64_t> Count(const Query& query) override;
  Result<Groups> GroupBy(const GroupQuery& query) override;
  Result<std::vector<TextHit>> FindText(const TextQuery& query) override;
  Result<model::Record> Insert(const model::Object& object, model::Record record,
                               const Author& author) override;
  Result<model::Record> Update(const model::Object& object, const model::Record& current,
                               model::Record updated, const Author& author) override;
  Status Delete(const model::Object& object, const model::Record& current,
                const Author& author) override;
  Result<model::Record> Restore(const model::Object& object, model::Record record,
                                const Author& author) override;
  Status EraseValues(const model::Object& object, const Id& id) override;
  Status EnsureMatchIndex(const model::Object& object,
                          const std::vector<MatchTerm>& terms) override;
  Status PutDocument(std::string_view collection, std::string_view key, const Json& body) override;
  Status DeleteDocument(std::string_view collection, std::string_view key) override;

  // Whether anything was written, also when it failed half way.
  bool wrote() const { return wrote_; }
  // One past the newest change written.
  Sequence next() const { return next_; }
  const Unfinished& unfinished() const { return unfinished_; }

 private:
  Status CheckUnique(const model::Object& object, const model::Record& record,
                     const model::Record* current);
  Result<int64_t> RowNumber(const model::Object& object, const Id& id);
  Status InsertRow(const model::Object& object, const model::Record& record);
  Status AppendChange(const model::Object& object, const Id& record, Operation operation,
                      const std::string& changes, const Author& author);

  // Makes searches within the transaction find what it and those before it changed.
  Status WriteWords();

  const Micros now_;
  const Unfinished& before_;
  Sequence next_;
  bool wrote_ = false;
  Unfinished unfinished_;
};

// Adds what a group of transactions did to the totals that are kept of each object.
Status WriteTotals(Connection& connection, const ObjectNumbers& numbers, const Touched& touched);

}  // namespace boathouse::store::sqlite
