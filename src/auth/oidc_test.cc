#include "auth/oidc.h"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <thread>

#include "auth/auth.h"
#include "auth/oidc_fixture.h"
#include "auth/oidc_metadata.h"
#include "base/temp_folder.h"

namespace boathouse::auth {
namespace {

constexpr const char* back = "https://crm.test/api/v1/auth/oidc/acme/callback";

struct OidcTest {
  TempFolder folder;
  ManualClock clock{1'700'000'000'000'000};
  IdSource ids{clock, 1};
  std::unique_ptr<store::Store> store =
      std::move(store::Store::Open({folder / "r.sqlite", model::Model::Standard(), &clock, 4}))
          .value();
  TestProvider provider;
  Auth auth{*store, clock, ids, {std::string(32, 'k'), provider.AsFetch()}};
  OidcProvider config{"acme", "Acme ID", "https://id.test", "crm", false, {}, ""};
  Id ada = MakeUser("ada@acme.test");

  Id MakeUser(const std::string& email) {
    const model::Object& user = *store->model()->Find("user");
    model::Record record;
    record.values.resize(user.fields.size());
    record.Set(model::kFieldId, ids.Next());
    record.Set(*user.IndexOf("name"), email);
    record.Set(*user.IndexOf("email"), email);
    record.Set(*user.IndexOf("role"), std::string("member"));
    record.Set(*user.IndexOf("is_active"), true);
    const Id id = record.id();
    REQUIRE(store
                ->Write([&](store::Transaction& t) -> Status {
                  TRY(t.Insert(user, record, {}));
                  return Status::Ok();
                })
                .ok());
    return id;
  }
  void Configure(const std::optional<std::string>& secret = "s3cret") {
    const Status put = auth.oidc().Put(config, secret, {});
    if (!put.ok()) MESSAGE(put.error().message);
    REQUIRE(put.ok());
  }
  Json Claims(const std::string& nonce) {
    return Json::Object({{"iss", "https://id.test"},
                         {"aud", "crm"},
                         {"sub", "u1"},
                         {"nonce", nonce},
                         {"iat", clock.Now() / 1'000'000},
                         {"exp", clock.Now() / 1'000'000 + 300},
                         {"email", "Ada@Acme.test"},
                         {"email_verified", true},
                         {"name", "Ada"}});
  }

  struct Begun {
    std::string url, flow, state, nonce;
  };
  Begun Begin(std::string_view return_to = "/accounts") {
    const auto departure = auth.oidc().Begin("acme", back, return_to);
    REQUIRE(departure.ok());
    return {departure->url, departure->flow, QueryValue(departure->url, "state"),
            QueryValue(departure->url, "nonce")};
  }
  Result<OidcProviders::Arrival> Finish(const Begun& begun) {
    return auth.oidc().Finish("acme", begun.flow, {"c0de", begun.state, "", "", false});
  }
  // A whole sign-in, with the claims changed.
  Result<OidcProviders::Arrival> Arrive(const std::function<void(Json*)>& change = {}) {
    const Begun begun = Begin();
    Json claims = Claims(begun.nonce);
    if (change) change(&claims);
    provider.id_token = provider.key.Sign(claims);
    return Finish(begun);
  }
  Result<Session> SignIn(const std::function<void(Json*)>& change = {}) {
    ASSIGN(const OidcProviders::Arrival arrival, Arrive(change));
    return auth.SignInAs(arrival.identity, {"192.0.2.1", "web", "test"});
  }
  template <typename T>
  std::string Code(const Result<T>& result) {
    if (result.ok()) return "ok";
    return result.error().fields.empty() ? "?" : result.error().fields[0].code;
  }
};

TEST_CASE_FIXTURE(OidcTest, "the way to a provider carries state, nonce and a PKCE challenge") {
  Configure();
  const Begun begun = Begin();
  CHECK(begun.url.starts_with("https://id.test/authorize?"));
  CHECK(QueryValue(begun.url, "response_type") == "code");
  CHECK(QueryValue(begun.url, "client_id") == "crm");
  CHECK(QueryValue(begun.url, "redirect_uri") == back);
  CHECK(QueryValue(begun.url, "scope") == "openid email profile");
  CHECK(QueryValue(begun.url, "code_challenge_method") == "S256");
  CHECK(begun.state.size() == 43);
  CHECK(begun.nonce.size() == 43);
  const Begun another = Begin();
  CHECK(another.state != begun.state);
  CHECK(another.nonce != begun.nonce);
  CHECK(begun.flow.find(begun.state) == std::string::npos);
  CHECK_FALSE(auth.oidc().Begin("nobody", back, "/").ok());

  provider.id_token = provider.key.Sign(Claims(begun.nonce));
  REQUIRE(Finish(begun).ok());
  const std::string sent = "?" + provider.token_request.body;
  CHECK(QueryValue(sent, "code") == "c0de");
  CHECK(QueryValue(sent, "redirect_uri") == back);
  CHECK(Base64UrlEncode(Sha256(QueryValue(sent, "code_verifier"))) ==
        QueryValue(begun.url, "code_challenge"));
  CHECK(sent.find("s3cret") == std::string::npos);
  bool basic = false;
  for (const auto& [name, value] : provider.token_request.headers) {
    basic = basic || (name == "Authorization" && value == "Basic " + Base64Encode("crm:s3cret"));
  }
  CHECK(basic);
}

TEST_CASE_FIXTURE(OidcTest,
                  "whom the provider vouches for is signed in as the user of that e-mail") {
  Configure();
  const Result<Session> session = SignIn();
  REQUIRE(session.ok());
  CHECK(session->principal.user == ada);
  CHECK(auth.Authenticate(session->token)->user == ada);
  CHECK(auth.ListSessions(ada).value().at(0).method == "oidc:acme");
  // From then on by who it is over there, also when the e-mail changes.
  const Result<Session> later = SignIn([](Json* claims) { claims->Set("email", "a@new.test"); });
  REQUIRE(later.ok());
  CHECK(later->principal.user == ada);
  // Somebody else of that new address is not Ada.
  CHECK(Code(SignIn([](Json* claims) {
          claims->Set("sub", "u2");
          claims->Set("email", "a@new.test");
        })) == "no_user");
}

TEST_CASE_FIXTURE(OidcTest, "a token that lies does not sign in, and the audit log says why") {
  Configure();
  CHECK(Code(Arrive([](Json* c) { c->Set("nonce", "other"); })) == "token");
  CHECK(Code(Arrive([](Json* c) { c->Set("aud", "other"); })) == "token");
  CHECK(Code(Arrive([](Json* c) { c->Set("iss", "https://evil.test"); })) == "token");
  CHECK(Code(Arrive([&](Json* c) { c->Set("exp", clock.Now() / 1'000'000 - 120); })) == "token");
  const Begun begun = Begin();
  provider.id_token = TestKey::P256("k1").Sign(Claims(begun.nonce));
  const auto forged = Finish(begun);
  CHECK(Code(forged) == "token");
  CHECK(forged.error().message.find("signature") != std::string::npos);
  const Begun unsigned_flow = Begin();
  provider.id_token = Base64UrlEncode(R"({"alg":"none"})") + "." +
                      Base64UrlEncode(Claims(unsigned_flow.nonce).Dump()) + ".";
  CHECK(Code(Finish(unsigned_flow)) == "token");
  provider.id_token = "nonsense";
  CHECK(Code(Finish(Begin())) == "token");
}

TEST_CASE_FIXTURE(OidcTest, "a sign-in is finished once, in its own browser, in time") {
  Configure();
  const Begun begun = Begin();
  provider.id_token = provider.key.Sign(Claims(begun.nonce));
  const Begun other = Begin();
  CHECK(Code(auth.oidc().Finish("acme", "", {"c", begun.state, "", "", false})) == "expired");
  CHECK(Code(auth.oidc().Finish("acme", other.flow, {"c", begun.state, "", "", false})) ==
        "expired");
  CHECK(Code(auth.oidc().Finish("other", begun.flow, {"c", begun.state, "", "", false})) ==
        "expired");
  CHECK(Code(auth.oidc().Finish("acme", begun.flow, {"c", "", "", "", false})) == "expired");
  CHECK(Finish(begun).ok());
  CHECK(Code(Finish(begun)) == "expired");  // replayed, code and all
  const Begun late = Begin();
  clock.Advance(oidc_flow_micros);
  CHECK(Code(Finish(late)) == "expired");
  const Begun refused = Begin();
  CHECK(Code(auth.oidc().Finish("acme", refused.flow,
                                {"", refused.state, "", "access_denied", false})) == "denied");
  // RFC 9207: an answer that names another provider.
  const Begun mixed = Begin();
  CHECK(Code(auth.oidc().Finish("acme", mixed.flow,
                                {"c", mixed.state, "https://evil.test", "", true})) == "token");
}

TEST_CASE_FIXTURE(OidcTest, "strangers who begin sign-ins keep nobody out") {
  Configure();
  // What brings no code is not remembered: the way may still be gone to its end.
  const Begun changed_mind = Begin();
  for (int i = 0; i < 2; ++i) {
    CHECK(Code(auth.oidc().Finish("acme", changed_mind.flow,
                                  {"", changed_mind.state, "", "access_denied", false})) ==
          "denied");
  }
  CHECK(Code(auth.oidc().Finish("acme", changed_mind.flow,
                                {"", changed_mind.state, "", "", false})) == "expired");
  provider.id_token = provider.key.Sign(Claims(changed_mind.nonce));
  CHECK(Finish(changed_mind).ok());
  // More made-up codes than are remembered.
  provider.token_status = 400;
  for (size_t i = 0; i < oidc_flows_max; ++i) {
    const Begun made_up = Begin();
    clock.Advance(1);
    if (Code(Finish(made_up)) != "provider") FAIL("refused at " << i);
  }
  provider.token_status = 200;
  const Begun begun = Begin();
  provider.id_token = provider.key.Sign(Claims(begun.nonce));
  CHECK(Finish(begun).ok());
  CHECK(Code(Finish(begun)) == "expired");  // the latest are remembered
}

TEST_CASE_FIXTURE(OidcTest, "a provider that is away is asked again after a while only") {
  Configure();
  clock.Advance(provider_cache_micros);
  provider.metadata.Set("issuer", "https://other.test");
  const int before = provider.metadata_requests;
  for (int i = 0; i < 3; ++i) CHECK(Code(auth.oidc().Begin("acme", back, "/")) == "provider");
  CHECK(provider.metadata_requests == before + 1);
  provider.metadata.Set("issuer", "https://id.test");
  CHECK(Code(auth.oidc().Begin("acme", back, "/")) == "provider");
  clock.Advance(provider_retry_micros);
  CHECK(auth.oidc().Begin("acme", back, "/").ok());
  CHECK(provider.metadata_requests == before + 2);
  // An administrator who tries again is not told of the last time.
  provider.metadata.Set("issuer", "https://other.test");
  CHECK_FALSE(auth.oidc().Put(config, {}, {}).ok());
  provider.metadata.Set("issuer", "https://id.test");
  CHECK(auth.oidc().Put(config, {}, {}).ok());
}

TEST_CASE("one asks a provider, a few wait for the answer, more are turned away") {
  const ManualClock clock{1'700'000'000'000'000};
  TestProvider provider;
  std::promise<void> turned_away;
  std::shared_future<void> go_on = turned_away.get_future().share();
  MetadataCache cache(clock, [&](const FetchRequest& request) {
    go_on.wait_for(std::chrono::seconds(10));  // so that a failure does not hang
    return provider.Answer(request);
  });
  std::atomic<int> described = 0;
  std::atomic<int> refused = 0;
  std::vector<std::jthread> strangers;
  // The one who asks, those who wait, and one too many: only its refusal lets the answer come.
  for (size_t i = 0; i < discovery_waiting_max + 2; ++i) {
    strangers.emplace_back([&] {
      if (cache.Of("https://id.test").ok()) {
        ++described;
      } else if (++refused == 1) {
        turned_away.set_value();
      }
    });
  }
  strangers.clear();
  CHECK(described == static_cast<int>(discovery_waiting_max) + 1);
  CHECK(refused == 1);
  CHECK(provider.metadata_requests == 1);
}

TEST_CASE_FIXTURE(OidcTest, "the e-mail must be verified, and of a domain that may sign in") {
  config.email_domains = {"acme.test"};
  Configure();
  CHECK(Arrive().ok());
  CHECK(Code(Arrive([](Json* c) { c->Set("email_verified", false); })) == "email");
  CHECK(Code(Arrive([](Json* c) { c->Remove("email_verified"); })) == "email");
  CHECK(Code(Arrive([](Json* c) { c->Set("email", "eve@evil.test"); })) == "domain");
  CHECK(Code(Arrive([](Json* c) { c->Set("email", "eve@sub.acme.test"); })) == "domain");
  CHECK(Code(Arrive([](Json* c) { c->Set("email", "eve@notacme.test"); })) == "domain");
  // Told at the other door, of the same person only.
  provider.userinfo =
      Json::Object({{"sub", "u1"}, {"email", "ada@acme.test"}, {"email_verified", true}});
  CHECK(Arrive([](Json* c) { c->Remove("email"); }).ok());
  provider.userinfo.Set("sub", "u2");
  CHECK(Code(Arrive([](Json* c) { c->Remove("email"); })) == "token");
}

TEST_CASE_FIXTURE(OidcTest, "new people get in only where the provider may make users") {
  Configure();
  const auto bob = [](Json* claims) {
    claims->Set("sub", "bob");
    claims->Set("email", "bob@acme.test");
    claims->Set("name", "Bob");
  };
  CHECK(Code(SignIn(bob)) == "no_user");
  config.new_user_role = "viewer";
  Configure();
  const Result<Session> session = SignIn(bob);
  REQUIRE(session.ok());
  CHECK(session->principal.role == "viewer");
  CHECK(session->principal.name == "Bob");
  CHECK(SignIn(bob)->principal.user == session->principal.user);
  config.new_user_role = "admin";
  CHECK(auth.oidc().Put(config, {}, {}).error().fields.at(0).field == "/new_user_role");
}

TEST_CASE_FIXTURE(OidcTest, "keys are fetched again when they were changed, not all the time") {
  Configure();
  CHECK(Arrive().ok());
  CHECK(Arrive().ok());
  CHECK(provider.key_requests == 1);
  provider.key = TestKey::Rsa("k2");
  CHECK(Code(Arrive()) == "token");  // not in the set yet
  provider.keys = Json::Object({{"keys", Json::Array({provider.key.Jwk()})}});
  CHECK(Code(Arrive()) == "token");  // asked a moment ago
  clock.Advance(keys_refetch_micros);
  CHECK(Arrive().ok());
  CHECK(provider.key_requests == 2);
  clock.Advance(provider_cache_micros);
  const int described = provider.metadata_requests;
  CHECK(Arrive().ok());
  CHECK(provider.key_requests == 3);
  CHECK(provider.metadata_requests == described + 1);
}

TEST_CASE_FIXTURE(OidcTest,
                  "a provider that is away or answers nonsense is told from a wrong user") {
  Configure();
  provider.token_status = 400;
  const auto refused = Arrive();
  CHECK(Code(refused) == "provider");
  CHECK(refused.error().message.find("invalid_grant") != std::string::npos);
  provider.token_status = 200;
  provider.id_token.clear();
  CHECK(Code(Finish(Begin())) == "provider");
  clock.Advance(provider_cache_micros);
  provider.away = true;
  CHECK(Code(auth.oidc().Begin("acme", back, "/")) == "provider");
}

TEST_CASE_FIXTURE(OidcTest, "a provider is checked before it is kept, and its secret sealed") {
  const auto field = [&](const std::function<void(OidcProvider*)>& change) {
    OidcProvider changed = config;
    change(&changed);
    const Status put = auth.oidc().Put(changed, {}, {});
    return put.ok() ? std::string("ok") : put.error().fields.at(0).field;
  };
  CHECK(field([](OidcProvider* p) { p->name = "A"; }) == "/name");
  CHECK(field([](OidcProvider* p) { p->label = ""; }) == "/label");
  CHECK(field([](OidcProvider* p) { p->issuer = "http://id.test"; }) == "/issuer");
  CHECK(field([](OidcProvider* p) { p->issuer = "https://id.test/other"; }) == "/issuer");
  CHECK(field([](OidcProvider* p) { p->client_id = "a\nb"; }) == "/client_id");
  CHECK(field([](OidcProvider* p) { p->email_domains = {"acme"}; }) == "/email_domains/0");
  provider.metadata.Set("issuer", "https://other.test");
  CHECK(field([](OidcProvider*) {}) == "/issuer");
  provider.metadata.Set("issuer", "https://id.test");
  provider.metadata.Set("token_endpoint", "http://internal/token");
  CHECK(field([](OidcProvider*) {}) == "/issuer");
  provider.metadata.Set("token_endpoint", "https://id.test/token");
  Configure();
  CHECK(auth.oidc().Get("acme")->has_secret);
  const auto stored = store->Read().value()->ListDocuments("auth.provider").value();
  CHECK(stored.at(0).second.Dump().find("s3cret") == std::string::npos);
  Configure(std::nullopt);  // keeps it
  CHECK(Arrive().ok());
  CHECK(auth.oidc().List()->size() == 1);
  CHECK(auth.oidc().Remove("acme", {}).ok());
  CHECK(auth.oidc().Remove("acme", {}).error().kind == ErrorKind::kNotFound);
}

TEST_CASE("one returns to a path of this server, whatever was given") {
  CHECK(SafeReturnPath("/accounts?filter=a%20b#x") == "/accounts?filter=a%20b#x");
  for (const char* hostile : {"", "accounts", "//evil.test", "/\\evil.test", "https://evil.test",
                              "/a\r\nSet-Cookie: x", "/a b", "\t//evil.test", "/x\\y"}) {
    CHECK(SafeReturnPath(hostile) == "/");
  }
  CHECK(IsProviderUrl("https://id.test/x?y"));
  CHECK(IsProviderUrl("http://127.0.0.1:3000/x"));
  CHECK(IsProviderUrl("http://[::1]:3000/"));
  for (const char* bad :
       {"", "http://id.test", "https://", "ftp://id.test", "https://a@id.test",
        "http://127.0.0.1.evil.test/", "https://id.test/#x", "https://id test/"}) {
    CHECK_FALSE(IsProviderUrl(bad));
  }
}

}  // namespace
}  // namespace boathouse::auth
