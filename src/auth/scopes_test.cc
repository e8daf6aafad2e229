#include "auth/scopes.h"

#include <doctest/doctest.h>

namespace boathouse::auth {
namespace {

const model::Model& Standard() {
  static const std::shared_ptr<const model::Model> standard = model::Model::Standard();
  return *standard;
}

Json List(std::initializer_list<const char*> names) {
  Json list = Json::Array();
  for (const char* name : names) list.Append(name);
  return list;
}

Scopes Of(std::initializer_list<const char*> names) {
  const Result<Scopes> parsed = Scopes::Parse(List(names), Standard(), "/scopes");
  REQUIRE(parsed.ok());
  return *parsed;
}

std::string Refused(const Json& list) {
  const Result<Scopes> parsed = Scopes::Parse(list, Standard(), "/scopes");
  REQUIRE_FALSE(parsed.ok());
  CHECK(parsed.error().kind == ErrorKind::kInvalid);
  return parsed.error().fields.at(0).field + " " + parsed.error().fields.at(0).code;
}

TEST_CASE("a scope allows its action on its object, and reading what it touches") {
  const Scopes narrow = Of({"accounts:write", "contacts:read", "leads:export"});
  CHECK(narrow.Allows("accounts", ScopeAction::kWrite));
  CHECK(narrow.Allows("accounts", ScopeAction::kRead));
  CHECK_FALSE(narrow.Allows("accounts", ScopeAction::kExport));
  CHECK(narrow.Allows("contacts", ScopeAction::kRead));
  CHECK_FALSE(narrow.Allows("contacts", ScopeAction::kWrite));
  CHECK(narrow.Allows("leads", ScopeAction::kRead));
  CHECK(narrow.Allows("leads", ScopeAction::kExport));
  CHECK_FALSE(narrow.Allows("leads", ScopeAction::kWrite));
  CHECK_FALSE(narrow.Allows("users", ScopeAction::kRead));
  CHECK_FALSE(narrow.AllowsAll(ScopeAction::kRead));
  CHECK_FALSE(narrow.AllowsAdmin());
}

TEST_CASE("a general scope allows its action on every object, and nothing else") {
  CHECK(Of({"read"}).Allows("anything_later", ScopeAction::kRead));
  CHECK_FALSE(Of({"read"}).Allows("accounts", ScopeAction::kWrite));
  CHECK_FALSE(Of({"read"}).Allows("accounts", ScopeAction::kExport));
  CHECK(Of({"write"}).AllowsAll(ScopeAction::kRead));
  CHECK_FALSE(Of({"write", "export"}).AllowsAdmin());
  for (const ScopeAction action : {ScopeAction::kRead, ScopeAction::kWrite, ScopeAction::kExport}) {
    CHECK(Of({"admin"}).Allows("accounts", action));
    CHECK(Scopes::Everything().AllowsAll(action));
    CHECK_FALSE(Scopes().Allows("accounts", action));
  }
  CHECK(Of({"admin"}).AllowsAdmin());
  CHECK_FALSE(Scopes().AllowsAdmin());
}

TEST_CASE("scopes are kept sorted, each once, without those another includes") {
  using Names = std::vector<std::string>;
  CHECK(Of({"write", "accounts:write", "read", "write"}).names() == Names{"write"});
  CHECK(Of({"leads:write", "leads:read", "contacts:read"}).names() ==
        Names{"contacts:read", "leads:write"});
  CHECK(Of({"read", "leads:write"}).names() == Names{"leads:write", "read"});
  CHECK(Of({"accounts:read", "admin"}).names() == Names{"admin"});
  const Scopes some = Of({"leads:write", "export"});
  CHECK(Scopes::FromStored(some.ToJson()) == some);
}

TEST_CASE("what is no scope is refused by its place") {
  CHECK(Refused("read") == "/scopes wrong_type");
  CHECK(Refused(Json()) == "/scopes wrong_type");
  CHECK(Refused(Json::Array()) == "/scopes required");
  CHECK(Refused(Json::Array({"read", 7})) == "/scopes/1 wrong_type");
  for (const char* name : {"", ":", "Read", "read ", "everything", "account:read", "accounts:",
                           "accounts:admin", ":read", "accounts:read:x", "*", "a\nb"}) {
    CHECK(Refused(Json::Array({"read", name})) == "/scopes/1 not_found");
  }
  Json many = Json::Array();
  for (size_t i = 0; i <= scopes_max; ++i) many.Append("read");
  CHECK(Refused(many) == "/scopes out_of_range");
}

TEST_CASE("a stored scope that is not understood allows nothing") {
  const Scopes odd = Scopes::FromStored(List({"accounts:fly", "", ":", "x", "y:z"}));
  CHECK_FALSE(odd.Allows("accounts", ScopeAction::kRead));
  CHECK_FALSE(odd.Allows("", ScopeAction::kRead));
  CHECK_FALSE(odd.AllowsAdmin());
  CHECK_FALSE(Scopes::FromStored(Json()).AllowsAll(ScopeAction::kRead));
}

TEST_CASE("every known scope can be given") {
  const std::vector<std::string> known = KnownScopes(Standard());
  CHECK(known.size() == 4 + 3 * Standard().objects().size());
  for (const std::string& name : known) {
    CHECK(Scopes::Parse(Json::Array({name}), Standard(), "/scopes").ok());
  }
}

}  // namespace
}  // namespace boathouse::auth
