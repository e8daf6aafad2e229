#include "surfaces/rest/input.h"

#include <doctest/doctest.h>

#include "model/change.h"
#include "surfaces/rest/multipart.h"

namespace boathouse::rest {
namespace {

http::Request WithHeader(const char* name, const char* value) {
  http::Request request;
  request.headers.Add(name, value);
  return request;
}

// An object with that many custom fields.
model::Object ObjectWith(int custom) {
  model::Object object = *model::Model::Standard()->Find("account");
  for (int i = 0; i < custom; ++i) {
    model::Field field;
    field.column_id = model::custom_column_id_min + i;
    object.fields.push_back(field);
  }
  return object;
}

TEST_CASE("entity tags are read as RFC 9110 has them") {
  const model::Object object = ObjectWith(0);
  const auto match = [&](const char* value, bool strongly) {
    const auto tags = ReadEntityTags(WithHeader("If-Match", value), "If-Match");
    REQUIRE(tags.ok());
    REQUIRE(tags->has_value());
    return strongly ? (*tags)->MatchVersion(object, 3) : (*tags)->MatchRepresentation(object, 3);
  };
  CHECK(match("\"3\"", true));
  CHECK(match(" \"1\" ,\t\"3\" ", true));
  CHECK(match("*", true));
  CHECK_FALSE(match("W/\"3\"", true));
  CHECK(match("W/\"3\"", false));
  CHECK_FALSE(match("\"33\"", true));
  CHECK_FALSE(match("\"3-1\"", true));
  CHECK_FALSE(match("\"\"", true));
  for (const char* bad :
       {"3", "\"3", "\"3\" \"4\"", "w/\"3\"", "**", "", ",", "\"a b\"", "\"3\"x"}) {
    CAPTURE(bad);
    CHECK_FALSE(ReadEntityTags(WithHeader("If-Match", bad), "If-Match").ok());
  }
  CHECK_FALSE(ReadEntityTags(http::Request(), "If-Match")->has_value());
  std::string many;
  for (int i = 0; i < 1000; ++i) many += "\"1\",";
  CHECK_FALSE(ReadEntityTags(WithHeader("If-Match", many.c_str()), "If-Match").ok());
}

TEST_CASE("a custom field makes another representation of the same version") {
  const model::Object object = ObjectWith(2);
  CHECK(EntityTagOf(ObjectWith(0), 3) == "\"3\"");
  CHECK(EntityTagOf(object, 3) == "\"3-2\"");
  // As a role sees it, with a field hidden: other fields, another tag.
  const auto without = [&](size_t field) {
    model::Object seen = object;
    seen.whole = &object;
    seen.fields.erase(seen.fields.begin() + static_cast<std::ptrdiff_t>(field));
    return seen;
  };
  const std::string hidden = EntityTagOf(without(0), 3);
  CHECK(hidden.starts_with("\"3-2."));
  CHECK(hidden != EntityTagOf(without(1), 3));
  CHECK(hidden == EntityTagOf(without(0), 3));
  const auto tags = [](const char* value) {
    return **ReadEntityTags(WithHeader("If-Match", value), "If-Match");
  };
  CHECK(tags("\"3-2\"").MatchRepresentation(object, 3));
  CHECK(tags("W/\"3-2\"").MatchRepresentation(object, 3));
  CHECK_FALSE(tags("\"3\"").MatchRepresentation(object, 3));
  CHECK_FALSE(tags("\"3-1\"").MatchRepresentation(object, 3));
  CHECK(tags("\"3-2\"").MatchVersion(object, 3));
  CHECK(tags("\"3\"").MatchVersion(object, 3));
  CHECK_FALSE(tags("\"3-1\"").MatchVersion(object, 3));
  CHECK_FALSE(tags("W/\"3-2\"").MatchVersion(object, 3));
}

TEST_CASE("media types are told without their parameters") {
  CHECK(MediaType(WithHeader("Content-Type", " Application/JSON ;charset=utf-8")) ==
        "application/json");
  CHECK(MediaType(http::Request()).empty());
}

TEST_CASE("names are split at commas, empty ones too") {
  http::Request request;
  CHECK(ReadNames(request, "expand").empty());
  request.query = {{"expand", "a, b,,c"}, {"objects", ""}};
  CHECK(ReadNames(request, "expand") == std::vector<std::string_view>{"a", "b", "", "c"});
  CHECK(ReadNames(request, "objects") == std::vector<std::string_view>{""});
}

constexpr std::string_view form_type = "multipart/form-data; boundary=\"x y\"; charset=utf-8";

TEST_CASE("a form is split into its parts") {
  const std::string body =
      "preamble\r\n--x y\r\n"
      "Content-Disposition: form-data; name=\"mapping\"\r\n\r\n{}\r\n"
      "--x y\r\n"
      "content-type: text/csv\r\n"
      "CONTENT-DISPOSITION: form-data; filename=\"C:\\\\data\\\\a;b.csv\"; name=file\r\n\r\n"
      "name\r\n--x\r\nAcme\r\n"
      "--x y\r\nContent-Disposition: form-data; name=\"empty\"\r\n\r\n\r\n"
      "--x y--\r\nepilogue";
  const auto parts = ParseForm(form_type, body);
  REQUIRE(parts.ok());
  REQUIRE(parts->size() == 3);
  CHECK((*parts)[0].name == "mapping");
  CHECK((*parts)[0].content == "{}");
  CHECK((*parts)[0].file_name.empty());
  CHECK((*parts)[1].name == "file");
  CHECK((*parts)[1].file_name == "a;b.csv");
  CHECK((*parts)[1].content == "name\r\n--x\r\nAcme");
  CHECK((*parts)[2].content.empty());
}

TEST_CASE("a torn or misshapen form is refused at every length") {
  const std::string body =
      "--x y\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\none\r\n"
      "--x y\r\nContent-Disposition: form-data; name=\"b\"\r\n\r\ntwo\r\n--x y--";
  REQUIRE(ParseForm(form_type, body).ok());
  for (size_t length = 0; length < body.size(); ++length) {
    CAPTURE(length);
    CHECK_FALSE(ParseForm(form_type, std::string_view(body).substr(0, length)).ok());
  }
  CHECK_FALSE(ParseForm("multipart/form-data", body).ok());
  CHECK_FALSE(ParseForm("multipart/form-data; boundary=", body).ok());
  CHECK_FALSE(ParseForm("multipart/form-data; boundary=" + std::string(71, 'x'), body).ok());
  CHECK_FALSE(ParseForm(form_type, "--x y\r\n\r\nno name\r\n--x y--").ok());
  std::string many;
  for (size_t i = 0; i <= form_parts_max; ++i) {
    many += "--x y\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n";
  }
  CHECK_FALSE(ParseForm(form_type, many + "--x y--").ok());
}

}  // namespace
}  // namespace boathouse::rest
