#include "app/cli.h"

#include <doctest/doctest.h>

namespace boathouse::app {
namespace {

int Nothing(const Arguments&) { return 0; }

Verb Greet() {
  return {
      "greet",
      "Says hello.",
      {"WHO"},
      {{"times", "N", "how often"}, {"loud", "", "in capitals"}, {"from", "NAME", "by whom", true}},
      Nothing};
}

Arguments Parsed(const std::vector<std::string>& words) {
  Result<Arguments> arguments = Greet().Parse(words);
  REQUIRE_MESSAGE(arguments.ok(), arguments.error().message);
  return std::move(*arguments);
}

std::string Refusal(const std::vector<std::string>& words) {
  const Result<Arguments> arguments = Greet().Parse(words);
  REQUIRE_FALSE(arguments.ok());
  CHECK(arguments.error().kind == ErrorKind::kInvalid);
  return arguments.error().message;
}

TEST_CASE("values, flags and words in any order") {
  for (const auto& words :
       std::vector<std::vector<std::string>>{{"world", "--from", "me", "--loud", "--times", "3"},
                                             {"--times=3", "--loud", "world", "--from=me"}}) {
    const Arguments arguments = Parsed(words);
    CHECK(arguments.positional() == std::vector<std::string>{"world"});
    CHECK(arguments.Get("from") == "me");
    CHECK(arguments.Has("loud"));
    CHECK(*arguments.GetInteger("times", 1, 0, 9) == 3);
  }
}

TEST_CASE("what is absent has its fallback") {
  const Arguments arguments = Parsed({"world", "--from", "me"});
  CHECK_FALSE(arguments.Has("loud"));
  CHECK(arguments.Get("times", "x") == "x");
  CHECK(*arguments.GetInteger("times", 1, 0, 9) == 1);
}

TEST_CASE("a value may be empty, hold an equals sign or begin with a dash") {
  CHECK(Parsed({"w", "--from="}).Get("from").empty());
  CHECK(Parsed({"w", "--from=a=b"}).Get("from") == "a=b");
  CHECK(Parsed({"w", "--from", "-"}).Get("from") == "-");
}

TEST_CASE("what is wrong is named") {
  CHECK(Refusal({"world"}) == "--from NAME is missing");
  CHECK(Refusal({"--from", "me"}) == "WHO is missing");
  CHECK(Refusal({"a", "b", "--from", "me"}) == "\"b\" is one word too many");
  CHECK(Refusal({"a", "--form", "me"}) == "there is no option --form");
  CHECK(Refusal({"a", "--from", "me", "--from=you"}) == "--from stands twice");
  CHECK(Refusal({"a", "--from"}) == "--from needs a value: --from NAME");
  CHECK(Refusal({"a", "--loud=yes", "--from", "me"}) == "--loud takes no value");
}

TEST_CASE("numbers must be whole and in range") {
  for (const char* text : {"10", "-1", "3x", "", "1.5", "99999999999999999999"}) {
    const Arguments arguments = Parsed({"w", "--from", "me", std::string("--times=") + text});
    const Result<int64_t> number = arguments.GetInteger("times", 1, 0, 9);
    REQUIRE_FALSE_MESSAGE(number.ok(), text);
    CHECK(number.error().message.find("0 to 9") != std::string::npos);
  }
}

TEST_CASE("the usage shows everything") {
  const std::string usage = Greet().Usage();
  CHECK(usage.find("usage: boathouse greet WHO [--times N] [--loud] --from NAME\n") == 0);
  CHECK(usage.find("Says hello.") != std::string::npos);
  CHECK(usage.find("in capitals") != std::string::npos);
}

}  // namespace
}  // namespace boathouse::app
