#include "crm/import.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/clock.h"
#include "crm/csv.h"
#include "crm/import_mapping.h"
#include "crm/import_rows.h"

namespace boathouse::crm {
namespace {

// One file on its way into the store: prepared outside the transaction, applied inside.
struct PreparedFile {
  std::string name;
  const Mapping* mapping;
  CsvTable table;
  ImportRows read;
};

// What a row got wrong, against what stops everything (no permission, no disk).
bool IsRowError(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kInvalid:
    case ErrorKind::kNotFound:
    case ErrorKind::kConflict:
    case ErrorKind::kTooLarge:
      return true;
    case ErrorKind::kUnauthenticated:
    case ErrorKind::kForbidden:
    case ErrorKind::kExhausted:
    case ErrorKind::kOverBudget:
    case ErrorKind::kUnavailable:
    case ErrorKind::kDeadline:
    case ErrorKind::kUnsupported:
    case ErrorKind::kCancelled:
    case ErrorKind::kCorrupt:
    case ErrorKind::kInternal:
      return false;
  }
  return false;
}

// Writes the rows of one file. A row that points to a later row of the same file is written after it,
// so that every record is written once. The CRM has no circles, so a row that closes one is rejected.
class FileWriter {
 public:
  FileWriter(const PreparedFile& file, Edit& edit)
      : file_(file), mapping_(*file.mapping), edit_(edit), states_(file.read.rows.size()) {
    report_.file = file.name;
    report_.object = mapping_.object->name;
    for (size_t i = 0; i < file.read.rows.size(); ++i) {
      if (file.read.rows[i].reason.empty()) continue;
      reasons_[i] = file.read.rows[i].reason;
      states_[i] = State::kDone;
    }
  }

  Result<ImportFileReport> Run() {
    for (size_t i = 0; i < states_.size(); ++i) TRY(WriteWithParents(i));
    report_.rejected = reasons_.size();
    report_.rejected_csv = RejectedCsv();
    return std::move(report_);
  }

 private:
  enum class State : uint8_t { kWaiting, kActive, kDone };
  enum class Outcome { kFound, kMissing, kCircle, kRefused };

  bool IsOwn(const ImportRow::Pending& lookup) const {
    return lookup.target->lookup->object == mapping_.object;
  }

  // The row of this file that the lookup means, or nullopt.
  std::optional<size_t> OwnRow(const ImportRow::Pending& lookup) const {
    if (!IsOwn(lookup)) return std::nullopt;
    const auto& index = file_.read.own.at(lookup.target->lookup->by);
    const auto found = index.find(lookup.text);
    if (found == index.end()) return std::nullopt;
    return found->second;
  }

  // An own stack instead of recursion: a file may chain all of its rows.
  Status WriteWithParents(size_t first) {
    std::vector<size_t> stack = {first};
    while (!stack.empty()) {
      const size_t at = stack.back();
      if (states_[at] == State::kDone) {
        stack.pop_back();
        continue;
      }
      states_[at] = State::kActive;
      const size_t depth = stack.size();
      for (const ImportRow::Pending& lookup : file_.read.rows[at].lookups) {
        const std::optional<size_t> parent = OwnRow(lookup);
        if (parent && states_[*parent] == State::kWaiting) stack.push_back(*parent);
      }
      if (stack.size() > depth) continue;
      TRY(WriteRow(at));
      states_[at] = State::kDone;
    }
    return {};
  }

  Status WriteRow(size_t at) {
    const ImportRow& row = file_.read.rows[at];
    Json fields = row.fields;
    for (const ImportRow::Pending& lookup : row.lookups) {
      const std::string& name = mapping_.object->fields[lookup.target->field].name;
      Id id;
      std::string refusal;
      ASSIGN(const Outcome outcome, Resolve(lookup, &id, &refusal));
      if (outcome == Outcome::kFound) {
        fields.Set(name, id.ToString());
      } else if (lookup.target->lookup->missing == Lookup::Missing::kEmpty) {
        fields.Set(name, Json());
      } else {
        reasons_[at] = lookup.target->column + ": " + MissingReason(lookup, outcome, refusal);
        return {};
      }
    }
    const Status written = Upsert(row.key, fields);
    if (written.ok()) return {};
    if (!IsRowError(written.error().kind)) return written;
    reasons_[at] = ReasonOf(written.error());
    return {};
  }

  static std::string MissingReason(const ImportRow::Pending& lookup, Outcome outcome,
                                   const std::string& refusal) {
    const Lookup& wanted = *lookup.target->lookup;
    if (outcome == Outcome::kRefused) {
      return "the " + wanted.object->name + " \"" + lookup.text + "\" cannot be made: " + refusal;
    }
    if (outcome == Outcome::kCircle) {
      return "\"" + lookup.text + "\" points back to this row, in a circle";
    }
    return "there is no " + wanted.object->name + " with " + wanted.object->fields[wanted.by].name +
           " \"" + lookup.text + "\"";
  }

  // `refusal` says why a missing record could not be made (kRefused).
  Result<Outcome> Resolve(const ImportRow::Pending& lookup, Id* id, std::string* refusal) {
    const Lookup& wanted = *lookup.target->lookup;
    const auto cache_key = std::make_pair(lookup.target, lookup.text);
    if (const auto cached = found_.find(cache_key); cached != found_.end()) {
      *id = cached->second;
      return id->is_nil() ? Outcome::kMissing : Outcome::kFound;
    }
    const model::Field& by = wanted.object->fields[wanted.by];
    const Result<model::Value> value = model::FromText(by, lookup.text, "");
    std::optional<Id> found;
    if (value.ok()) {
      ASSIGN(found, edit_.Find(*wanted.object, by.name, *value));
    }
    if (!found) {
      const std::optional<size_t> own = OwnRow(lookup);
      if (own && states_[*own] == State::kActive) return Outcome::kCircle;
      if (wanted.missing == Lookup::Missing::kCreate && value.ok()) {
        const Json fields = Json::Object({{by.name, model::ToJson(*value)}});
        const Result<model::Record> made = edit_.Create(*wanted.object, fields);
        if (!made.ok()) {
          if (!IsRowError(made.error().kind)) return made.error();
          *refusal = ReasonOf(made.error());
          return Outcome::kRefused;
        }
        found = made->id();
        ++report_.related_created;
      }
    }
    // Rows still to come may make an own record, never one of another object.
    if (found || !IsOwn(lookup)) found_.emplace(cache_key, found.value_or(Id()));
    *id = found.value_or(Id());
    return found ? Outcome::kFound : Outcome::kMissing;
  }

  Status Upsert(const model::Value& key, const Json& fields) {
    const model::Object& object = *mapping_.object;
    ASSIGN(const std::optional<Id> id, edit_.Find(object, object.fields[mapping_.key].name, key));
    if (!id) {
      Json given = Json::Object();
      for (const auto& [name, value] : fields.members()) {
        if (!value.is_null()) given.Set(name, value);
      }
      TRY(edit_.Create(object, given));
      ++report_.created;
      return {};
    }
    ASSIGN(const model::Record before, edit_.Get(object, *id));
    ASSIGN(const model::Record after, edit_.Update(object, *id, fields));
    ++(after.version() == before.version() ? report_.unchanged : report_.updated);
    return {};
  }

  std::string RejectedCsv() const {
    if (reasons_.empty()) return {};
    const size_t own_columns = OwnColumns(mapping_, file_.table);
    std::vector<std::string> cells = file_.table.header;
    cells.resize(own_columns);
    cells.insert(cells.end(), {"line", "reason"});
    std::string out;
    AppendCsvRow(cells, &out, file_.table.separator);
    for (const auto& [at, reason] : reasons_) {
      const CsvRow& row = file_.table.rows[at];
      cells = row.cells;
      // A short row is filled up, so that the reason stands under its name; what a long row has too
      // much follows it.
      const bool reported = own_columns < file_.table.header.size();
      cells.resize(reported ? own_columns : std::max(cells.size(), own_columns));
      cells.insert(cells.begin() + static_cast<std::ptrdiff_t>(own_columns),
                   {std::to_string(row.line), reason});
      AppendCsvRow(cells, &out, file_.table.separator);
    }
    return out;
  }

  const PreparedFile& file_;
  const Mapping& mapping_;
  Edit& edit_;
  ImportFileReport report_;
  std::vector<State> states_;
  std::map<size_t, std::string> reasons_;                            // by row
  std::map<std::pair<const ColumnTarget*, std::string>, Id> found_;  // nil: not there
};

const ImportFile* FileFor(const ImportRequest& request, const Mapping& mapping) {
  if (request.files.size() == 1 && mapping.file.empty()) return &request.files.front();
  for (const ImportFile& file : request.files) {
    if (file.name == mapping.file) return &file;
  }
  return nullptr;
}

// A single mapping takes the single file, whatever its name.
Result<const ImportFile*> ChooseFile(const ImportRequest& request, const Mapping& mapping,
                                     size_t mappings) {
  const ImportFile* file = FileFor(request, mapping);
  if (file == nullptr && mappings == 1 && request.files.size() == 1) file = &request.files.front();
  if (file != nullptr) return file;
  return Error(ErrorKind::kInvalid, mapping.file.empty()
                                        ? std::string("give exactly one file for this mapping")
                                        : "the file " + mapping.file + " is missing");
}

Error InFile(const std::string& name, Error error) {
  error.message = name + ": " + error.message;
  return error;
}

Result<PreparedFile> Prepare(const ImportFile& file, const Mapping& mapping) {
  PreparedFile prepared;
  prepared.mapping = &mapping;
  prepared.name = file.name.empty() ? "the file" : file.name;
  Result<CsvTable> table = ParseCsv(file.text, mapping.csv);
  if (!table.ok()) return InFile(prepared.name, std::move(table.error()));
  if (table->rows.size() > import_rows_max) {
    return InFile(prepared.name,
                  Error(ErrorKind::kTooLarge,
                        "more than " + std::to_string(import_rows_max) + " rows; split it"));
  }
  Result<ImportRows> rows = ReadRows(mapping, *table);
  if (!rows.ok()) return InFile(prepared.name, std::move(rows.error()));
  prepared.table = std::move(*table);
  prepared.read = std::move(*rows);
  return prepared;
}

}  // namespace

Result<ImportReport> Import(Crm& crm, const Caller& caller, const ImportRequest& request) {
  const int64_t begin = MonotonicMicros();
  if (request.files.size() > import_files_max) {
    return Error(ErrorKind::kTooLarge,
                 "more than " + std::to_string(import_files_max) + " files in one import");
  }
  const std::shared_ptr<const model::Model> model = crm.model(caller);
  ASSIGN(const std::vector<Mapping> mappings,
         ParseMappings(request.mapping, *model, request.object));
  std::vector<PreparedFile> files;
  for (const Mapping& mapping : mappings) {
    ASSIGN(const ImportFile* file, ChooseFile(request, mapping, mappings.size()));
    ASSIGN(PreparedFile prepared, Prepare(*file, mapping));
    files.push_back(std::move(prepared));
  }

  ImportReport report;
  report.dry_run = request.dry_run;
  bool checked = false;
  Status status = crm.Transact(caller, [&](Edit& edit) -> Status {
    report.files.clear();
    for (const PreparedFile& file : files) {
      FileWriter writer(file, edit);
      Result<ImportFileReport> done = writer.Run();
      if (!done.ok()) return InFile(file.name, std::move(done.error()));
      report.files.push_back(std::move(*done));
    }
    // A dry run does everything, so that later files find what earlier ones would make, and undoes it.
    checked = true;
    if (request.dry_run) return Error(ErrorKind::kCancelled, "dry run");
    return {};
  });
  if (!status.ok() && !(request.dry_run && checked)) return std::move(status.error());
  report.elapsed_ms = (MonotonicMicros() - begin) / 1000;
  return report;
}

Json ImportReport::ToJson() const {
  ImportFileReport sum;
  Json list = Json::Array();
  for (const ImportFileReport& file : files) {
    sum.created += file.created;
    sum.updated += file.updated;
    sum.unchanged += file.unchanged;
    sum.rejected += file.rejected;
    sum.related_created += file.related_created;
    list.Append(Json::Object({{"file", file.file},
                              {"object", file.object},
                              {"created", file.created},
                              {"updated", file.updated},
                              {"unchanged", file.unchanged},
                              {"rejected", file.rejected},
                              {"related_created", file.related_created},
                              {"rejected_csv", file.rejected_csv}}));
  }
  return Json::Object({{"created", sum.created},
                       {"updated", sum.updated},
                       {"unchanged", sum.unchanged},
                       {"rejected", sum.rejected},
                       {"related_created", sum.related_created},
                       {"rejected_csv", files.size() == 1 ? files[0].rejected_csv : std::string()},
                       {"elapsed_ms", elapsed_ms},
                       {"dry_run", dry_run},
                       {"files", std::move(list)}});
}

}  // namespace boathouse::crm
