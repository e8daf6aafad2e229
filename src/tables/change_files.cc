#include "tables/change_files.h"

#include <algorithm>
#include <map>
#include <unordered_map>
#include <utility>

namespace boathouse::tables {
namespace {

// Images of rows that went, in memory at once: those of so many full groups.
constexpr int64_t old_rows_max = 24 * group_rows_max;

// The rows that went, found by id. Images are decoded when they are needed, which is soon after one
// another where ids are neighbours.
class GoneRows {
 public:
  struct Place {
    uint32_t part = 0;
    uint32_t row = 0;  // among the part's rows
  };

  GoneRows(const VersionDelta& delta, GroupCache& groups) : delta_(delta), groups_(groups) {}

  Status Load() {
    for (size_t part = 0; part < delta_.gone.size(); ++part) {
      const GroupRows& gone = delta_.gone[part];
      ASSIGN(const IdIndex index, delta_.segments->ReadIds(gone.held.group->info));
      const std::vector<Id> ids = index.InRowOrder();
      for (size_t i = 0; i < gone.rows.size(); ++i) {
        places_[ids[gone.rows[i]]] = {static_cast<uint32_t>(part), static_cast<uint32_t>(i)};
      }
      left_.emplace_back(gone.rows.size(), true);
    }
    return Status::Ok();
  }

  // Where the record went from, and notes that it came again; nullptr when it is new.
  const Place* Take(const Id& id) {
    const auto at = places_.find(id);
    if (at == places_.end()) return nullptr;
    left_[at->second.part][at->second.row] = false;
    return &at->second;
  }

  // All rows of a part. What was returned before may be forgotten by the next call.
  Result<Rows> ImagesOf(uint32_t part) {
    const auto known = images_.find(part);
    if (known != images_.end()) return known->second;
    const GroupRows& gone = delta_.gone[part];
    ASSIGN(Rows rows, groups_.ReadRows(gone.held, *delta_.schema));
    if (!gone.whole()) {
      ASSIGN(rows, rows.Take(gone.rows));
    }
    if (images_rows_ + rows.size() > old_rows_max) {
      images_.clear();
      images_rows_ = 0;
    }
    images_rows_ += rows.size();
    return images_[part] = std::move(rows);
  }

  // Rows of a part that did not come again.
  std::vector<uint32_t> LeftOf(uint32_t part) const {
    std::vector<uint32_t> rows;
    for (size_t i = 0; i < left_[part].size(); ++i) {
      if (left_[part][i]) rows.push_back(static_cast<uint32_t>(i));
    }
    return rows;
  }

 private:
  const VersionDelta& delta_;
  GroupCache& groups_;
  std::unordered_map<Id, Place> places_;
  std::vector<std::vector<bool>> left_;
  std::map<uint32_t, Rows> images_;
  int64_t images_rows_ = 0;
};

class ChangeWriter {
 public:
  ChangeWriter(const VersionDelta& delta, GroupCache& groups, DerivedFiles& files)
      : delta_(delta),
        groups_(groups),
        schema_(ChangeSchema(*delta.schema)),
        gone_(delta, groups),
        writer_(files, schema_, delta.time) {}

  Result<std::vector<File>> Write() {
    TRY(gone_.Load());
    for (const GroupRows& came : delta_.came) TRY(AddCome(came));
    for (uint32_t part = 0; part < delta_.gone.size(); ++part) {
      const std::vector<uint32_t> left = gone_.LeftOf(part);
      if (left.empty()) continue;
      ASSIGN(const Rows images, gone_.ImagesOf(part));
      TRY(Add(images, left, change_delete));
    }
    return writer_.Finish();
  }

 private:
  // A row that came, and the one of the same record that went.
  struct Pair {
    uint32_t now = 0;
    uint32_t before = 0;
  };

  Status AddCome(const GroupRows& came) {
    ASSIGN(Rows rows, groups_.ReadRows(came.held, *delta_.schema));
    if (!came.whole()) {
      ASSIGN(rows, rows.Take(came.rows));
    }
    ASSIGN(const std::vector<Id> ids, rows.Ids());
    std::vector<uint32_t> inserts;
    std::map<uint32_t, std::vector<Pair>> updates;  // by the part that the row went from
    for (uint32_t i = 0; i < ids.size(); ++i) {
      const GoneRows::Place* before = gone_.Take(ids[i]);
      if (before == nullptr) {
        inserts.push_back(i);
      } else {
        updates[before->part].push_back({i, before->row});
      }
    }
    TRY(Add(rows, inserts, change_insert));
    for (const auto& [part, pairs] : updates) TRY(AddUpdates(rows, part, pairs));
    return Status::Ok();
  }

  Status AddUpdates(const Rows& now, uint32_t part, const std::vector<Pair>& pairs) {
    ASSIGN(const Rows before, gone_.ImagesOf(part));
    const RowComparison comparison(now, before);
    std::vector<uint32_t> now_rows, before_rows;
    for (const Pair& pair : pairs) {
      if (comparison.Same(pair.now, pair.before)) continue;
      now_rows.push_back(pair.now);
      before_rows.push_back(pair.before);
    }
    TRY(Add(before, before_rows, change_update_preimage));
    return Add(now, now_rows, change_update_postimage);
  }

  Status Add(const Rows& rows, const std::vector<uint32_t>& positions, std::string_view type) {
    if (positions.empty()) return Status::Ok();
    ASSIGN(const Rows taken, rows.Take(positions));
    ASSIGN(const Rows typed,
           taken.WithColumn(schema_, std::vector<std::string_view>(positions.size(), type)));
    return writer_.Add(typed);
  }

  const VersionDelta& delta_;
  GroupCache& groups_;
  const Schema schema_;
  GoneRows gone_;
  DerivedWriter writer_;
};

// Whole groups are taken as they lie there.
Result<std::vector<File>> WriteInserts(const VersionDelta& delta, GroupCache& groups,
                                       DerivedFiles& files) {
  DerivedWriter writer(files, *delta.schema, delta.time);
  for (const GroupRows& came : delta.came) {
    if (came.whole()) {
      ASSIGN(EncodedGroup encoded, groups.ReadEncoded(came.held));
      TRY(writer.Add(std::move(encoded), *came.held.schema));
      continue;
    }
    ASSIGN(const Rows rows, groups.ReadRows(came.held, *delta.schema));
    ASSIGN(const Rows taken, rows.Take(came.rows));
    TRY(writer.Add(taken));
  }
  return writer.Finish();
}

}  // namespace

Schema ChangeSchema(const Schema& schema) {
  Schema out = schema;
  Column& type = out.columns.emplace_back();
  type.name = std::string(change_type_column);
  type.column_id = change_type_column_id;
  type.type = model::FieldType::kText;
  type.description = "What happened to the row: insert, update_preimage, update_postimage, delete";
  return out;
}

Status MakeChangeFiles(const VersionDelta& delta, GroupCache& groups, DerivedFiles& files,
                       VersionChanges* out) {
  if (delta.gone.empty() && delta.came.empty()) return Status::Ok();
  const bool only_inserts = delta.gone.empty();
  // The table's id: after it began anew another version has the number.
  const std::string key = std::string(only_inserts ? "inserts/" : "changes/") +
                          delta.table.ToString() + "/" + std::to_string(delta.version);
  std::vector<File>& list = only_inserts ? out->inserts : out->changes;
  if (std::optional<std::vector<File>> known = files.Find(key)) {
    list = *std::move(known);
    return Status::Ok();
  }
  if (only_inserts) {
    ASSIGN(list, WriteInserts(delta, groups, files));
  } else {
    ChangeWriter writer(delta, groups, files);
    ASSIGN(list, writer.Write());
  }
  files.Remember(key, list);
  return Status::Ok();
}

}  // namespace boathouse::tables
