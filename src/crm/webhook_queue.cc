#include "crm/webhook_queue.h"

namespace boathouse::crm {

std::string WebhookQueue(std::string_view webhook) {
  return "webhook.queue/" + std::string(webhook);
}

Status QueueForWebhook(store::Transaction& transaction, std::string_view webhook,
                       const std::string& key, const Json& event) {
  ASSIGN(const std::optional<Json> definition,
         transaction.GetDocument(webhook_collection, webhook));
  if (!definition) {
    return Error(ErrorKind::kNotFound,
                 "there is no webhook " + std::string(webhook.substr(0, 60)) + " any more");
  }
  if (!(*definition)["is_active"].AsBool(true)) return Status::Ok();
  return transaction.PutDocument(WebhookQueue(webhook), key, event);
}

}  // namespace boathouse::crm
