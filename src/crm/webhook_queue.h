#pragma once
// Where events wait that a webhook is to send beside the changes of the log. events/ sends them.

#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "store/store.h"

namespace boathouse::crm {

inline constexpr const char* webhook_collection = "webhook";  // their definitions, by id

// The collection of a webhook's waiting events, by key, oldest first.
std::string WebhookQueue(std::string_view webhook);

// Adds an event, which is sent once the transaction is committed. kNotFound when there is no such
// webhook; one that is switched off is sent nothing. `key` sorts it among the others.
Status QueueForWebhook(store::Transaction& transaction, std::string_view webhook,
                       const std::string& key, const Json& event);

}  // namespace boathouse::crm
