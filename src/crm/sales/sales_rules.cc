#include "crm/sales/sales_rules.h"

#include "crm/sales/attachment_rule.h"
#include "crm/sales/lead_rule.h"
#include "crm/sales/pipelines.h"
#include "crm/sales/prices.h"
#include "crm/sales/quote_rule.h"
#include "crm/sales/related_records.h"
#include "crm/sales/service_rules.h"
#include "crm/sales/tags.h"
#include "crm/sales/territory_rule.h"

namespace boathouse::crm {

void AddSalesRules(Rules* rules) {
  rules->push_back(std::make_unique<LeadRule>());
  rules->push_back(std::make_unique<PipelineRule>());
  rules->push_back(std::make_unique<StageRule>());
  // A quote takes over its opportunity's price list before that is checked.
  rules->push_back(std::make_unique<QuoteRule>());
  rules->push_back(std::make_unique<PriceListRule>());
  rules->push_back(std::make_unique<LineRule>());
  rules->push_back(std::make_unique<AmountRule>());
  rules->push_back(std::make_unique<CaseRule>());
  rules->push_back(std::make_unique<CampaignMemberRule>());
  rules->push_back(std::make_unique<RelatedRecordRule>());
  rules->push_back(std::make_unique<AttachmentRule>());
  rules->push_back(std::make_unique<TagRule>());
  // Last, as its filters may ask for what the others set.
  rules->push_back(std::make_unique<TerritoryRule>());
}

}  // namespace boathouse::crm
