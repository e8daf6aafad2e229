// Signing in through an identity provider: the way there, the way back, and what administrators set up.
#include "base/bytes.h"
#include "surfaces/rest/credentials.h"
#include "surfaces/rest/input.h"
#include "surfaces/rest/route.h"

namespace boathouse::rest {
namespace {

// Lax, for it must come back with the provider's redirect; seen by no script, and by these paths only.
constexpr const char* flow_cookie = "boathouse_oidc";
constexpr const char* flow_path = "/api/v1/auth/oidc/";

std::string FlowCookie(const Call& call, std::string_view flow, Micros lifetime) {
  std::string cookie = std::string(flow_cookie) + "=" + std::string(flow) + "; Path=" + flow_path +
                       "; HttpOnly; SameSite=Lax; Max-Age=" + std::to_string(lifetime / 1'000'000);
  if (call.services.secure_cookies || call.request.secure) cookie += "; Secure";
  return cookie;
}

http::Response RedirectTo(std::string location) {
  http::Response response = http::Response::Empty(302);
  response.headers.Set("Location", std::move(location));
  return response;
}

// People look at the page, not at problem documents: the page puts the code into words.
http::Response BackToSignIn(const Call& call, const Error& error) {
  const std::string code = error.fields.empty() ? "provider" : error.fields.front().code;
  http::Response response = RedirectTo("/sign-in?provider_error=" + UrlEncode(code));
  response.headers.Add("Set-Cookie", FlowCookie(call, "", 0));
  return response;
}

// Where the server is among the paths of its host: "" at the root.
std::string ServerPath(const Call& call) {
  const std::string url = ServerUrl(call);
  const size_t path = url.find('/', url.find("://") + 3);
  return path == std::string::npos ? "" : url.substr(path);
}

std::string RedirectUri(const Call& call, std::string_view provider) {
  return ServerUrl(call) + flow_path + std::string(provider) + "/callback";
}

auth::Origin BrowserOf(const Call& call) {
  auth::Origin origin = OriginOf(call);
  origin.surface = "web";
  return origin;
}

Result<http::Response> ListMethods(Call& call) {
  ASSIGN(const std::vector<auth::OidcProvider> providers, call.services.auth.oidc().List());
  Json items = Json::Array();
  for (const auth::OidcProvider& provider : providers) {
    items.Append(Json::Object({{"name", provider.name},
                               {"label", provider.label},
                               {"url", ServerPath(call) + flow_path + provider.name + "/start"}}));
  }
  return http::Response::JsonBody(
      200, Json::Object({{"password", true}, {"providers", std::move(items)}}));
}

Result<http::Response> Start(Call& call) {
  const std::string_view provider = call.request.Parameter("provider");
  const Result<auth::OidcProviders::Departure> departure = call.services.auth.oidc().Begin(
      provider, RedirectUri(call, provider), call.request.Query("return_to").value_or("/"));
  if (!departure.ok()) {
    if (departure.error().kind == ErrorKind::kNotFound) return departure.error();
    call.services.auth.NoteProviderFailure(provider, {}, departure.error(), BrowserOf(call));
    return BackToSignIn(call, departure.error());
  }
  http::Response response = RedirectTo(departure->url);
  response.headers.Add("Set-Cookie", FlowCookie(call, departure->flow, auth::oidc_flow_micros));
  return response;
}

Result<http::Response> Callback(Call& call) {
  auth::Auth& auth = call.services.auth;
  const std::string_view provider = call.request.Parameter("provider");
  const auto query = [&](std::string_view name) {
    return call.request.Query(name).value_or(std::string_view());
  };
  auth::OidcProviders::Callback callback;
  callback.code = query("code");
  callback.state = query("state");
  callback.issuer = query("iss");
  callback.error = query("error");
  callback.has_issuer = call.request.Query("iss").has_value();
  const Result<auth::OidcProviders::Arrival> arrival =
      auth.oidc().Finish(provider, call.request.Cookie(flow_cookie), callback);
  if (!arrival.ok()) {
    auth.NoteProviderFailure(provider, {}, arrival.error(), BrowserOf(call));
    return BackToSignIn(call, arrival.error());
  }
  const Result<auth::Session> session = auth.SignInAs(arrival->identity, BrowserOf(call));
  if (!session.ok()) return BackToSignIn(call, session.error());
  http::Response response = RedirectTo(arrival->return_to);
  response.headers.Add("Set-Cookie", FlowCookie(call, "", 0));
  response.headers.Add("Set-Cookie", SessionCookie(call, session->token, auth::session_micros));
  return response;
}

Json ProviderJson(const Call& call, const auth::OidcProvider& provider) {
  Json domains = Json::Array();
  for (const std::string& domain : provider.email_domains) domains.Append(domain);
  return Json::Object(
      {{"name", provider.name},
       {"label", provider.label},
       {"issuer", provider.issuer},
       {"client_id", provider.client_id},
       {"has_secret", provider.has_secret},
       {"email_domains", std::move(domains)},
       {"new_user_role", provider.new_user_role.empty() ? Json() : Json(provider.new_user_role)},
       {"redirect_uri", RedirectUri(call, provider.name)}});
}

Status AllowProviders(const Call& call) {
  return call.services.crm.AllowAdministration(call.caller, "see or change sign-in providers");
}

Result<http::Response> ListProviders(Call& call) {
  TRY(AllowProviders(call));
  ASSIGN(const std::vector<auth::OidcProvider> providers, call.services.auth.oidc().List());
  Json items = Json::Array();
  for (const auth::OidcProvider& provider : providers) items.Append(ProviderJson(call, provider));
  return http::Response::JsonBody(200, Json::Object({{"items", std::move(items)}}));
}

// Replaces what the body has; `client_secret` comes back apart, as a provider does not hold it.
Status ReadProvider(const Call& call, auth::OidcProvider* provider,
                    std::optional<std::string>* client_secret) {
  const Json& body = call.body;
  for (const auto& [name, target] : {std::pair{"name", &provider->name},
                                     {"label", &provider->label},
                                     {"issuer", &provider->issuer},
                                     {"client_id", &provider->client_id}}) {
    if (body.Find(name) == nullptr && !target->empty()) continue;
    ASSIGN(*target, ReadText(body, name));
  }
  if (body.Find("client_secret") != nullptr) {
    ASSIGN(*client_secret, ReadText(body, "client_secret"));
  }
  if (const Json* domains = body.Find("email_domains"); domains != nullptr) {
    if (!domains->is_array()) {
      return Error::Field("/email_domains", "wrong_type", "email_domains is a list of texts");
    }
    provider->email_domains.clear();
    for (const Json& domain : domains->items()) {
      provider->email_domains.push_back(AsciiLower(domain.AsString()));
    }
  }
  if (const Json* role = body.Find("new_user_role"); role != nullptr) {
    const model::Object& user = *call.services.crm.model()->Find("user");
    const model::Field& field = user.fields[*user.IndexOf("role")];
    ASSIGN(const model::Value value, model::FromJson(field, *role, "/new_user_role"));
    provider->new_user_role = model::IsNull(value) ? "" : model::ToText(value);
  }
  return Status::Ok();
}

Result<http::Response> AddProvider(Call& call) {
  TRY(AllowProviders(call));
  TRY(CheckMembers(call.body, {"name", "label", "issuer", "client_id", "client_secret",
                               "email_domains", "new_user_role"}));
  auth::OidcProvider provider;
  std::optional<std::string> secret;
  TRY(ReadProvider(call, &provider, &secret));
  if (call.services.auth.oidc().Get(provider.name).ok()) {
    Error taken(ErrorKind::kConflict, "there is a sign-in provider of that name already");
    taken.fields.push_back({"/name", "duplicate", taken.message});
    return taken;
  }
  TRY(call.services.auth.oidc().Put(provider, secret, ActorOf(call)));
  ASSIGN(const auth::OidcProvider stored, call.services.auth.oidc().Get(provider.name));
  return http::Response::JsonBody(201, ProviderJson(call, stored));
}

Result<http::Response> ChangeProvider(Call& call) {
  TRY(AllowProviders(call));
  TRY(CheckMembers(call.body, {"label", "issuer", "client_id", "client_secret", "email_domains",
                               "new_user_role"}));
  ASSIGN(auth::OidcProvider provider,
         call.services.auth.oidc().Get(call.request.Parameter("provider")));
  std::optional<std::string> secret;
  TRY(ReadProvider(call, &provider, &secret));
  TRY(call.services.auth.oidc().Put(provider, secret, ActorOf(call)));
  ASSIGN(const auth::OidcProvider stored, call.services.auth.oidc().Get(provider.name));
  return http::Response::JsonBody(200, ProviderJson(call, stored));
}

Result<http::Response> RemoveProvider(Call& call) {
  TRY(AllowProviders(call));
  TRY(call.services.auth.oidc().Remove(call.request.Parameter("provider"), ActorOf(call)));
  return http::Response::Empty(204);
}

}  // namespace

std::vector<Route> OidcRoutes() {
  using enum Access;
  return {
      {"GET", "/auth/methods", kPublic, Body::kNone, {}, ListMethods},
      {"GET", "/auth/oidc/{provider}/start", kPublic, Body::kNone, {"return_to"}, Start},
      {"GET",
       "/auth/oidc/{provider}/callback",
       kPublic,
       Body::kNone,
       {"code", "state", "iss", "error"},
       Callback,
       true},
      {"GET", "/auth/providers", kSignedIn, Body::kNone, {}, ListProviders},
      {"POST", "/auth/providers", kSignedIn, Body::kJson, {}, AddProvider},
      {"PATCH", "/auth/providers/{provider}", kSignedIn, Body::kMergePatch, {}, ChangeProvider},
      {"DELETE", "/auth/providers/{provider}", kSignedIn, Body::kNone, {}, RemoveProvider},
  };
}

}  // namespace boathouse::rest
