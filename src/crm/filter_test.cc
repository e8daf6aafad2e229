#include "crm/filter.h"

#include <doctest/doctest.h>

#include "crm/crm.h"
#include "crm/page_token.h"

namespace boathouse::crm {
namespace {

using store::Condition;

const model::Object& Account() { return *model::Model::Standard()->Find("account"); }

std::string ShowField(const Condition& condition) {
  std::string name;
  const model::Object* object = &Account();
  for (const store::Step& step : condition.path) {
    name += object->fields[step.relation].name + (step.visible != nullptr ? "?." : ".");
    object = step.object;
  }
  return name + object->fields[condition.field].name;
}

std::string ShowLiteral(const Condition& condition) {
  if (condition.compare != Condition::Compare::kIn) return model::ToJson(condition.value).Dump();
  Json all = Json::Array();
  for (const model::Value& value : condition.values) all.Append(model::ToJson(value));
  return all.Dump();
}

// The condition in a spelling of its own: fully bracketed prefix form.
std::string Show(const Condition& condition) {
  static constexpr const char* compares[] = {
      "=", "!=", "<", "<=", ">", ">=", "has", "starts", "ends", "in", "has_value"};
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
      return out + compares[static_cast<int>(condition.compare)] + " " + ShowField(condition) +
             " " + ShowLiteral(condition) + ")";
  }
  for (const Condition& child : condition.children) out += " " + Show(child);
  return out + ")";
}

std::string Parsed(std::string_view text, const FilterScope& scope = {}) {
  const Result<Condition> condition =
      ParseFilter(*model::Model::Standard(), Account(), text, scope);
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
  CHECK(Parsed("territory = x").find("write territory.name = ") != std::string::npos);
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

TEST_CASE("fields of related records are reached with dots, with or without _id") {
  CHECK(Parsed("territory.name = \"Cleveland\"") == R"((= territory_id.name "Cleveland"))");
  CHECK(Parsed("territory_id.name = Cleveland") == R"((= territory_id.name "Cleveland"))");
  CHECK(Parsed("parent.parent.territory.parent.name:ohio") ==
        R"((has parent_id.parent_id.territory_id.parent_id.name "ohio"))");
  CHECK(Parsed("owner = null") == "(= owner_id null)");
  CHECK(Parsed("parent.territory != null") == "(!= parent_id.territory_id null)");
  CHECK(Parsed("parent.parent.parent.parent.parent.parent.name = a") ==
        "filter, character 1: a field may be at most 5 relations away");
  CHECK(Parsed("territory.nmae = a") ==
        "filter, character 1: territory has no field \"nmae\"; did you mean \"name\"?");
  CHECK(Parsed("name.x = a").find("name is no relation") != std::string::npos);
  CHECK(Parsed("territory..name = a").find("has no field \"\"") != std::string::npos);
  CHECK(Parsed("territory. = a").find("has no field \"\"") != std::string::npos);
  CHECK(Parsed(".name = a").find("has no field \"\"") != std::string::npos);
}

TEST_CASE("a path goes on through a relation, though a text has its name") {
  const model::Object& opportunity = *model::Model::Standard()->Find("opportunity");
  const auto path =
      ReadFieldPath(*model::Model::Standard(), opportunity, "stage.category", {}, "filter", "");
  REQUIRE(path.ok());
  CHECK(path->object->name == "stage");
  const auto own = ReadFieldPath(*model::Model::Standard(), opportunity, "stage", {}, "filter", "");
  REQUIRE(own.ok());
  CHECK(own->steps.empty());
  CHECK(opportunity.fields[own->field].name == "stage");
}

TEST_CASE("relations lead only to what the caller may see") {
  // A model without territories, as a role has it that may not read them.
  std::vector<model::Object> objects;
  for (const model::Object& object : model::Model::Standard()->objects()) {
    if (object.name != "territory") objects.push_back(object);
  }
  const model::Model narrow(objects);
  const auto refused = ParseFilter(narrow, *narrow.Find("account"), "territory.name = a");
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().message.find("which you may not read") != std::string::npos);
  FilterScope scope;
  scope.visible = [](const model::Object& object) -> std::optional<Condition> {
    if (object.name == "user") return std::nullopt;
    return Condition::Where(0, Condition::Compare::kNotEqual, {});
  };
  CHECK(Parsed("parent.owner.name = a", scope) == R"((= parent_id?.owner_id.name "a"))");
}

TEST_CASE("several values stand in parentheses") {
  CHECK(Parsed("type = (customer OR \"partner\")") == R"((in type ["customer","partner"]))");
  CHECK(Parsed("type != (customer OR partner)") == R"((not (in type ["customer","partner"])))");
  CHECK(Parsed("type = (customer)") == R"((= type "customer"))");
  CHECK(Parsed("type = (customer OR null)") == R"((in type ["customer",null]))");
  CHECK(Parsed("name = (\"A*\" OR B)") == R"((or (starts name "A") (= name "B")))");
  CHECK(Parsed("name:(a AND b)") == R"((and (has name "a") (has name "b")))");
  CHECK(Parsed("territory.name = (a OR b)") == R"((in territory_id.name ["a","b"]))");
  CHECK(Parsed("type = (customer OR gold)").find("one of") != std::string::npos);
  CHECK(Parsed("name = (a OR b AND c)").find("either by OR or by AND") != std::string::npos);
  CHECK(Parsed("name = (a b)").find("expected OR, AND or )") != std::string::npos);
  CHECK(Parsed("name = ()").find("expected a value") != std::string::npos);
  CHECK(Parsed("name = ((a))").find("expected a value") != std::string::npos);
  CHECK(Parsed("number_of_employees > (1 OR 2)").find("several values") != std::string::npos);
  CHECK(Parsed("type IN (customer)").find("write type = (\"a\" OR \"b\")") != std::string::npos);
}

TEST_CASE("me and relative days are filled in for who asks, and when") {
  FilterScope scope;
  scope.me = Id::Parse("01890000-0000-7000-8000-000000000001");
  scope.now = ParseDateTime("2026-11-24T10:00:00Z");
  CHECK(Parsed("owner = me", scope) == R"((= owner_id "01890000-0000-7000-8000-000000000001"))");
  CHECK(Parsed("owner.id = me", scope) ==
        R"((= owner_id.id "01890000-0000-7000-8000-000000000001"))");
  CHECK(Parsed("owner != me", scope).find("(!= owner_id") == 0);
  CHECK(Parsed("name = me", scope) == R"((= name "me"))");
  CHECK(Parsed("parent = me", scope).find("must be an id") != std::string::npos);
  CHECK(Parsed("owner = \"me\"", scope).find("must be an id") != std::string::npos);
  CHECK(Parsed("owner = me").find("nobody in particular") != std::string::npos);

  CHECK(
      Parsed("created_at = today", scope) ==
      R"((and (>= created_at "2026-11-24T00:00:00.000000Z") (< created_at "2026-11-25T00:00:00.000000Z")))");
  CHECK(Parsed("created_at = today()", scope) == Parsed("created_at = today", scope));
  CHECK(Parsed("created_at < this_month", scope) ==
        R"((< created_at "2026-11-01T00:00:00.000000Z"))");
  CHECK(Parsed("created_at <= this_month", scope) ==
        R"((< created_at "2026-12-01T00:00:00.000000Z"))");
  CHECK(Parsed("created_at > last_days(7)", scope) ==
        R"((>= created_at "2026-11-25T00:00:00.000000Z"))");
  CHECK(Parsed("created_at >= 2026-11-01", scope) ==
        R"((>= created_at "2026-11-01T00:00:00.000000Z"))");
  CHECK(Parsed("created_at != 2026-11-01", scope).find("(not (and (>= created_at") == 0);
  CHECK(Parsed("created_at < now", scope) == R"((< created_at "2026-11-24T10:00:00.000000Z"))");
  CHECK(Parsed("created_at < now()", scope) == Parsed("created_at < now", scope));
  CHECK(Parsed("created_at = today").find("cannot stand here") != std::string::npos);
  CHECK(Parsed("created_at < now").find("cannot stand here") != std::string::npos);
  for (const char* wrong :
       {"created_at = last_days", "created_at = last_days(x)", "created_at = last_days(99999)",
        "created_at = last_days(-1)", "created_at = today(3)", "created_at = soon()",
        "name = today()", "created_at = last_days(1", "created_at = last_days(1 2)"}) {
    CAPTURE(wrong);
    CHECK(Parsed(wrong, scope).find("filter, character ") == 0);
  }
}

TEST_CASE("depth, terms and length have limits") {
  CHECK(Parsed("name = (" +
               [] {
                 std::string values = "a";
                 for (int i = 0; i < 1000; ++i) values += " OR a";
                 return values;
               }() +
               ")")
            .find("at most 500 terms") != std::string::npos);
  CHECK(Parsed("name = " + std::string(10'000, '(')).find("expected a value") != std::string::npos);
  CHECK(Parsed(std::string(10'000, '-')).find("expected a field name") != std::string::npos);
  CHECK(Parsed(std::string(10'000, '(')).find("at most 50 deep") != std::string::npos);
  CHECK(Parsed(std::string(40, '(') + "name=a" + std::string(40, ')')) == R"((= name "a"))");
  std::string terms = "name=a";
  for (size_t i = 0; i < filter_terms_max; ++i) terms += " name=a";
  CHECK(Parsed(terms).find("at most 500 terms") != std::string::npos);
  CHECK(Parsed(std::string(filter_chars_max + 1, 'x')).find("at most") != std::string::npos);
}

TEST_CASE("orders parse, and refuse what has no order") {
  const auto orders = ParseOrderBy(*model::Model::Standard(), Account(), " name desc , created_at");
  REQUIRE(orders.ok());
  REQUIRE(orders->size() == 2);
  CHECK((*orders)[0].descending);
  CHECK_FALSE((*orders)[1].descending);
  CHECK(ParseOrderBy(*model::Model::Standard(), Account(), "  ")->empty());
  for (const std::string wrong :
       {"nope", "name down", "name,", "name, name desc", "description",
        "name,type,industry,rating,phone,website,version,id,billing_city"}) {
    CAPTURE(wrong);
    const auto refused = ParseOrderBy(*model::Model::Standard(), Account(), wrong);
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().fields.at(0).field == "order_by");
  }
}

TEST_CASE("orders follow one relation; a relation sorts by title") {
  const auto orders = ParseOrderBy(*model::Model::Standard(), Account(),
                                   "territory_id desc, parent.billing_city, owner");
  REQUIRE(orders.ok());
  REQUIRE(orders->size() == 3);
  CHECK((*orders)[0].path.at(0).object->name == "territory");
  CHECK((*orders)[0].path.at(0).object->fields[(*orders)[0].field].name == "name");
  CHECK((*orders)[0].descending);
  CHECK((*orders)[1].path.at(0).object->name == "account");
  CHECK((*orders)[2].path.at(0).object->name == "user");
  for (const char* wrong : {"parent.territory", "parent.territory.name", "parent.nope",
                            "territory, territory.name", "name.x"}) {
    CAPTURE(wrong);
    CHECK_FALSE(ParseOrderBy(*model::Model::Standard(), Account(), wrong).ok());
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
