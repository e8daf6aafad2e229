#include "events/webhook_documents.h"

#include <algorithm>

namespace boathouse::events {
namespace {

constexpr size_t erased_page = 500;

Json Texts(const std::vector<std::string>& texts) {
  Json list = Json::Array();
  for (const std::string& text : texts) list.Append(text);
  return list;
}

std::vector<std::string> ReadTexts(const Json& list) {
  std::vector<std::string> texts;
  for (const Json& item : list.items()) texts.emplace_back(item.AsString());
  return texts;
}

Webhook FromDocuments(std::string_view id, const Json& definition, const Json& state) {
  Webhook webhook;
  webhook.id = id;
  webhook.url = definition["url"].AsString();
  webhook.description = definition["description"].AsString();
  webhook.objects = ReadTexts(definition["objects"]);
  webhook.operations = ReadTexts(definition["operations"]);
  webhook.filter = definition["filter"].AsString();
  webhook.is_active = definition["is_active"].AsBool(true);
  webhook.secret = definition["secret"].AsString();
  webhook.created_at = definition["created_at"].AsInt().value_or(0);
  webhook.delivered = state["delivered"].AsInt().value_or(0);
  webhook.attempts = static_cast<int>(state["attempts"].AsInt().value_or(0));
  webhook.next_attempt_at = state["next_attempt_at"].AsInt().value_or(0);
  webhook.succeeded_at = state["succeeded_at"].AsInt().value_or(0);
  webhook.last_error = state["last_error"].AsString();
  return webhook;
}

Status EraseCollection(store::Transaction& transaction, const std::string& collection) {
  for (;;) {
    ASSIGN(const auto documents,
           transaction.ListDocuments(collection, store::DocumentRange{"", "", erased_page, false}));
    for (const auto& [key, body] : documents) TRY(transaction.DeleteDocument(collection, key));
    if (documents.size() < erased_page) return Status::Ok();
  }
}

}  // namespace

std::string DeadCollection(std::string_view webhook) {
  return "webhook.dead/" + std::string(webhook);
}

Result<Webhook> ReadWebhook(store::Reader& reader, std::string_view id) {
  ASSIGN(const std::optional<Json> definition, reader.GetDocument(crm::webhook_collection, id));
  if (!definition) {
    return Error(ErrorKind::kNotFound, "there is no webhook " + std::string(id.substr(0, 60)));
  }
  ASSIGN(const std::optional<Json> state, reader.GetDocument(state_collection, id));
  return FromDocuments(id, *definition, state.value_or(Json()));
}

Result<std::vector<Webhook>> ReadWebhooks(store::Reader& reader) {
  ASSIGN(const auto definitions, reader.ListDocuments(crm::webhook_collection));
  std::vector<Webhook> webhooks;
  for (const auto& [id, definition] : definitions) {
    ASSIGN(const std::optional<Json> state, reader.GetDocument(state_collection, id));
    webhooks.push_back(FromDocuments(id, definition, state.value_or(Json())));
  }
  return webhooks;
}

Status WriteDefinition(store::Transaction& transaction, const Webhook& webhook) {
  return transaction.PutDocument(crm::webhook_collection, webhook.id,
                                 Json::Object({{"url", webhook.url},
                                               {"description", webhook.description},
                                               {"objects", Texts(webhook.objects)},
                                               {"operations", Texts(webhook.operations)},
                                               {"filter", webhook.filter},
                                               {"is_active", webhook.is_active},
                                               {"secret", webhook.secret},
                                               {"created_at", webhook.created_at}}));
}

Status WriteState(store::Transaction& transaction, const Webhook& webhook) {
  return transaction.PutDocument(state_collection, webhook.id,
                                 Json::Object({{"delivered", webhook.delivered},
                                               {"attempts", webhook.attempts},
                                               {"next_attempt_at", webhook.next_attempt_at},
                                               {"succeeded_at", webhook.succeeded_at},
                                               {"last_error", webhook.last_error}}));
}

Status EraseWebhook(store::Transaction& transaction, std::string_view id) {
  TRY(transaction.DeleteDocument(crm::webhook_collection, id));
  TRY(transaction.DeleteDocument(state_collection, id));
  TRY(EraseCollection(transaction, crm::WebhookQueue(id)));
  return EraseCollection(transaction, DeadCollection(id));
}

Json DeadLetterJson(const DeadLetter& letter) {
  return Json::Object(
      {{"event", letter.event}, {"failed_at", letter.failed_at}, {"error", letter.error}});
}

DeadLetter ReadDeadLetter(const std::string& key, const Json& json) {
  return {key, json["event"], json["failed_at"].AsInt().value_or(0),
          std::string(json["error"].AsString())};
}

}  // namespace boathouse::events
