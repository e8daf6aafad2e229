#include "iceberg/plan.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "base/bytes.h"
#include "iceberg/expression.h"
#include "iceberg/spelling.h"

namespace boathouse::iceberg {
namespace {

constexpr size_t plan_digest_bytes = 16;

// A member of the request; null counts as absent.
const Json* Member(const Json& request, const char* name) {
  const Json* found = request.Find(name);
  return found == nullptr || found->is_null() ? nullptr : found;
}

Result<bool> Flag(const Json& request, const char* name, bool fallback) {
  const Json* found = Member(request, name);
  if (found == nullptr) return fallback;
  if (!found->is_bool()) {
    return Error::Field(std::string("/") + name, "wrong_type", "true or false is wanted");
  }
  return found->AsBool();
}

class Planner {
 public:
  Planner(const Place& place, const VersionPtr& newest, int64_t oldest, const Reading& reading,
          const Json& request)
      : place_(place), newest_(newest), oldest_(oldest), reading_(reading), request_(request) {}

  Result<Json> Make() {
    if (!request_.is_object()) {
      return Error(ErrorKind::kInvalid, "a plan request is a JSON object");
    }
    TRY(ChooseVersion());
    TRY(ReadColumns());
    TRY(AddTasks());
    const int64_t snapshot = Renderer::SnapshotId(place_.id, version_->version);
    const std::string digest = HexEncode(Sha256(request_.Dump()).substr(0, plan_digest_bytes));
    return Json::Object({{"status", "completed"},
                         {"plan-id", std::to_string(snapshot) + "-" + digest},
                         {"delete-files", std::move(delete_files_)},
                         {"file-scan-tasks", std::move(tasks_)}});
  }

 private:
  Result<std::optional<int64_t>> VersionOfMember(const char* name) const {
    const Json* found = Member(request_, name);
    if (found == nullptr) return std::optional<int64_t>();
    const std::optional<int64_t> id = found->AsInt();
    if (!id) return Error::Field(std::string("/") + name, "wrong_type", "a snapshot id is wanted");
    const int64_t version = Renderer::VersionOf(place_.id, *id);
    if (version < oldest_ || version > newest_->version) {
      return Error(ErrorKind::kNotFound, "table " + place_.table->name() + " has no snapshot " +
                                             std::to_string(*id) + ", or no longer keeps it");
    }
    return std::optional(version);
  }

  Status ChooseVersion() {
    ASSIGN(const auto at, VersionOfMember("snapshot-id"));
    ASSIGN(const auto start, VersionOfMember("start-snapshot-id"));
    ASSIGN(const auto end, VersionOfMember("end-snapshot-id"));
    if (at && (start || end)) {
      return Error::Field(
          "/snapshot-id", "conflict",
          "a scan is of one snapshot or of what was appended between two, not both");
    }
    if (start && !end) {
      return Error::Field("/end-snapshot-id", "required",
                          "start-snapshot-id asks for an incremental scan, which needs its end");
    }
    if (start && *start > *end) {
      return Error::Field("/start-snapshot-id", "out_of_range",
                          "the start is not an ancestor of the end");
    }
    if (start && *start < *end) {
      return Error::Field(
          "/start-snapshot-id", "unsupported",
          "rows were changed in place between these snapshots, which a scan of "
          "appended files would miss: read a changelog, or compare the two snapshots");
    }
    is_empty_ = start.has_value();  // from a snapshot to itself
    const int64_t wanted = at ? *at : end ? *end : newest_->version;
    if (wanted == newest_->version) {
      version_ = newest_;
      return Status::Ok();
    }
    ASSIGN(version_, VersionAt(*place_.table, reading_.format_version, wanted));
    return Status::Ok();
  }

  Status ReadColumns() {
    ASSIGN(const bool case_sensitive, Flag(request_, "case-sensitive", true));
    ASSIGN(const bool snapshot_schema, Flag(request_, "use-snapshot-schema", false));
    const tables::Schema& schema = snapshot_schema ? *version_->schema : *newest_->schema;
    ASSIGN(const auto selected, Columns("select", schema, case_sensitive));
    ASSIGN(stats_columns_, Columns("stats-fields", schema, case_sensitive));
    if (const Json* filter = Member(request_, "filter")) {
      ASSIGN(filter_, Expression::Parse(*filter, schema, case_sensitive, "/filter"));
    }
    return Status::Ok();
  }

  Result<std::set<int32_t>> Columns(const char* name, const tables::Schema& schema,
                                    bool case_sensitive) const {
    std::set<int32_t> ids;
    const Json* names = Member(request_, name);
    if (names == nullptr) return ids;
    const std::string at = std::string("/") + name;
    if (!names->is_array()) return Error::Field(at, "wrong_type", "an array of fields is wanted");
    for (size_t i = 0; i < names->items().size(); ++i) {
      const std::string_view field = names->items()[i].AsString();
      // Metadata columns (_file, _pos, _row_id, ...) are the client's own to fill in.
      if (field.starts_with('_')) continue;
      const tables::Column* column = FindColumn(schema, field, case_sensitive);
      if (column == nullptr) {
        return Error::Field(at + "/" + std::to_string(i), "not_found",
                            "the table has no field '" + std::string(field) + "'");
      }
      ids.insert(column->column_id);
    }
    return ids;
  }

  Status AddTasks() {
    if (is_empty_) return Status::Ok();
    const Vectors vectors = MakeVectors(place_, *version_);
    const std::string uri =
        place_.MetadataUri({FileName::Kind::kDeletes, version_->version, reading_.format_version});
    for (const tables::File& file : version_->files) {
      Expression::Residual residual{Outcome::kAll, Json(true)};
      if (filter_) residual = filter_->For(file, *version_->schema);
      if (residual.outcome == Outcome::kNone || file.live_rows() == 0) continue;
      Json task = Json::Object({{"data-file", DataFile(file)}});
      const auto marked = std::find(vectors.files.begin(), vectors.files.end(), &file);
      if (marked != vectors.files.end()) {
        const auto index = static_cast<size_t>(marked - vectors.files.begin());
        task.Set("delete-file-references", Json::Array({Json(delete_files_.size())}));
        delete_files_.Append(DeleteFile(file, vectors.At(index, uri)));
      }
      task.Set("residual-filter", std::move(residual.filter));
      tasks_.Append(std::move(task));
    }
    return Status::Ok();
  }

  static Json ContentFile(const char* content, const std::string& uri, const char* format,
                          uint64_t size, int64_t rows) {
    return Json::Object({{"content", content},
                         {"spec-id", 0},
                         {"partition", Json::Array()},
                         {"file-path", uri},
                         {"file-format", format},
                         {"file-size-in-bytes", size},
                         {"record-count", rows}});
  }

  Json DataFile(const tables::File& file) const {
    Json out = ContentFile("data", place_.DataUri(file), "parquet", file.size, file.rows);
    Json offsets = Json::Array();
    for (const uint64_t offset : file.group_offsets) offsets.Append(offset);
    if (offsets.size() > 0) out.Set("split-offsets", std::move(offsets));
    out.Set("sort-order-id", 0);
    if (reading_.format_version >= 3) out.Set("first-row-id", FirstRowId(file));
    if (!stats_columns_.empty()) AddStatistics(file, &out);
    return out;
  }

  void AddStatistics(const tables::File& file, Json* out) const {
    struct Map {
      Json keys = Json::Array(), values = Json::Array();
      void Add(int32_t key, Json value) {
        keys.Append(key);
        values.Append(std::move(value));
      }
      void MoveTo(const char* name, Json* parent) {
        if (keys.size() == 0) return;
        parent->Set(name, Json::Object({{"keys", std::move(keys)}, {"values", std::move(values)}}));
      }
    };
    Map values, nulls, lower, upper;
    const std::vector<tables::Column>& columns = version_->schema->columns;
    for (size_t i = 0; i < columns.size() && i < file.stats.size(); ++i) {
      const int32_t id = columns[i].column_id;
      if (!stats_columns_.contains(id)) continue;
      const tables::ColumnStats& stats = file.stats[i];
      values.Add(id, file.rows);
      if (stats.null_count) nulls.Add(id, *stats.null_count);
      std::optional<Json> low = stats.minimum ? BoundJson(*stats.minimum) : std::nullopt;
      std::optional<Json> high = stats.maximum ? BoundJson(*stats.maximum) : std::nullopt;
      if (low) lower.Add(id, *std::move(low));
      if (high) upper.Add(id, *std::move(high));
    }
    values.MoveTo("value-counts", out);
    nulls.MoveTo("null-value-counts", out);
    lower.MoveTo("lower-bounds", out);
    upper.MoveTo("upper-bounds", out);
  }

  Json DeleteFile(const tables::File& file, const DeletionVector& vector) const {
    Json out =
        ContentFile("position-deletes", vector.uri, "puffin", vector.file_size, vector.cardinality);
    out.Set("referenced-data-file", place_.DataUri(file));
    out.Set("content-offset", vector.offset);
    out.Set("content-size-in-bytes", vector.length);
    return out;
  }

  const Place& place_;
  const VersionPtr& newest_;
  const int64_t oldest_;
  const Reading& reading_;
  const Json& request_;
  VersionPtr version_;
  bool is_empty_ = false;
  std::set<int32_t> stats_columns_;
  std::optional<Expression> filter_;
  Json delete_files_ = Json::Array();
  Json tasks_ = Json::Array();
};

}  // namespace

Result<Json> MakePlan(const Place& place, const VersionPtr& newest, int64_t oldest,
                      const Reading& reading, const Json& request) {
  return Planner(place, newest, oldest, reading, request).Make();
}

}  // namespace boathouse::iceberg
