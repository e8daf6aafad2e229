// What keeps a published table small: compaction, and forgetting versions whose time is over.

#include <algorithm>
#include <set>
#include <utility>

#include "base/kill_point.h"
#include "base/log.h"
#include "tables/published_table.h"

namespace boathouse::tables {
namespace {

// Forgetting writes the whole log anew, so it waits until a sixteenth of it can go.
constexpr size_t prune_share = 16;
// Compaction joins small groups as soon as there are as many.
constexpr size_t joined_groups_min = 4;
// And encodes a group again when at least one row in so many is dead.
constexpr int64_t dead_share = 4;
// A closed segment of which less than one part in so many is needed is emptied: its live groups are written
// elsewhere, so that it goes with the last version that needs the others.
constexpr uint64_t needed_share = 4;
// Of one round, so that one table does not keep the others waiting.
constexpr int steps_max = 64;

// Closed segments that hold little more than what nobody needs.
std::set<uint64_t> MostlyUnneeded(const History& history, Segments& segments) {
  std::set<uint64_t> out;
  for (const auto& [number, bytes] : history.SegmentBytes()) {
    if (!segments.IsClosed(number)) continue;
    const auto file = segments.File(number);
    if (!file.ok()) continue;
    const Result<uint64_t> size = (*file)->Size();
    if (size.ok() && bytes * needed_share < *size) out.insert(number);
  }
  return out;
}

// What one step of compaction encodes again; empty when nothing is due.
RewriteJob NextJob(const History& history, Segments& segments) {
  std::set<const Group*> taken;  // encoded again already
  for (const Rewrite& rewrite : history.pending()) {
    for (const GroupPtr& source : rewrite.sources) taken.insert(source.get());
  }
  const std::set<uint64_t> unneeded = MostlyUnneeded(history, segments);
  std::vector<DirtyGroup> small;
  RewriteJob mostly_dead;  // itself, or the segment it lies in
  for (const auto& [id, placed] : history.current().groups) {
    const Group& group = *placed.group;
    if (taken.contains(&group)) continue;
    const auto dead = static_cast<int64_t>(group.deaths.size());
    if (group.info.rows - dead < group_rows_max / 2) {
      small.push_back({placed.group, group.DeadRowsAt(history.last().version)});
    } else if (mostly_dead.empty() &&
               (dead * dead_share >= group.info.rows || unneeded.contains(group.info.segment))) {
      mostly_dead.push_back({placed.group, group.DeadRowsAt(history.last().version)});
    }
  }
  if (!mostly_dead.empty()) return mostly_dead;
  if (small.size() < joined_groups_min) return {};
  std::sort(small.begin(), small.end(), [](const DirtyGroup& a, const DirtyGroup& b) {
    return std::pair(a.live(), a.group->info.id) < std::pair(b.live(), b.group->info.id);
  });
  RewriteJob job;
  int64_t rows = 0;
  for (DirtyGroup& group : small) {
    if (rows + group.live() > group_rows_max) break;
    rows += group.live();
    job.push_back(std::move(group));
  }
  return job.size() < 2 ? RewriteJob() : job;
}

}  // namespace

Status PublishedTable::Maintain(const Cancellation& cancellation) {
  for (int step = 0; step < steps_max && !cancellation.cancelled(); ++step) {
    // A turn for each step, so that readers come in between.
    const Result<CutQueue::Turn> turn = cut_queue_.Enter();
    if (!turn.ok()) return Status::Ok();  // a long cut, and others wait for it: in the next round
    {
      const std::lock_guard lock(state_mutex_);
      if (!loaded_ || history_->empty()) return Status::Ok();
    }
    ASSIGN(const bool more, Compact(cancellation));
    if (more) continue;
    Prune();
    derived_.Sweep();
    return Status::Ok();
  }
  return Status::Ok();
}

Result<bool> PublishedTable::Compact(const Cancellation& cancellation) {
  const RewriteJob job = NextJob(*history_, *segments_);
  if (job.empty()) return false;
  Work work;
  Result<RewriteResult> rewritten =
      RewriteGroups({job}, *history_, history_->next_group(), *segments_, counters_, cancellation);
  if (!rewritten.ok()) {
    segments_->Rollback();
    if (rewritten.error().kind == ErrorKind::kCorrupt) {
      for (const DirtyGroup& group : job) damage_->Report(group.group->info.id);
    }
    return rewritten.error();
  }
  work.rewrite = std::move(*rewritten);
  KillPoint("compaction.encoded");
  const Status recorded = Record(nullptr, nullptr, work);
  if (!recorded.ok()) {
    Unload();
    return recorded.error();
  }
  KillPoint("compaction.recorded");
  ++counters_.compactions;
  return true;
}

void PublishedTable::Prune() {
  const Micros now = clock_.Now();
  const auto& records = history_->records();
  uint64_t dead = history_->bytes_retained() - history_->bytes_live();
  size_t count = 0;
  {
    const std::lock_guard lock(state_mutex_);
    std::erase_if(kept_until_, [now](const auto& kept) { return kept.second < now; });
    const int64_t first_kept =
        kept_until_.empty() ? history_->last().version : kept_until_.begin()->first;
    for (; count + 1 < records.size() && records[count].version < first_kept; ++count) {
      const Micros superseded = now - records[count + 1].time;
      const bool over_budget = dead > options_.history_bytes_max;
      if (superseded <= (over_budget ? options_.retain_min : options_.retain)) break;
      dead -= std::min(dead, history_->BytesOnlyIn(records[count].version));
    }
  }
  if (count == 0 || count * prune_share < records.size()) return;
  const int64_t first = records[count].version;
  KillPoint("collection.begun");
  {
    const std::lock_guard lock(state_mutex_);
    history_->Prune(first);
  }
  auto log = VersionLog::Replace(directory_ + "/versions.log",
                                 history_->Contents(object_, DigestOf(definition_)));
  if (!log.ok()) {
    // The old log still names the old segments, so these must stay. Which of the logs has the name now
    // is not known: appending to the one that lost it would lose what is appended.
    Log(LogLevel::kWarning, "history_not_pruned",
        {{"table", name_}, {"reason", log.error().message}});
    Unload();
    return;
  }
  log_ = std::move(*log);
  KillPoint("collection.recorded");
  const std::lock_guard lock(state_mutex_);
  segments_->RemoveOthers(history_->SegmentEnds());
}

}  // namespace boathouse::tables
