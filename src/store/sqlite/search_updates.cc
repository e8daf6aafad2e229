#include "store/sqlite/search_updates.h"

#include "store/sqlite/search.h"

namespace boathouse::store::sqlite {

void SearchUpdates::Put(const model::Object& object, int64_t row, const model::Record& before,
                        const model::Record& after) {
  std::optional<Update>& update = updates_[{object.name, row}];
  if (update) {
    update->object = &object;
    update->after = after;
  } else {
    update = Update{&object, before, after};
  }
}

void SearchUpdates::Forget(const model::Object& object, int64_t row) {
  updates_[{object.name, row}] = std::nullopt;
}

void SearchUpdates::Append(const SearchUpdates& later) {
  for (const auto& [key, update] : later.updates_) {
    std::optional<Update>& mine = updates_[key];
    if (update && mine) {
      mine->object = update->object;
      mine->after = update->after;
    } else {
      mine = update;
    }
  }
}

Status SearchUpdates::Write(Connection& connection) const {
  for (const auto& [key, update] : updates_) {
    if (!update) continue;
    TRY(WriteSearchWords(connection, *update->object, key.second, update->after, &update->before));
  }
  return Status::Ok();
}

}  // namespace boathouse::store::sqlite
