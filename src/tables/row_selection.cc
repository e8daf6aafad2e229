#include "tables/row_selection.h"

#include <algorithm>
#include <string>
#include <utility>

namespace boathouse::tables {
namespace {

// Decoding this many groups takes less time than asking the store for many rows one by one.
constexpr size_t cheap_groups_max = 4;

std::vector<uint32_t> LiveRows(const HeldGroup& held) {
  std::vector<uint32_t> rows;
  rows.reserve(static_cast<size_t>(held.live_rows()));
  auto dead = held.dead.begin();
  for (uint32_t row = 0; row < held.group->info.rows; ++row) {
    if (dead != held.dead.end() && *dead == row) {
      ++dead;
    } else {
      rows.push_back(row);
    }
  }
  return rows;
}

}  // namespace

RowSelection::RowSelection(const std::vector<HeldFileGroups>& files, const Schema& schema,
                           Micros created_at, const Selection& selection, GroupCache& groups,
                           DerivedFiles& derived, RowAccess access)
    : files_(files),
      schema_(schema),
      created_at_(created_at),
      predicate_(selection.where, schema),
      groups_(groups),
      derived_(derived),
      access_(std::move(access)),
      may_match_(files.size(), false) {
  if (predicate_.exact()) limit_ = selection.limit;
  if (limit_) limit_ = std::max<int64_t>(*limit_, 0);
}

std::string RowSelection::Key() const {
  return predicate_.Key() + "/" + (limit_ ? std::to_string(*limit_) : "all");
}

Result<std::vector<File>> RowSelection::Run() {
  struct Candidate {
    const HeldGroup* held;
    size_t file;
    Outcomes outcomes;
  };
  std::vector<Candidate> candidates;
  bool all = true;  // every row is wanted
  for (size_t i = 0; i < files_.size(); ++i) {
    for (const HeldGroup& held : files_[i].groups) {
      ASSIGN(const PlannedFilePtr plan, groups_.PlanOf(held, schema_));
      const Outcomes outcomes = predicate_.Of(plan->plan.stats, held.group->info.rows);
      all = all && outcomes == outcome_true;
      if ((outcomes & outcome_true) == 0) continue;
      may_match_[i] = true;
      candidates.push_back({&held, i, outcomes});
    }
    if (may_match_[i]) sent_otherwise_ += files_[i].file.live_rows();
  }
  if (all && unlimited()) return OwnFiles();
  if (limit_ == 0) return std::vector<File>();
  for (const Candidate& candidate : candidates) {
    ASSIGN(const bool more, PickFrom(*candidate.held, candidate.file, candidate.outcomes));
    if (!more) break;
    if (unlimited() && !Pays()) return OwnFiles();
  }
  // Where bounds could not tell, rows did; and behind the last row that was picked none is needed.
  may_match_.assign(files_.size(), false);
  for (const Pick& pick : picks_) may_match_[pick.file] = true;
  sent_otherwise_ = 0;
  for (size_t i = 0; i < files_.size(); ++i) {
    if (may_match_[i]) sent_otherwise_ += files_[i].file.live_rows();
  }
  if (picks_.empty()) return std::vector<File>();
  if (!Pays()) return OwnFiles();
  Result<std::vector<File>> made = MakeFiles();
  // A full disk takes nothing from readers but the short way.
  const bool refused = !made.ok() && (made.error().kind == ErrorKind::kUnavailable ||
                                      made.error().kind == ErrorKind::kExhausted);
  return refused ? Result<std::vector<File>>(OwnFiles()) : std::move(made);
}

Result<bool> RowSelection::PickFrom(const HeldGroup& held, size_t file, Outcomes outcomes) {
  if (outcomes == outcome_true) {
    Add(held, file, LiveRows(held));
  } else {
    ASSIGN(const std::vector<ColumnValuesPtr> values,
           groups_.Columns(held, schema_, predicate_.columns()));
    const std::vector<Outcomes> of_rows =
        predicate_.Of(values, static_cast<size_t>(held.group->info.rows));
    std::vector<uint32_t> rows;
    auto dead = held.dead.begin();
    for (uint32_t row = 0; row < of_rows.size(); ++row) {
      if (dead != held.dead.end() && *dead == row) {
        ++dead;
      } else if ((of_rows[row] & outcome_true) != 0) {
        rows.push_back(row);
      }
    }
    Add(held, file, std::move(rows));
  }
  return unlimited() || picked_ < *limit_;
}

void RowSelection::Add(const HeldGroup& held, size_t file, std::vector<uint32_t> rows) {
  if (limit_) {
    const auto left = static_cast<size_t>(*limit_ - picked_);
    if (rows.size() > left) rows.resize(left);
  }
  if (rows.empty()) return;
  picked_ += static_cast<int64_t>(rows.size());
  picks_.push_back({&held, file, std::move(rows)});
  if (!picks_.back().whole()) ++decoded_groups_;
}

bool RowSelection::Pays() const {
  if (picked_ == sent_otherwise_) return false;
  if (picked_ > selected_rows_cheap && picked_ * selected_share > sent_otherwise_) return false;
  const bool from_store = picked_ <= static_cast<int64_t>(store_rows_max);
  return from_store || decoded_groups_ <= selected_groups_max;
}

std::vector<File> RowSelection::OwnFiles() const {
  std::vector<File> out;
  for (size_t i = 0; i < files_.size(); ++i) {
    if (may_match_[i]) out.push_back(files_[i].file);
  }
  return out;
}

Result<std::vector<File>> RowSelection::MakeFiles() {
  DerivedWriter writer(derived_, schema_, created_at_, selections_bytes_max);
  if (decoded_groups_ > cheap_groups_max && picked_ <= static_cast<int64_t>(store_rows_max)) {
    ASSIGN(const std::optional<Rows> rows, FromStore());
    if (rows) {
      TRY(writer.Add(*rows));
      return writer.Finish();
    }
  }
  if (decoded_groups_ > selected_groups_max) return OwnFiles();
  for (const Pick& pick : picks_) {
    if (pick.whole()) {
      ASSIGN(EncodedGroup encoded, groups_.ReadEncoded(*pick.held));
      TRY(writer.Add(std::move(encoded), *pick.held->schema));
      continue;
    }
    ASSIGN(const Rows rows, groups_.ReadRows(*pick.held, schema_));
    ASSIGN(const Rows taken, rows.Take(pick.rows));
    TRY(writer.Add(taken));
  }
  return writer.Finish();
}

Result<std::optional<Rows>> RowSelection::FromStore() {
  std::vector<Id> ids;
  for (const Pick& pick : picks_) {
    ASSIGN(const std::shared_ptr<const std::vector<Id>> all, access_.ids(*pick.held));
    for (const uint32_t row : pick.rows) ids.push_back((*all)[row]);
  }
  std::sort(ids.begin(), ids.end());
  return access_.fetch(ids);
}

}  // namespace boathouse::tables
