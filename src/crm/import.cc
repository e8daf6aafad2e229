#include "crm/import.h"

#include <map>
#include <memory>
#include <unordered_map>
#include <utility>

#include "base/clock.h"
#include "crm/import_mapping.h"
#include "crm/import_rows.h"
#include "crm/import_source.h"
#include "crm/import_write.h"

namespace boathouse::crm {
namespace {

// One file on its way into the store: prepared outside the transaction, applied inside.
struct PreparedFile {
  std::string name;
  Mapping mapping;
  std::vector<std::string> header;
  std::unique_ptr<RowReader> reader;
  char separator = ',';
  std::string format;
  std::string encoding;
  std::vector<CsvRow> rows;
  std::vector<ImportRow> read;  // one for each row
  // For each field of the object itself that a lookup searches: text -> the first row that has it.
  std::unordered_map<size_t, std::unordered_map<std::string, size_t>> own;
};

// Writes the rows of one file. A row that points to a later row of the same file is written after it,
// so that every record is written once. The CRM has no circles, so a row that closes one is rejected.
class FileWriter {
 public:
  FileWriter(Crm& crm, const PreparedFile& file, Edit& edit)
      : file_(file), edit_(edit), writer_(crm, file.mapping), states_(file.read.size()) {
    report_.file = file.name;
    report_.object = file.mapping.object->name;
    report_.format = file.format;
    report_.encoding = file.encoding;
    for (size_t i = 0; i < file.read.size(); ++i) {
      if (file.read[i].reason.empty()) continue;
      reasons_[i] = file.read[i].reason;
      states_[i] = State::kDone;
      ++counts_.rejected;
    }
  }

  Result<ImportFileReport> Run() {
    for (size_t i = 0; i < states_.size(); ++i) TRY(WriteWithParents(i));
    report_.counts = counts_;
    report_.rejected_csv = RejectedCsv();
    return std::move(report_);
  }

 private:
  enum class State : uint8_t { kWaiting, kActive, kDone };

  // The row of this file that the lookup means, or nullopt.
  std::optional<size_t> RowMeantBy(const ImportRow::Pending& lookup) const {
    const Lookup& wanted = *lookup.target->lookup;
    if (wanted.object != file_.mapping.object || lookup.is_id) return std::nullopt;
    const auto& index = file_.own.at(wanted.by);
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
      for (const ImportRow::Pending& lookup : file_.read[at].lookups) {
        const std::optional<size_t> parent = RowMeantBy(lookup);
        if (parent && states_[*parent] == State::kWaiting) stack.push_back(*parent);
      }
      if (stack.size() > depth) continue;
      TRY(WriteRow(at));
      states_[at] = State::kDone;
    }
    return {};
  }

  Status WriteRow(size_t at) {
    const auto own = [this](const ImportRow::Pending& lookup) {
      const std::optional<size_t> row = RowMeantBy(lookup);
      return row && states_[*row] == State::kActive ? OwnRow::kCircle : OwnRow::kAbsent;
    };
    std::string reason;
    ASSIGN(const RowWriter::Outcome outcome,
           writer_.Write(edit_, file_.read[at], own, &counts_, &reason));
    if (outcome == RowWriter::Outcome::kRejected) reasons_[at] = std::move(reason);
    return {};
  }

  std::string RejectedCsv() const {
    if (reasons_.empty()) return {};
    const size_t own_columns = file_.reader->own_columns();
    std::string out;
    AppendRejectedHeader(file_.header, own_columns, file_.separator, &out);
    for (const auto& [at, reason] : reasons_) {
      AppendRejected(file_.rows[at], own_columns, own_columns < file_.header.size(), reason,
                     file_.separator, &out);
    }
    return out;
  }

  const PreparedFile& file_;
  Edit& edit_;
  RowWriter writer_;
  ImportCounts counts_;
  ImportFileReport report_;
  std::vector<State> states_;
  std::map<size_t, std::string> reasons_;  // by row
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

Status ReadAll(const ImportFile& file, const model::Model& model, PreparedFile* prepared) {
  ASSIGN(const std::unique_ptr<RowSource> source,
         OpenRows(OpenMemory(file.text), prepared->mapping.csv));
  prepared->header = source->header();
  prepared->separator = source->separator();
  prepared->format = source->format();
  prepared->encoding = source->encoding();
  TRY(CompleteMapping(model, prepared->header, &prepared->mapping));
  prepared->reader = std::make_unique<RowReader>(prepared->mapping, prepared->header);
  TRY(prepared->reader->CheckColumns());
  CsvRow row;
  SeenKeys keys;
  for (;;) {
    ASSIGN(const bool more, source->Next(&row));
    if (!more) return {};
    if (prepared->rows.size() == import_rows_max) {
      return Error(ErrorKind::kTooLarge,
                   "more than " + std::to_string(import_rows_max) + " rows; split it");
    }
    prepared->read.push_back(prepared->reader->Read(row));
    RejectRepeatedKey(&keys, &prepared->read.back());
    prepared->rows.push_back(row);
  }
}

Status IndexOwnRows(PreparedFile* file) {
  for (const ColumnTarget& target : file->mapping.targets) {
    if (!target.lookup || target.lookup->object != file->mapping.object) continue;
    const model::Field& by = file->mapping.object->fields[target.lookup->by];
    auto& index = file->own[target.lookup->by];
    for (size_t i = 0; i < file->read.size(); ++i) {
      const Json* value = file->read[i].fields.Find(by.name);
      if (value == nullptr || value->is_null()) continue;
      const Result<model::Value> typed = model::FromJson(by, *value, "");
      if (typed.ok()) index.emplace(model::ToText(*typed), i);
    }
  }
  return {};
}

// In place: the reader holds on to the mapping and the header.
Status Prepare(const ImportFile& file, const Mapping& mapping, const model::Model& model,
               PreparedFile* prepared) {
  prepared->mapping = mapping;
  prepared->name = file.name.empty() ? "the file" : file.name;
  Status read = ReadAll(file, model, prepared);
  if (!read.ok()) return InFile(prepared->name, std::move(read.error()));
  return IndexOwnRows(prepared);
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
  std::vector<PreparedFile> files(mappings.size());
  for (size_t i = 0; i < mappings.size(); ++i) {
    ASSIGN(const ImportFile* file, ChooseFile(request, mappings[i], mappings.size()));
    TRY(Prepare(*file, mappings[i], *model, &files[i]));
  }

  ImportReport report;
  report.dry_run = request.dry_run;
  bool checked = false;
  Status status = crm.Transact(caller, [&](Edit& edit) -> Status {
    report.files.clear();
    for (const PreparedFile& file : files) {
      FileWriter writer(crm, file, edit);
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
  ImportCounts sum;
  Json list = Json::Array();
  for (const ImportFileReport& file : files) {
    sum.Add(file.counts);
    list.Append(Json::Object({{"file", file.file},
                              {"object", file.object},
                              {"format", file.format},
                              {"encoding", file.encoding.empty() ? Json() : Json(file.encoding)},
                              {"created", file.counts.created},
                              {"updated", file.counts.updated},
                              {"unchanged", file.counts.unchanged},
                              {"rejected", file.counts.rejected},
                              {"related_created", file.counts.related_created},
                              {"duplicates", file.counts.duplicates},
                              {"rejected_csv", file.rejected_csv}}));
  }
  return Json::Object({{"created", sum.created},
                       {"updated", sum.updated},
                       {"unchanged", sum.unchanged},
                       {"rejected", sum.rejected},
                       {"related_created", sum.related_created},
                       {"duplicates", sum.duplicates},
                       {"rejected_csv", files.size() == 1 ? files[0].rejected_csv : std::string()},
                       {"elapsed_ms", elapsed_ms},
                       {"dry_run", dry_run},
                       {"files", std::move(list)}});
}

}  // namespace boathouse::crm
