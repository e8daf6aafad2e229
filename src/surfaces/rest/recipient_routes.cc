// Recipients of shares, their credentials and grants: for administrators.
#include <algorithm>

#include "sharing/sharing.h"

#include "surfaces/rest/credentials.h"
#include "surfaces/rest/sharing_json.h"

namespace boathouse::rest {
namespace {

std::string_view RecipientOf(const Call& call) { return call.request.Parameter("recipient"); }
sharing::ServerUrl Server(const Call& call) { return {ServerUrl(call)}; }

Json Texts(const std::vector<std::string>& texts) {
  Json list = Json::Array();
  for (const std::string& text : texts) list.Append(text);
  return list;
}

Json RecipientJson(const sharing::Recipient& recipient) {
  Json credentials = Json::Array();
  for (const sharing::Recipient::Token& token : recipient.tokens) {
    credentials.Append(Json::Object({{"id", token.id},
                                     {"created_at", FormatDateTime(token.created_at)},
                                     {"expires_at", TimeOrNull(token.expires_at)}}));
  }
  return Json::Object(
      {{"id", recipient.id.ToString()},
       {"name", recipient.name},
       {"comment", recipient.comment},
       {"authentication", sharing::ProfileKindName(recipient.kind)},
       {"shares", Texts(recipient.shares)},
       {"addresses", Texts(recipient.addresses)},
       {"created_at", FormatDateTime(recipient.created_at)},
       {"expires_at", TimeOrNull(recipient.expires_at)},
       {"credentials", std::move(credentials)},
       {"link_expires_at", TimeOrNull(recipient.activation_expires_at)},
       {"activated_at", TimeOrNull(recipient.activated_at)},
       {"last_used_at", TimeOrNull(recipient.used_at)},
       {"last_used_from", recipient.used_from.empty() ? Json() : Json(recipient.used_from)}});
}

http::Response ListOf(const std::vector<sharing::Recipient>& recipients) {
  Json items = Json::Array();
  for (const sharing::Recipient& recipient : recipients) items.Append(RecipientJson(recipient));
  return http::Response::JsonBody(200, Json::Object({{"items", std::move(items)}}));
}

// The profile file itself, or the recipient with its link.
http::Response Handed(const Call& call, int status, const sharing::Delivered& delivered) {
  http::Response response = http::Response::JsonBody(
      status, delivered.profile ? *delivered.profile
                                : RecipientJson(delivered.recipient)
                                      .Set("activation_url",
                                           Server(call).Activation(delivered.activation_token)));
  response.headers.Set("Location",
                       std::string(base_path) + "/recipients/" + delivered.recipient.id.ToString());
  return response;
}

Result<http::Response> ListRecipients(Call& call) {
  ASSIGN(sharing::Sharing* const sharing, SharingOf(call));
  ASSIGN(const auto recipients, sharing->recipients().List(call.caller));
  return ListOf(recipients);
}

Result<http::Response> CreateRecipient(Call& call) {
  ASSIGN(sharing::Sharing* const sharing, SharingOf(call));
  ASSIGN(const auto made, sharing->recipients().Create(call.caller, call.body, Server(call)));
  return Handed(call, 201, made);
}

Result<http::Response> GetRecipient(Call& call) {
  ASSIGN(sharing::Sharing* const sharing, SharingOf(call));
  ASSIGN(const auto recipient, sharing->recipients().Get(call.caller, RecipientOf(call)));
  return http::Response::JsonBody(200, RecipientJson(recipient));
}

Result<http::Response> UpdateRecipient(Call& call) {
  ASSIGN(sharing::Sharing* const sharing, SharingOf(call));
  ASSIGN(const auto recipient,
         sharing->recipients().Update(call.caller, RecipientOf(call), call.body));
  return http::Response::JsonBody(200, RecipientJson(recipient));
}

Result<http::Response> RevokeRecipient(Call& call) {
  ASSIGN(sharing::Sharing* const sharing, SharingOf(call));
  TRY(sharing->recipients().Revoke(call.caller, RecipientOf(call)));
  return http::Response::Empty(204);
}

Result<http::Response> RotateRecipient(Call& call) {
  ASSIGN(sharing::Sharing* const sharing, SharingOf(call));
  ASSIGN(const auto made,
         sharing->recipients().Rotate(call.caller, RecipientOf(call), call.body, Server(call)));
  return Handed(call, 201, made);
}

Result<http::Response> ListGrants(Call& call) {
  ASSIGN(sharing::Sharing* const sharing, SharingOf(call));
  ASSIGN(const auto all, sharing->recipients().List(call.caller));
  ASSIGN(const auto share,
         sharing->publications().GetShare(call.caller, call.request.Parameter("share")));
  std::vector<sharing::Recipient> granted;
  for (const sharing::Recipient& recipient : all) {
    if (std::find(recipient.shares.begin(), recipient.shares.end(), share.name) !=
        recipient.shares.end()) {
      granted.push_back(recipient);
    }
  }
  return ListOf(granted);
}

Result<http::Response> Grant(Call& call) {
  ASSIGN(sharing::Sharing* const sharing, SharingOf(call));
  TRY(sharing->recipients().Grant(call.caller, RecipientOf(call), call.request.Parameter("share")));
  return http::Response::Empty(204);
}

Result<http::Response> Withdraw(Call& call) {
  ASSIGN(sharing::Sharing* const sharing, SharingOf(call));
  TRY(sharing->recipients().Withdraw(call.caller, RecipientOf(call),
                                     call.request.Parameter("share")));
  return http::Response::Empty(204);
}

}  // namespace

std::vector<Route> RecipientRoutes() {
  using enum Access;
  const char* recipient = "/recipients/{recipient}";
  const char* grant = "/shares/{share}/recipients/{recipient}";
  return {
      {"GET", "/recipients", kSignedIn, Body::kNone, {}, ListRecipients},
      {"POST", "/recipients", kSignedIn, Body::kJson, {}, CreateRecipient},
      {"GET", recipient, kSignedIn, Body::kNone, {}, GetRecipient},
      {"PATCH", recipient, kSignedIn, Body::kMergePatch, {}, UpdateRecipient},
      {"DELETE", recipient, kSignedIn, Body::kNone, {}, RevokeRecipient},
      {"POST", "/recipients/{recipient}/rotate", kSignedIn, Body::kJson, {}, RotateRecipient},
      {"GET", "/shares/{share}/recipients", kSignedIn, Body::kNone, {}, ListGrants},
      {"PUT", grant, kSignedIn, Body::kNone, {}, Grant},
      {"DELETE", grant, kSignedIn, Body::kNone, {}, Withdraw},
  };
}

}  // namespace boathouse::rest
