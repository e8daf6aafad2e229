#include "sharing/sharing.h"

#include "base/bytes.h"
#include "sharing/access_token.h"
#include "sharing/sharing_fixture.h"

namespace boathouse::sharing {
namespace {

constexpr Micros hour = 3600LL * 1'000'000;
constexpr Micros day = 24 * hour;

std::vector<std::string> Names(const std::vector<Share>& shares) {
  std::vector<std::string> names;
  for (const Share& share : shares) names.push_back(share.name);
  return names;
}

TEST_CASE("a recipient sees the shares it was granted, and no others") {
  SharingFixture fixture;
  fixture.MakeShare("Sales");
  fixture.Publish("Sales", R"({"object": "account"})");
  const std::string whole = fixture.TokenOf(fixture.MakeRecipient(R"({"name": "whole"})"));
  const std::string sales =
      fixture.TokenOf(fixture.MakeRecipient(R"({"name": "sales", "shares": ["sales"]})"));
  const std::string none =
      fixture.TokenOf(fixture.MakeRecipient(R"({"name": "none", "shares": []})"));

  const Reader reader = fixture.Enter(sales);
  CHECK(reader.name == "sales");
  CHECK(Names(fixture.sharing->Shares(reader)) == std::vector<std::string>{"Sales"});
  CHECK(Names(fixture.sharing->Shares(fixture.Enter(whole))) ==
        std::vector<std::string>{"boathouse"});
  CHECK(fixture.sharing->Shares(fixture.Enter(none)).empty());
  CHECK(fixture.sharing->FindShare(reader, "SALES").ok());
  // What was not granted and what is not there are told apart by nothing but their names.
  const auto other = fixture.sharing->FindShare(reader, "boathouse");
  const auto missing = fixture.sharing->FindShare(reader, "nowhere");
  REQUIRE_FALSE(other.ok());
  CHECK(other.error().kind == ErrorKind::kNotFound);
  CHECK(other.error().message == "share 'boathouse' does not exist");
  CHECK(missing.error().message == "share 'nowhere' does not exist");
}

TEST_CASE("tables are found whatever their case, and errors name what there is not") {
  SharingFixture fixture;
  const Reader reader = fixture.Enter(fixture.TokenOf(fixture.MakeRecipient(R"({"name": "r"})")));
  const Sharing& sharing = *fixture.sharing;
  const auto table = sharing.FindTable(reader, "Boathouse", "CRM", "Accounts");
  REQUIRE(table.ok());
  CHECK(table->share == "boathouse");
  CHECK(table->schema == "crm");
  CHECK(table->name == "accounts");
  CHECK(table->table->name() == "accounts");
  CHECK(table->with_history);
  CHECK(table->format_version == 2);
  CHECK(sharing.FindTable(reader, "x", "crm", "accounts").error().message ==
        "share 'x' does not exist");
  CHECK(sharing.FindTable(reader, "boathouse", "x", "accounts").error().message ==
        "schema 'x' does not exist");
  CHECK(sharing.FindTable(reader, "boathouse", "crm", "account").error().message ==
        "table 'account' does not exist");
  CHECK(*sharing.Schemas(reader, "boathouse") == std::vector<std::string>{"crm"});
  const auto tables = sharing.Tables(reader, "boathouse");
  REQUIRE(tables.ok());
  CHECK(tables->size() == fixture.crm.model()->objects().size());
  CHECK(sharing.Tables(reader, "boathouse", "CRM")->size() == tables->size());
  CHECK(sharing.Tables(reader, "boathouse", "x").error().kind == ErrorKind::kNotFound);
}

TEST_CASE("a custom object is in the built-in share at once, with an id that stays") {
  SharingFixture fixture;
  const std::string token = fixture.TokenOf(fixture.MakeRecipient(R"({"name": "r"})"));
  const Id before =
      fixture.sharing->FindTable(fixture.Enter(token), "boathouse", "crm", "accounts")->id;
  REQUIRE(fixture.crm
              .ChangeModel(fixture.system,
                           *Json::Parse(R"({"add_object": {"name": "boat", "plural": "boats"}})"))
              .ok());
  const Reader reader = fixture.Enter(token);
  CHECK(fixture.sharing->FindTable(reader, "boathouse", "crm", "boats").ok());
  CHECK(fixture.sharing->MayRead(reader.recipient.ToString(), "boats").ok());
  CHECK(fixture.sharing->FindTable(reader, "boathouse", "crm", "accounts")->id == before);
}

TEST_CASE("tokens that do not hold are refused with the reason") {
  SharingFixture fixture;
  const Delivered made = fixture.MakeRecipient(R"({"name": "r", "expires_in_days": 2})");
  const std::string token = fixture.TokenOf(made);
  const auto refusal = [&](std::string_view text) {
    const auto reader = fixture.sharing->Authenticate(text, "192.0.2.1");
    REQUIRE_FALSE(reader.ok());
    CHECK(reader.error().kind == ErrorKind::kUnauthenticated);
    return reader.error().message;
  };
  CHECK(refusal("").find("Authorization: Bearer") != std::string::npos);
  CHECK(refusal("bhr_wrong").find("unknown or was revoked") != std::string::npos);
  CHECK(refusal(token + "x").find("unknown") != std::string::npos);
  CHECK(refusal(std::string(5000, 'x')).find("unknown") != std::string::npos);
  CHECK(refusal("bho_AAAA").find("unknown") != std::string::npos);
  CHECK(fixture.Enter(token).token_expires_at == fixture.clock.Now() + 2 * day);
  fixture.clock.Advance(2 * day);
  CHECK(refusal(token).find("expired at 2023-11-16") != std::string::npos);
  // The refusal of a known recipient is noted, once in a while.
  auth::AuditLog::Filter filter;
  filter.kind = auth::AuditKind::kRecipientRefused;
  refusal(token);
  const auto noted = fixture.auth.audit().List(filter, 10);
  REQUIRE(noted->entries.size() == 1);
  CHECK(noted->entries[0].subject == "recipient r");
  CHECK(noted->entries[0].address == "192.0.2.1");
}

TEST_CASE("only addresses on the list come in, and files keep to it too") {
  SharingFixture fixture;
  const std::string token = fixture.TokenOf(
      fixture.MakeRecipient(R"({"name": "r", "addresses": ["10.0.0.0/8", "2001:db8::/32"]})"));
  const Reader reader = fixture.Enter(token, "10.1.2.3");
  CHECK(reader.address == "10.1.2.3");
  CHECK(fixture.sharing->Authenticate(token, "2001:db8::7").ok());
  for (const char* address : {"192.0.2.1", "2001:db9::7", ""}) {
    const auto refused = fixture.sharing->Authenticate(token, address);
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().kind == ErrorKind::kForbidden);
  }
  const std::string id = reader.recipient.ToString();
  CHECK(fixture.sharing->MayRead(id, "accounts", "10.1.2.3").ok());
  CHECK(fixture.sharing->MayRead(id, "accounts", "192.0.2.1").error().kind ==
        ErrorKind::kForbidden);
}

TEST_CASE("revocation ends everything at once, also what was handed out") {
  SharingFixture fixture;
  const Delivered made = fixture.MakeRecipient(R"({"name": "r"})");
  const std::string token = fixture.TokenOf(made);
  const std::string id = made.recipient.id.ToString();
  const auto access = fixture.sharing->IssueToken(id, token, "");
  REQUIRE(access.ok());
  CHECK(fixture.sharing->MayRead(id, "accounts").ok());
  REQUIRE(fixture.sharing->recipients().Revoke(fixture.system, "r").ok());
  CHECK(fixture.sharing->Authenticate(token, "").error().kind == ErrorKind::kUnauthenticated);
  CHECK(fixture.sharing->Authenticate(access->access_token, "").error().kind ==
        ErrorKind::kUnauthenticated);
  CHECK(fixture.sharing->MayRead(id, "accounts").error().kind == ErrorKind::kForbidden);
  CHECK_FALSE(fixture.sharing->MayRead("nobody", "accounts").ok());
}

TEST_CASE("a grant that is withdrawn closes its files; another share may still open them") {
  SharingFixture fixture;
  fixture.MakeShare("two");
  fixture.Publish("two", R"({"object": "account"})");
  const Delivered made = fixture.MakeRecipient(R"({"name": "r", "shares": ["boathouse", "two"]})");
  const std::string id = made.recipient.id.ToString();
  Recipients& recipients = fixture.sharing->recipients();
  REQUIRE(recipients.Withdraw(fixture.system, "r", "boathouse").ok());
  CHECK(fixture.sharing->MayRead(id, "accounts").ok());
  CHECK_FALSE(fixture.sharing->MayRead(id, "contacts").ok());
  REQUIRE(fixture.sharing->publications().DeleteTable(fixture.system, "two", "accounts").ok());
  CHECK_FALSE(fixture.sharing->MayRead(id, "accounts").ok());
  REQUIRE(recipients.Grant(fixture.system, id, "BOATHOUSE").ok());
  CHECK(fixture.sharing->MayRead(id, "contacts").ok());
}

TEST_CASE("a reader keeps what it saw; the next one sees the change") {
  SharingFixture fixture;
  const std::string token = fixture.TokenOf(fixture.MakeRecipient(R"({"name": "r"})"));
  const Reader before = fixture.Enter(token);
  REQUIRE(fixture.sharing->recipients().Withdraw(fixture.system, "r", "boathouse").ok());
  CHECK(fixture.sharing->Shares(before).size() == 1);
  CHECK(fixture.sharing->Shares(fixture.Enter(token)).empty());
}

TEST_CASE("client credentials give access tokens that are short-lived and die with their secret") {
  SharingFixture fixture;
  const Delivered made = fixture.MakeRecipient(R"({"name": "r", "authentication": "oauth"})");
  const std::string id((*made.profile)["clientId"].AsString());
  const std::string secret((*made.profile)["clientSecret"].AsString());
  CHECK(id == made.recipient.id.ToString());
  const auto issued = fixture.sharing->IssueToken(id, secret, "192.0.2.1");
  REQUIRE(issued.ok());
  CHECK(issued->expires_in_s == 3600);
  CHECK(fixture.Enter(issued->access_token).recipient == made.recipient.id);
  // The secret itself opens nothing.
  CHECK(fixture.sharing->Authenticate(secret, "").error().message.find("token endpoint") !=
        std::string::npos);
  for (const auto& [client, wrong] : {std::pair<std::string, std::string>{id, "wrong"},
                                      {id, ""},
                                      {"nobody", secret},
                                      {fixture.ids.Next().ToString(), secret},
                                      {id, std::string(9999, 'x')}}) {
    const auto refused = fixture.sharing->IssueToken(client, wrong, "");
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().kind == ErrorKind::kUnauthenticated);
  }
  fixture.clock.Advance(hour);
  CHECK(fixture.sharing->Authenticate(issued->access_token, "").error().message.find("expired") !=
        std::string::npos);
  const auto next = fixture.sharing->IssueToken(id, secret, "");
  REQUIRE(fixture.sharing->recipients()
              .Rotate(fixture.system, "r", *Json::Parse(R"({"grace_hours": 0})"), server)
              .ok());
  CHECK_FALSE(fixture.sharing->Authenticate(next->access_token, "").ok());
  CHECK_FALSE(fixture.sharing->IssueToken(id, secret, "").ok());
}

TEST_CASE("an access token is exchanged for a fresh one, no longer than its credential holds") {
  SharingFixture fixture;
  const Delivered made = fixture.MakeRecipient(R"({"name": "r", "expires_in_days": 1})");
  const std::string id = made.recipient.id.ToString();
  const auto first = fixture.sharing->IssueToken(id, fixture.TokenOf(made), "");
  fixture.clock.Advance(hour / 2);
  const auto second = fixture.sharing->ExchangeToken(first->access_token, "");
  REQUIRE(second.ok());
  fixture.clock.Advance(hour / 2);
  CHECK_FALSE(fixture.sharing->Authenticate(first->access_token, "").ok());
  CHECK(fixture.sharing->Authenticate(second->access_token, "").ok());
  CHECK_FALSE(fixture.sharing->ExchangeToken(first->access_token, "").ok());
  fixture.clock.Advance(23 * hour - hour / 2 - 60'000'000);
  const auto last = fixture.sharing->IssueToken(id, fixture.TokenOf(made), "");
  REQUIRE(last.ok());
  CHECK(last->expires_in_s == 1860);
}

TEST_CASE("an access token that was changed is not ours") {
  const std::string key = "key";
  const AccessToken token{Id::FromBytes("0123456789abcdef"), "0123456789abcdef", 5'000'000};
  const std::string text = MakeAccessToken(key, token);
  const auto read = ReadAccessToken(key, text);
  REQUIRE(read.has_value());
  CHECK(read->recipient == token.recipient);
  CHECK(read->credential == token.credential);
  CHECK(read->expires_at == token.expires_at);
  CHECK_FALSE(ReadAccessToken("other", text).has_value());
  for (size_t i = 0; i < text.size(); ++i) {
    std::string changed = text;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    CHECK_MESSAGE(!ReadAccessToken(key, changed).has_value(), i);
  }
  CHECK_FALSE(ReadAccessToken(key, text.substr(0, 20)).has_value());
}

TEST_CASE("who may not read the whole history gets no format with dead rows in its files") {
  SharingFixture fixture;
  fixture.MakeShare("Sales");
  fixture.Publish("Sales", R"({"object": "account", "name": "whole", "format_version": 3})");
  fixture.Publish("Sales", R"({"object": "account", "name": "late", "format_version": 3,
                               "history_from": "2026-01-01T00:00:00Z"})");
  const std::string token =
      fixture.TokenOf(fixture.MakeRecipient(R"({"name": "r", "shares": ["Sales"]})"));
  const auto format = [&](const char* table) {
    return fixture.sharing->FindTable(fixture.Enter(token), "sales", "crm", table)->format_version;
  };
  CHECK(format("whole") == 3);
  CHECK(format("late") == 2);
}

TEST_CASE("everything is as it was after a restart") {
  SharingFixture fixture;
  fixture.MakeShare("Sales");
  fixture.Publish("Sales", R"({"object": "account", "name": "customers", "format_version": 3})");
  const std::string token =
      fixture.TokenOf(fixture.MakeRecipient(R"({"name": "r", "shares": ["Sales"]})"));
  const Id id = fixture.sharing->FindTable(fixture.Enter(token), "sales", "crm", "customers")->id;
  fixture.sharing.reset();
  fixture.sharing = fixture.Open();
  const auto table = fixture.sharing->FindTable(fixture.Enter(token), "sales", "crm", "customers");
  REQUIRE(table.ok());
  CHECK(table->id == id);
  CHECK(table->format_version == 3);
  CHECK(table->table->name() == "accounts");
}

TEST_CASE("recipients of earlier versions of the program are taken over with their tokens") {
  SharingFixture fixture;
  fixture.sharing.reset();
  REQUIRE(
      fixture.store
          ->Write([](store::Transaction& transaction) -> Status {
            for (const char* token : {"bhr_one", "bhr_two"}) {
              TRY(transaction.PutDocument("auth.recipient", HexEncode(Sha256(token)),
                                          *Json::Parse(R"({"name": "acme", "shares": ["boathouse"],
                                       "created_at": 1, "expires_at": 0})")));
            }
            return Status::Ok();
          })
          .ok());
  fixture.sharing = fixture.Open();
  CHECK(fixture.sharing->Shares(fixture.Enter("bhr_one")).size() == 1);
  CHECK(fixture.sharing->Shares(fixture.Enter("bhr_two")).size() == 1);
  const auto recipients = fixture.sharing->recipients().List(fixture.system);
  REQUIRE(recipients->size() == 2);
  CHECK((*recipients)[0].name == "acme");
  CHECK((*recipients)[1].name == "acme 2");
}

TEST_CASE("what a request read is recorded, and when a recipient was last there") {
  SharingFixture fixture;
  const Delivered made = fixture.MakeRecipient(R"({"name": "r"})");
  const Reader reader = fixture.Enter(fixture.TokenOf(made), "192.0.2.8");
  Usage usage;
  usage.recipient = reader.recipient;
  usage.recipient_name = reader.name;
  usage.table = "accounts";
  fixture.sharing->Record(usage);
  CHECK(fixture.sharing->usage().List({}, 10)->rows.size() == 1);
  const auto recipient = fixture.sharing->recipients().Get(fixture.system, "r");
  CHECK(recipient->used_at == fixture.clock.Now());
  CHECK(recipient->used_from == "192.0.2.8");
}

}  // namespace
}  // namespace boathouse::sharing
