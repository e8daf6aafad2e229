// API tokens for programs. A secret is told once, to whoever makes it; lists tell everything else.
#include <algorithm>

#include "surfaces/rest/credentials.h"
#include "surfaces/rest/input.h"
#include "surfaces/rest/route.h"

namespace boathouse::rest {
namespace {

constexpr Micros day_micros = 24LL * 3600 * 1'000'000;
constexpr const char* share = "boathouse";  // the share with every published table

bool IsAdmin(const Call& call) {
  return call.services.crm.AllowAdministration(call.caller, "manage the tokens of others").ok();
}

// One line of text, for people to know the credential by.
Result<std::string> ReadName(const Json& body) {
  model::Field field;
  field.name = "name";
  field.length_max = credential_name_chars_max;
  ASSIGN(const model::Value name, model::FromJson(field, body["name"], "/name"));
  if (model::IsNull(name)) return Error::Field("/name", "required", "name is required");
  return model::ToText(name);
}

Result<Micros> ReadLifetime(const Json& body) {
  const Json* days = body.Find("expires_in_days");
  if (days == nullptr) return credential_days_default * day_micros;
  const auto count = days->AsInt();
  if (!count) {
    return Error::Field("/expires_in_days", "wrong_type", "expires_in_days must be a whole number");
  }
  if (*count < 1 || *count > credential_days_max) {
    return Error::Field(
        "/expires_in_days", "out_of_range",
        "expires_in_days must be between 1 and " + std::to_string(credential_days_max));
  }
  return *count * day_micros;
}

Json TimeOrNull(Micros at) { return at == 0 ? Json() : Json(FormatDateTime(at)); }

Json InfoJson(const auth::TokenInfo& info) {
  return Json::Object({{"id", info.id},
                       {"name", info.name},
                       {"created_at", FormatDateTime(info.created_at)},
                       {"expires_at", TimeOrNull(info.expires_at)},
                       {"last_used_at", TimeOrNull(info.used_at)},
                       {"last_used_from", info.used_from.empty() ? Json() : Json(info.used_from)}});
}

Json TokenJson(const auth::TokenInfo& info) {
  return InfoJson(info).Set("user_id", info.user.ToString()).Set("scopes", info.scopes.ToJson());
}

// Reading and changing records, unless the request says otherwise.
Result<auth::Scopes> ReadScopes(const Call& call) {
  const Json* given = call.body.Find("scopes");
  if (given != nullptr) return auth::Scopes::Parse(*given, *call.model, "/scopes");
  return auth::Scopes::Parse(Json::Array({"read", "write"}), *call.model, "/scopes");
}

// What a token may do it may not hand on to another, unless it may do everything its user may.
Status AllowTokens(const Call& call) {
  const std::optional<auth::Scopes>& scopes = call.caller.principal.scopes;
  if (!scopes || scopes->AllowsAdmin()) return Status::Ok();
  return Error(ErrorKind::kForbidden,
               "this token may not make, list or end tokens: it lacks the scope admin");
}

http::Response ListResponse(Json items) {
  return http::Response::JsonBody(200, Json::Object({{"items", std::move(items)}}));
}

// Whose token it is to be: one's own, or for administrators anybody's who can sign in.
Result<auth::Principal> ReadOwner(const Call& call) {
  const auth::Principal& self = call.caller.principal;
  const Json& given = call.body["user_id"];
  if (given.is_null()) return self;
  const auto id = Id::Parse(given.AsString());
  if (!id) return Error::Field("/user_id", "wrong_format", "user_id must be the id of a user");
  if (*id == self.user) return self;
  if (!IsAdmin(call)) {
    return Error(ErrorKind::kForbidden, "only administrators make tokens for other users");
  }
  const model::Object& object = *call.model->Find("user");
  const Result<model::Record> user = call.services.crm.Get(call.caller, object, *id);
  if (!user.ok() && user.error().kind != ErrorKind::kNotFound) return user.error();
  if (!user.ok() || user->At(*object.IndexOf("is_active")) == model::Value(false)) {
    return Error::Field("/user_id", "not_found", "there is no active user " + id->ToString());
  }
  auth::Principal owner;
  owner.user = *id;
  return owner;
}

Result<http::Response> ListTokens(Call& call) {
  TRY(AllowTokens(call));
  ASSIGN(const std::vector<auth::TokenInfo> tokens, call.services.auth.ListApiTokens());
  Json items = Json::Array();
  for (const auth::TokenInfo& token : tokens) {
    if (IsAdmin(call) || token.user == call.caller.principal.user) items.Append(TokenJson(token));
  }
  return ListResponse(std::move(items));
}

Result<http::Response> CreateToken(Call& call) {
  TRY(AllowTokens(call));
  TRY(CheckMembers(call.body, {"name", "expires_in_days", "user_id", "scopes"}));
  ASSIGN(const std::string name, ReadName(call.body));
  ASSIGN(const auth::Scopes scopes, ReadScopes(call));
  ASSIGN(const Micros lifetime, ReadLifetime(call.body));
  ASSIGN(const auth::Principal owner, ReadOwner(call));
  ASSIGN(const std::vector<auth::TokenInfo> before, call.services.auth.ListApiTokens());
  const auto owned = std::count_if(before.begin(), before.end(), [&](const auth::TokenInfo& token) {
    return token.user == owner.user;
  });
  if (static_cast<size_t>(owned) >= api_tokens_max) {
    return Error(ErrorKind::kConflict, "a user may have at most " + std::to_string(api_tokens_max) +
                                           " API tokens; revoke some that are no longer used");
  }
  ASSIGN(const std::string secret,
         call.services.auth.CreateApiToken(owner, name, lifetime, scopes, ActorOf(call)));
  const std::string id = auth::TokenId(secret);
  ASSIGN(const std::vector<auth::TokenInfo> tokens, call.services.auth.ListApiTokens());
  for (const auth::TokenInfo& token : tokens) {
    if (token.id == id) {
      return http::Response::JsonBody(201, TokenJson(token).Set("token", secret));
    }
  }
  return Error(ErrorKind::kConflict, "the token was revoked while it was made");
}

Result<http::Response> RevokeToken(Call& call) {
  TRY(AllowTokens(call));
  const std::string_view id = call.request.Parameter("id");
  if (!IsAdmin(call)) {
    ASSIGN(const std::vector<auth::TokenInfo> tokens, call.services.auth.ListApiTokens());
    const bool is_own =
        std::any_of(tokens.begin(), tokens.end(), [&](const auth::TokenInfo& token) {
          return token.id == id && token.user == call.caller.principal.user;
        });
    // The tokens of others are not told apart from those that there are not.
    if (!is_own) return Error(ErrorKind::kNotFound, "you have no token of that id");
  }
  TRY(call.services.auth.RevokeApiToken(id, ActorOf(call)));
  return http::Response::Empty(204);
}

}  // namespace

std::string ServerUrl(const Services& services, const http::Request& request) {
  if (!services.public_url.empty()) return services.public_url;
  const std::string_view host = request.headers.Get("host", "127.0.0.1");
  return (request.secure ? "https://" : "http://") + std::string(host);
}

std::string ServerUrl(const Call& call) { return ServerUrl(call.services, call.request); }

std::vector<Route> CredentialRoutes() {
  using enum Access;
  return {
      {"GET", "/api-tokens", kSignedIn, Body::kNone, {}, ListTokens},
      {"POST", "/api-tokens", kSignedIn, Body::kJson, {}, CreateToken},
      {"DELETE", "/api-tokens/{id}", kSignedIn, Body::kNone, {}, RevokeToken},
  };
}

}  // namespace boathouse::rest
