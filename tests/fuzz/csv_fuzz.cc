// CSV files: a table that was read can be written and read again.
#include "crm/csv.h"

#include "tests/fuzz/fuzz.h"

FUZZ_TARGET(input) {
  using namespace boathouse::crm;
  CsvOptions options;
  options.encoding =
      !input.empty() && input.front() == 'w' ? CsvEncoding::kWindows1252 : CsvEncoding::kUtf8;
  const auto table = ParseCsv(input, options);
  // A first cell that begins with a byte order mark loses it to the reader, as it should.
  if (!table.ok() || table->header.front().starts_with("\xef\xbb\xbf")) return;
  std::string text;
  AppendCsvRow(table->header, &text);
  for (const CsvRow& row : table->rows) AppendCsvRow(row.cells, &text);
  const auto again = ParseCsv(text, {.separator = ','});
  FUZZ_CHECK(again.ok());
  FUZZ_CHECK(again->header == table->header);
  FUZZ_CHECK(again->rows.size() <= table->rows.size());
}
