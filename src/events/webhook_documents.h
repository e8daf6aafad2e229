#pragma once
// Private to events/: how webhooks, their state, their queue and their dead letters are kept as documents
// of the store.

#include <string>
#include <string_view>
#include <vector>

#include "crm/webhook_queue.h"
#include "events/webhooks.h"
#include "store/store.h"

namespace boathouse::events {

inline constexpr const char* webhook_secret_purpose = "webhook";
inline constexpr const char* state_collection = "webhook.state";

std::string DeadCollection(std::string_view webhook);

Result<Webhook> ReadWebhook(store::Reader& reader, std::string_view id);  // kNotFound
Result<std::vector<Webhook>> ReadWebhooks(store::Reader& reader);         // oldest first
Status WriteDefinition(store::Transaction& transaction, const Webhook& webhook);
Status WriteState(store::Transaction& transaction, const Webhook& webhook);
// The webhook and all that is kept of it.
Status EraseWebhook(store::Transaction& transaction, std::string_view id);

Json DeadLetterJson(const DeadLetter& letter);
DeadLetter ReadDeadLetter(const std::string& key, const Json& json);

}  // namespace boathouse::events
