#include "crm/export.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

#include "crm/crm_impl.h"
#include "crm/export_encoder.h"

namespace boathouse::crm {
namespace {

constexpr size_t batch_records = 500;
constexpr size_t piece_bytes = 192u << 10;   // at least, but for the first and the last
constexpr size_t titles_kept_max = 100'000;  // of one related object

Result<size_t> FieldNamed(const model::Object& object, const std::string& name) {
  if (const auto index = object.IndexOf(name)) return *index;
  return Error::Field("fields", "unknown_field",
                      "fields: " + object.name + " has no field \"" + name.substr(0, 60) + "\"" +
                          SuggestField(object, name));
}

// The fields to export, as indexes into what the caller sees.
Result<std::vector<size_t>> ChooseFields(const model::Object& object,
                                         const std::vector<std::string>& names) {
  std::vector<size_t> fields;
  for (const std::string& name : names) {
    ASSIGN(const size_t field, FieldNamed(object, name));
    if (std::find(fields.begin(), fields.end(), field) != fields.end()) {
      return Error::Field("fields", "duplicate", "fields: \"" + name + "\" stands twice");
    }
    fields.push_back(field);
  }
  for (size_t i = 0; names.empty() && i < object.fields.size(); ++i) fields.push_back(i);
  return fields;
}

// The titles of records of one object, as far as the caller reaches them; of all others "".
class Titles {
 public:
  Titles(Access access, const model::Object& seen) : access_(std::move(access)), seen_(seen) {}

  Status Load(store::Snapshot& snapshot, const std::set<Id>& wanted) {
    if (known_.size() > titles_kept_max) known_.clear();
    std::vector<Id> missing;
    for (const Id& id : wanted) {
      if (!known_.contains(id)) missing.push_back(id);
    }
    if (missing.empty()) return {};
    ASSIGN(std::vector<model::Record> found, snapshot.GetMany(access_.whole(), missing));
    for (const Id& id : missing) known_[id];
    for (model::Record& record : found) {
      ASSIGN(const bool reached, access_.Reaches(record, snapshot));
      const Id id = record.id();
      if (reached) known_[id] = model::TitleOf(seen_, access_.Show(std::move(record)));
    }
    return {};
  }
  const std::string& Of(const Id& id) const { return known_.at(id); }

 private:
  Access access_;
  const model::Object& seen_;
  std::unordered_map<Id, std::string> known_;
};

class SnapshotExport final : public Export {
 public:
  SnapshotExport(std::atomic<int>& open, Crm::Impl::Entrance entrance)
      : open_(open), entrance_(std::move(entrance)) {}
  ~SnapshotExport() override {
    cursor_.reset();  // before the snapshot
    entrance_.snapshot.reset();
    --open_;
  }

  Status Begin(Crm::Impl& crm, const Caller& caller, const ExportRequest& request) {
    const Access& access = entrance_.access;
    const model::Object& seen = access.seen();
    ASSIGN(const std::vector<size_t> fields, ChooseFields(seen, request.fields));
    std::vector<size_t> read;
    for (const size_t index : fields) {
      const model::Field& field = seen.fields[index];
      ExportColumn column{&field, access.WholeField(index), false};
      if (request.titles && field.type == model::FieldType::kRelation) {
        column.is_title = true;
        TRY(AddTitles(crm, caller, field));
        relations_.emplace_back(column.at, field.relation_object);
      }
      read.push_back(column.at);
      columns_.push_back(column);
    }
    ASSIGN(const store::Query query,
           crm.QueryFor(caller, access, request.filter, request.order_by));
    ASSIGN(cursor_, entrance_.snapshot->Walk(query, read));
    encoder_ = request.format == ExportFormat::kCsv ? MakeCsvEncoder(columns_, request)
                                                    : MakeParquetEncoder(columns_);
    batch_.records.resize(batch_records);
    batch_.titles.resize(relations_.empty() ? 0 : batch_records);
    return {};
  }

  Result<bool> Next(std::string* piece) override {
    piece->clear();
    if (state_ == State::kEnded) return false;
    if (state_ == State::kNew) {
      // At once, for the first records of a sorted list may take a while.
      state_ = State::kRunning;
      TRY(encoder_->Begin(piece));
      if (!piece->empty()) return true;
    }
    while (piece->size() < piece_bytes) {
      TRY(ReadBatch());
      TRY(encoder_->Add(batch_, piece));
      rows_ += batch_.size;
      if (batch_.size == batch_records) continue;
      TRY(encoder_->End(piece));
      state_ = State::kEnded;
      return !piece->empty();
    }
    return true;
  }

  size_t rows() const override { return rows_; }

 private:
  enum class State { kNew, kRunning, kEnded };

  // Of an object that the caller may not read there are no titles.
  Status AddTitles(Crm::Impl& crm, const Caller& caller, const model::Field& field) {
    if (titles_.contains(field.relation_object)) return {};
    const model::Object* related = entrance_.access.seen_model().Find(field.relation_object);
    if (related == nullptr || !crm.permissions.Allow(caller, *related, Action::kRead).ok()) {
      return {};
    }
    ASSIGN(Access access,
           crm.permissions.Enter(caller, *related, Action::kRead, *entrance_.snapshot));
    titles_.emplace(field.relation_object, Titles(std::move(access), *related));
    return {};
  }

  Status ReadBatch() {
    batch_.size = 0;
    while (batch_.size < batch_records) {
      ASSIGN(const bool more, cursor_->Next(&batch_.records[batch_.size]));
      if (!more) break;
      ++batch_.size;
    }
    if (relations_.empty()) return {};
    std::map<std::string_view, std::set<Id>> wanted;
    for (size_t i = 0; i < batch_.size; ++i) {
      for (const auto& [at, object] : relations_) {
        if (const Id* id = std::get_if<Id>(&batch_.records[i].At(at))) wanted[object].insert(*id);
      }
    }
    for (const auto& [object, ids] : wanted) {
      const auto titles = titles_.find(object);
      if (titles != titles_.end()) TRY(titles->second.Load(*entrance_.snapshot, ids));
    }
    for (size_t i = 0; i < batch_.size; ++i) {
      std::vector<std::string>& row = batch_.titles[i];
      row.assign(relations_.size(), "");
      for (size_t j = 0; j < relations_.size(); ++j) {
        const Id* id = std::get_if<Id>(&batch_.records[i].At(relations_[j].first));
        const auto titles = titles_.find(relations_[j].second);
        if (id != nullptr && titles != titles_.end()) row[j] = titles->second.Of(*id);
      }
    }
    return {};
  }

  std::atomic<int>& open_;
  Crm::Impl::Entrance entrance_;
  std::vector<ExportColumn> columns_;
  std::vector<std::pair<size_t, std::string>> relations_;  // field and object, of each title column
  std::map<std::string, Titles, std::less<>> titles_;      // by object
  std::unique_ptr<ExportEncoder> encoder_;
  std::unique_ptr<store::Cursor> cursor_;
  ExportBatch batch_;
  State state_ = State::kNew;
  size_t rows_ = 0;
};

}  // namespace

Result<std::unique_ptr<Export>> Exports::Open(const Caller& caller, const model::Object& object,
                                              const ExportRequest& request) {
  Result<std::unique_ptr<Export>> begun = Begin(caller, object, request);
  const bool denied = !begun.ok() && begun.error().kind == ErrorKind::kForbidden;
  if (audit_ != nullptr && (begun.ok() || denied)) {
    const bool is_csv = request.format == ExportFormat::kCsv;
    auth::AuditEntry entry = auth::AuditEntry::By(
        caller.principal, caller.surface, auth::AuditKind::kExported, object.plural,
        Json::Object({{"format", is_csv ? "csv" : "parquet"},
                      {"filter", request.filter.substr(0, auth::audit_text_chars_max)}}));
    if (denied) entry.outcome = auth::AuditOutcome::kDenied;
    audit_->Record(std::move(entry));
  }
  return begun;
}

Result<std::unique_ptr<Export>> Exports::Begin(const Caller& caller, const model::Object& object,
                                               const ExportRequest& request) {
  ASSIGN(Crm::Impl::Entrance entrance, crm_.impl().Enter(caller, object, Action::kExport));
  if (open_.fetch_add(1) >= exports_max) {
    --open_;
    return Error(ErrorKind::kExhausted,
                 std::to_string(exports_max) + " exports run already; try again when one is done");
  }
  auto made = std::make_unique<SnapshotExport>(open_, std::move(entrance));
  TRY(made->Begin(crm_.impl(), caller, request));
  return std::unique_ptr<Export>(std::move(made));
}

std::string_view ExportMediaType(ExportFormat format) {
  return format == ExportFormat::kCsv ? "text/csv; charset=utf-8; header=present"
                                      : "application/vnd.apache.parquet";
}

std::string_view ExportFileSuffix(ExportFormat format) {
  return format == ExportFormat::kCsv ? ".csv" : ".parquet";
}

}  // namespace boathouse::crm
