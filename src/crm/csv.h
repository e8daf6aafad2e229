#pragma once
// Comma-separated text as it is found in the wild (RFC 4180 and its relatives): quoted cells with
// separators, quotes and line breaks inside, CRLF, LF and CR line ends in any mixture, a byte order
// mark, other separators. Pure functions; call them from any thread.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace boathouse::crm {

inline constexpr size_t csv_bytes_max = size_t{1} << 30;
inline constexpr size_t csv_columns_max = 1000;
inline constexpr size_t csv_cell_bytes_max = 1u << 20;

enum class CsvEncoding {
  kUtf8,         // anything else is refused, with the line it stands in
  kWindows1252,  // also reads ISO 8859-1 (Latin-1)
};

struct CsvOptions {
  char separator = 0;  // 0: the one of , ; tab | that stands most often in the header
  CsvEncoding encoding = CsvEncoding::kUtf8;
};

struct CsvRow {
  size_t line = 0;  // where the row begins; the header is line 1 unless empty lines precede it
  std::vector<std::string> cells;
};

struct CsvTable {
  char separator = ',';
  std::vector<std::string> header;  // trimmed, not empty, each once
  std::vector<CsvRow> rows;  // may be shorter or longer than the header; empty lines are left out
};

// Reads a whole file. kInvalid, with the line number, for a NUL byte, bytes that are not of the
// encoding, a quoted cell that never ends (a torn file), text behind a closing quote, and a header that
// is missing, has an empty or a repeated name; kTooLarge over a limit. A quote inside an unquoted cell
// is kept as it is (5" pipe).
Result<CsvTable> ParseCsv(std::string_view text, const CsvOptions& options = {});

// Appends one row with a CRLF line end; cells that need quotes get them.
void AppendCsvRow(const std::vector<std::string>& cells, std::string* out, char separator = ',');

// Windows-1252 bytes as UTF-8. The five bytes it does not define become the C1 controls of Latin-1.
std::string Windows1252ToUtf8(std::string_view bytes);

}  // namespace boathouse::crm
