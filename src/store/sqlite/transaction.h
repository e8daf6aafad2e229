#pragma once
// The writing half: records, their full-text words and the change log, on the writer's connection.

#include <map>
#include <string>

#include "store/sqlite/records.h"

namespace boathouse::store::sqlite {

class SqliteTransaction final : public Reading<Transaction> {
 public:
  // `next` is the sequence number that the first change gets.
  SqliteTransaction(Connection* connection, const ObjectNumbers* numbers, Micros now, Sequence next)
      : Reading(connection, numbers), now_(now), next_(next) {}

  Micros now() const override { return now_; }
  Result<model::Record> Insert(const model::Object& object, model::Record record,
                               const Author& author) override;
  Result<model::Record> Update(const model::Object& object, const model::Record& current,
                               model::Record updated, const Author& author) override;
  Status Delete(const model::Object& object, const model::Record& current,
                const Author& author) override;
  Status PutDocument(std::string_view collection, std::string_view key, const Json& body) override;
  Status DeleteDocument(std::string_view collection, std::string_view key) override;

  // Whether anything was written, also when it failed half way.
  bool wrote() const { return wrote_; }
  // One past the newest change written.
  Sequence next() const { return next_; }
  // The newest change of each object that this transaction touched.
  const std::map<std::string, Sequence>& newest() const { return newest_; }

 private:
  Status CheckUnique(const model::Object& object, const model::Record& record,
                     const model::Record* current);
  Result<int64_t> RowNumber(const model::Object& object, const Id& id);
  Status WriteSearch(const model::Object& object, int64_t row, const model::Record& record,
                     bool replaces);
  Status AppendChange(const model::Object& object, const Id& record, Operation operation,
                      const std::string& changes, const Author& author);

  const Micros now_;
  Sequence next_;
  bool wrote_ = false;
  std::map<std::string, Sequence> newest_;
};

}  // namespace boathouse::store::sqlite
