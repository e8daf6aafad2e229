#include "crm/csv.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "base/bytes.h"
#include "crm/csv_text.h"

namespace boathouse::crm {
namespace {

constexpr std::string_view separators = ",;\t|";
constexpr const char* byte_order_mark = "\xEF\xBB\xBF";

std::string Place(size_t line, size_t column) {
  return "line " + std::to_string(line) + ", column " + std::to_string(column) + ": ";
}

Error At(size_t line, size_t column, const std::string& what,
         ErrorKind kind = ErrorKind::kInvalid) {
  return Error(kind, Place(line, column) + what);
}

Error AtLine(size_t line, const std::string& what) {
  return Error(ErrorKind::kInvalid, "line " + std::to_string(line) + ": " + what);
}

// The candidate that stands most often outside quotes in the first line that is not empty.
char DetectSeparator(std::string_view text) {
  std::array<size_t, separators.size()> counts{};
  bool quoted = false;
  bool seen = false;
  for (const char c : text) {
    if (c == '"') quoted = !quoted;
    if (quoted) continue;
    if (c == '\r' || c == '\n') {
      if (seen) break;
      continue;
    }
    seen = true;
    const size_t candidate = separators.find(c);
    if (candidate != std::string_view::npos) ++counts[candidate];
  }
  const auto best = std::max_element(counts.begin(), counts.end());
  return separators[static_cast<size_t>(best - counts.begin())];
}

bool IsBlank(const CsvRow& row) { return row.cells.size() == 1 && TrimAscii(row.cells[0]).empty(); }

class Reader final : public CsvReader {
 public:
  explicit Reader(std::unique_ptr<TextDecoder> text) : text_(std::move(text)) {}

  Status Begin(const CsvOptions& options) {
    TRY(FillWithin(0));
    separator_ = options.separator != 0 ? options.separator : DetectSeparator(buffer_);
    for (const char stop : {separator_, '\r', '\n'})
      stops_[static_cast<unsigned char>(stop)] = true;
    CsvRow row;
    do {
      ASSIGN(const bool more, ReadRow(&row));
      if (!more) {
        return Error(ErrorKind::kInvalid,
                     "the file is empty; its first line must name the columns");
      }
    } while (IsBlank(row));
    return TakeHeader(row);
  }

  const std::vector<std::string>& header() const override { return header_; }
  char separator() const override { return separator_; }
  const std::string& encoding() const override { return text_->encoding(); }
  uint64_t bytes_read() const override { return text_->bytes_read(); }

  Result<bool> Next(CsvRow* row) override {
    do {
      ASSIGN(const bool more, ReadRow(row));
      if (!more) return false;
    } while (IsBlank(*row));
    if (RepeatsHeader(*row)) {
      return AtLine(
          row->line,
          "the header stands here a second time; if two files were put together, take this "
          "line out");
    }
    if (breaks_off_ && row->cells.size() < header_.size()) {
      return At(row->line, row->cells.size(),
                "the file ends here, within a line: it has " + std::to_string(row->cells.size()) +
                    " of " + std::to_string(header_.size()) +
                    " columns and no line break; the file may be torn");
    }
    return true;
  }

 private:
  enum class Outcome { kRow, kNeedsMore };

  Status TakeHeader(const CsvRow& row) {
    std::set<std::string> seen;
    for (size_t i = 0; i < row.cells.size(); ++i) {
      std::string name(TrimAscii(row.cells[i]));
      if (name.empty()) {
        return AtLine(row.line, "the header's column " + std::to_string(i + 1) + " has no name");
      }
      if (!seen.insert(name).second) {
        return At(row.line, i + 1, "the header names the column \"" + name + "\" twice");
      }
      header_.push_back(std::move(name));
    }
    return {};
  }

  // A single name may well be a value too.
  bool RepeatsHeader(const CsvRow& row) const {
    if (header_.size() < 2 || row.cells.size() != header_.size()) return false;
    for (size_t i = 0; i < header_.size(); ++i) {
      if (TrimAscii(row.cells[i]) != header_[i]) return false;
    }
    return true;
  }

  // Lets go of what is read and gets more text, if there is some.
  Status Fill() {
    buffer_.erase(0, at_);
    at_ = 0;
    ASSIGN(const bool more, text_->Append(&buffer_));
    if (!more) ended_ = true;
    return {};
  }

  Result<bool> ReadRow(CsvRow* row) {
    for (;;) {
      if (at_ == buffer_.size()) {
        if (ended_) return false;
        TRY(FillWithin(0));
        continue;
      }
      row->line = line_;
      ASSIGN(const Outcome outcome, TryRow(row));
      if (outcome == Outcome::kRow) return true;
      if (buffer_.size() - at_ > csv_row_bytes_max) {
        return Error(ErrorKind::kTooLarge, "line " + std::to_string(line_) + ": a row over " +
                                               std::to_string(csv_row_bytes_max) + " bytes");
      }
      TRY(FillWithin(cells_));
    }
  }

  // What is wrong with the text that should follow is wrong in the cell that the row has come to.
  Status FillWithin(size_t cells) {
    const bool begun = at_ < buffer_.size();
    Status filled = Fill();
    if (filled.ok()) return filled;
    const size_t column = begun ? cells : 0;
    const std::string name =
        column < header_.size() ? " (in \"" + header_[column] + "\")" : std::string();
    return At(begun ? reached_line_ : line_, column + 1, filled.error().message + name,
              filled.error().kind);
  }

  // Reads the row at at_ if the buffer holds all of it.
  Result<Outcome> TryRow(CsvRow* row) {
    size_t at = at_;
    reached_line_ = line_;
    for (cells_ = 0;; ++cells_) {
      if (cells_ == csv_columns_max) {
        return Error(ErrorKind::kTooLarge, "line " + std::to_string(line_) + ": more than " +
                                               std::to_string(csv_columns_max) + " columns");
      }
      if (row->cells.size() <= cells_) row->cells.emplace_back();
      std::string& cell = row->cells[cells_];
      cell.clear();
      if (at < buffer_.size() && buffer_[at] == '"') {
        ASSIGN(const Outcome outcome, TryQuoted(&at, &cell));
        if (outcome == Outcome::kNeedsMore) return outcome;
      } else {
        const size_t begin = at;
        while (at < buffer_.size() && !stops_[static_cast<unsigned char>(buffer_[at])]) ++at;
        if (at == buffer_.size() && !ended_) return Outcome::kNeedsMore;
        cell.assign(buffer_, begin, at - begin);
      }
      if (cell.size() > csv_cell_bytes_max) return TooLong();
      if (at < buffer_.size() && buffer_[at] == separator_) {
        ++at;
        continue;
      }
      if (!TrySkipLineEnd(&at)) return Outcome::kNeedsMore;
      row->cells.resize(cells_ + 1);
      at_ = at;
      line_ = reached_line_;
      return Outcome::kRow;
    }
  }

  Error TooLong() const {
    return At(line_, cells_ + 1, "a cell over " + std::to_string(csv_cell_bytes_max) + " bytes",
              ErrorKind::kTooLarge);
  }

  // Stands on the opening quote; leaves behind the closing one.
  Result<Outcome> TryQuoted(size_t* at, std::string* cell) {
    const size_t opened_in = reached_line_;
    ++*at;
    for (;;) {
      size_t stop = *at;
      while (stop < buffer_.size() && buffer_[stop] != '"' && buffer_[stop] != '\n' &&
             buffer_[stop] != '\r') {
        ++stop;
      }
      cell->append(buffer_, *at, stop - *at);
      if (cell->size() > csv_cell_bytes_max) return TooLong();
      *at = stop;
      if (stop == buffer_.size()) {
        if (!ended_) return Outcome::kNeedsMore;
        return At(opened_in, cells_ + 1,
                  "a quoted cell begins here and never ends; the file may be torn");
      }
      if (buffer_[stop] != '"') {
        if (!TrySkipLineEnd(at)) return Outcome::kNeedsMore;
        cell->append(buffer_, stop, *at - stop);
        continue;
      }
      if (stop + 1 == buffer_.size() && !ended_) return Outcome::kNeedsMore;
      ++*at;
      if (*at == buffer_.size() || buffer_[*at] != '"') break;
      cell->push_back('"');
      ++*at;
    }
    const bool at_end = *at == buffer_.size();
    if (at_end || stops_[static_cast<unsigned char>(buffer_[*at])]) return Outcome::kRow;
    return At(reached_line_, cells_ + 1,
              "text stands behind a closing quote; quotes inside a quoted cell are doubled");
  }

  // Steps over a line end, or the end of the text. False when more text is needed to tell.
  bool TrySkipLineEnd(size_t* at) {
    breaks_off_ = *at == buffer_.size();
    if (breaks_off_) return true;
    if (buffer_[*at] == '\r' && *at + 1 == buffer_.size() && !ended_) return false;
    const bool two = buffer_[*at] == '\r' && *at + 1 < buffer_.size() && buffer_[*at + 1] == '\n';
    *at += two ? 2 : 1;
    ++reached_line_;
    return true;
  }

  std::unique_ptr<TextDecoder> text_;
  char separator_ = ',';
  std::array<bool, 256> stops_{};  // what ends an unquoted cell
  std::vector<std::string> header_;
  std::string buffer_;  // text not yet handed out begins at at_
  size_t at_ = 0;
  bool ended_ = false;  // no text follows the buffer
  size_t line_ = 1;     // of at_

  // The row under way.
  size_t cells_ = 0;  // whole ones
  size_t reached_line_ = 1;
  bool breaks_off_ = false;  // the text ended instead of its line
};

}  // namespace

Result<std::unique_ptr<CsvReader>> CsvReader::Open(std::unique_ptr<ByteSource> bytes,
                                                   const CsvOptions& options) {
  if (bytes->size() > csv_bytes_max) {
    return Error(ErrorKind::kTooLarge,
                 "the file is over " + std::to_string(csv_bytes_max >> 20) + " MiB");
  }
  ASSIGN(std::unique_ptr<TextDecoder> text, TextDecoder::Open(std::move(bytes), options.encoding));
  auto reader = std::make_unique<Reader>(std::move(text));
  TRY(reader->Begin(options));
  return std::unique_ptr<CsvReader>(std::move(reader));
}

Result<CsvTable> ParseCsv(std::string_view text, const CsvOptions& options) {
  ASSIGN(const std::unique_ptr<CsvReader> reader, CsvReader::Open(OpenMemory(text), options));
  CsvTable table;
  table.separator = reader->separator();
  table.header = reader->header();
  CsvRow row;
  for (;;) {
    ASSIGN(const bool more, reader->Next(&row));
    if (!more) return table;
    table.rows.push_back(row);
  }
}

void AppendCsvCell(std::string_view cell, char separator, std::string* out) {
  // Outer space would be trimmed by some readers, a leading byte order mark be taken off.
  bool quoted = !cell.empty() &&
                (cell.front() == ' ' || cell.back() == ' ' || cell.substr(0, 3) == byte_order_mark);
  for (size_t i = 0; i < cell.size() && !quoted; ++i) {
    const char c = cell[i];
    quoted = c == '"' || c == '\r' || c == '\n' || c == separator;
  }
  if (!quoted) {
    out->append(cell);
    return;
  }
  out->push_back('"');
  for (const char c : cell) {
    if (c == '"') out->push_back('"');
    out->push_back(c);
  }
  out->push_back('"');
}

void AppendCsvRow(const std::vector<std::string>& cells, std::string* out, char separator) {
  for (size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) out->push_back(separator);
    AppendCsvCell(cells[i], separator, out);
  }
  out->append("\r\n");
}

}  // namespace boathouse::crm
