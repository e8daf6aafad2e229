// What the documentation shows as new records.
#include "surfaces/rest/openapi.h"

namespace boathouse::rest {

Json CreateExample(const model::Object& object) {
  // Fields that the model lacks are left out below, so that a renamed field breaks no example.
  static const Json examples = Json::Object(
      {{"account", Json::Object({{"name", "Cleveland Press & Tool"},
                                 {"type", "prospect"},
                                 {"industry", "Metal stamping"},
                                 {"annual_revenue", "12500000.00"},
                                 {"website", "https://press.example.com"},
                                 {"billing_city", "Cleveland"}})},
       {"contact", Json::Object({{"first_name", "Dana"},
                                 {"last_name", "Whitfield"},
                                 {"title", "Purchasing manager"},
                                 {"email", "dana.whitfield@press.example.com"}})},
       {"lead", Json::Object({{"first_name", "Marco"},
                              {"last_name", "Jansen"},
                              {"company", "Erie Bearings"},
                              {"status", "new"},
                              {"lead_source", "Trade show"}})},
       {"opportunity", Json::Object({{"name", "Stamping line, phase 2"},
                                     {"stage", "proposal"},
                                     {"amount", "48200.00"},
                                     {"probability", 60},
                                     {"close_date", "2027-03-31"}})},
       {"product", Json::Object({{"name", "Ball bearing 6204"},
                                 {"family", "Bearings"},
                                 {"unit_of_measure", "each"},
                                 {"list_price", "8.90"}})},
       {"activity", Json::Object({{"type", "call"},
                                  {"subject", "Ask about the spring order"},
                                  {"due_at", "2026-12-01T15:00:00Z"}})},
       {"territory", Json::Object({{"name", "Lake Erie South"}, {"region", "Midwest"}})},
       {"quote",
        Json::Object(
            {{"name", "Spares 2027"}, {"expiration_date", "2027-01-31"}, {"tax", "12.40"}})},
       {"price_list", Json::Object({{"name", "Key accounts"}, {"currency", "USD"}})},
       {"pipeline", Json::Object({{"name", "Renewals"}})},
       {"case", Json::Object({{"subject", "Bearing runs hot"}, {"priority", "high"}})},
       {"queue", Json::Object({{"name", "Technical support"}, {"sla_hours_normal", "24.00"}})},
       {"campaign", Json::Object({{"name", "Great Lakes Industry Fair"},
                                  {"type", "trade_show"},
                                  {"budgeted_cost", "24000.00"}})},
       {"tag", Json::Object({{"name", "Key account"}, {"color", "teal"}})},
       {"team", Json::Object({{"name", "Inside sales"}})},
       {"user", Json::Object({{"name", "Robin Castell"},
                              {"email", "robin.castell@example.com"},
                              {"role", "member"}})}});
  const Json& example = examples[object.name];
  if (example.is_null()) return nullptr;
  Json fitting = Json::Object();
  for (const auto& [field, value] : example.members()) {
    if (object.Find(field) != nullptr) fitting.Set(field, value);
  }
  return fitting;
}

}  // namespace boathouse::rest
