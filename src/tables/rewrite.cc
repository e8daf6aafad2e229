#include "tables/rewrite.h"

#include <algorithm>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include "base/kill_point.h"
#include "tables/row_removal.h"

namespace boathouse::tables {
namespace {

// Encoding is the price of a plain read, so all cores of a small machine take part; of a big one only so
// many, for others want to be served too.
constexpr size_t threads_max = 4;
// Groups that are in memory at once.
constexpr size_t batch_groups = 16;

Result<std::string> WholeFile(const Group& group, const Schema& group_schema, const Schema& schema,
                              Segments& segments) {
  ASSIGN(const std::string bytes, segments.ReadBytes(group.info));
  ASSIGN(const std::string metadata, segments.ReadMetadata(group.info));
  ASSIGN(const FilePlan plan, PlanFile(schema, {{metadata, &group_schema, bytes.size()}}));
  return AssembleFile(plan, {bytes});
}

struct Encoded {
  EncodedGroup group;
  std::shared_ptr<const IdIndex> index;
  int32_t schema_id = 0;
};

// The ids of the live rows, in row order.
Status AddLiveIds(const DirtyGroup& dirty, Segments& segments, std::vector<Id>* out) {
  std::shared_ptr<const IdIndex> index = dirty.group->index;
  if (index == nullptr) {
    ASSIGN(IdIndex read, segments.ReadIds(dirty.group->info));
    index = std::make_shared<IdIndex>(std::move(read));
  }
  const std::vector<Id> ids = index->InRowOrder();
  size_t begin = 0;
  for (const uint32_t row : dirty.dead) {
    out->insert(out->end(), ids.begin() + static_cast<ptrdiff_t>(begin), ids.begin() + row);
    begin = row + size_t{1};
  }
  out->insert(out->end(), ids.begin() + static_cast<ptrdiff_t>(begin), ids.end());
  return Status::Ok();
}

// The rows cut out of the pages, which spares most of the work; nullopt where that cannot be done.
Result<std::optional<EncodedGroup>> CutOut(const DirtyGroup& dirty, Segments& segments) {
  EncodedGroup group;
  ASSIGN(group.bytes, segments.ReadBytes(dirty.group->info));
  ASSIGN(group.metadata, segments.ReadMetadata(dirty.group->info));
  group.rows = dirty.group->info.rows;
  return RemoveRows(group, dirty.dead);
}

Result<Encoded> EncodeJob(const RewriteJob& job, const History& history, Segments& segments,
                          Counters& counters) {
  const bool joined = job.size() > 1;
  if (!joined) {
    ASSIGN(std::optional<EncodedGroup> group, CutOut(job[0], segments));
    if (group) {
      std::vector<Id> ids;
      TRY(AddLiveIds(job[0], segments, &ids));
      return Encoded{*std::move(group), std::make_shared<IdIndex>(ids),
                     job[0].group->info.schema_id};
    }
  }
  const int32_t schema_id = joined ? history.last().schema_id : job[0].group->info.schema_id;
  const Schema& schema = *history.FindSchema(schema_id);
  std::vector<Rows> parts;
  std::vector<Id> ids;
  for (const DirtyGroup& dirty : job) {
    const Schema& own = *history.FindSchema(dirty.group->info.schema_id);
    ASSIGN(const Rows rows, ReadGroupRows(*dirty.group, own, schema, segments));
    counters.rows_decoded += rows.size();
    parts.push_back(rows.Without(dirty.dead));
    TRY(AddLiveIds(dirty, segments, &ids));
  }
  ASSIGN(const Rows rows, Rows::Concatenate(parts));
  Encoded out;
  ASSIGN(out.group, EncodeGroup(rows));
  out.index = std::make_shared<IdIndex>(ids);
  out.schema_id = schema_id;
  return out;
}

// Does `work` for 0, 1, ... `count` - 1 on several threads.
template <typename Work>
void InParallel(size_t count, const Work& work) {
  std::atomic<size_t> next{0};
  const auto run = [&] {
    for (size_t i = next++; i < count; i = next++) work(i);
  };
  const size_t cores = std::max<size_t>(1, std::thread::hardware_concurrency());
  std::vector<std::thread> others;
  try {
    for (size_t i = 1; i < std::min({count, cores, threads_max}); ++i) others.emplace_back(run);
  } catch (const std::system_error&) {
    // No further thread is to be had: those that are there do it.
  }
  run();
  for (std::thread& thread : others) thread.join();
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

Result<GroupPtr> AppendGroup(uint64_t id, int32_t schema_id, int64_t fresh,
                             const EncodedGroup& encoded, std::shared_ptr<const IdIndex> index,
                             Segments& segments, Counters& counters) {
  GroupInfo info;
  info.id = id;
  info.schema_id = schema_id;
  info.rows = encoded.rows;
  info.fresh = fresh;
  info.min_id = index->min();
  info.max_id = index->max();
  TRY(segments.Append(encoded, index->Serialize(), &info));
  auto group = std::make_shared<Group>(info);
  group->index = std::move(index);
  group->index_used = id;
  group->verified = true;  // nobody can have damaged it yet
  counters.rows_encoded += info.rows;
  counters.bytes_written += static_cast<int64_t>(info.end() - info.offset);
  ++counters.groups_encoded;
  return group;
}

Result<RewriteResult> RewriteGroups(const std::vector<RewriteJob>& jobs, const History& history,
                                    uint64_t next_group, Segments& segments, Counters& counters,
                                    const Cancellation& cancellation) {
  RewriteResult out;
  for (size_t begin = 0; begin < jobs.size(); begin += batch_groups) {
    if (cancellation.cancelled()) return Error(ErrorKind::kCancelled, "the rewrite was given up");
    const size_t count = std::min(batch_groups, jobs.size() - begin);
    std::vector<std::optional<Result<Encoded>>> encoded(count);
    InParallel(count, [&](size_t i) {
      encoded[i].emplace(EncodeJob(jobs[begin + i], history, segments, counters));
    });
    for (size_t i = 0; i < count; ++i) {
      Result<Encoded>& one = *encoded[i];
      if (!one.ok()) return one.error();
      ASSIGN(GroupPtr group, AppendGroup(next_group++, one->schema_id, 0, one->group,
                                         std::move(one->index), segments, counters));
      KillPoint("rewrite.encoded");
      Replacement replacement;
      for (const DirtyGroup& dirty : jobs[begin + i]) {
        replacement.sources.push_back({dirty.group->info.id, dirty.dead.size()});
      }
      replacement.results.push_back(group->info);
      out.record.replacements.push_back(std::move(replacement));
      out.groups.push_back(std::move(group));
    }
  }
  return out;
}

}  // namespace boathouse::tables
