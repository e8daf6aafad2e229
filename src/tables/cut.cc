#include "tables/cut.h"

#include <algorithm>
#include <set>
#include <unordered_map>
#include <utility>

namespace boathouse::tables {
namespace {

// Records fetched from the store at a time.
constexpr size_t fetch_records_max = 2048;
// A group below this is joined with others when that is cheap.
constexpr int64_t small_group_rows = group_rows_max / 2;

Result<std::string> WholeFile(const Group& group, const Schema& group_schema, const Schema& schema,
                              Segments& segments) {
  ASSIGN(const std::string bytes, segments.ReadBytes(group.info));
  ASSIGN(const std::string metadata, segments.ReadMetadata(group.info));
  ASSIGN(const FilePlan plan, PlanFile(schema, {{metadata, &group_schema, bytes.size()}}));
  return AssembleFile(plan, {bytes});
}

}  // namespace

Result<Rows> ReadGroupRows(const Group& group, const Schema& group_schema, const Schema& schema,
                           Segments& segments) {
  ASSIGN(std::string file, WholeFile(group, group_schema, schema, segments));
  ASSIGN(Rows rows, DecodeRows(std::move(file), schema));
  if (rows.size() != group.info.rows) {
    return Error{ErrorKind::kCorrupt, "a row group has another number of rows than it was given"};
  }
  return rows;
}

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

Cutter::Cutter(const model::Object& object, std::shared_ptr<const Schema> schema,
               const History& history, Segments& segments, Counters& counters,
               const Cancellation& cancellation)
    : object_(object),
      schema_(std::move(schema)),
      history_(history),
      segments_(segments),
      counters_(counters),
      cancellation_(cancellation),
      next_group_(history.next_group()) {}

Status Cutter::GoOn() const {
  if (!cancellation_.cancelled()) return Status::Ok();
  return Error(ErrorKind::kCancelled, "the cut was given up");
}

Result<CutResult> Cutter::Rebuild(store::Snapshot& snapshot) {
  for (const auto& [id, placed] : history_.current().groups) Remove(id);
  RowBuilder builder(object_, *schema_);
  Status outcome;
  const auto flush = [&]() -> Status {
    TRY(GoOn());
    ASSIGN(Rows rows, builder.Finish());
    return Encode(rows, 0);
  };
  TRY(snapshot.Scan(object_, [&](const model::Record& record) {
    outcome = builder.Add(record);
    if (outcome.ok() && builder.size() == group_rows_max) outcome = flush();
    return outcome.ok();
  }));
  TRY(outcome);
  if (builder.size() > 0) TRY(flush());
  Place();
  // Millions of ids are not kept: most groups never change again.
  for (const GroupPtr& group : result_.groups) group->index.reset();
  return std::move(result_);
}

Result<CutResult> Cutter::Advance(store::Snapshot& snapshot) {
  ASSIGN(const std::vector<Id> changed,
         snapshot.ChangedIds(object_, history_.last().sequence, snapshot.sequence()));
  ASSIGN(const std::vector<Dirty> dirty, FindDirty(changed));
  TRY(AddNewRows(snapshot, changed));
  for (const Dirty& group : dirty) TRY(ReplaceDirty(group));
  if (!dirty.empty() || tail_rows_ > 0 || !result_.groups.empty()) TRY(JoinSmallGroups(dirty));
  TRY(FlushTail());
  Place();
  return std::move(result_);
}

Result<std::vector<Cutter::Dirty>> Cutter::FindDirty(const std::vector<Id>& changed) {
  std::vector<Dirty> dirty;
  for (const auto& [id, placed] : history_.current().groups) {
    Group& group = *placed.group;
    auto at = std::lower_bound(changed.begin(), changed.end(), group.info.min_id);
    const auto end = std::upper_bound(at, changed.end(), group.info.max_id);
    if (at == end) continue;
    TRY(GoOn());
    ASSIGN(const std::shared_ptr<const IdIndex> index, IndexOf(group));
    std::vector<uint32_t> positions;
    auto from = index->ids.begin();
    for (; at != end; ++at) {
      from = std::lower_bound(from, index->ids.end(), *at);
      if (from == index->ids.end()) break;
      if (*from == *at) {
        positions.push_back(index->rows[static_cast<size_t>(from - index->ids.begin())]);
      }
    }
    if (positions.empty()) continue;
    std::sort(positions.begin(), positions.end());
    dirty.push_back({placed.group, placed.slot, std::move(positions)});
  }
  return dirty;
}

Result<std::shared_ptr<const IdIndex>> Cutter::IndexOf(Group& group) {
  if (group.index == nullptr) {
    const Schema& schema = *history_.FindSchema(group.info.schema_id);
    ASSIGN(std::string file, WholeFile(group, schema, schema, segments_));
    ASSIGN(const std::vector<Id> ids, DecodeIds(std::move(file)));
    group.index = std::make_shared<IdIndex>(ids);
  }
  return group.index;
}

Result<Rows> Cutter::Decode(const Group& group) {
  ASSIGN(Rows rows,
         ReadGroupRows(group, *history_.FindSchema(group.info.schema_id), *schema_, segments_));
  counters_.rows_decoded += rows.size();
  return rows;
}

Status Cutter::ReplaceDirty(const Dirty& dirty) {
  TRY(GoOn());
  Remove(dirty.group->info.id);
  const int64_t left = dirty.group->info.rows - static_cast<int64_t>(dirty.positions.size());
  if (left == 0) return Status::Ok();
  ASSIGN(const Rows rows, Decode(*dirty.group));
  if (left < small_group_rows) return AddToTail(rows.Without(dirty.positions));
  return Encode(rows.Without(dirty.positions), dirty.slot);
}

Status Cutter::AddNewRows(store::Snapshot& snapshot, const std::vector<Id>& ids) {
  for (size_t begin = 0; begin < ids.size(); begin += fetch_records_max) {
    TRY(GoOn());
    const size_t end = std::min(ids.size(), begin + fetch_records_max);
    const std::vector<Id> part(ids.begin() + static_cast<ptrdiff_t>(begin),
                               ids.begin() + static_cast<ptrdiff_t>(end));
    ASSIGN(const std::vector<model::Record> records, snapshot.GetMany(object_, part));
    if (records.empty()) continue;  // all of them were deleted
    RowBuilder builder(object_, *schema_);
    for (const model::Record& record : records) TRY(builder.Add(record));
    ASSIGN(Rows rows, builder.Finish());
    TRY(AddToTail(std::move(rows)));
  }
  return Status::Ok();
}

Status Cutter::JoinSmallGroups(const std::vector<Dirty>& dirty) {
  std::set<uint64_t> gone;
  for (const Dirty& group : dirty) gone.insert(group.group->info.id);
  std::vector<GroupPtr> small;
  for (const auto& [id, placed] : history_.current().groups) {
    if (placed.group->info.rows < small_group_rows && !gone.contains(id)) {
      small.push_back(placed.group);
    }
  }
  std::sort(small.begin(), small.end(), [](const GroupPtr& a, const GroupPtr& b) {
    return std::pair(a->info.rows, a->info.id) < std::pair(b->info.rows, b->info.id);
  });
  // A group is joined when the rows in hand are at least half of its own: sizes grow geometrically, so
  // there are few small groups and a row is encoded again only a logarithmic number of times.
  auto left = static_cast<int64_t>(small.size());
  for (const GroupPtr& group : small) {
    const bool cheap = group->info.rows <= 2 * tail_rows_;
    if ((!cheap && left <= small_groups_max) || tail_rows_ + group->info.rows > group_rows_max)
      break;
    --left;
    Remove(group->info.id);
    ASSIGN(Rows rows, Decode(*group));
    TRY(AddToTail(std::move(rows)));
  }
  return Status::Ok();
}

Status Cutter::AddToTail(Rows rows) {
  if (rows.size() == 0) return Status::Ok();
  tail_rows_ += rows.size();
  tail_.push_back(std::move(rows));
  while (tail_rows_ >= group_rows_max) {
    ASSIGN(const Rows all, Rows::Concatenate(tail_));
    TRY(Encode(all.Slice(0, group_rows_max), 0));
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
  return Encode(all, 0);
}

Status Cutter::Encode(const Rows& rows, uint32_t slot) {
  ASSIGN(const std::vector<Id> ids, rows.Ids());
  ASSIGN(const EncodedGroup encoded, EncodeGroup(rows));
  GroupInfo info;
  info.id = next_group_++;
  info.schema_id = schema_->id;
  info.rows = rows.size();
  auto index = std::make_shared<IdIndex>(ids);
  info.min_id = index->ids.front();
  info.max_id = index->ids.back();
  TRY(segments_.Append(encoded, &info));
  auto group = std::make_shared<Group>(info);
  group->index = std::move(index);
  group->verified = true;  // nobody can have damaged it yet
  result_.record.added.push_back(info);
  result_.groups.push_back(std::move(group));
  placed_.push_back({info.id, info.rows, slot});
  counters_.rows_encoded += info.rows;
  counters_.bytes_written += static_cast<int64_t>(info.length);
  ++counters_.groups_encoded;
  return Status::Ok();
}

void Cutter::Place() {
  const std::set<uint64_t> removed(result_.record.removed.begin(), result_.record.removed.end());
  std::vector<SlotGroup> groups;
  std::unordered_map<uint64_t, uint32_t> before;
  for (const auto& [id, placed] : history_.current().groups) {
    if (removed.contains(id)) continue;
    groups.push_back({id, placed.group->info.rows, placed.slot});
    before[id] = placed.slot;
  }
  groups.insert(groups.end(), placed_.begin(), placed_.end());
  PlaceGroups(&groups);
  for (const SlotGroup& group : groups) {
    const auto old = before.find(group.id);
    if (old == before.end() || old->second != group.slot) {
      result_.record.placed.push_back({group.id, group.slot});
    }
  }
}

}  // namespace boathouse::tables
