#include "http/entity_tag.h"

#include <doctest/doctest.h>

#include <string>

namespace boathouse::http {
namespace {

TEST_CASE("a tag is found alone, in lists, weak, and by the star") {
  const auto has = [](std::initializer_list<const char*> lines) {
    Request request;
    for (const char* line : lines) request.headers.Add("If-None-Match", line);
    return HasEntityTag(request, "\"abc\"");
  };
  CHECK(has({"\"abc\""}));
  CHECK(has({"W/\"abc\""}));
  CHECK(has({"*"}));
  CHECK(has({"\"x\", \"abc\""}));
  CHECK(has({"\"x\",W/\"abc\" ,\"y\""}));
  CHECK(has({"\"x\"", "\"abc\""}));
  for (const char* other : {"", " , ", "abc", "\"abcd\"", "\"ab\"", "W/", "\"x\", \"y\""}) {
    CHECK_MESSAGE(!has({other}), other);
  }
  CHECK(!has({}));
}

}  // namespace
}  // namespace boathouse::http
