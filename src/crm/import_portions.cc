#include "crm/import_portions.h"

#include <charconv>
#include <utility>

namespace boathouse::crm {
namespace {

constexpr size_t portion_bytes_max = 16u << 20;  // of cells

size_t BytesOf(const CsvRow& row) {
  size_t bytes = 0;
  for (const std::string& cell : row.cells) bytes += cell.size();
  return bytes;
}

}  // namespace

Status OpenImport(Crm& crm, const Caller& caller, const Json& mapping, const std::string& object,
                  const std::string& path, OpenedImport* opened) {
  opened->model = crm.model(caller);
  ASSIGN(std::vector<Mapping> mappings, ParseMappings(mapping, *opened->model, object));
  if (mappings.size() != 1) {
    return Error(ErrorKind::kInvalid,
                 "an import in the background takes one file and the mapping of one file");
  }
  opened->mapping = std::move(mappings.front());
  for (const Action action : {Action::kCreate, Action::kUpdate}) {
    TRY(crm.Allow(caller, *opened->mapping.object, action));
  }
  ASSIGN(std::unique_ptr<ByteSource> bytes, OpenFile(path));
  ASSIGN(opened->source, OpenRows(std::move(bytes), opened->mapping.csv));
  opened->header = opened->source->header();
  TRY(CompleteMapping(*opened->model, opened->header, &opened->mapping));
  opened->reader = std::make_unique<RowReader>(opened->mapping, opened->header);
  return opened->reader->CheckColumns();
}

std::string WaitingHeader(size_t columns) {
  std::vector<std::string> cells;
  for (size_t i = 1; i <= columns; ++i) cells.push_back(std::to_string(i));
  cells.emplace_back("line");  // never a line's number, so no row repeats the header
  std::string header;
  AppendCsvRow(cells, &header);
  return header;
}

void AppendWaiting(const CsvRow& row, std::string* out) {
  std::vector<std::string> cells = row.cells;
  cells.push_back(std::to_string(row.line));
  AppendCsvRow(cells, out);
}

PortionReader::PortionReader(const OpenedImport& opened, std::unique_ptr<RowSource> source,
                             const Options& options)
    : opened_(opened), source_(std::move(source)), options_(options), thread_([this] { Read(); }) {}

PortionReader::~PortionReader() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

Result<std::unique_ptr<Portion>> PortionReader::Next() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return ready_ != nullptr || failed_ || ended_; });
  if (ready_ != nullptr) {
    std::unique_ptr<Portion> portion = std::move(ready_);
    changed_.notify_all();
    return portion;
  }
  if (failed_) return *failed_;
  return std::unique_ptr<Portion>();
}

void PortionReader::Read() {
  for (bool ended = false; !ended;) {
    auto portion = std::make_unique<Portion>();
    {
      // Two portions are in memory at most: the one being written and the next.
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return ready_ == nullptr || stopping_; });
      if (stopping_) return;
    }
    Status read = ReadRows(portion.get(), &ended);
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    if (!read.ok()) {
      failed_ = std::move(read.error());
    } else if (!portion->rows.empty()) {
      ready_ = std::move(portion);
    }
    ended_ = ended || failed_;
    changed_.notify_all();
    if (ended_) return;
  }
}

Result<bool> PortionReader::NextRow(CsvRow* row) {
  ASSIGN(const bool more, source_->Next(row));
  if (!more || !options_.waiting) return more;
  const std::string& line = row->cells.back();
  const auto [end, failed] = std::from_chars(line.data(), line.data() + line.size(), row->line);
  if (failed != std::errc() || end != line.data() + line.size()) {
    return Error(ErrorKind::kCorrupt, "the file of waiting rows is damaged");
  }
  row->cells.pop_back();
  return true;
}

Status PortionReader::ReadRows(Portion* portion, bool* ended) {
  CsvRow row;
  size_t bytes = 0;
  while (portion->rows.size() < options_.rows && bytes < portion_bytes_max) {
    ASSIGN(const bool more, NextRow(&row));
    if (!more) {
      *ended = true;
      break;
    }
    const bool skips = skipped_ < options_.skip;
    if (skips) ++skipped_;
    if (skips && options_.waiting) continue;
    // Of a row that is skipped the key counts.
    ImportRow read = opened_.reader->Read(row);
    if (!options_.waiting) RejectRepeatedKey(&keys_, &read);
    if (skips) continue;
    bytes += BytesOf(row);
    portion->read.push_back(std::move(read));
    portion->rows.push_back(std::move(row));
  }
  portion->bytes_read = source_->bytes_read();
  return {};
}

}  // namespace boathouse::crm
