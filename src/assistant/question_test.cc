// Runs the golden questions of tests/golden/questions.txt.

#include <doctest/doctest.h>

#include <fstream>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "assistant/question_parser.h"
#include "base/bytes.h"
#include "base/clock.h"

namespace boathouse::assistant {
namespace {

constexpr char questions_path[] = "tests/golden/questions.txt";
constexpr char model_path[] = "tests/golden/semantic.json";

std::string ReadFile(const char* path) {
  std::ifstream file(path, std::ios::binary);
  REQUIRE_MESSAGE(file.good(), "run this test in the repository's folder: no ", path);
  std::ostringstream text;
  text << file.rdbuf();
  return std::move(text).str();
}

std::shared_ptr<const sources::SemanticModel> MartModel() {
  const Result<Json> document = Json::Parse(ReadFile(model_path));
  REQUIRE(document.ok());
  Result<sources::SemanticModel> model = sources::ParseSemanticModel(*document);
  REQUIRE(model.ok());
  return std::make_shared<const sources::SemanticModel>(std::move(model).value());
}

std::vector<std::string> SplitList(std::string_view text, std::string_view separator) {
  std::vector<std::string> parts;
  while (true) {
    const size_t at = text.find(separator);
    parts.emplace_back(TrimAscii(text.substr(0, at)));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + separator.size());
  }
}

struct GoldenFile {
  int32_t today = 0;
  std::vector<DimensionValues> values;
  struct Case {
    std::string question;
    bool goes_on = false;
    bool refused = false;
    std::string expected;
  };
  std::vector<Case> cases;
};

GoldenFile ReadGolden() {
  GoldenFile golden;
  std::istringstream lines(ReadFile(questions_path));
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line[0] == '#') continue;
    const std::string rest = line.substr(line.find(' ') + 1);
    if (line.starts_with("today ")) {
      golden.today = ParseDate(rest).value();
    } else if (line.starts_with("value ")) {
      const size_t space = rest.find(' ');
      golden.values.push_back({rest.substr(0, space), SplitList(rest.substr(space + 1), "|")});
    } else if (line[0] == 'Q' || line[0] == '+') {
      golden.cases.push_back({rest, line[0] == '+', false, ""});
    } else {
      REQUIRE_FALSE(golden.cases.empty());
      golden.cases.back().refused = line[0] == '!';
      golden.cases.back().expected = rest;
    }
  }
  return golden;
}

// "" when the parse is as expected, else what it was.
std::string Difference(const GoldenFile::Case& golden, const Result<SemanticQuery>& parsed) {
  if (parsed.ok()) {
    const std::string text = QueryText(*parsed);
    return !golden.refused && text == golden.expected ? "" : "became: " + text;
  }
  const Error& error = parsed.error();
  if (!golden.refused) return "was refused: " + error.message;
  if (error.kind != ErrorKind::kInvalid || error.fields.empty()) return "wrong kind of error";
  for (const std::string& word : SplitList(golden.expected, ",")) {
    if (error.message.find(word) == std::string::npos) return "says only: " + error.message;
  }
  return "";
}

TEST_CASE("the golden questions become the golden queries") {
  const GoldenFile golden = ReadGolden();
  const Vocabulary vocabulary(MartModel(), golden.values);
  size_t answered = 0;
  size_t right = 0;
  std::optional<SemanticQuery> previous;
  for (const GoldenFile::Case& one : golden.cases) {
    ParseContext context{&vocabulary, golden.today, std::nullopt};
    if (one.goes_on) context.previous = previous;
    const Result<SemanticQuery> parsed = ParseQuestion(one.question, context);
    const std::string difference = Difference(one, parsed);
    CHECK_MESSAGE(difference.empty(), one.question, "\n  ", difference,
                  "\n  expected: ", one.expected);
    previous = parsed.ok() ? std::optional(*parsed) : std::nullopt;
    answered += parsed.ok() ? 1 : 0;
    right += difference.empty() ? 1 : 0;
  }
  CHECK(golden.cases.size() >= 100);
  MESSAGE(right, " of ", golden.cases.size(), " questions right, ", answered, " answered");
}

TEST_CASE("no question crashes the parser, whatever it is") {
  const GoldenFile golden = ReadGolden();
  const Vocabulary vocabulary(MartModel(), golden.values);
  uint64_t state = 42;
  const auto next = [&state](size_t bound) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return static_cast<size_t>(state >> 33) % bound;
  };
  // Words of the golden questions, shuffled into nonsense that uses the grammar.
  std::vector<std::string> words;
  for (const GoldenFile::Case& one : golden.cases) {
    for (const std::string& word : SplitList(one.question, " ")) words.push_back(word);
  }
  for (int round = 0; round < 20'000; ++round) {
    std::string question;
    for (size_t i = next(12); i > 0; --i) question += words[next(words.size())] + " ";
    const Result<SemanticQuery> parsed =
        ParseQuestion(question, {&vocabulary, golden.today, std::nullopt});
    if (parsed.ok()) {
      CHECK_FALSE(parsed->metrics.empty());
    } else {
      CHECK(parsed.error().kind == ErrorKind::kInvalid);
    }
  }
}

}  // namespace
}  // namespace boathouse::assistant
