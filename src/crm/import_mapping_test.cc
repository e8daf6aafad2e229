#include "crm/import_mapping.h"

#include <doctest/doctest.h>

namespace boathouse::crm {
namespace {

Json FromText(std::string_view text) {
  Result<Json> json = Json::Parse(text);
  REQUIRE_MESSAGE(json.ok(), json.error().message);
  return std::move(*json);
}

Result<std::vector<Mapping>> Parse(std::string_view text, const std::string& object = "") {
  return ParseMappings(FromText(text), *model::Model::Standard(), object);
}

// The pointers of all errors, one a line.
std::string Wrong(std::string_view text) {
  const Result<std::vector<Mapping>> parsed = Parse(text);
  REQUIRE_FALSE(parsed.ok());
  CHECK(parsed.error().kind == ErrorKind::kInvalid);
  std::string pointers;
  for (const FieldError& error : parsed.error().fields) {
    CHECK_FALSE(error.detail.empty());
    pointers += (pointers.empty() ? "" : "\n") + error.field;
  }
  return pointers;
}

TEST_CASE("a mapping names columns, fields and ways between them") {
  const Result<std::vector<Mapping>> parsed = Parse(R"({
    "object": "opportunities", "key": "external_id", "separator": ";", "encoding": "latin-1",
    "columns": {
      "id": "external_id",
      "who": {"field": "owner_id", "lookup": {"object": "user", "by": "email", "missing": "empty"}},
      "closed": {"field": "close_date", "format": "d.m.yyyy"},
      "value": [{"field": "amount", "multiply": "0.5"}, "description"]
    },
    "templates": {"name": "{id}: {what}"},
    "constants": {"stage": "won"},
    "ignore": ["x"]
  })");
  REQUIRE_MESSAGE(parsed.ok(), parsed.error().message);
  REQUIRE(parsed->size() == 1);
  const Mapping& mapping = parsed->front();
  CHECK(mapping.object->name == "opportunity");
  CHECK(mapping.object->fields[mapping.key].name == "external_id");
  CHECK(mapping.csv.separator == ';');
  CHECK(mapping.csv.encoding == "windows-1252");
  REQUIRE(mapping.targets.size() == 5);
  CHECK(mapping.targets[1].lookup->missing == Lookup::Missing::kEmpty);
  CHECK(mapping.targets[3].multiply->ToString() == "0.50");
  CHECK(mapping.targets[4].column == "value");
  for (const char* column : {"id", "who", "closed", "value", "what", "x"}) {
    CHECK_MESSAGE(mapping.Knows(column), column);
  }
  CHECK_FALSE(mapping.Knows("y"));
}

TEST_CASE("the object may come from outside") {
  CHECK(Parse(R"({"key": "name", "columns": {"n": "name"}})", "account").ok());
  CHECK(Wrong(R"({"key": "name", "columns": {"n": "name"}})") == "/object");
  CHECK(Wrong(R"({"object": "ship", "key": "name", "columns": {}})") == "/object");
}

TEST_CASE("each wrong member is named, all at once") {
  CHECK(Wrong(R"({"object": "account", "key": "name", "colums": {}, "columns": {"a": "name"}})") ==
        "/colums");
  CHECK(Wrong(R"({"object": "account", "columns": {"a": "name"}})") == "/key");
  CHECK(Wrong(R"({"object": "account", "key": "nam", "columns": {"a": "name"}})") == "/key");
  CHECK(Wrong(R"({"object": "account", "key": "phone", "columns": {"a": "name"}})") == "/key");
  CHECK(Wrong(R"({"object": "account", "key": "name", "columns": []})") == "/columns\n/key");
  CHECK(Wrong(R"({"object": "account", "key": "name", "columns": {
          "a": "name", "b": "nmae", "c": "id", "d": "name", "e": 5, "f/g": {"field": "x"}}})") ==
        "/columns/b\n/columns/c\n/columns/d\n/columns/e\n/columns/f~1g/field");
}

TEST_CASE("conversions must fit the field") {
  CHECK(Wrong(R"({"object": "account", "key": "name", "columns": {
          "a": {"field": "name", "format": "dd-mm-yy"},
          "b": {"field": "phone", "multiply": 2},
          "c": {"field": "annual_revenue", "multiply": "much"},
          "d": {"field": "website", "lookup": {"object": "user"}},
          "e": "parent_id",
          "f": {"field": "industry", "values": {"a": 1}, "default": 2}}})") ==
        "/columns/a/format\n/columns/b/multiply\n/columns/c/multiply\n/columns/d/lookup\n"
        "/columns/e\n/columns/f/values/a\n/columns/f/default");
  CHECK(Wrong(R"({"object": "opportunity", "key": "name", "columns": {
          "a": "name", "b": {"field": "close_date", "format": "dd-mm"}}})") == "/columns/b/format");
}

TEST_CASE("lookups must name the object the field points to") {
  CHECK(Wrong(R"({"object": "account", "key": "name", "columns": {
          "a": "name",
          "b": {"field": "parent_id", "lookup": {"object": "user", "by": "name"}},
          "c": {"field": "territory_id", "lookup": {"by": "colour"}},
          "d": {"field": "owner_id", "lookup": {"missing": "guess"}}}})") ==
        "/columns/b/lookup/object\n/columns/c/lookup/by\n/columns/d/lookup/missing");
  CHECK(Wrong(R"({"object": "activity", "key": "subject", "columns": {
          "a": "subject",
          "b": {"field": "contact_id", "lookup": {"by": "name", "missing": "create"}}}})") ==
        "/columns/b/lookup/missing");
}

TEST_CASE("templates, constants, separators and files are checked") {
  CHECK(Wrong(R"({"object": "account", "key": "name", "columns": {"a": "name"},
          "templates": {"phone": "{a", "website": [], "parent_id": "{a}"},
          "constants": {"type": "enemy", "number_of_employees": "many"},
          "separator": "ab", "encoding": "ebcdic", "file": "../x.csv", "ignore": "a"})") ==
        "/file\n/separator\n/encoding\n/templates/phone\n/templates/website\n/templates/parent_id\n"
        "/constants/type\n/constants/number_of_employees\n/ignore");
}

TEST_CASE("several files in one mapping") {
  const std::string_view one =
      R"({"file": "a.csv", "object": "account", "key": "name", "columns": {"n": "name"}})";
  const std::string two = "{\"imports\": [" + std::string(one) + "," + std::string(one) + "]}";
  REQUIRE(Parse(two).ok());
  CHECK(Parse(two)->size() == 2);
  CHECK(Wrong(R"({"imports": []})") == "/imports");
  CHECK(Wrong(R"({"imports": [5], "extra": 1})") == "/extra\n/imports/0\n/imports/0/file");
  CHECK(Wrong(R"({"imports": [{"file": "a.csv", "object": "account", "key": "name",
                               "columns": {"n": "nmae"}}]})") ==
        "/imports/0/columns/n\n/imports/0/key");
}

std::string Read(std::string_view pattern, std::string_view text) {
  const Result<DateFormat> format = DateFormat::Parse(pattern);
  REQUIRE_MESSAGE(format.ok(), format.error().message);
  const std::optional<Micros> micros = format->Read(text);
  return micros ? FormatDateTime(*micros).substr(0, 19) : "no";
}

TEST_CASE("dates as files write them") {
  CHECK(Read("dd-mm-yy", "20-10-16") == "2016-10-20T00:00:00");
  CHECK(Read("dd-mm-yy", "20-10-70") == "1970-10-20T00:00:00");
  CHECK(Read("dd-mm-yy", "20-10-69") == "2069-10-20T00:00:00");
  CHECK(Read("m/d/yyyy", "2/29/2024") == "2024-02-29T00:00:00");
  CHECK(Read("d mon yyyy", "3 March 2025") == "2025-03-03T00:00:00");
  CHECK(Read("dd.mm.yyyy HH:MI:SS", "24.12.2025 23:59:59") == "2025-12-24T23:59:59");
  CHECK(Read("yyyymmdd", "20250131") == "2025-01-31T00:00:00");
}

TEST_CASE("texts that are no such date") {
  for (const char* text : {"", "20-10", "20-10-16 ", "2-10-16", "31-02-16", "20-13-16", "20/10/16",
                           "20-10-2016", "ab-10-16"}) {
    CHECK_MESSAGE(Read("dd-mm-yy", text) == "no", text);
  }
  CHECK(Read("d mon yyyy", "3 Ma 2025") == "no");
  CHECK(Read("d mon yyyy", "3 Mai 2025") == "no");
  CHECK(Read("dd.mm.yyyy HH:MI:SS", "24.12.2025 24:00:00") == "no");
  for (const char* pattern : {"", "dd-mm", "dd-dd-yyyy", "dd-mm-mm-yy", "hello"}) {
    CHECK_FALSE_MESSAGE(DateFormat::Parse(pattern).ok(), pattern);
  }
}

}  // namespace
}  // namespace boathouse::crm
