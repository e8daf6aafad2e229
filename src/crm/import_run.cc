#include "crm/import_run.h"

#include <unistd.h>

#include <utility>

#include "crm/crm_impl.h"
#include "crm/import_spool.h"

namespace boathouse::crm {
namespace {

constexpr size_t check_progress_rows = 20'000;
constexpr size_t passes_max = 200;  // beyond any hierarchy that the CRM allows

bool LooksUpItself(const Mapping& mapping) {
  for (const ColumnTarget& target : mapping.targets) {
    if (target.lookup && target.lookup->object == mapping.object) return true;
  }
  return false;
}

}  // namespace

ImportRun::ImportRun(Crm& crm, Caller caller, ImportJob job, Options options)
    : crm_(crm), caller_(std::move(caller)), job_(std::move(job)), options_(std::move(options)) {}

Result<ImportRun::End> ImportRun::Run() {
  model_ = crm_.model();
  TRY(OpenImport(crm_, caller_, job_.mapping, job_.object, options_.paths.upload, &opened_));
  if (job_.dry_run) {  // nothing that it found is kept, so it begins anew
    job_.place = ImportJob::Place();
    job_.counts = ImportCounts();
  }
  if (job_.place.pass == 0) {
    job_.state = ImportState::kChecking;
    job_.format = opened_.source->format();
    job_.encoding = opened_.source->encoding();
    job_.place.separator = opened_.source->separator();
    TRY(Save(job_));
    TRY(Check());
    if (Stops()) return End::kStopped;
    job_.state = ImportState::kRunning;
    job_.place.pass = 1;
    job_.place.came_in = job_.rows_total;
    job_.rows_read = 0;
    job_.bytes_read = 0;
    TRY(Save(job_));
  }
  writer_ = std::make_unique<RowWriter>(crm_, opened_.mapping);
  {
    ASSIGN(const std::unique_ptr<store::Snapshot> snapshot, crm_.impl().store.Read());
    TRY(writer_->Index(*snapshot));
  }
  for (;;) {
    ASSIGN(const End end, RunPass());
    if (end != End::kDone || job_.place.waiting_rows == 0) return end;
    TRY(BeginNextPass());
  }
}

// Reads all of the file before the first row is written: a file that is torn or damaged changes nothing.
Status ImportRun::Check() {
  ASSIGN(std::unique_ptr<ByteSource> bytes, OpenFile(options_.paths.upload));
  job_.bytes_total = bytes->size();
  ASSIGN(const std::unique_ptr<RowSource> source, OpenRows(std::move(bytes), opened_.mapping.csv));
  CsvRow row;
  size_t rows = 0;
  for (;;) {
    ASSIGN(const bool more, source->Next(&row));
    if (!more) break;
    if (++rows > import_rows_max) {
      return Error(ErrorKind::kTooLarge,
                   "more than " + std::to_string(import_rows_max) + " rows; split the file");
    }
    if (rows % check_progress_rows != 0) continue;
    job_.rows_read = rows;
    job_.bytes_read = source->bytes_read();
    options_.has_come_here(job_);
    if (Stops()) return {};
  }
  job_.rows_total = rows;
  return {};
}

Result<std::unique_ptr<RowSource>> ImportRun::OpenPass() {
  const bool first = job_.place.pass == 1;
  const std::string path = first ? options_.paths.upload : WaitingPath(job_.place.pass - 1);
  ASSIGN(std::unique_ptr<ByteSource> bytes, OpenFile(path));
  if (first) return OpenRows(std::move(bytes), opened_.mapping.csv);
  return OpenRows(std::move(bytes), {.separator = ',', .encoding = "utf-8"});
}

Result<ImportRun::End> ImportRun::RunPass() {
  ASSIGN(std::unique_ptr<RowSource> source, OpenPass());
  PortionReader reader(opened_, std::move(source),
                       {options_.portion_rows, job_.place.rows, job_.place.pass > 1});
  for (;;) {
    if (Stops()) return End::kStopped;
    if (crm_.model() != model_) return End::kModelChanged;
    ASSIGN(const auth::Principal now, options_.principal());
    if (now.role != caller_.principal.role) return End::kModelChanged;
    ASSIGN(const std::unique_ptr<Portion> portion, reader.Next());
    if (portion == nullptr) return End::kDone;
    TRY(WritePortion(*portion));
    options_.has_come_here(job_);
  }
}

// The rows, what became of them, and how far the import is, in one transaction.
Status ImportRun::WritePortion(const Portion& portion) {
  ImportJob next;
  bool counted = false;
  Status written = crm_.impl().Transact(caller_, [&](TransactionEdit& edit) -> Status {
    next = job_;  // this may be a second run
    counted = false;
    TRY(WriteRows(edit, portion, &next));
    counted = true;
    if (job_.dry_run) return Error(ErrorKind::kCancelled, "dry run");
    return edit.transaction().PutDocument(import_collection, next.id.ToString(), ToDocument(next));
  });
  if (job_.dry_run && counted) written = Save(next);
  if (!written.ok()) return written;
  writer_->Keep();
  job_ = std::move(next);
  return {};
}

Status ImportRun::WriteRows(Edit& edit, const Portion& portion, ImportJob* next) {
  const auto own = [this](const ImportRow::Pending& lookup) { return AskForOwn(lookup); };
  const bool notes = job_.dry_run && LooksUpItself(opened_.mapping);
  const size_t own_columns = opened_.reader->own_columns();
  ImportCounts counts;
  std::string rejected;
  std::string waiting;
  ImportJob::Place& place = next->place;
  writer_->Begin();
  for (size_t i = 0; i < portion.rows.size(); ++i) {
    const ImportRow& row = portion.read[i];
    std::string reason = row.reason;
    RowWriter::Outcome outcome = RowWriter::Outcome::kRejected;
    if (reason.empty()) {
      ASSIGN(outcome, writer_->Write(edit, row, own, &counts, &reason));
    } else {
      ++counts.rejected;
    }
    if (outcome == RowWriter::Outcome::kWaits) {
      AppendWaiting(portion.rows[i], &waiting);
      ++place.waiting_rows;
    } else if (outcome == RowWriter::Outcome::kRejected) {
      AppendRejected(portion.rows[i], own_columns, own_columns < opened_.header.size(), reason,
                     place.separator, &rejected);
    } else if (notes) {
      NoteMade(row);
    }
  }
  next->counts.Add(counts);
  place.rows += portion.rows.size();
  next->rows_read =
      next->counts.created + next->counts.updated + next->counts.unchanged + next->counts.rejected;
  if (place.pass == 1) next->bytes_read = portion.bytes_read;
  // The files first: what is counted must be there. What is there and not counted is written over.
  if (!rejected.empty()) {
    std::string header;
    if (place.rejected_bytes == 0) {
      AppendRejectedHeader(opened_.header, own_columns, place.separator, &header);
    }
    rejected.insert(0, header);
    TRY(WriteAt(options_.paths.rejected, place.rejected_bytes, rejected));
    place.rejected_bytes += rejected.size();
  }
  if (!waiting.empty()) {
    if (place.waiting_bytes == 0) waiting.insert(0, WaitingHeader(opened_.header.size()));
    TRY(WriteAt(WaitingPath(place.pass), place.waiting_bytes, waiting));
    place.waiting_bytes += waiting.size();
  }
  return {};
}

OwnRow ImportRun::AskForOwn(const ImportRow::Pending& lookup) const {
  const auto made = made_.find(lookup.target->lookup->by);
  if (made != made_.end() && !lookup.is_id && made->second.Has(lookup.text)) return OwnRow::kMade;
  return job_.place.is_last || lookup.is_id ? OwnRow::kAbsent : OwnRow::kComing;
}

void ImportRun::NoteMade(const ImportRow& row) {
  for (const ColumnTarget& target : opened_.mapping.targets) {
    if (!target.lookup || target.lookup->object != opened_.mapping.object) continue;
    const model::Field& by = target.lookup->object->fields[target.lookup->by];
    const Result<model::Value> value = model::FromJson(by, row.fields[by.name], "");
    if (value.ok() && !model::IsNull(*value)) {
      made_[target.lookup->by].Note(model::ToText(*value), row.line);
    }
  }
}

// Rows that wait get another chance, as long as each pass writes some of them; then nobody is waited for.
Status ImportRun::BeginNextPass() {
  const ImportJob::Place& before = job_.place;
  ImportJob next = job_;
  next.place.came_in = before.waiting_rows;
  next.place.is_last = before.waiting_rows == before.came_in || before.pass >= passes_max;
  next.place.pass = before.pass + 1;
  next.place.rows = 0;
  next.place.waiting_rows = 0;
  next.place.waiting_bytes = 0;
  TRY(Save(next));
  if (before.pass > 1) unlink(WaitingPath(before.pass - 1).c_str());
  job_ = std::move(next);
  return {};
}

Status ImportRun::Save(const ImportJob& job) {
  return crm_.impl().Transact(caller_, [&](TransactionEdit& edit) {
    return edit.transaction().PutDocument(import_collection, job.id.ToString(), ToDocument(job));
  });
}

}  // namespace boathouse::crm
