#pragma once
// Changes of search words that wait for the end of a group of transactions. Full-text search keeps what it
// is told in memory only while row numbers rise, and writes all of it out when one falls; so the words of
// changed records are told in that order, once a commit.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "store/sqlite/connection.h"

namespace boathouse::store::sqlite {

class SearchUpdates {
 public:
  void Put(const model::Object& object, int64_t row, const model::Record& before,
           const model::Record& after);
  // The row is deleted.
  void Forget(const model::Object& object, int64_t row);
  // Adds what was done after this.
  void Append(const SearchUpdates& later);
  // Tells them to full-text search. It does no harm to tell them twice.
  Status Write(Connection& connection) const;

 private:
  struct Update {
    const model::Object* object;
    model::Record before;
    model::Record after;
  };

  std::map<std::pair<std::string, int64_t>, std::optional<Update>> updates_;  // by object and row
};

}  // namespace boathouse::store::sqlite
