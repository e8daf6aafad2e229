#include "crm/csv.h"

#include <doctest/doctest.h>

#include "base/json.h"
#include "crm/csv_text.h"

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

// ASCII text as UTF-16.
std::string Wide(std::string_view text, bool big_end, bool marked) {
  std::string wide = !marked ? "" : big_end ? "\xFE\xFF" : "\xFF\xFE";
  for (const char c : text) {
    if (big_end) wide += '\0';
    wide += c;
    if (!big_end) wide += '\0';
  }
  return wide;
}

std::string EncodingOf(std::string_view text) {
  const auto reader = CsvReader::Open(OpenMemory(text));
  REQUIRE_MESSAGE(reader.ok(), reader.error().message);
  return (*reader)->encoding();
}

TEST_CASE("the encoding is found out, or told") {
  CHECK(Parsed("name\nM\xC3\xBCller\n").rows[0].cells[0] == "Müller");
  CHECK(EncodingOf("name\nplain\n") == "utf-8");
  // No byte beyond ASCII is UTF-8, so that all are Windows-1252.
  CHECK(Parsed("name\nM\xFCller \x80 5\n").rows[0].cells[0] == "Müller € 5");
  CHECK(EncodingOf("name\nM\xFCller\n") == "windows-1252");
  CsvOptions latin;
  latin.encoding = "windows-1252";
  CHECK(Parsed("name\nM\xFCller \x80 5\n", latin).rows[0].cells[0] == "Müller € 5");
  CHECK(Parsed("name\nM\xC3\xBCller\n", latin).rows[0].cells[0] == "MÃ¼ller");
  // A byte order mark says UTF-8, whatever the mapping believes.
  CHECK(Parsed("\xEF\xBB\xBFname\nM\xC3\xBCller\n", latin).rows[0].cells[0] == "Müller");
  CsvOptions cyrillic;
  cyrillic.encoding = *EncodingName("KOI8-R");
  CHECK(Parsed("name\n\xF1\xDA\xD9\xCB\n", cyrillic).rows[0].cells[0] == "Язык");
  CHECK_FALSE(EncodingName("klingon"));
  CHECK_FALSE(EncodingName("utf-8//TRANSLIT"));
}

TEST_CASE("UTF-16 is read with and without its mark, in either order") {
  const std::string text = "name;city\r\nAcme;\"Par\r\nma\"\r\n";
  for (const bool big_end : {false, true}) {
    for (const bool marked : {false, true}) {
      const CsvTable table = Parsed(Wide(text, big_end, marked));
      CHECK(table.header == Cells{"name", "city"});
      REQUIRE(table.rows.size() == 1);
      CHECK(table.rows[0].cells == Cells{"Acme", "Par\r\nma"});
      CHECK(EncodingOf(Wide(text, big_end, marked)) == (big_end ? "utf-16be" : "utf-16le"));
    }
  }
  // A character of two units, cut in its middle.
  const std::string emoji(
      "\xFF\xFE"
      "a\0\n\0\x3D\xD8\x80\xDE",
      10);
  CHECK(Parsed(emoji).rows[0].cells[0] == "\xF0\x9F\x9A\x80");
  CHECK(Refusal(std::string_view(emoji).substr(0, 8)).find("torn") != std::string::npos);
}

TEST_CASE("one damaged byte in UTF-8 is told, not taken for another encoding") {
  CHECK(Refusal("name,city\nM\xC3\xBCller,ok\nBeta,M\xFCller\n")
            .find("line 3, column 2: not UTF-8") == 0);
  CHECK(Refusal("a,b\nM\xC3\xBCller,x\xC3").find("line 2, column 2: the file ends within") == 0);
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
  CHECK(Refusal(std::string_view("a\nx\n\0y\n", 7)).find("line 3, column 1: a NUL") == 0);
  CHECK(Refusal("a,b\n1,2\n3,\"torn\nx\n").find("line 3, column 2: a quoted cell begins") == 0);
  CHECK(Refusal("a,b\n\"x\"y,2\n").find("line 2, column 1") == 0);
  CHECK(Refusal(std::string_view("a,b,c\n1,2\0,3\n", 13)).find("(in \"b\")") != std::string::npos);
}

TEST_CASE("a file that breaks off within its last line is refused") {
  CHECK(Refusal("a,b,c\n1,2,3\n4,5").find("line 3, column 2: the file ends here") == 0);
  CHECK(Parsed("a,b,c\n1,2,3\n4,5,").rows.size() ==
        2);  // nothing tells that the last cell was longer
  CHECK(Parsed("a,b,c\n1,2,3\n4,5\n").rows.size() == 2);
}

TEST_CASE("a header that stands twice is refused, where it is one") {
  CHECK(Refusal("a,b\n1,2\n a,b \n3,4\n").find("line 3: the header stands here a second") == 0);
  CHECK(Parsed("a\na\nb\n").rows.size() == 2);
  CHECK(Parsed("a,b\na,c\n").rows.size() == 1);
}

TEST_CASE("a big file is read in pieces, wherever they are cut") {
  // Longer than a piece of the decoder, with quotes, line breaks and wide characters all over.
  std::string text = "number,note\r\n";
  for (int i = 0; i < 40'000; ++i) {
    text += std::to_string(i) + ",\"line \"\"" + std::to_string(i) + "\"\"\r\nM\xC3\xBCller\"\r\n";
  }
  const CsvTable table = Parsed(text);
  REQUIRE(table.rows.size() == 40'000);
  for (size_t i = 0; i < table.rows.size(); i += 997) {
    CHECK(table.rows[i].line == 2 + 2 * i);
    CHECK(table.rows[i].cells ==
          Cells{std::to_string(i), "line \"" + std::to_string(i) + "\"\r\nM\xC3\xBCller"});
  }
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
