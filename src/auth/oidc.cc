#include "auth/oidc.h"

#include <algorithm>
#include <mutex>
#include <unordered_map>

#include "auth/auth.h"
#include "auth/oidc_metadata.h"
#include "base/bytes.h"

namespace boathouse::auth {
namespace {

constexpr const char* collection = "auth.provider";  // key: the provider's name
constexpr size_t name_chars_max = 40;
constexpr size_t label_chars_max = 60;
constexpr size_t client_id_chars_max = 512;
constexpr size_t secret_chars_max = 2048;
constexpr size_t return_path_chars_max = 1000;
constexpr size_t code_chars_max = 8192;

bool IsOneLine(std::string_view text, size_t chars_max) {
  return !text.empty() && text.size() <= chars_max && IsUtf8(text) &&
         std::none_of(text.begin(), text.end(),
                      [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7F; });
}

bool IsProviderName(std::string_view name) {
  return !name.empty() && name.size() <= name_chars_max && name.front() != '-' &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
         });
}

bool IsDomain(std::string_view domain) {
  return domain.size() <= 253 && domain.find('.') != std::string_view::npos &&
         domain.front() != '.' && domain.back() != '.' &&
         std::all_of(domain.begin(), domain.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
         });
}

Status CheckProvider(const OidcProvider& provider) {
  if (!IsProviderName(provider.name)) {
    return Error::Field("/name", "wrong_format",
                        "a provider's name has 1 to 40 of a-z, 0-9 and dashes");
  }
  if (!IsOneLine(provider.label, label_chars_max)) {
    return Error::Field("/label", "required", "label must be one line of 1 to 60 characters");
  }
  if (!IsProviderUrl(provider.issuer) || provider.issuer.find('?') != std::string::npos) {
    return Error::Field(
        "/issuer", "wrong_format",
        "issuer must be the provider's https:// URL (http:// on this machine only)");
  }
  if (!IsOneLine(provider.client_id, client_id_chars_max)) {
    return Error::Field("/client_id", "required", "client_id must be one line of text");
  }
  if (provider.email_domains.size() > provider_domains_max) {
    return Error::Field("/email_domains", "out_of_range", "at most 100 e-mail domains");
  }
  if (provider.new_user_role == "admin") {
    return Error::Field("/new_user_role", "not_allowed",
                        "those who come for the first time cannot be administrators");
  }
  for (size_t i = 0; i < provider.email_domains.size(); ++i) {
    if (IsDomain(provider.email_domains[i])) continue;
    return Error::Field("/email_domains/" + std::to_string(i), "wrong_format",
                        "an e-mail domain looks like example.com");
  }
  return Status::Ok();
}

std::string DomainOf(std::string_view email) {
  const size_t at = email.rfind('@');
  return at == std::string_view::npos ? std::string() : AsciiLower(email.substr(at + 1));
}

Error Expired() {
  return OidcError(ErrorKind::kUnauthenticated, "expired",
                   "this sign-in took too long, was finished before, or was begun in another "
                   "browser; begin again");
}

// What a provider calls a failure, if it is one of the short names that there are.
std::string ShortError(std::string_view text) {
  const bool plain = !text.empty() && text.size() <= 40 &&
                     std::all_of(text.begin(), text.end(),
                                 [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
  return plain ? std::string(text) : "an error";
}

}  // namespace

Error OidcError(ErrorKind kind, std::string code, std::string message) {
  Error error(kind, std::move(message));
  error.fields.push_back({"", std::move(code), error.message});
  return error;
}

std::string SafeReturnPath(std::string_view path) {
  // "//host" and "/\host" are other servers to a browser.
  const bool plain = path.size() <= return_path_chars_max && path.starts_with("/") &&
                     !path.starts_with("//") && !path.starts_with("/\\") &&
                     std::none_of(path.begin(), path.end(), [](char c) {
                       return static_cast<unsigned char>(c) <= ' ' || c == 0x7F || c == '\\';
                     });
  return plain ? std::string(path) : "/";
}

struct OidcProviders::Impl {
  Impl(store::Store& the_store, const Clock& the_clock, const Seal& the_seal, AuditLog& the_audit,
       Fetch fetch)
      : store(the_store),
        clock(the_clock),
        seal(the_seal),
        audit(the_audit),
        metadata(the_clock, std::move(fetch)) {}

  store::Store& store;
  const Clock& clock;
  const Seal& seal;
  AuditLog& audit;
  MetadataCache metadata;

  // Sign-ins that were finished, by their state, until their cookies have expired.
  std::mutex used_mutex;
  std::unordered_map<std::string, Micros> used;

  OidcProvider Read(const std::string& name, const Json& body) const {
    OidcProvider provider;
    provider.name = name;
    provider.label = body["label"].AsString();
    provider.issuer = body["issuer"].AsString();
    provider.client_id = body["client_id"].AsString();
    provider.has_secret = body.Find("secret") != nullptr;
    for (const Json& domain : body["email_domains"].items()) {
      provider.email_domains.emplace_back(domain.AsString());
    }
    provider.new_user_role = body["new_user_role"].AsString();
    return provider;
  }

  Result<Json> BodyOf(std::string_view name) {
    ASSIGN(const std::unique_ptr<store::Snapshot> snapshot, store.Read());
    ASSIGN(std::optional<Json> body, snapshot->GetDocument(collection, name));
    if (body) return std::move(*body);
    return Error(ErrorKind::kNotFound, "there is no sign-in provider of that name");
  }

  // True once for each state.
  bool TakeState(const std::string& state, Micros expires_at) {
    const std::lock_guard lock(used_mutex);
    const Micros now = clock.Now();
    if (used.size() >= oidc_flows_max) {
      std::erase_if(used, [&](const auto& entry) { return entry.second <= now; });
    }
    // Anybody can fill this, and nobody may be locked out by it: the one that would expire first is
    // forgotten. To repeat it one needs its cookie, and a provider that takes a code twice.
    if (used.size() >= oidc_flows_max && !used.contains(state)) {
      used.erase(std::min_element(used.begin(), used.end(), [](const auto& a, const auto& b) {
        return a.second < b.second;
      }));
    }
    return used.emplace(state, expires_at).second;
  }

  struct Tokens {
    std::string id_token;
    std::string access_token;
  };
  Result<Tokens> TradeCode(const ProviderMetadata& provider, const Json& body, const Json& flow,
                           std::string_view code);
  Result<Json> Claims(const ProviderMetadata& provider, const std::string& client_id,
                      const std::string& nonce, const Tokens& tokens);
  Status AddUserInfo(const ProviderMetadata& provider, const Tokens& tokens, Json* claims);
};

// RFC 6749, sections 4.1.3 and 2.3.1.
Result<OidcProviders::Impl::Tokens> OidcProviders::Impl::TradeCode(const ProviderMetadata& provider,
                                                                   const Json& body,
                                                                   const Json& flow,
                                                                   std::string_view code) {
  const std::string client_id(body["client_id"].AsString());
  FetchRequest request;
  request.method = "POST";
  request.url = provider.token_endpoint;
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded"},
                     {"Accept", "application/json"}};
  request.body = "grant_type=authorization_code&code=" + UrlEncode(code) +
                 "&redirect_uri=" + UrlEncode(flow["redirect_uri"].AsString()) +
                 "&code_verifier=" + UrlEncode(flow["verifier"].AsString());
  std::string secret;
  if (const Json* sealed = body.Find("secret"); sealed != nullptr) {
    auto opened = seal.Open("provider " + std::string(body["name"].AsString()), sealed->AsString());
    if (!opened) {
      return OidcError(ErrorKind::kUnavailable, "provider",
                       "the client secret cannot be opened with this server's key; an "
                       "administrator has to enter it again");
    }
    secret = std::move(*opened);
  }
  if (!secret.empty() && !provider.secret_in_body) {
    request.headers.emplace_back(
        "Authorization", "Basic " + Base64Encode(UrlEncode(client_id) + ":" + UrlEncode(secret)));
  } else {
    request.body += "&client_id=" + UrlEncode(client_id);
    if (!secret.empty()) request.body += "&client_secret=" + UrlEncode(secret);
  }
  // Not through FetchJson: a refusal of the code says why in its body.
  ASSIGN(const FetchResponse response, metadata.Send(request));
  const Result<Json> answer = Json::Parse(response.body);
  if (response.status != 200) {
    const std::string why = answer.ok() ? ShortError((*answer)["error"].AsString()) : "an error";
    return OidcError(ErrorKind::kUnauthenticated, "provider",
                     "the identity provider refused the code (" + why + ")");
  }
  if (!answer.ok() || (*answer)["id_token"].AsString().empty()) {
    return OidcError(ErrorKind::kUnavailable, "provider",
                     "the identity provider answered without an identity token");
  }
  return Tokens{std::string((*answer)["id_token"].AsString()),
                std::string((*answer)["access_token"].AsString())};
}

Result<Json> OidcProviders::Impl::Claims(const ProviderMetadata& provider,
                                         const std::string& client_id, const std::string& nonce,
                                         const Tokens& tokens) {
  const auto refused = [](const Error& error) {
    return OidcError(ErrorKind::kUnauthenticated, "token", error.message);
  };
  const Result<IdTokenHeader> header = ReadIdTokenHeader(tokens.id_token);
  if (!header.ok()) return refused(header.error());
  ASSIGN(const std::shared_ptr<const KeySet> keys,
         metadata.KeysFor(provider, header->kid, header->algorithm));
  Result<Json> claims =
      VerifyIdToken(tokens.id_token, *keys, {provider.issuer, client_id, nonce, clock.Now()});
  if (!claims.ok()) return refused(claims.error());
  if ((*claims)["email"].AsString().empty()) TRY(AddUserInfo(provider, tokens, &*claims));
  return claims;
}

// Providers may tell the e-mail at another door only (Core 1.0, section 5.3).
Status OidcProviders::Impl::AddUserInfo(const ProviderMetadata& provider, const Tokens& tokens,
                                        Json* claims) {
  if (provider.userinfo_endpoint.empty() || tokens.access_token.empty()) return Status::Ok();
  FetchRequest request;
  request.url = provider.userinfo_endpoint;
  request.headers = {{"Authorization", "Bearer " + tokens.access_token},
                     {"Accept", "application/json"}};
  ASSIGN(const Json info, metadata.FetchJson(request));
  if (info["sub"].AsString() != (*claims)["sub"].AsString()) {
    return OidcError(ErrorKind::kUnauthenticated, "token",
                     "the identity provider told of somebody else (sub)");
  }
  for (const char* name : {"email", "email_verified", "name"}) {
    if (const Json* value = info.Find(name); value != nullptr) claims->Set(name, *value);
  }
  return Status::Ok();
}

OidcProviders::OidcProviders(store::Store& store, const Clock& clock, const Seal& seal,
                             AuditLog& audit, Fetch fetch)
    : impl_(std::make_unique<Impl>(store, clock, seal, audit, std::move(fetch))) {}

OidcProviders::~OidcProviders() = default;

Result<std::vector<OidcProvider>> OidcProviders::List() {
  ASSIGN(const std::unique_ptr<store::Snapshot> snapshot, impl_->store.Read());
  ASSIGN(const auto documents, snapshot->ListDocuments(collection));
  std::vector<OidcProvider> providers;
  for (const auto& [name, body] : documents) providers.push_back(impl_->Read(name, body));
  return providers;
}

Result<OidcProvider> OidcProviders::Get(std::string_view name) {
  ASSIGN(const Json body, impl_->BodyOf(name));
  return impl_->Read(std::string(name), body);
}

Status OidcProviders::Put(const OidcProvider& provider,
                          const std::optional<std::string>& client_secret, const Actor& by) {
  TRY(CheckProvider(provider));
  if (client_secret && !IsOneLine(*client_secret, secret_chars_max)) {
    return Error::Field("/client_secret", "wrong_format", "client_secret must be one line of text");
  }
  impl_->metadata.Forget(provider.issuer);
  if (const auto described = impl_->metadata.Of(provider.issuer); !described.ok()) {
    return Error::Field("/issuer", "unreachable", described.error().message);
  }
  Json body = Json::Object({{"name", provider.name},
                            {"label", provider.label},
                            {"issuer", provider.issuer},
                            {"client_id", provider.client_id},
                            {"new_user_role", provider.new_user_role}});
  Json domains = Json::Array();
  for (const std::string& domain : provider.email_domains) domains.Append(domain);
  body.Set("email_domains", std::move(domains));
  if (client_secret) {
    body.Set("secret", impl_->seal.Close("provider " + provider.name, *client_secret));
  }
  return impl_->store.Write([&](store::Transaction& transaction) -> Status {
    ASSIGN(const auto documents, transaction.ListDocuments(collection));
    const auto before = std::find_if(documents.begin(), documents.end(), [&](const auto& document) {
      return document.first == provider.name;
    });
    if (before == documents.end() && documents.size() >= providers_max) {
      return Error(ErrorKind::kConflict, "there may be at most 20 sign-in providers");
    }
    Json stored = body;
    if (!client_secret && before != documents.end()) {
      if (const Json* kept = before->second.Find("secret"); kept != nullptr) {
        stored.Set("secret", *kept);
      }
    }
    TRY(transaction.PutDocument(collection, provider.name, stored));
    return impl_->audit.Record(
        transaction, AuditEntry::By(by.principal, by.surface, AuditKind::kSettingsChanged,
                                    "sign-in provider " + provider.name,
                                    Json::Object({{"issuer", provider.issuer},
                                                  {"new_user_role", provider.new_user_role}})));
  });
}

Status OidcProviders::Remove(std::string_view name, const Actor& by) {
  return impl_->store.Write([&](store::Transaction& transaction) -> Status {
    ASSIGN(const std::optional<Json> body, transaction.GetDocument(collection, name));
    if (!body) return Error(ErrorKind::kNotFound, "there is no sign-in provider of that name");
    TRY(transaction.DeleteDocument(collection, name));
    return impl_->audit.Record(
        transaction, AuditEntry::By(by.principal, by.surface, AuditKind::kSettingsChanged,
                                    "sign-in provider " + std::string(name) + " removed"));
  });
}

Result<OidcProviders::Departure> OidcProviders::Begin(std::string_view name,
                                                      std::string_view redirect_uri,
                                                      std::string_view return_to) {
  ASSIGN(const Json body, impl_->BodyOf(name));
  ASSIGN(const ProviderMetadata provider,
         impl_->metadata.Of(std::string(body["issuer"].AsString())));
  const std::string state = Base64UrlEncode(RandomBytes(32));
  const std::string nonce = Base64UrlEncode(RandomBytes(32));
  const std::string verifier = Base64UrlEncode(RandomBytes(32));
  const Json flow = Json::Object({{"provider", name},
                                  {"state", state},
                                  {"nonce", nonce},
                                  {"verifier", verifier},
                                  {"redirect_uri", redirect_uri},
                                  {"return_to", SafeReturnPath(return_to)},
                                  {"expires_at", impl_->clock.Now() + oidc_flow_micros}});
  Departure departure;
  departure.url = provider.authorization_endpoint;
  departure.url += departure.url.find('?') == std::string::npos ? '?' : '&';
  departure.url += "response_type=code&scope=" + UrlEncode("openid email profile") +
                   "&client_id=" + UrlEncode(body["client_id"].AsString()) +
                   "&redirect_uri=" + UrlEncode(redirect_uri) + "&state=" + state +
                   "&nonce=" + nonce + "&code_challenge=" + Base64UrlEncode(Sha256(verifier)) +
                   "&code_challenge_method=S256";
  departure.flow = impl_->seal.Close("oidc flow", flow.Dump());
  return departure;
}

Result<OidcProviders::Arrival> OidcProviders::Finish(std::string_view name, std::string_view flow,
                                                     const Callback& callback) {
  const auto opened = impl_->seal.Open("oidc flow", flow);
  if (!opened) return Expired();
  ASSIGN(const Json begun, Json::Parse(*opened));
  const Micros expires_at = begun["expires_at"].AsInt().value_or(0);
  const std::string state(begun["state"].AsString());
  if (begun["provider"].AsString() != name || expires_at <= impl_->clock.Now() ||
      !ConstantTimeEquals(state, callback.state)) {
    return Expired();
  }
  if (!callback.error.empty()) {
    return OidcError(
        ErrorKind::kUnauthenticated, "denied",
        "the identity provider did not sign you in (" + ShortError(callback.error) + ")");
  }
  if (callback.code.empty() || callback.code.size() > code_chars_max ||
      !impl_->TakeState(state, expires_at)) {
    return Expired();
  }
  ASSIGN(const Json body, impl_->BodyOf(name));
  const std::string issuer(body["issuer"].AsString());
  ASSIGN(const ProviderMetadata provider, impl_->metadata.Of(issuer));
  // RFC 9207: the answer of another provider that was mixed in is refused.
  if (callback.has_issuer ? callback.issuer != issuer : provider.names_issuer) {
    return OidcError(ErrorKind::kUnauthenticated, "token",
                     "the answer is not that of the identity provider that was asked (iss)");
  }
  ASSIGN(const Impl::Tokens tokens, impl_->TradeCode(provider, body, begun, callback.code));
  ASSIGN(const Json claims, impl_->Claims(provider, std::string(body["client_id"].AsString()),
                                          std::string(begun["nonce"].AsString()), tokens));
  Arrival arrival;
  arrival.identity.provider = impl_->Read(std::string(name), body);
  arrival.identity.subject = claims["sub"].AsString();
  arrival.identity.email = AsciiLower(claims["email"].AsString());
  arrival.identity.name = claims["name"].AsString();
  arrival.return_to = begun["return_to"].AsString();
  const Json& verified = claims["email_verified"];
  if (arrival.identity.email.empty() || !(verified.AsBool() || verified.AsString() == "true")) {
    return OidcError(ErrorKind::kForbidden, "email",
                     "the identity provider does not vouch for an e-mail address of yours");
  }
  const std::vector<std::string>& domains = arrival.identity.provider.email_domains;
  if (!domains.empty() && std::find(domains.begin(), domains.end(),
                                    DomainOf(arrival.identity.email)) == domains.end()) {
    return OidcError(ErrorKind::kForbidden, "domain",
                     "e-mail addresses of that domain may not sign in here");
  }
  return arrival;
}

}  // namespace boathouse::auth
