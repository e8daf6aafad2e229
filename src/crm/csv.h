#pragma once
// Comma-separated text as it is found in the wild (RFC 4180 and its relatives): quoted cells with
// separators, quotes and line breaks inside, CRLF, LF and CR line ends in any mixture, other separators,
// the encodings of csv_text.h. A reader belongs to one thread at a time and holds one row, however big the
// file is.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "crm/byte_source.h"

namespace boathouse::crm {

inline constexpr size_t csv_bytes_max = size_t{1} << 30;
inline constexpr size_t csv_columns_max = 1000;
inline constexpr size_t csv_cell_bytes_max = 1u << 20;
inline constexpr size_t csv_row_bytes_max = 8u << 20;

struct CsvOptions {
  char separator = 0;    // 0: the one of , ; tab | that stands most often in the header
  std::string encoding;  // as EncodingName says; "": found out
};

struct CsvRow {
  size_t line = 0;  // where the row begins; the header is line 1 unless empty lines precede it
  std::vector<std::string> cells;
};

// Reads a file row by row. What is wrong is kInvalid with line and column: a NUL byte, bytes that are not of
// the encoding, a quoted cell that never ends, text behind a closing quote, a header that is missing, has
// an empty or a repeated name, or stands a second time further down, and a last line that breaks off before
// its last column; kTooLarge over a limit. A quote inside an unquoted cell is kept as it is (5" pipe).
class CsvReader {
 public:
  // Reads up to the header.
  static Result<std::unique_ptr<CsvReader>> Open(std::unique_ptr<ByteSource> bytes,
                                                 const CsvOptions& options = {});
  virtual ~CsvReader() = default;

  virtual const std::vector<std::string>& header() const = 0;  // trimmed, not empty, each once
  virtual char separator() const = 0;
  virtual const std::string& encoding() const = 0;
  virtual uint64_t bytes_read() const = 0;
  // The next row into `row`, whose strings are used again; false at the end. Rows may be shorter or
  // longer than the header; empty lines are left out.
  virtual Result<bool> Next(CsvRow* row) = 0;
};

struct CsvTable {
  char separator = ',';
  std::vector<std::string> header;
  std::vector<CsvRow> rows;
};

// Reads a whole file that is in memory.
Result<CsvTable> ParseCsv(std::string_view text, const CsvOptions& options = {});

// Appends a cell, in quotes when it needs them.
void AppendCsvCell(std::string_view cell, char separator, std::string* out);
// Appends one row with a CRLF line end.
void AppendCsvRow(const std::vector<std::string>& cells, std::string* out, char separator = ',');

}  // namespace boathouse::crm
