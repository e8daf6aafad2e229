#include "crm/filter.h"

#include <doctest/doctest.h>

#include "crm/crm.h"
#include "crm/page_token.h"

namespace boathouse::crm {
namespace {

using store::Condition;

const model::Object& Account() { return *model::Model::Standard()->Find("account"); }

// The condition in a spelling of its own: fully bracketed prefix form.
std::string Show(const Condition& condition) {
  static constexpr const char* compares[] = {"=",  "!=",  "<",      "<=",  ">",
                                             ">=", "has", "starts", "ends"};
  std::string out = "(";
  switch (condition.kind) {
    case Condition::Kind::kAnd:
      out += "and";
      break;
    case Condition::Kind::kOr:
      out += "or";
      break;
    case Condition::Kind::kNot:
      out += "not";
      break;
    case Condition::Kind::kCompare:
      return out + compares[static_cast<int>(condition.compare)] + " " +
             Account().fields[condition.field].name + " " + model::ToJson(condition.value).Dump() +
             ")";
  }
  for (const Condition& child : condition.children) out += " " + Show(child);
  return out + ")";
}

std::string Parsed(std::string_view text) {
  const Result<Condition> condition = ParseFilter(Account(), text);
  return condition.ok() ? Show(*condition) : condition.error().message;
}

TEST_CASE("filters parse as AIP-160 has it") {
  CHECK(Parsed("") == "(and)");
  CHECK(Parsed("name = \"Acme\"") == R"((= name "Acme"))");
  CHECK(Parsed("name=Acme") == R"((= name "Acme"))");
  CHECK(Parsed("name = 'it\\'s'") == R"((= name "it's"))");
  CHECK(Parsed("number_of_employees >= 10") == "(>= number_of_employees 10)");
  CHECK(Parsed("annual_revenue < -5.5") == R"((< annual_revenue "-5.50"))");
  CHECK(Parsed("created_at > 2026-01-01T10:00:00Z") ==
        R"((> created_at "2026-01-01T10:00:00.000000Z"))");
  // OR binds tighter than AND.
  CHECK(Parsed("industry=a AND industry=b OR industry=c") ==
        R"((and (= industry "a") (or (= industry "b") (= industry "c"))))");
  CHECK(Parsed("industry=a industry=b") == R"((and (= industry "a") (= industry "b")))");
  CHECK(Parsed("NOT (industry=a OR industry=b) AND -industry=c") ==
        R"((and (not (or (= industry "a") (= industry "b"))) (not (= industry "c"))))");
  CHECK(Parsed("parent_id = null") == "(= parent_id null)");
  CHECK(Parsed("parent_id != NULL") == "(!= parent_id null)");
  CHECK(Parsed("name : acme") == R"((has name "acme"))");
  CHECK(Parsed("phone:*") == "(!= phone null)");
  CHECK(Parsed("type:customer") == R"((= type "customer"))");
  CHECK(Parsed("name = \"Ac*\"") == R"((starts name "Ac"))");
  CHECK(Parsed("name != \"*me\"") == R"((not (ends name "me")))");
  CHECK(Parsed("name = \"*cm*\"") == R"((has name "cm"))");
  CHECK(Parsed("acme").find("(or (has name \"acme\")") == 0);
}

TEST_CASE("what is wrong is named with its place and a way out") {
  CHECK(Parsed("nmae = 1") ==
        "filter, character 1: account has no field \"nmae\"; did you mean \"name\"?");
  CHECK(Parsed("territory = x").find("did you mean \"territory_id\"?") != std::string::npos);
  CHECK(Parsed("name = ") == "filter, character 8: expected a value behind =, found \"the end\"");
  CHECK(Parsed("name = \"abc").find("no closing quote") != std::string::npos);
  CHECK(Parsed("(name = a").find("expected )") != std::string::npos);
  CHECK(Parsed("name = a)").find("expected AND, OR or the end") != std::string::npos);
  CHECK(Parsed("name = a AND").find("expected a field name") != std::string::npos);
  CHECK(Parsed("AND").find("expected a field name") != std::string::npos);
  CHECK(Parsed("type = gold").find("must be one of: prospect, customer") != std::string::npos);
  CHECK(Parsed("type > customer").find("has no order") != std::string::npos);
  CHECK(Parsed("number_of_employees = many").find("integer") != std::string::npos);
  CHECK(Parsed("name < null").find("only be compared") != std::string::npos);
  CHECK(Parsed("name ! a").find("write !=") != std::string::npos);
  CHECK(Parsed("a, b").find("comma") != std::string::npos);
  CHECK(Parsed(std::string("name = a\0b", 10)).find("NUL") != std::string::npos);
  CHECK(Parsed("name = \xFF").find("UTF-8") != std::string::npos);
}

TEST_CASE("depth, terms and length have limits") {
  CHECK(Parsed(std::string(10'000, '(')).find("at most 50 deep") != std::string::npos);
  CHECK(Parsed(std::string(40, '(') + "name=a" + std::string(40, ')')) == R"((= name "a"))");
  std::string terms = "name=a";
  for (size_t i = 0; i < filter_terms_max; ++i) terms += " name=a";
  CHECK(Parsed(terms).find("at most 500 terms") != std::string::npos);
  CHECK(Parsed(std::string(filter_chars_max + 1, 'x')).find("at most") != std::string::npos);
}

TEST_CASE("orders parse, and refuse what has no order") {
  const auto orders = ParseOrderBy(Account(), " name desc , created_at");
  REQUIRE(orders.ok());
  REQUIRE(orders->size() == 2);
  CHECK((*orders)[0].descending);
  CHECK_FALSE((*orders)[1].descending);
  CHECK(ParseOrderBy(Account(), "  ")->empty());
  for (const std::string wrong :
       {"nope", "name down", "name,", "name, name desc", "description",
        "name,type,industry,rating,phone,website,version,id,billing_city"}) {
    CAPTURE(wrong);
    const auto refused = ParseOrderBy(Account(), wrong);
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().fields.at(0).field == "order_by");
  }
}

TEST_CASE("page tokens hold for their own list only") {
  const Json position = Json::Object({{"i", "x"}});
  const std::string token = MakePageToken("secret", "list", position);
  CHECK(*ReadPageToken("secret", "list", token) == position);
  CHECK_FALSE(ReadPageToken("secret", "other", token).ok());
  CHECK_FALSE(ReadPageToken("other", "list", token).ok());
  for (size_t i = 0; i < token.size(); ++i) {
    std::string damaged = token;
    damaged[i] = damaged[i] == 'A' ? 'B' : 'A';
    CHECK_FALSE(ReadPageToken("secret", "list", damaged).ok());
  }
  for (const std::string& wrong : {std::string(), std::string("abc"), std::string(100'000, 'A')}) {
    CHECK(ReadPageToken("secret", "list", wrong).error().fields.at(0).field == "page_token");
  }
}

}  // namespace
}  // namespace boathouse::crm
