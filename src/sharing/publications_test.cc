#include "sharing/publications.h"

#include <filesystem>

#include "crm/views.h"
#include "sharing/sharing_fixture.h"
#include "tables/definition.h"

namespace boathouse::sharing {
namespace {

struct Fixture : SharingFixture {
  Publications& publications = sharing->publications();

  Result<Publication> Try(const crm::Caller& caller, const std::string& body,
                          const std::string& share = "sales") {
    return publications.CreateTable(caller, share, Json::Parse(body).value());
  }
  // The pointer and code of the first wrong member.
  std::string Wrong(const crm::Caller& caller, const std::string& body) {
    const auto table = Try(caller, body);
    if (table.ok()) return "ok";
    if (table.error().fields.empty()) return std::string(ErrorKindName(table.error().kind));
    return table.error().fields[0].field + " " + table.error().fields[0].code;
  }
  std::string Wrong(const std::string& body) { return Wrong(system, body); }
  Result<Share> Change(const std::string& share, const std::string& patch) {
    return publications.UpdateShare(system, share, Json::Parse(patch).value());
  }
};

TEST_CASE("a share is made, changed, listed and deleted") {
  Fixture fixture;
  const Share made = fixture.MakeShare("sales");
  CHECK(made.with_history);
  CHECK(fixture.Change("SALES", R"({"comment": "x", "with_history": false})").ok());
  const auto shares = fixture.publications.ListShares(fixture.system);
  REQUIRE(shares->size() == 2);
  CHECK((*shares)[0].built_in);
  CHECK((*shares)[0].tables == fixture.crm.model()->objects().size());
  CHECK((*shares)[1].comment == "x");
  CHECK_FALSE((*shares)[1].with_history);
  CHECK(fixture.publications.GetShare(fixture.system, made.id.ToString())->name == "sales");
  CHECK(fixture.Change("sales", R"({"name": "Sales.EU"})").ok());
  CHECK(fixture.publications.GetShare(fixture.system, "sales").error().kind ==
        ErrorKind::kNotFound);
  CHECK(fixture.publications.DeleteShare(fixture.system, "sales.eu").ok());
  CHECK(fixture.publications.ListShares(fixture.system)->size() == 1);
  CHECK(fixture.publications.DeleteShare(fixture.system, "boathouse").error().kind ==
        ErrorKind::kForbidden);
}

TEST_CASE("what is wrong with a share is said by its member") {
  Fixture fixture;
  fixture.MakeShare("sales");
  const auto wrong = [&](const std::string& body) {
    const auto share = fixture.publications.CreateShare(fixture.system, *Json::Parse(body));
    REQUIRE_FALSE(share.ok());
    REQUIRE(share.error().fields.size() == 1);
    return share.error().fields[0].field + " " + share.error().fields[0].code;
  };
  CHECK(wrong(R"({})") == "/name required");
  CHECK(wrong(R"({"name": ""})") == "/name required");
  CHECK(wrong(R"({"name": 5})") == "/name wrong_type");
  CHECK(wrong(R"({"name": "a b"})") == "/name wrong_format");
  CHECK(wrong(R"({"name": "a/b"})") == "/name wrong_format");
  CHECK(wrong(R"({"name": ".."})") == "/name wrong_format");
  CHECK(wrong(R"({"name": "01890000-0000-7000-8000-000000000001"})") == "/name wrong_format");
  CHECK(wrong(R"({"name": ")" + std::string(256, 'x') + R"("})") == "/name too_long");
  CHECK(wrong(R"({"name": "SALES"})") == "/name duplicate");
  CHECK(wrong(R"({"name": "Boathouse"})") == "/name duplicate");
  CHECK(wrong(R"({"name": "b", "with_history": 1})") == "/with_history wrong_type");
  CHECK(wrong(R"({"name": "b", "colour": 1})") == "/colour unknown_field");
  CHECK(wrong(R"([])") == " wrong_type");
}

TEST_CASE("a table is an object with its columns, masks and filter") {
  Fixture fixture;
  fixture.MakeShare("sales");
  const auto table = fixture.Try(fixture.system, R"({
      "object": "contacts", "name": "people", "schema": "eu", "comment": "c",
      "columns": ["id", "email:sha256", {"field": "phone", "mask": "truncate:4"}],
      "filter": "account.territory.name = \"Ohio\"", "format_version": 3,
      "history_from": "2026-11-24T00:00:00Z"})");
  // The catalog may not be able to make it here; what is kept is what counts.
  REQUIRE(table.ok());
  CHECK(table->object == "contact");
  CHECK(table->schema == "eu");
  REQUIRE(table->columns.size() == 3);
  CHECK(table->columns[1].ToText() == "email:sha256");
  CHECK(table->columns[2].ToText() == "phone:truncate:4");
  CHECK(table->columns[0].ToText() == "id");
  CHECK_FALSE(table->IsWhole());
  for (const char* name : {"people", "EU.people"}) {
    CHECK(fixture.publications.GetTable(fixture.system, "sales", name)->id == table->id);
  }
  const auto patched = fixture.publications.UpdateTable(
      fixture.system, "sales", table->id.ToString(),
      *Json::Parse(R"({"columns": null, "filter": null, "name": "all", "history_from": null})"));
  REQUIRE(patched.ok());
  CHECK(patched->IsWhole());
  CHECK(patched->history_from == 0);
  CHECK(patched->name == "all");
  CHECK(patched->format_version == 3);
  CHECK(fixture.publications.ListTables(fixture.system, "sales")->size() == 1);
  CHECK(fixture.publications.DeleteTable(fixture.system, "sales", "all").ok());
  CHECK(fixture.publications.ListTables(fixture.system, "sales")->empty());
}

TEST_CASE("what is wrong with a table is said by its member") {
  Fixture fixture;
  fixture.MakeShare("sales");
  CHECK(fixture.Wrong(R"({})") == "/object required");
  CHECK(fixture.Wrong(R"({"object": "spaceship"})") == "/object not_found");
  CHECK(fixture.Wrong(R"({"view": "nonsense"})") == "/view not_found");
  CHECK(fixture.Wrong(R"({"object": "account", "name": "a.b"})") == "/name wrong_format");
  CHECK(fixture.Wrong(R"({"object": "account", "schema": "a b"})") == "/schema wrong_format");
  CHECK(fixture.Wrong(R"({"object": "account", "columns": "name"})") == "/columns wrong_type");
  CHECK(fixture.Wrong(R"({"object": "account", "columns": ["name", "nmae"]})") ==
        "/columns/1 unknown_field");
  CHECK(fixture.Wrong(R"({"object": "account", "columns": ["name", "name:sha256"]})") ==
        "/columns/1 duplicate");
  CHECK(fixture.Wrong(R"({"object": "account", "columns": ["name:md5"]})") ==
        "/columns/0 not_an_option");
  CHECK(fixture.Wrong(R"({"object": "account", "columns": ["name:truncate:0"]})") ==
        "/columns/0 not_an_option");
  CHECK(fixture.Wrong(R"({"object": "account", "columns": [{"field": "name", "mask": 1}]})") ==
        "/columns/0/mask wrong_type");
  CHECK(fixture.Wrong(R"({"object": "account", "columns": [{"field": "name", "hide": 1}]})") ==
        "/columns/0/hide unknown_field");
  CHECK(fixture.Wrong(R"({"object": "account", "filter": "nmae = 1"})").starts_with("/filter"));
  CHECK(fixture.Wrong(R"({"object": "account", "filter": "owner = me"})").starts_with("/filter"));
  CHECK(fixture.Wrong(R"({"object": "account", "filter": "created_at > today"})")
            .starts_with("/filter"));
  CHECK(fixture.Wrong(R"({"object": "account", "format_version": 1})") ==
        "/format_version out_of_range");
  CHECK(fixture.Wrong(R"({"object": "account", "history_from": "yesterday"})") ==
        "/history_from wrong_format");
  CHECK(fixture.Wrong(R"({"object": "account"})") == "ok");
  CHECK(fixture.Wrong(R"({"object": "contact", "name": "ACCOUNTS"})") == "/name duplicate");
  CHECK(fixture.Wrong(R"({"object": "contact", "name": "accounts", "schema": "other"})") == "ok");
  CHECK(fixture.publications.GetTable(fixture.system, "sales", "accounts").error().kind ==
        ErrorKind::kConflict);
  CHECK(fixture.publications.GetTable(fixture.system, "sales", "other.accounts").ok());
  CHECK(fixture.Try(fixture.system, R"({"object": "account"})", "boathouse").error().kind ==
        ErrorKind::kForbidden);
}

TEST_CASE("a view's filter is taken over, and what becomes of the view is told") {
  Fixture fixture;
  fixture.MakeShare("sales");
  const crm::Views views(fixture.crm);
  const crm::Caller admin = fixture.As("me", "admin");
  const crm::View view = *views.Create(admin, *Json::Parse(R"({"name": "Ohio", "object": "account",
      "filter": "territory.name = \"Ohio\"", "columns": ["name", "industry"]})"));
  const auto table = fixture.Try(admin, R"({"view": ")" + view.id + R"(", "filter": "name:a"})");
  REQUIRE(table.ok());
  CHECK(table->object == "account");
  CHECK(table->columns.size() == 2);
  CHECK(table->WholeFilter() == "(territory.name = \"Ohio\") AND (name:a)");
  CHECK(table->view_state == Publication::ViewState::kSame);

  REQUIRE(views.Update(admin, view.id, *Json::Parse(R"({"filter": ""})")).ok());
  const auto state = [&] {
    return fixture.publications.GetTable(admin, "sales", "accounts")->view_state;
  };
  CHECK(state() == Publication::ViewState::kChanged);
  CHECK(fixture.publications.GetTable(admin, "sales", "accounts")->view_filter ==
        "territory.name = \"Ohio\"");
  // Taken anew by naming it again.
  const auto again = fixture.publications.UpdateTable(
      admin, "sales", "accounts", *Json::Parse(R"({"view": ")" + view.id + R"("})"));
  CHECK(again->WholeFilter() == "name:a");
  CHECK(state() == Publication::ViewState::kSame);
  REQUIRE(views.Delete(admin, view.id).ok());
  CHECK(state() == Publication::ViewState::kGone);
  // Whose records a view shows may depend on who looks; what is published must not.
  CHECK(fixture.Wrong(admin, R"({"view": "accounts.mine", "name": "mine"})").starts_with("/view"));
  CHECK(fixture.Wrong(admin, R"({"view": "accounts.all", "object": "contact", "name": "x"})") ==
        "/object read_only");
}

TEST_CASE("only who may share an object, and reads all of it, publishes it") {
  Fixture fixture;
  fixture.MakeShare("sales");
  const std::string accounts = R"({"object": "account"})";
  const crm::Caller viewer = fixture.As("mate", "viewer");
  CHECK(fixture.Try(viewer, accounts).error().kind == ErrorKind::kNotFound);
  CHECK(fixture.publications.ListShares(viewer).error().kind == ErrorKind::kForbidden);
  CHECK(fixture.publications.CreateShare(viewer, *Json::Parse(R"({"name": "x"})")).error().kind ==
        ErrorKind::kForbidden);

  crm::Caller rep = fixture.Rep(R"({"*": {"read": "all", "share": false},
                                    "account": {"read": "all", "share": true}})");
  CHECK(fixture.Try(rep, accounts).ok());
  CHECK(fixture.Wrong(rep, R"({"object": "contact"})") == "forbidden");
  // Of some records only: what is published would be more.
  rep = fixture.Rep(R"({"*": {"read": "all"}, "account": {"read": "territory", "share": true},
                        "contact": {"read": "all", "share": true}})");
  CHECK(fixture.publications.GetShare(rep, "sales").error().kind == ErrorKind::kNotFound);
  fixture.MakeShare("other");
  const auto part = fixture.Try(rep, accounts, "other");
  REQUIRE_FALSE(part.ok());
  CHECK(part.error().message.find("reads only some accounts") != std::string::npos);
  // A filter that looks into what is out of reach tells of it.
  const auto peeking =
      fixture.Try(rep, R"({"object": "contact", "filter": "account.name = \"x\""})", "other");
  CHECK(peeking.error().kind == ErrorKind::kForbidden);
  CHECK(fixture.Try(rep, R"({"object": "contact"})", "other").ok());
  // The built-in share holds everything, and is kept by who may share everything.
  CHECK(fixture.publications.GetShare(rep, "boathouse").error().kind == ErrorKind::kNotFound);
  CHECK(fixture.publications.GetShare(fixture.As("me", "member"), "boathouse").ok());
}

TEST_CASE("a field that the publisher does not see is not there to be published") {
  Fixture fixture;
  fixture.MakeShare("sales");
  const crm::Caller rep = fixture.Rep(R"({"*": {"read": "all", "share": true},
                                          "account": {"fields": {"annual_revenue": "none"}}})");
  CHECK(fixture.Wrong(rep, R"({"object": "account"})") == "/columns required");
  CHECK(fixture.Wrong(rep, R"({"object": "account", "columns": ["annual_revenue"]})") ==
        "/columns/0 unknown_field");
  CHECK(fixture
            .Wrong(rep, R"({"object": "account", "columns": ["name"],
                               "filter": "annual_revenue > 5"})")
            .starts_with("/filter"));
  CHECK(fixture.Wrong(rep, R"({"object": "account", "columns": ["name"]})") == "ok");
  // Nor is it changed back in by somebody else's table.
  REQUIRE(fixture.Try(fixture.system, R"({"object": "account", "name": "full"})").ok());
  CHECK(fixture.publications.UpdateTable(rep, "sales", "full", *Json::Parse(R"({"comment": "x"})"))
            .error()
            .fields.at(0)
            .field == "/columns");
}

TEST_CASE("a token that only reads publishes nothing") {
  Fixture fixture;
  fixture.MakeShare("sales");
  crm::Caller caller = fixture.As("me", "admin");
  caller.principal.scopes =
      auth::Scopes::Parse(Json::Array({"read"}), *fixture.crm.model(), "/scopes").value();
  CHECK(fixture.Try(caller, R"({"object": "account"})").error().kind == ErrorKind::kNotFound);
  caller.principal.scopes =
      auth::Scopes::Parse(Json::Array({"admin"}), *fixture.crm.model(), "/scopes").value();
  CHECK(fixture.Try(caller, R"({"object": "account"})").ok());
}

TEST_CASE(
    "a table that is withdrawn takes its folder along, also one withdrawn by another program") {
  Fixture fixture;
  fixture.MakeShare("sales");
  fixture.MakeRecipient(R"({"name": "r", "shares": ["sales"]})");
  const auto folders = [&] {
    size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(fixture.folder / "tables")) {
      count += entry.path().filename().string().starts_with("pt-") ? 1 : 0;
    }
    return count;
  };
  const auto publish = [&](const std::string& name) {
    fixture.Publish("sales",
                    R"({"object": "account", "columns": ["name"], "name": ")" + name + R"("})");
    const auto table = fixture.catalog->Find(
        tables::TableNameOf(fixture.publications.GetTable(fixture.system, "sales", name)->id));
    REQUIRE(table.ok());
    REQUIRE((*table)->Current().ok());
    return *table;
  };
  tables::Table* one = publish("one");
  publish("two");
  CHECK(folders() == 2);
  REQUIRE(fixture.publications.DeleteTable(fixture.system, "sales", "one").ok());
  CHECK(folders() == 1);
  CHECK_FALSE(one->Current().ok());

  // Without a catalog, as the command line has none: the next program with one removes it.
  const auto offline =
      Sharing::Open({*fixture.store, fixture.crm, fixture.auth.audit(), fixture.clock, fixture.ids})
          .value();
  REQUIRE(offline->publications().DeleteShare(fixture.system, "sales").ok());
  fixture.sharing.reset();
  fixture.catalog.reset();
  tables::CatalogOptions options;
  options.directory = fixture.folder / "tables";
  fixture.catalog = tables::Catalog::Open(options, *fixture.store, fixture.clock).value();
  CHECK(folders() == 1);
  fixture.sharing = fixture.Open();
  CHECK(folders() == 0);
}

TEST_CASE("a table that a reader still holds shows what is published now, not what was") {
  Fixture fixture;
  fixture.MakeShare("sales");
  fixture.Make("account", {{"name", "Acme"}, {"industry", "Steel"}});
  fixture.Publish("sales", R"({"object": "account", "columns": ["name", "industry"]})");
  const std::string token =
      fixture.TokenOf(fixture.MakeRecipient(R"({"name": "r", "shares": ["sales"]})"));
  const Reader before = fixture.Enter(token);
  const auto wide = fixture.sharing->FindTable(before, "sales", "crm", "accounts");
  REQUIRE(wide.ok());
  CHECK((*wide->table->Current())->schema->columns.size() == 3);  // with the id
  REQUIRE(fixture.publications
              .UpdateTable(fixture.system, "sales", "accounts",
                           *Json::Parse(R"({"columns": ["name"]})"))
              .ok());
  const auto held = fixture.sharing->FindTable(before, "sales", "crm", "accounts");
  REQUIRE(held.ok());
  CHECK((*held->table->Current())->schema->columns.size() == 2);
  CHECK((*held->table->Versions()).size() == 1);
}

TEST_CASE("what is done to shares stands in the audit log") {
  Fixture fixture;
  fixture.MakeShare("sales");
  fixture.Publish("sales", R"({"object": "account", "filter": "name:a"})");
  REQUIRE(fixture.publications.DeleteShare(fixture.system, "sales").ok());
  auth::AuditLog::Filter filter;
  filter.kind = auth::AuditKind::kShareChanged;
  const auto page = fixture.auth.audit().List(filter, 10);
  REQUIRE(page->entries.size() == 3);
  CHECK(page->entries[0].detail["what"].AsString() == "deleted");
  CHECK(page->entries[1].subject == "table sales.crm.accounts");
  CHECK(page->entries[1].detail["filter"].AsString() == "name:a");
  CHECK(page->entries[2].subject == "share sales");
}

}  // namespace
}  // namespace boathouse::sharing
