#include "crm/csv.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <set>
#include <utility>

#include "base/bytes.h"
#include "base/json.h"

namespace boathouse::crm {
namespace {

constexpr std::string_view separators = ",;\t|";
constexpr const char* byte_order_mark = "\xEF\xBB\xBF";

Error AtLine(size_t line, const std::string& what) {
  return Error(ErrorKind::kInvalid, "line " + std::to_string(line) + ": " + what);
}

// The line that byte `at` stands in. CRLF counts once, a lone CR is a line end as well.
size_t LineOf(std::string_view text, size_t at) {
  size_t line = 1;
  for (size_t i = 0; i < at && i < text.size(); ++i) {
    const bool crlf_first_half = text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n';
    if (text[i] == '\n' || (text[i] == '\r' && !crlf_first_half)) ++line;
  }
  return line;
}

// The line of the first byte sequence that is not UTF-8. Only called when there is one.
size_t FirstBadLine(std::string_view text) {
  size_t begin = 0;
  while (begin < text.size()) {
    const size_t end = text.find_first_of("\r\n", begin);
    if (!IsUtf8(text.substr(begin, end - begin))) return LineOf(text, begin);
    if (end == std::string_view::npos) break;
    begin = end + 1;
  }
  return 1;
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

// Walks the text once, row by row.
class Reader {
 public:
  Reader(std::string_view text, char separator) : text_(text), separator_(separator) {}

  bool AtEnd() const { return at_ >= text_.size(); }

  Result<CsvRow> ReadRow() {
    CsvRow row;
    row.line = line_;
    for (;;) {
      if (row.cells.size() == csv_columns_max) {
        return Error(ErrorKind::kTooLarge, "line " + std::to_string(row.line) + ": more than " +
                                               std::to_string(csv_columns_max) + " columns");
      }
      std::string cell;
      if (!AtEnd() && text_[at_] == '"') {
        TRY(ReadQuoted(&cell));
      } else {
        const std::string_view stops = separator_stops_;
        const size_t end = std::min(text_.find_first_of(stops, at_), text_.size());
        cell = text_.substr(at_, end - at_);
        at_ = end;
      }
      if (cell.size() > csv_cell_bytes_max) {
        return Error(ErrorKind::kTooLarge, "line " + std::to_string(row.line) + ": a cell over " +
                                               std::to_string(csv_cell_bytes_max) + " bytes");
      }
      row.cells.push_back(std::move(cell));
      if (AtEnd()) return row;
      if (text_[at_] == separator_) {
        ++at_;
        continue;
      }
      SkipLineEnd();
      return row;
    }
  }

 private:
  // Stands on the opening quote; leaves behind the closing one.
  Status ReadQuoted(std::string* cell) {
    const size_t opened_in = line_;
    ++at_;
    for (;;) {
      const size_t stop = text_.find_first_of("\"\r\n", at_);
      if (stop == std::string_view::npos) {
        return AtLine(opened_in, "a quoted cell begins here and never ends; the file may be torn");
      }
      cell->append(text_, at_, stop - at_);
      at_ = stop;
      if (text_[at_] != '"') {
        const size_t begin = at_;
        SkipLineEnd();
        cell->append(text_, begin, at_ - begin);
        continue;
      }
      ++at_;
      if (!AtEnd() && text_[at_] == '"') {
        cell->push_back('"');
        ++at_;
        continue;
      }
      break;
    }
    if (AtEnd() || text_[at_] == separator_ || text_[at_] == '\r' || text_[at_] == '\n') return {};
    return AtLine(line_,
                  "text stands behind a closing quote; quotes inside a quoted cell are doubled");
  }

  void SkipLineEnd() {
    at_ += text_.substr(at_, 2) == "\r\n" ? 2 : 1;
    ++line_;
  }

  std::string_view text_;
  char separator_;
  const char stop_bytes_[3] = {separator_, '\r', '\n'};
  std::string_view separator_stops_{stop_bytes_, 3};
  size_t at_ = 0;
  size_t line_ = 1;
};

bool IsBlank(const CsvRow& row) { return row.cells.size() == 1 && TrimAscii(row.cells[0]).empty(); }

Status CheckHeader(CsvRow row, CsvTable* table) {
  std::set<std::string> seen;
  for (size_t i = 0; i < row.cells.size(); ++i) {
    std::string name(TrimAscii(row.cells[i]));
    if (name.empty()) {
      return AtLine(row.line, "the header's column " + std::to_string(i + 1) + " has no name");
    }
    if (!seen.insert(name).second) {
      return AtLine(row.line, "the header names the column \"" + name + "\" twice");
    }
    table->header.push_back(std::move(name));
  }
  return {};
}

Status CheckBytes(std::string_view text) {
  if (text.substr(0, 2) == "\xFF\xFE" || text.substr(0, 2) == "\xFE\xFF") {
    return Error(ErrorKind::kInvalid, "the file is UTF-16; save it as UTF-8 (\"CSV UTF-8\")");
  }
  const size_t nul = text.find('\0');
  if (nul != std::string_view::npos) {
    return AtLine(LineOf(text, nul), "a NUL byte; this is not a text file");
  }
  return {};
}

}  // namespace

Result<CsvTable> ParseCsv(std::string_view text, const CsvOptions& options) {
  if (text.size() > csv_bytes_max) {
    return Error(ErrorKind::kTooLarge,
                 "the file is over " + std::to_string(csv_bytes_max >> 20) + " MiB");
  }
  TRY(CheckBytes(text));
  std::string converted;
  const bool marked = text.substr(0, 3) == byte_order_mark;
  if (marked) text.remove_prefix(3);
  if (options.encoding == CsvEncoding::kWindows1252 && !marked) {
    converted = Windows1252ToUtf8(text);
    text = converted;
  } else if (!IsUtf8(text)) {
    return AtLine(FirstBadLine(text),
                  "not UTF-8; if the file is Latin-1 or Windows-1252, say \"encoding\": "
                  "\"windows-1252\" in the mapping");
  }

  CsvTable table;
  table.separator = options.separator != 0 ? options.separator : DetectSeparator(text);
  Reader reader(text, table.separator);
  while (!reader.AtEnd()) {
    ASSIGN(CsvRow row, reader.ReadRow());
    if (IsBlank(row)) continue;
    if (table.header.empty()) {
      TRY(CheckHeader(std::move(row), &table));
    } else {
      table.rows.push_back(std::move(row));
    }
  }
  if (table.header.empty()) {
    return Error(ErrorKind::kInvalid, "the file is empty; its first line must name the columns");
  }
  return table;
}

void AppendCsvRow(const std::vector<std::string>& cells, std::string* out, char separator) {
  const std::string needs_quotes = std::string("\"\r\n") + separator;
  for (size_t i = 0; i < cells.size(); ++i) {
    const std::string& cell = cells[i];
    if (i > 0) out->push_back(separator);
    // Outer space would be trimmed by some readers, a leading byte order mark be taken off.
    const bool fragile = !cell.empty() && (cell.front() == ' ' || cell.back() == ' ' ||
                                           cell.compare(0, 3, byte_order_mark) == 0);
    if (!fragile && cell.find_first_of(needs_quotes) == std::string::npos) {
      out->append(cell);
      continue;
    }
    out->push_back('"');
    for (const char c : cell) {
      if (c == '"') out->push_back('"');
      out->push_back(c);
    }
    out->push_back('"');
  }
  out->append("\r\n");
}

std::string Windows1252ToUtf8(std::string_view bytes) {
  // 0x80 to 0x9F differ from Latin-1.
  static constexpr std::array<uint16_t, 32> upper = {
      0x20AC, 0x0081, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
      0x2039, 0x0152, 0x008D, 0x017D, 0x008F, 0x0090, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
      0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x009D, 0x017E, 0x0178};
  std::string out;
  out.reserve(bytes.size() + bytes.size() / 8);
  for (const char c : bytes) {
    const auto byte = static_cast<uint8_t>(c);
    if (byte < 0x80) {
      out.push_back(c);
      continue;
    }
    const unsigned code = byte < 0xA0 ? upper[byte - 0x80u] : byte;
    if (code < 0x800) {
      out.push_back(static_cast<char>(0xC0u | (code >> 6)));
    } else {
      out.push_back(static_cast<char>(0xE0u | (code >> 12)));
      out.push_back(static_cast<char>(0x80u | ((code >> 6) & 0x3Fu)));
    }
    out.push_back(static_cast<char>(0x80u | (code & 0x3Fu)));
  }
  return out;
}

}  // namespace boathouse::crm
