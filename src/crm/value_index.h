#pragma once
// Finds records by fields that the store keeps no index of. There each question reads the whole table,
// which an import of many rows would do once a row. So after a few questions about a field its values
// are read once and held. Private to crm/; belongs to one transaction, whose edits it is told of.

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/id.h"
#include "base/result.h"
#include "model/model.h"
#include "store/store.h"

namespace boathouse::crm {

// Whether the store finds records by that field without reading all of them.
bool StoreHasIndex(const model::Object& object, size_t field);

class ValueIndex {
 public:
  // So many questions about a field are left to the store: reading all of it costs more than they do.
  static constexpr size_t store_questions_max = 16;

  explicit ValueIndex(store::Transaction& transaction) : transaction_(transaction) {}

  // Answers as store::Reader::FindId does: of several records the one with the least id.
  Result<std::optional<Id>> Find(const model::Object& object, size_t field,
                                 const model::Value& value);
  // A record was made (`before` is empty) or changed.
  void Note(const model::Object& object, const model::Record& before, const model::Record& after);
  // Records may have changed in any way.
  void Forget() { columns_.clear(); }

 private:
  using Ids = std::vector<Id>;  // ascending
  struct Column {
    size_t store_questions = 0;
    bool is_read = false;
    std::unordered_map<std::string, Ids> records;  // by the value's text; nulls are left out
  };

  Status Read(const model::Object& object, size_t field, Column* column);

  store::Transaction& transaction_;
  std::map<std::pair<std::string, size_t>, Column> columns_;  // by object and field
};

// The same for one field as it is in one snapshot, for imports of many transactions: a few bytes a record.
class KeyIndex {
 public:
  Status Read(store::Snapshot& snapshot, const model::Object& object, size_t field);
  // Records that may have the value, by ascending id: who asks reads them and compares.
  std::vector<Id> Find(const model::Value& value) const;

 private:
  std::vector<std::pair<uint64_t, Id>> records_;  // by digest of the value's text, then id
};

}  // namespace boathouse::crm
