#include "tables/cut.h"

#include <algorithm>
#include <future>
#include <set>
#include <system_error>
#include <utility>

#include "base/kill_point.h"

namespace boathouse::tables {
namespace {

// Records fetched from the store at a time.
constexpr size_t fetch_records_max = 2048;
// A group below this is joined with others, by compaction or, when that is cheap, by a cut.
constexpr int64_t small_group_rows = group_rows_max / 2;
// What a cut joins at most while somebody waits for it, unless there are far too many small groups.
constexpr int64_t cheap_join_rows_max = 1024;

}  // namespace

Schema NextSchema(const model::Object& object, const Schema* previous) {
  const auto column_of = [](const model::Field& field) {
    return Column{field.name, field.column_id, field.type, field.description};
  };
  Schema next;
  std::set<int32_t> known;
  if (previous != nullptr) {
    for (const Column& column : previous->columns) {
      const auto field =
          std::find_if(object.fields.begin(), object.fields.end(),
                       [&](const model::Field& f) { return f.column_id == column.column_id; });
      if (field == object.fields.end()) continue;
      next.columns.push_back(column_of(*field));
      known.insert(column.column_id);
    }
  }
  for (const model::Field& field : object.fields) {
    if (!known.contains(field.column_id)) next.columns.push_back(column_of(field));
  }
  return next;
}

Cutter::Cutter(const RowSource& source, std::shared_ptr<const Schema> schema,
               const History& history, Segments& segments, Counters& counters,
               const Cancellation& cancellation)
    : source_(source),
      schema_(std::move(schema)),
      history_(history),
      segments_(segments),
      counters_(counters),
      cancellation_(cancellation),
      next_group_(history.next_group()) {
  for (const auto& [id, placed] : history.current().groups) {
    live_[id] = {placed.group, placed.slot, {}};
  }
}

Status Cutter::GoOn() const {
  if (!cancellation_.cancelled()) return Status::Ok();
  return Error(ErrorKind::kCancelled, "the cut was given up");
}

Result<CutResult> Cutter::Rebuild(store::Snapshot& snapshot) {
  while (!live_.empty()) Remove(live_.begin()->first);
  result_.record.rebuilt = true;
  result_.changed = true;
  RowBuilder builder(source_.object(), *schema_);
  Status outcome;
  // A group is encoded while the rows of the next are read.
  std::future<Result<Encoded>> pending;
  const auto take_pending = [&]() -> Status {
    if (!pending.valid()) return Status::Ok();
    ASSIGN(Encoded encoded, pending.get());
    TRY(AddGroup(std::move(encoded)));
    // Millions of ids are not kept: most groups never change again.
    result_.groups.back()->index.reset();
    return Status::Ok();
  };
  const auto flush = [&]() -> Status {
    TRY(GoOn());
    fresh_left_ += builder.size();
    ASSIGN(const Rows rows, builder.Finish());
    TRY(take_pending());
    try {
      pending = std::async(std::launch::async, [rows] { return EncodeRows(rows); });
      return Status::Ok();
    } catch (const std::system_error&) {  // no thread is to be had
      return Encode(rows);
    }
  };
  TRY(source_.Scan(snapshot, [&](const model::Record& record) {
    outcome = builder.Add(record);
    if (outcome.ok() && builder.size() == group_rows_max) outcome = flush();
    return outcome.ok();
  }));
  TRY(outcome);
  if (builder.size() > 0) TRY(flush());
  TRY(take_pending());
  Place();
  result_.next_group = next_group_;
  return std::move(result_);
}

Result<CutResult> Cutter::Advance(store::Snapshot& snapshot) {
  ASSIGN(const std::vector<Id> changed, source_.ChangedIds(snapshot, history_.last().sequence));
  TakeRewrites();
  TRY(MarkDead(changed));
  TRY(AddNewRows(snapshot, changed));
  result_.changed = !result_.record.marked.empty() || !result_.groups.empty() || tail_rows_ > 0;
  RemoveDead();
  if (result_.changed) TRY(JoinSmallGroups());
  TRY(FlushTail());
  Place();
  for (const auto& [id, live] : live_) {
    if (!live.group->deaths.empty() || !live.dying.empty()) {
      result_.dirty.push_back({live.group, DeadRowsOf(live)});
    }
  }
  result_.next_group = next_group_;
  return std::move(result_);
}

void Cutter::Remove(uint64_t group) {
  live_.erase(group);
  // What was encoded again and goes at once was never part of a version.
  if (history_.current().groups.contains(group)) result_.record.removed.push_back(group);
}

void Cutter::TakeRewrites() {
  for (const Rewrite& rewrite : history_.pending()) {
    const auto there = [&](const GroupPtr& source) { return live_.contains(source->info.id); };
    // Two may have encoded the same group.
    if (!std::all_of(rewrite.sources.begin(), rewrite.sources.end(), there)) continue;
    const uint32_t slot =
        rewrite.sources.size() == 1 ? live_.at(rewrite.sources[0]->info.id).slot : 0;
    for (const GroupPtr& source : rewrite.sources) Remove(source->info.id);
    for (const GroupPtr& result : rewrite.results) live_[result->info.id] = {result, slot, {}};
  }
}

Status Cutter::MarkDead(const std::vector<Id>& changed) {
  for (auto& [id, live] : live_) {
    Group& group = *live.group;
    const auto begin = std::lower_bound(changed.begin(), changed.end(), group.info.min_id);
    const auto end = std::upper_bound(begin, changed.end(), group.info.max_id);
    if (begin == end) continue;
    TRY(GoOn());
    ASSIGN(const std::shared_ptr<const IdIndex> index, IndexOf(group));
    index->Find(begin, end, &live.dying);
    std::erase_if(live.dying, [&](uint32_t row) { return group.dead[row]; });
    if (live.dying.empty()) continue;
    std::sort(live.dying.begin(), live.dying.end());
    result_.record.marked.push_back({id, live.dying});
    counters_.rows_marked += static_cast<int64_t>(live.dying.size());
  }
  return Status::Ok();
}

Result<std::shared_ptr<const IdIndex>> Cutter::IndexOf(Group& group) {
  if (group.index == nullptr) {
    ASSIGN(IdIndex index, segments_.ReadIds(group.info));
    group.index = std::make_shared<IdIndex>(std::move(index));
  }
  group.index_used = next_group_;
  return group.index;
}

Status Cutter::AddNewRows(store::Snapshot& snapshot, const std::vector<Id>& ids) {
  for (size_t begin = 0; begin < ids.size(); begin += fetch_records_max) {
    TRY(GoOn());
    const size_t end = std::min(ids.size(), begin + fetch_records_max);
    const std::vector<Id> part(ids.begin() + static_cast<ptrdiff_t>(begin),
                               ids.begin() + static_cast<ptrdiff_t>(end));
    ASSIGN(const std::vector<model::Record> records, source_.GetMany(snapshot, part));
    if (records.empty()) continue;  // all of them went
    RowBuilder builder(source_.object(), *schema_);
    for (const model::Record& record : records) TRY(builder.Add(record));
    ASSIGN(Rows rows, builder.Finish());
    fresh_left_ += rows.size();
    TRY(AddToTail(std::move(rows)));
  }
  return Status::Ok();
}

// Groups of which nothing lives.
void Cutter::RemoveDead() {
  for (auto at = live_.begin(); at != live_.end();) {
    if (at->second.rows() > 0) {
      ++at;
      continue;
    }
    const uint64_t id = (at++)->first;
    Remove(id);
  }
}

std::vector<uint32_t> Cutter::DeadRowsOf(const Live& live) {
  std::vector<uint32_t> dead = live.dying;
  for (const Death& death : live.group->deaths) dead.push_back(death.position);
  std::sort(dead.begin(), dead.end());
  return dead;
}

Status Cutter::JoinSmallGroups() {
  std::vector<const Live*> small;
  for (const auto& [id, live] : live_) {
    if (live.rows() < small_group_rows && id < history_.next_group()) small.push_back(&live);
  }
  std::sort(small.begin(), small.end(), [](const Live* a, const Live* b) {
    return std::pair(a->rows(), a->group->info.id) < std::pair(b->rows(), b->group->info.id);
  });
  // A group is joined when the rows in hand are at least half of its own: sizes grow geometrically, so
  // there are few small groups and a row is encoded again only a logarithmic number of times. Where this
  // leaves too many, compaction joins them; where that does not keep up, the cut does.
  size_t left = small.size();
  for (const Live* live : small) {
    const int64_t rows = live->rows();
    const bool cheap = rows <= 2 * tail_rows_ && tail_rows_ + rows <= cheap_join_rows_max;
    if ((!cheap && left <= small_groups_max) || tail_rows_ + rows > group_rows_max) break;
    --left;
    TRY(GoOn());
    const Group& group = *live->group;
    ASSIGN(const Rows read,
           ReadGroupRows(group, *history_.FindSchema(group.info.schema_id), *schema_, segments_));
    counters_.rows_decoded += read.size();
    Rows rows_left = read.Without(DeadRowsOf(*live));
    Remove(group.info.id);
    TRY(AddToTail(std::move(rows_left)));
  }
  return Status::Ok();
}

Status Cutter::AddToTail(Rows rows) {
  if (rows.size() == 0) return Status::Ok();
  tail_rows_ += rows.size();
  tail_.push_back(std::move(rows));
  while (tail_rows_ >= group_rows_max) {
    ASSIGN(const Rows all, Rows::Concatenate(tail_));
    TRY(Encode(all.Slice(0, group_rows_max)));
    tail_rows_ -= group_rows_max;
    tail_.clear();
    if (tail_rows_ > 0) tail_.push_back(all.Slice(group_rows_max, tail_rows_));
  }
  return Status::Ok();
}

Status Cutter::FlushTail() {
  if (tail_rows_ == 0) return Status::Ok();
  ASSIGN(const Rows all, Rows::Concatenate(tail_));
  tail_.clear();
  tail_rows_ = 0;
  return Encode(all);
}

Result<Cutter::Encoded> Cutter::EncodeRows(const Rows& rows) {
  ASSIGN(const std::vector<Id> ids, rows.Ids());
  ASSIGN(EncodedGroup group, EncodeGroup(rows));
  return Encoded{std::move(group), std::make_shared<IdIndex>(ids)};
}

Status Cutter::Encode(const Rows& rows) {
  ASSIGN(Encoded encoded, EncodeRows(rows));
  return AddGroup(std::move(encoded));
}

Status Cutter::AddGroup(Encoded encoded) {
  const int64_t fresh = std::min(fresh_left_, encoded.group.rows);
  fresh_left_ -= fresh;
  ASSIGN(GroupPtr group, AppendGroup(next_group_++, schema_->id, fresh, encoded.group,
                                     std::move(encoded.index), segments_, counters_));
  KillPoint("cut.encoded");
  live_[group->info.id] = {group, 0, {}};
  result_.record.added.push_back(group->info);
  result_.groups.push_back(std::move(group));
  return Status::Ok();
}

void Cutter::Place() {
  std::vector<SlotGroup> groups;
  for (const auto& [id, live] : live_) groups.push_back({id, live.group->info.rows, live.slot});
  PlaceGroups(&groups);
  const auto& before = history_.current().groups;
  for (const SlotGroup& group : groups) {
    const auto old = before.find(group.id);
    if (old == before.end() || old->second.slot != group.slot) {
      result_.record.placed.push_back({group.id, group.slot});
    }
  }
}

void TrimIndexes(const History& history, size_t bytes_max) {
  size_t bytes = 0;
  std::vector<Group*> indexed;
  for (const auto& [id, placed] : history.current().groups) {
    if (placed.group->index == nullptr) continue;
    bytes += placed.group->index->bytes();
    indexed.push_back(placed.group.get());
  }
  if (bytes <= bytes_max) return;
  std::sort(indexed.begin(), indexed.end(),
            [](const Group* a, const Group* b) { return a->index_used < b->index_used; });
  for (Group* group : indexed) {
    if (bytes <= bytes_max / 2) return;
    bytes -= group->index->bytes();
    group->index.reset();
  }
}

}  // namespace boathouse::tables
