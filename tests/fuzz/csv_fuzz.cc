// CSV files: a table that was read can be written and read again.
#include "crm/csv.h"

#include "tests/fuzz/fuzz.h"

FUZZ_TARGET(input) {
  using namespace boathouse::crm;
  CsvOptions options;
  // The first letter chooses: told Windows-1252, told UTF-16 of either order, or found out.
  const char first = input.empty() ? 'a' : input.front();
  options.encoding = first == 'w'   ? "windows-1252"
                     : first == 'l' ? "utf-16le"
                     : first == 'b' ? "utf-16be"
                     : first == 'u' ? "utf-8"
                                    : "";
  const auto table = ParseCsv(input, options);
  // A first cell that begins with a byte order mark loses it to the reader, as it should.
  if (!table.ok() || table->header.front().starts_with("\xef\xbb\xbf")) return;
  std::string text;
  AppendCsvRow(table->header, &text);
  for (const CsvRow& row : table->rows) AppendCsvRow(row.cells, &text);
  const auto again = ParseCsv(text, {.separator = ',', .encoding = "utf-8"});
  FUZZ_CHECK(again.ok());
  FUZZ_CHECK(again->header == table->header);
  FUZZ_CHECK(again->rows.size() <= table->rows.size());
}
