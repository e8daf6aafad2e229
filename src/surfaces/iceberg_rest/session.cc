// What a client asks first: the catalog's configuration, and a token.

#include <map>
#include <optional>
#include <utility>

#include "base/bytes.h"
#include "surfaces/iceberg_rest/call.h"

namespace boathouse::iceberg_rest {
namespace {

constexpr std::string_view client_credentials = "client_credentials";
constexpr std::string_view token_exchange = "urn:ietf:params:oauth:grant-type:token-exchange";
constexpr std::string_view access_token_type = "urn:ietf:params:oauth:token-type:access_token";

// The share that the session is about: the one that is named, or the only one there is.
Result<sharing::Share> ChooseWarehouse(const Surface& surface, const sharing::Reader& reader,
                                       std::string_view name, std::string_view* missing) {
  sharing::Sharing& sharing = surface.services.sharing;
  *missing = no_such_warehouse;
  if (!name.empty()) {
    Result<sharing::Share> share = sharing.FindShare(reader, name);
    if (share.ok()) return share;
    return Error(ErrorKind::kNotFound, "there is no warehouse '" + std::string(name) + "'");
  }
  std::vector<sharing::Share> shares = sharing.Shares(reader);
  if (shares.size() == 1) return std::move(shares.front());
  if (shares.empty()) {
    return Error(ErrorKind::kNotFound,
                 "no share is granted to " + reader.name + ": ask the CRM's administrator");
  }
  std::string names;
  for (const sharing::Share& share : shares) names += (names.empty() ? "" : ", ") + share.name;
  return Error(ErrorKind::kInvalid, "name a warehouse, one of: " + names);
}

using Form = std::map<std::string, std::string, std::less<>>;

// application/x-www-form-urlencoded; nothing when it is not.
std::optional<Form> ParseForm(std::string_view body) {
  Form form;
  while (!body.empty()) {
    const std::string_view pair = body.substr(0, body.find('&'));
    body.remove_prefix(std::min(body.size(), pair.size() + 1));
    const size_t equals = pair.find('=');
    std::optional<std::string> name = UrlDecode(pair.substr(0, equals), true);
    std::optional<std::string> value =
        UrlDecode(equals == std::string_view::npos ? "" : pair.substr(equals + 1), true);
    if (!name || !value) return std::nullopt;
    form.insert_or_assign(*std::move(name), *std::move(value));
  }
  return form;
}

struct ClientCredentials {
  std::string id;  // "": the secret is a token that stands for itself
  std::string secret;
};

// Of `Authorization: Basic`, whose two halves are form-encoded first (RFC 6749, section 2.3.1), or of the
// form. Nothing when there are none.
std::optional<ClientCredentials> FindCredentials(const http::Request& request, const Form& form) {
  const std::string_view authorization = request.headers.Get("authorization");
  constexpr std::string_view basic = "basic ";
  if (AsciiLower(authorization.substr(0, basic.size())) == basic) {
    const auto pair = Base64Decode(TrimAscii(authorization.substr(basic.size())));
    const size_t colon = pair ? pair->find(':') : std::string::npos;
    if (colon == std::string::npos) return std::nullopt;
    const auto id = UrlDecode(std::string_view(*pair).substr(0, colon), true);
    const auto secret = UrlDecode(std::string_view(*pair).substr(colon + 1), true);
    if (!id || !secret) return std::nullopt;
    return ClientCredentials{*id, *secret};
  }
  const auto secret = form.find("client_secret");
  if (secret == form.end()) return std::nullopt;
  const auto id = form.find("client_id");
  return ClientCredentials{id == form.end() ? "" : id->second, secret->second};
}

Result<sharing::OAuthToken> TokenOf(const Surface& surface, const http::Request& request,
                                    const ClientCredentials& client) {
  sharing::Sharing& sharing = surface.services.sharing;
  if (client.id.empty()) return sharing.ExchangeToken(client.secret, request.peer_address);
  return sharing.IssueToken(client.id, client.secret, request.peer_address);
}

http::Response TokenAnswer(const Result<sharing::OAuthToken>& token) {
  if (!token.ok()) {
    const Error& error = token.error();
    if (error.kind == ErrorKind::kForbidden) {
      return OAuthError(400, "unauthorized_client", error.message);
    }
    if (error.kind == ErrorKind::kUnauthenticated) {
      return OAuthError(401, "invalid_client", error.message);
    }
    return FromRefusal({error});
  }
  http::Response response =
      http::Response::JsonBody(200, Json::Object({{"access_token", token->access_token},
                                                  {"token_type", "bearer"},
                                                  {"expires_in", token->expires_in_s},
                                                  {"issued_token_type", access_token_type}}));
  response.headers.Set("Cache-Control", "no-store");
  return response;
}

}  // namespace

http::Response GetConfig(const Surface& surface, const http::Request& request) {
  const Result<sharing::Reader> reader =
      surface.services.sharing.Authenticate(request.BearerToken(), request.peer_address);
  if (!reader.ok()) return FromRefusal({reader.error()});
  std::string_view missing;
  const Result<sharing::Share> share =
      ChooseWarehouse(surface, *reader, request.Query("warehouse").value_or(""), &missing);
  sharing::Usage usage;
  usage.recipient = reader->recipient;
  usage.recipient_name = reader->name;
  usage.surface = "iceberg";
  usage.address = reader->address;
  if (share.ok()) usage.share = share->name;
  http::Response response;
  if (share.ok()) {
    Json endpoints = Json::Array();
    for (const std::string& endpoint : OfferedEndpoints()) endpoints.Append(endpoint);
    response = http::Response::JsonBody(
        200, Json::Object({{"defaults", Json::Object()},
                           {"overrides", Json::Object({{"prefix", UrlEncode(share->name)}})},
                           {"endpoints", std::move(endpoints)}}));
  } else {
    response = FromRefusal({share.error(), missing});
  }
  usage.status = response.status;
  surface.services.sharing.Record(std::move(usage));
  return response;
}

http::Response PostToken(const Surface& surface, const http::Request& request) {
  const std::optional<Form> form = ParseForm(request.body);
  if (!form) return OAuthError(400, "invalid_request", "the body must be a form");
  const auto grant = form->find("grant_type");
  if (grant == form->end()) {
    return OAuthError(
        400, "invalid_request",
        "grant_type is missing: client_credentials, or " + std::string(token_exchange));
  }
  const std::optional<ClientCredentials> client = FindCredentials(request, *form);
  if (grant->second == client_credentials) {
    if (!client) {
      return OAuthError(401, "invalid_client",
                        "send client_id and client_secret in the form, or as Basic");
    }
    return TokenAnswer(TokenOf(surface, request, *client));
  }
  if (grant->second == token_exchange) {
    const auto subject = form->find("subject_token");
    if (subject == form->end()) {
      return OAuthError(400, "invalid_request", "subject_token is missing");
    }
    // Java's client renews an expired token so: with its credentials beside it.
    if (client) return TokenAnswer(TokenOf(surface, request, *client));
    return TokenAnswer(
        surface.services.sharing.ExchangeToken(subject->second, request.peer_address));
  }
  return OAuthError(400, "unsupported_grant_type",
                    "the grants are client_credentials and " + std::string(token_exchange));
}

}  // namespace boathouse::iceberg_rest
