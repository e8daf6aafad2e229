// Webhooks and what became of their deliveries.
#include "events/webhooks.h"
#include "surfaces/rest/input.h"
#include "surfaces/rest/route.h"

namespace boathouse::rest {
namespace {

constexpr size_t dead_letters_page = 100;

Result<events::Webhooks*> Webhooks(const Call& call) {
  if (call.services.webhooks != nullptr) return call.services.webhooks;
  return Error(ErrorKind::kUnsupported, "this server has no webhooks");
}

Json Texts(const std::vector<std::string>& texts) {
  Json list = Json::Array();
  for (const std::string& text : texts) list.Append(text);
  return list;
}

Json TimeOrNull(Micros at) { return at == 0 ? Json() : Json(FormatDateTime(at)); }

// Everything but the secret.
Json WebhookJson(const events::Webhook& webhook) {
  return Json::Object(
      {{"id", webhook.id},
       {"url", webhook.url},
       {"description", webhook.description},
       {"objects", Texts(webhook.objects)},
       {"operations", Texts(webhook.operations)},
       {"filter", webhook.filter},
       {"is_active", webhook.is_active},
       {"created_at", FormatDateTime(webhook.created_at)},
       {"delivered_sequence", webhook.delivered},
       {"failed_attempts", webhook.attempts},
       {"next_attempt_at", TimeOrNull(webhook.next_attempt_at)},
       {"last_success_at", TimeOrNull(webhook.succeeded_at)},
       {"last_error", webhook.last_error.empty() ? Json() : Json(webhook.last_error)}});
}

// The id of the path. What cannot be one names no webhook.
std::string_view PathId(const Call& call) { return call.request.Parameter("id"); }

Result<http::Response> ListWebhooks(Call& call) {
  ASSIGN(events::Webhooks* const webhooks, Webhooks(call));
  ASSIGN(const std::vector<events::Webhook> list, webhooks->List(call.caller));
  Json items = Json::Array();
  for (const events::Webhook& webhook : list) items.Append(WebhookJson(webhook));
  return http::Response::JsonBody(200, Json::Object({{"items", std::move(items)}}));
}

Result<http::Response> CreateWebhook(Call& call) {
  ASSIGN(events::Webhooks* const webhooks, Webhooks(call));
  ASSIGN(const events::Webhook webhook, webhooks->Create(call.caller, call.body));
  http::Response response =
      http::Response::JsonBody(201, WebhookJson(webhook).Set("secret", webhook.secret));
  response.headers.Set("Location", std::string(base_path) + "/webhooks/" + webhook.id);
  return response;
}

Result<http::Response> GetWebhook(Call& call) {
  ASSIGN(events::Webhooks* const webhooks, Webhooks(call));
  ASSIGN(const events::Webhook webhook, webhooks->Get(call.caller, PathId(call)));
  return http::Response::JsonBody(200, WebhookJson(webhook));
}

Result<http::Response> UpdateWebhook(Call& call) {
  ASSIGN(events::Webhooks* const webhooks, Webhooks(call));
  ASSIGN(const events::Webhook webhook, webhooks->Update(call.caller, PathId(call), call.body));
  Json body = WebhookJson(webhook);
  if (call.body["rotate_secret"].AsBool()) body.Set("secret", webhook.secret);
  return http::Response::JsonBody(200, body);
}

Result<http::Response> RemoveWebhook(Call& call) {
  ASSIGN(events::Webhooks* const webhooks, Webhooks(call));
  TRY(webhooks->Remove(call.caller, PathId(call)));
  return http::Response::Empty(204);
}

Result<http::Response> TestWebhook(Call& call) {
  ASSIGN(events::Webhooks* const webhooks, Webhooks(call));
  ASSIGN(const int status, webhooks->Test(call.caller, PathId(call)));
  return http::Response::JsonBody(
      200, Json::Object({{"status", status}, {"acknowledged", status >= 200 && status < 300}}));
}

Result<http::Response> ReplayWebhook(Call& call) {
  ASSIGN(events::Webhooks* const webhooks, Webhooks(call));
  TRY(CheckMembers(call.body, {"from_sequence"}));
  const auto from = call.body["from_sequence"].AsInt();
  if (!from) {
    return Error::Field("/from_sequence", "wrong_type",
                        "from_sequence must be the sequence number of a change");
  }
  ASSIGN(const events::Webhook webhook, webhooks->Replay(call.caller, PathId(call), *from));
  return http::Response::JsonBody(200, WebhookJson(webhook));
}

Result<http::Response> ListDeadLetters(Call& call) {
  ASSIGN(events::Webhooks* const webhooks, Webhooks(call));
  const std::string after(call.request.Query("after").value_or(""));
  const bool has_size = call.request.Query("page_size").has_value();
  ASSIGN(const size_t given, ReadPageSize(call.request));
  const size_t limit = has_size ? given : dead_letters_page;
  ASSIGN(const std::vector<events::DeadLetter> letters,
         webhooks->DeadLetters(call.caller, PathId(call), after, limit));
  Json items = Json::Array();
  for (const events::DeadLetter& letter : letters) {
    items.Append(Json::Object({{"id", letter.id},
                               {"event", letter.event},
                               {"failed_at", FormatDateTime(letter.failed_at)},
                               {"error", letter.error}}));
  }
  return http::Response::JsonBody(
      200,
      Json::Object({{"items", std::move(items)},
                    {"next_after", letters.size() == limit ? Json(letters.back().id) : Json()}}));
}

Result<std::string> ReadLetter(const Call& call) {
  TRY(CheckMembers(call.body, {"id"}));
  const Json* id = call.body.Find("id");
  if (id == nullptr) return std::string();
  if (!id->is_string() || id->AsString().empty()) {
    return Error::Field("/id", "wrong_type", "id must be that of a dead letter");
  }
  return std::string(id->AsString());
}

Result<http::Response> RetryDeadLetters(Call& call) {
  ASSIGN(events::Webhooks* const webhooks, Webhooks(call));
  ASSIGN(const std::string letter, ReadLetter(call));
  ASSIGN(const size_t count, webhooks->RetryDeadLetters(call.caller, PathId(call), letter));
  return http::Response::JsonBody(200, Json::Object({{"queued", count}}));
}

Result<http::Response> DropDeadLetters(Call& call) {
  ASSIGN(events::Webhooks* const webhooks, Webhooks(call));
  TRY(webhooks->DropDeadLetters(call.caller, PathId(call), ""));
  return http::Response::Empty(204);
}

}  // namespace

std::vector<Route> WebhookRoutes() {
  using enum Access;
  return {
      {"GET", "/webhooks", kSignedIn, Body::kNone, {}, ListWebhooks},
      {"POST", "/webhooks", kSignedIn, Body::kJson, {}, CreateWebhook},
      {"GET", "/webhooks/{id}", kSignedIn, Body::kNone, {}, GetWebhook},
      {"PATCH", "/webhooks/{id}", kSignedIn, Body::kMergePatch, {}, UpdateWebhook},
      {"DELETE", "/webhooks/{id}", kSignedIn, Body::kNone, {}, RemoveWebhook},
      {"POST", "/webhooks/{id}/test", kSignedIn, Body::kNone, {}, TestWebhook},
      {"POST", "/webhooks/{id}/replay", kSignedIn, Body::kJson, {}, ReplayWebhook},
      {"GET",
       "/webhooks/{id}/dead-letters",
       kSignedIn,
       Body::kNone,
       {"after", "page_size"},
       ListDeadLetters},
      {"DELETE", "/webhooks/{id}/dead-letters", kSignedIn, Body::kNone, {}, DropDeadLetters},
      {"POST", "/webhooks/{id}/dead-letters/retry", kSignedIn, Body::kJson, {}, RetryDeadLetters},
  };
}

}  // namespace boathouse::rest
