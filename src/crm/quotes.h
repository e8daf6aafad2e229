#pragma once
// From a deal to a quote, and back. Quotes and their lines are records like all others; what stands here
// is done with several of them in one transaction.

#include "crm/crm.h"

namespace boathouse::crm {

inline constexpr size_t quote_lines_max = 1000;

// Makes a quote for the opportunity with its lines, account, contact and price list. `fields`: an object
// with fields of the new quote; its name is the opportunity's unless given. Returns the quote's id.
Result<Id> CreateQuote(Crm& crm, const Caller& caller, const Id& opportunity, const Json& fields);

// Sets the quote's status to accepted, which freezes it; with `sync` its opportunity follows.
Status AcceptQuote(Crm& crm, const Caller& caller, const Id& quote, bool sync);

// Makes the opportunity's lines those of its accepted quote, and so its amount. The quote's own discount
// goes into the discount of each line; tax and shipping are no revenue and stay out. Returns the
// opportunity's id. kConflict when the quote is not accepted or has no opportunity.
Result<Id> SyncQuote(Crm& crm, const Caller& caller, const Id& quote);

}  // namespace boathouse::crm
