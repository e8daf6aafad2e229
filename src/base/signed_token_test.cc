#include "base/signed_token.h"

#include <doctest/doctest.h>

#include "base/bytes.h"

namespace boathouse {
namespace {

TEST_CASE("a token gives back what was put into it, for its own secret and purpose only") {
  const Json body = Json::Object({{"at", 17}, {"name", "Söhne & \"Co\""}});
  const std::string token = MakeSignedToken("secret", "list:/shares", body);
  const auto read = ReadSignedToken("secret", "list:/shares", token);
  REQUIRE(read.has_value());
  CHECK(*read == body);
  CHECK(token.find_first_of("+/=") == std::string::npos);
  CHECK(MakeSignedToken("secret", "list:/shares", body) == token);
  CHECK_FALSE(ReadSignedToken("other", "list:/shares", token).has_value());
  CHECK_FALSE(ReadSignedToken("secret", "list:/tables", token).has_value());
  CHECK_FALSE(ReadSignedToken("secret", "", token).has_value());
  // Purpose and body cannot be shifted into each other.
  const std::string shifted = MakeSignedToken("secret", "list", Json(1));
  CHECK_FALSE(ReadSignedToken("secret", "list1", shifted).has_value());
}

TEST_CASE("no changed or made-up token is read") {
  const Json body = Json::Object({{"at", 17}});
  const std::string token = MakeSignedToken("secret", "p", body);
  for (size_t i = 0; i < token.size(); ++i) {
    std::string changed = token;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    CHECK_FALSE(ReadSignedToken("secret", "p", changed).has_value());
    CHECK_FALSE(ReadSignedToken("secret", "p", token.substr(0, i)).has_value());
  }
  CHECK_FALSE(ReadSignedToken("secret", "p", token + "AAAA").has_value());
  for (const char* other : {"", "A", "not base64!", "AAAAAAAAAAAAAAAAAAAAAA", "{\"at\":17}"}) {
    CHECK_FALSE(ReadSignedToken("secret", "p", other).has_value());
  }
  const Json large = Json(std::string(signed_token_chars_max, 'x'));
  CHECK_FALSE(ReadSignedToken("secret", "p", MakeSignedToken("secret", "p", large)).has_value());
}

}  // namespace
}  // namespace boathouse
