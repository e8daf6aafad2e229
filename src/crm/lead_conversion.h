#pragma once
// A lead that turns out to be a customer: its account, its contact and, if wanted, its first opportunity
// are made from it in one transaction. What was kept about the lead goes along: its activities also stand
// at the contact (and account and opportunity), attachments and campaign memberships move to the contact.
// The lead becomes "converted", points to what was made of it, and cannot be edited any more.

#include <optional>

#include "crm/crm.h"

namespace boathouse::crm {

struct LeadConversion {
  Id lead;
  Id account;
  bool account_created = false;
  Id contact;
  bool contact_created = false;
  std::optional<Id> opportunity;

  Json ToJson() const;
};

// `request`: {"account_id" or "account": {...}, "contact_id" or "contact": {...}, "opportunity": {...} or
// null, "owner_id"}, each of them may be left out. Fields that it does not give come from the lead: those
// of the same name and type (custom ones too), the company as the account's name, the address. Needs the
// permissions to change the lead and to create what is created. kConflict, with the ids in its fields, when
// the lead was converted already.
Result<LeadConversion> ConvertLead(Crm& crm, const Caller& caller, const Id& lead,
                                   const Json& request);

}  // namespace boathouse::crm
