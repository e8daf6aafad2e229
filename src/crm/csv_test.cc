#include "crm/csv.h"

#include <doctest/doctest.h>

#include "base/json.h"

namespace boathouse::crm {
namespace {

using Cells = std::vector<std::string>;

CsvTable Parsed(std::string_view text, const CsvOptions& options = {}) {
  Result<CsvTable> table = ParseCsv(text, options);
  REQUIRE_MESSAGE(table.ok(), table.error().message);
  return std::move(*table);
}

std::string Refusal(std::string_view text, const CsvOptions& options = {}) {
  const Result<CsvTable> table = ParseCsv(text, options);
  REQUIRE_FALSE(table.ok());
  return table.error().message;
}

TEST_CASE("rows of a plain file, with their lines") {
  const CsvTable table = Parsed("name,city\r\nAcme,Parma\r\nBeta,\r\n");
  CHECK(table.header == Cells{"name", "city"});
  REQUIRE(table.rows.size() == 2);
  CHECK(table.rows[0].cells == Cells{"Acme", "Parma"});
  CHECK(table.rows[0].line == 2);
  CHECK(table.rows[1].cells == Cells{"Beta", ""});
  CHECK(table.rows[1].line == 3);
}

TEST_CASE("line ends may be mixed, and the last one may be missing") {
  const CsvTable table = Parsed("a,b\n1,2\r\n3,4\r5,6");
  REQUIRE(table.rows.size() == 3);
  CHECK(table.rows[1].cells == Cells{"3", "4"});
  CHECK(table.rows[2].cells == Cells{"5", "6"});
  CHECK(table.rows[2].line == 4);
}

TEST_CASE("quoted cells hold separators, quotes and line breaks") {
  const CsvTable table = Parsed("a,b\r\n\"x, \"\"y\"\"\",\"two\r\nlines\"\r\nlast,1\r\n");
  REQUIRE(table.rows.size() == 2);
  CHECK(table.rows[0].cells == Cells{"x, \"y\"", "two\r\nlines"});
  CHECK(table.rows[1].line == 4);
}

TEST_CASE("a quote inside an unquoted cell stays") {
  CHECK(Parsed("a,b\n5\" pipe,x\n").rows[0].cells == Cells{"5\" pipe", "x"});
}

TEST_CASE("empty lines are left out, ragged rows are kept for the caller to judge") {
  const CsvTable table = Parsed("\n\na,b\n\n1\n  \n1,2,3\n");
  CHECK(table.header == Cells{"a", "b"});
  REQUIRE(table.rows.size() == 2);
  CHECK(table.rows[0].cells.size() == 1);
  CHECK(table.rows[0].line == 5);
  CHECK(table.rows[1].cells.size() == 3);
}

TEST_CASE("the separator is found in the header, or given") {
  CHECK(Parsed("a;b;c\n1,5;2;3\n").separator == ';');
  CHECK(Parsed("a\tb\n1\t2\n").separator == '\t');
  CHECK(Parsed("a|b\n1|2\n").rows[0].cells == Cells{"1", "2"});
  CHECK(Parsed("\"a;b\",c\n1,2\n").separator == ',');
  CHECK(Parsed("one\n1\n").separator == ',');
  CsvOptions given;
  given.separator = ':';
  CHECK(Parsed("a:b\n1:2\n", given).rows[0].cells == Cells{"1", "2"});
}

TEST_CASE("a byte order mark is no part of the first name") {
  CHECK(Parsed("\xEF\xBB\xBFname\nx\n").header == Cells{"name"});
}

TEST_CASE("encodings: UTF-8 by default, Windows-1252 when told") {
  CHECK(Parsed("name\nM\xC3\xBCller\n").rows[0].cells[0] == "Müller");
  CHECK(Refusal("name\nok\nM\xFCller\n").find("line 3") == 0);
  CsvOptions latin;
  latin.encoding = CsvEncoding::kWindows1252;
  CHECK(Parsed("name\nM\xFCller \x80 5\n", latin).rows[0].cells[0] == "Müller € 5");
  // A byte order mark says UTF-8, whatever the mapping believes.
  CHECK(Parsed("\xEF\xBB\xBFname\nM\xC3\xBCller\n", latin).rows[0].cells[0] == "Müller");
  CHECK(Refusal(std::string_view("\xFF\xFEn\0", 4)).find("UTF-16") != std::string::npos);
}

TEST_CASE("every Windows-1252 byte becomes valid UTF-8") {
  std::string all;
  for (int byte = 1; byte < 256; ++byte) all.push_back(static_cast<char>(byte));
  CHECK(IsUtf8(Windows1252ToUtf8(all)));
}

TEST_CASE("what is no CSV is refused with its line") {
  CHECK(Refusal("").find("empty") != std::string::npos);
  CHECK(Refusal("\n \n").find("empty") != std::string::npos);
  CHECK(Refusal("a,,c\n").find("column 2") != std::string::npos);
  CHECK(Refusal("a,b,a\n").find("twice") != std::string::npos);
  CHECK(Refusal(std::string_view("a\nx\n\0y\n", 7)).find("line 3: a NUL") == 0);
  CHECK(Refusal("a,b\n1,2\n3,\"torn\nx\n").find("line 3: a quoted cell begins") == 0);
  CHECK(Refusal("a,b\n\"x\"y,2\n").find("line 2") == 0);
}

TEST_CASE("limits are kept") {
  std::string wide = "c0";
  for (size_t i = 1; i <= csv_columns_max; ++i) wide += ",c" + std::to_string(i);
  const Result<CsvTable> too_wide = ParseCsv(wide + "\n");
  REQUIRE_FALSE(too_wide.ok());
  CHECK(too_wide.error().kind == ErrorKind::kTooLarge);
  const Result<CsvTable> too_long =
      ParseCsv("a\n" + std::string(csv_cell_bytes_max + 1, 'x') + "\n");
  REQUIRE_FALSE(too_long.ok());
  CHECK(too_long.error().kind == ErrorKind::kTooLarge);
}

// A file that was cut off in transport must give whole rows or an error, never a crash or an endless loop.
TEST_CASE("a file cut at any byte is read or refused") {
  const std::string text =
      "\xEF\xBB\xBFname,note\r\n\"M\xC3\xBCller, \"\"Jo\"\"\",\"a\r\nb\"\r\nplain,5\" "
      "pipe\r\n,\r\n";
  size_t read = 0;
  for (size_t length = 0; length <= text.size(); ++length) {
    const Result<CsvTable> table = ParseCsv(std::string_view(text).substr(0, length));
    if (!table.ok()) {
      CHECK(table.error().kind == ErrorKind::kInvalid);
      continue;
    }
    ++read;
    CHECK(table->rows.size() <= 3);
  }
  CHECK(read > 10);
  CHECK(ParseCsv(text).ok());
}

TEST_CASE("rows are written so that they read back the same") {
  const std::vector<Cells> rows = {{"\xEF\xBB\xBF"
                                    "a",
                                    "b", "c"},
                                   {"plain", "with, comma", "with \"quotes\""},
                                   {"two\r\nlines", " outer space ", ""},
                                   {"ä;b", "-1", "=x"}};
  for (const char separator : {',', ';'}) {
    std::string text;
    for (const Cells& row : rows) AppendCsvRow(row, &text, separator);
    CsvOptions options;
    options.separator = separator;
    const CsvTable table = Parsed(text, options);
    REQUIRE(table.rows.size() == 3);
    CHECK(table.header == rows[0]);
    for (size_t i = 0; i < 3; ++i) CHECK(table.rows[i].cells == rows[i + 1]);
  }
}

}  // namespace
}  // namespace boathouse::crm
