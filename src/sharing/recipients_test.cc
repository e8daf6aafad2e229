#include "sharing/recipients.h"

#include "sharing/sharing_fixture.h"

namespace boathouse::sharing {
namespace {

constexpr Micros hour = 3600LL * 1'000'000;

struct Fixture : SharingFixture {
  Recipients& recipients = sharing->recipients();

  std::string Wrong(const std::string& body) {
    const auto made = recipients.Create(system, Json::Parse(body).value(), server);
    if (made.ok()) return "ok";
    if (made.error().fields.empty()) return std::string(ErrorKindName(made.error().kind));
    return made.error().fields[0].field + " " + made.error().fields[0].code;
  }
  Result<Delivered> Rotate(const std::string& body) {
    return recipients.Rotate(system, "r", Json::Parse(body).value(), server);
  }
  bool Works(const std::string& token) { return sharing->Authenticate(token, "").ok(); }
};

TEST_CASE("a bearer profile is version 1, and names the Iceberg catalog") {
  Fixture fixture;
  const Delivered made = fixture.MakeRecipient(R"({"name": "acme", "expires_in_days": 7})");
  REQUIRE(made.profile.has_value());
  const Json& profile = *made.profile;
  CHECK(profile["shareCredentialsVersion"].AsInt() == 1);
  CHECK(profile["endpoint"].AsString() == "https://crm.example.com/delta-sharing/");
  CHECK(profile["icebergEndpoint"].AsString() == "https://crm.example.com/iceberg");
  CHECK(profile["bearerToken"].AsString().starts_with("bhr_"));
  CHECK(profile["expirationTime"].AsString() == "2023-11-21T22:13:20.000000Z");
  CHECK(made.activation_token.empty());
  CHECK(fixture.Works(fixture.TokenOf(made)));
  // The token stands nowhere.
  const auto snapshot = fixture.store->Read();
  const auto kept = (*snapshot)->ListDocuments("sharing.recipient");
  REQUIRE(kept->size() == 1);
  CHECK((*kept)[0].second.Dump().find(fixture.TokenOf(made)) == std::string::npos);
}

TEST_CASE("an OAuth profile is version 2 with the token endpoint") {
  Fixture fixture;
  const Delivered made = fixture.MakeRecipient(
      R"({"name": "acme", "authentication": "oauth", "expires_in_days": null})");
  const Json& profile = *made.profile;
  CHECK(profile["shareCredentialsVersion"].AsInt() == 2);
  CHECK(profile["type"].AsString() == "oauth_client_credentials");
  CHECK(profile["tokenEndpoint"].AsString() == "https://crm.example.com/oauth2/token");
  CHECK(profile["clientId"].AsString() == made.recipient.id.ToString());
  CHECK(profile["clientSecret"].AsString().starts_with("bhs_"));
  CHECK(profile.Find("bearerToken") == nullptr);
  CHECK(profile.Find("expirationTime") == nullptr);
  CHECK(made.recipient.expires_at == 0);
}

TEST_CASE("an activation link hands out the profile once") {
  Fixture fixture;
  const Delivered made =
      fixture.MakeRecipient(R"({"name": "acme", "deliver": "link", "link_hours": 2})");
  CHECK_FALSE(made.profile.has_value());
  CHECK(made.recipient.tokens.empty());
  const std::string link = made.activation_token;
  CHECK(server.Activation(link) == "https://crm.example.com/share/activate/" + link);
  const auto waiting = fixture.recipients.Peek(link);
  REQUIRE(waiting.ok());
  CHECK(waiting->name == "acme");
  CHECK(waiting->link_expires_at == fixture.clock.Now() + 2 * hour);
  CHECK(fixture.recipients.Peek(link).ok());  // looking does not use it up

  const auto activated = fixture.recipients.Activate(link, "192.0.2.1", server);
  REQUIRE(activated.ok());
  CHECK(fixture.Works(fixture.TokenOf(*activated)));
  CHECK(activated->recipient.activated_at == fixture.clock.Now());
  CHECK(fixture.recipients.Activate(link, "192.0.2.1", server).error().kind ==
        ErrorKind::kNotFound);
  CHECK(fixture.recipients.Peek(link).error().kind == ErrorKind::kNotFound);
  CHECK(fixture.recipients.Get(fixture.system, "acme")->tokens.size() == 1);
}

TEST_CASE("a link expires, and works from the recipient's addresses only") {
  Fixture fixture;
  const Delivered made = fixture.MakeRecipient(
      R"({"name": "acme", "deliver": "link", "link_hours": 1, "addresses": ["10.0.0.0/8"]})");
  CHECK(fixture.recipients.Activate(made.activation_token, "192.0.2.1", server).error().kind ==
        ErrorKind::kForbidden);
  CHECK(fixture.recipients.Peek(made.activation_token).ok());
  fixture.clock.Advance(hour);
  CHECK(fixture.recipients.Activate(made.activation_token, "10.0.0.1", server).error().kind ==
        ErrorKind::kNotFound);
  CHECK_FALSE(fixture.recipients.Peek("made-up").ok());
}

TEST_CASE("after a rotation the old token works for the grace, the new one at once") {
  Fixture fixture;
  const std::string old = fixture.TokenOf(fixture.MakeRecipient(R"({"name": "r"})"));
  const auto rotated = fixture.Rotate(R"({"grace_hours": 2})");
  REQUIRE(rotated.ok());
  const std::string next = fixture.TokenOf(*rotated);
  CHECK(fixture.Works(old));
  CHECK(fixture.Works(next));
  CHECK(fixture.Enter(old).token_expires_at == fixture.clock.Now() + 2 * hour);
  REQUIRE(rotated->recipient.tokens.size() == 2);
  CHECK(rotated->recipient.tokens[0].expires_at == fixture.clock.Now() + 2 * hour);
  CHECK(rotated->recipient.tokens[1].expires_at == 0);
  fixture.clock.Advance(2 * hour);
  CHECK(fixture.Works(next));
  const auto refused = fixture.sharing->Authenticate(old, "");
  CHECK(refused.error().message.find("replaced") != std::string::npos);
  // A longer grace later does not bring it back.
  REQUIRE(fixture.Rotate(R"({"grace_hours": 100})").ok());
  CHECK_FALSE(fixture.Works(old));
  REQUIRE(fixture.Rotate(R"({"grace_hours": 0})").ok());
  CHECK_FALSE(fixture.Works(next));
}

TEST_CASE("a rotation by link keeps the old token until its grace ends, and may change the kind") {
  Fixture fixture;
  const std::string old = fixture.TokenOf(fixture.MakeRecipient(R"({"name": "r"})"));
  const auto rotated = fixture.Rotate(R"({"deliver": "link", "authentication": "oauth"})");
  REQUIRE(rotated.ok());
  CHECK(fixture.Works(old));
  const auto activated = fixture.recipients.Activate(rotated->activation_token, "", server);
  REQUIRE(activated.ok());
  CHECK((*activated->profile)["shareCredentialsVersion"].AsInt() == 2);
  fixture.clock.Advance(24 * hour);
  CHECK_FALSE(fixture.Works(old));
  // A new credential of another kind ends a link that still waits.
  const auto waiting = fixture.Rotate(R"({"deliver": "link"})");
  REQUIRE(fixture.Rotate("{}").ok());
  CHECK_FALSE(fixture.recipients.Peek(waiting->activation_token).ok());
}

TEST_CASE("of many rotations the oldest tokens go") {
  Fixture fixture;
  const std::string first = fixture.TokenOf(fixture.MakeRecipient(R"({"name": "r"})"));
  for (size_t i = 1; i < recipient_tokens_max; ++i) REQUIRE(fixture.Rotate("{}").ok());
  CHECK(fixture.Works(first));
  REQUIRE(fixture.Rotate("{}").ok());
  CHECK_FALSE(fixture.Works(first));
}

TEST_CASE("a recipient is changed by a patch") {
  Fixture fixture;
  fixture.MakeShare("sales");
  const Delivered made = fixture.MakeRecipient(R"({"name": "r"})");
  const auto changed = fixture.recipients.Update(fixture.system, "r", *Json::Parse(R"({
      "name": "acme", "comment": "c", "shares": ["Sales"], "addresses": ["10.0.0.0/8"],
      "expires_in_days": 1})"));
  REQUIRE(changed.ok());
  CHECK(changed->id == made.recipient.id);
  CHECK(changed->name == "acme");
  CHECK(changed->shares == std::vector<std::string>{"sales"});
  CHECK(changed->addresses == std::vector<std::string>{"10.0.0.0/8"});
  CHECK(changed->expires_at == fixture.clock.Now() + 24 * hour);
  CHECK_FALSE(fixture.Works(fixture.TokenOf(made)));  // no address
  const auto cleared = fixture.recipients.Update(fixture.system, made.recipient.id.ToString(),
                                                 *Json::Parse(R"({"addresses": []})"));
  CHECK(cleared->addresses.empty());
  CHECK(fixture.Works(fixture.TokenOf(made)));
  CHECK(fixture.recipients.Update(fixture.system, "r", *Json::Parse("{}")).error().kind ==
        ErrorKind::kNotFound);
}

TEST_CASE("a share that goes takes its grants along") {
  Fixture fixture;
  fixture.MakeShare("sales");
  fixture.MakeRecipient(R"({"name": "r", "shares": ["sales", "boathouse"]})");
  CHECK(fixture.sharing->publications().GetShare(fixture.system, "sales")->recipients == 1);
  REQUIRE(fixture.sharing->publications().DeleteShare(fixture.system, "sales").ok());
  CHECK(fixture.recipients.Get(fixture.system, "r")->shares ==
        std::vector<std::string>{"boathouse"});
  fixture.MakeShare("sales");
  CHECK(fixture.recipients.Get(fixture.system, "r")->shares.size() == 1);
}

TEST_CASE("what is wrong is said by its member") {
  Fixture fixture;
  fixture.MakeRecipient(R"({"name": "r"})");
  CHECK(fixture.Wrong(R"({})") == "/name required");
  CHECK(fixture.Wrong(R"({"name": " "})") == "/name required");
  CHECK(fixture.Wrong(R"({"name": "a\nb"})") == "/name wrong_format");
  CHECK(fixture.Wrong(R"({"name": "r"})") == "/name duplicate");
  CHECK(fixture.Wrong(R"({"name": ")" + std::string(81, 'x') + R"("})") == "/name too_long");
  CHECK(fixture.Wrong(R"({"name": "b", "shares": ["x"]})") == "/shares/0 not_found");
  CHECK(fixture.Wrong(R"({"name": "b", "shares": "x"})") == "/shares wrong_type");
  CHECK(fixture.Wrong(R"({"name": "b", "addresses": ["10.0.0.1/8"]})") ==
        "/addresses/0 wrong_format");
  CHECK(fixture.Wrong(R"({"name": "b", "addresses": [5]})") == "/addresses/0 wrong_format");
  CHECK(fixture.Wrong(R"({"name": "b", "expires_in_days": 0})") == "/expires_in_days out_of_range");
  CHECK(fixture.Wrong(R"({"name": "b", "expires_in_days": 367})") ==
        "/expires_in_days out_of_range");
  CHECK(fixture.Wrong(R"({"name": "b", "expires_in_days": "7"})") == "/expires_in_days wrong_type");
  CHECK(fixture.Wrong(R"({"name": "b", "deliver": "pigeon"})") == "/deliver not_an_option");
  CHECK(fixture.Wrong(R"({"name": "b", "authentication": "basic"})") ==
        "/authentication not_an_option");
  CHECK(fixture.Wrong(R"({"name": "b", "link_hours": 0})") == "/link_hours out_of_range");
  CHECK(fixture.Wrong(R"({"name": "b", "token": "x"})") == "/token unknown_field");
  CHECK(fixture.Rotate(R"({"grace_hours": -1})").error().fields.at(0).field == "/grace_hours");
}

TEST_CASE("recipients belong to administrators") {
  Fixture fixture;
  fixture.MakeRecipient(R"({"name": "r"})");
  const crm::Caller member = fixture.As("me", "member");
  const Json body = *Json::Parse(R"({"name": "x"})");
  Recipients& recipients = fixture.recipients;
  CHECK(recipients.List(member).error().kind == ErrorKind::kForbidden);
  CHECK(recipients.Get(member, "r").error().kind == ErrorKind::kForbidden);
  CHECK(recipients.Create(member, body, server).error().kind == ErrorKind::kForbidden);
  CHECK(recipients.Update(member, "r", body).error().kind == ErrorKind::kForbidden);
  CHECK(recipients.Rotate(member, "r", Json::Object(), server).error().kind ==
        ErrorKind::kForbidden);
  CHECK(recipients.Revoke(member, "r").error().kind == ErrorKind::kForbidden);
  CHECK(recipients.Grant(member, "r", "boathouse").error().kind == ErrorKind::kForbidden);
  CHECK(recipients.Withdraw(member, "r", "boathouse").error().kind == ErrorKind::kForbidden);
}

TEST_CASE("what is done to recipients stands in the audit log") {
  Fixture fixture;
  fixture.MakeRecipient(R"({"name": "r"})");
  REQUIRE(fixture.Rotate("{}").ok());
  REQUIRE(fixture.recipients.Withdraw(fixture.system, "r", "boathouse").ok());
  REQUIRE(fixture.recipients.Grant(fixture.system, "r", "boathouse").ok());
  REQUIRE(fixture.recipients.Revoke(fixture.system, "r").ok());
  const auto page = fixture.auth.audit().List({}, 10);
  std::vector<std::string> kinds;
  for (const auto& entry : page->entries) {
    if (entry.subject == "recipient r") kinds.emplace_back(auth::AuditKindName(entry.kind));
  }
  CHECK(kinds == std::vector<std::string>{"recipient_revoked", "access_granted", "access_revoked",
                                          "recipient_changed", "recipient_created"});
  CHECK(fixture.recipients.Revoke(fixture.system, "r").error().kind == ErrorKind::kNotFound);
}

}  // namespace
}  // namespace boathouse::sharing
