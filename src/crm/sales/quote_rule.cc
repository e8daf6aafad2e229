#include "crm/sales/quote_rule.h"

#include "crm/sales/fields.h"
#include "crm/sales/numbers.h"

namespace boathouse::crm {
namespace {

using model::Object;
using model::Record;

constexpr std::string_view number_prefix = "Q-";
constexpr const char* from_opportunity[] = {"account_id", "contact_id", "price_list_id",
                                            "currency"};
// What the total of a quote is made of, and to whom it is made.
constexpr const char* frozen_fields[] = {"opportunity_id", "account_id",     "price_list_id",
                                         "currency",       "discount",       "tax",
                                         "shipping",       "expiration_date"};

bool IsAccepted(const Object& quote, const Record& record) {
  return TextOf(quote, record, "status") == "accepted";
}

Error Frozen(const Object& quote, const Record& record, const char* what) {
  return Error(ErrorKind::kConflict,
               "the quote " + TextOf(quote, record, "quote_number") + " is accepted: its " + what +
                   " are frozen; set its status to draft to change them, or make another quote");
}

// kConflict when the line is of an accepted quote.
Status CheckLineIsFree(RuleEdit& edit, const Object& line, const Record& record) {
  const Object* quote = edit.model().Find("quote");
  const auto id = IdOf(line, record, "quote_id");
  if (quote == nullptr || !id) return Status::Ok();
  ASSIGN(const std::optional<Record> found, GetIfThere(edit.transaction(), *quote, *id));
  if (found && IsAccepted(*quote, *found)) return Frozen(*quote, *found, "lines");
  return Status::Ok();
}

// Empty fields of a new quote are those of its opportunity.
Status TakeOver(RuleEdit& edit, const Object& quote, const Json& given, Record& record) {
  const Object* opportunity = edit.model().Find("opportunity");
  const auto id = IdOf(quote, record, "opportunity_id");
  if (opportunity == nullptr || !id) return Status::Ok();
  ASSIGN(const std::optional<Record> found, GetIfThere(edit.transaction(), *opportunity, *id));
  if (!found) return Status::Ok();
  for (const char* field : from_opportunity) {
    if (given.Find(field) != nullptr || !model::IsNull(ValueOf(quote, record, field))) continue;
    Put(quote, record, field, ValueOf(*opportunity, *found, field));
  }
  return Status::Ok();
}

}  // namespace

Status QuoteRule::Prepare(RuleEdit& edit, const Object& object, const Json& given,
                          const std::string&, const Record& before, Record& record,
                          std::vector<FieldError>*) {
  if (object.name == "quote_line") {
    // The program itself computes lines anew, and brings them back from the trash.
    if (given.is_null()) return Status::Ok();
    if (!before.values.empty()) TRY(CheckLineIsFree(edit, object, before));
    return CheckLineIsFree(edit, object, record);
  }
  if (object.name != "quote") return Status::Ok();
  if (before.values.empty()) {
    if (TextOf(object, record, "quote_number").empty()) {
      TRY(GiveNumber(edit, object, "quote_number", number_prefix, record));
    }
    return TakeOver(edit, object, given, record);
  }
  if (!given.is_null() && IsAccepted(object, before) && IsAccepted(object, record)) {
    for (const char* field : frozen_fields) {
      if (Differs(object, before, record, field)) return Frozen(object, before, "terms");
    }
  }
  return Status::Ok();
}

Status QuoteRule::PrepareDelete(RuleEdit& edit, const Object& object, const Record& record) {
  if (object.name == "quote") {
    deleting_ = {record.id(), edit.transaction().now()};
  } else if (object.name == "quote_line") {
    const bool goes_along = IdOf(object, record, "quote_id") == deleting_.quote &&
                            edit.transaction().now() == deleting_.at;
    if (!goes_along) return CheckLineIsFree(edit, object, record);
  }
  return Status::Ok();
}

Status QuoteRule::Follow(RuleEdit& edit, const Object& object, store::Operation operation,
                         const Record&, const Record& after) {
  if (object.name != "quote" || operation != store::Operation::kCreate) return Status::Ok();
  return TakeNumber(edit, object, "quote_number", number_prefix, after);
}

}  // namespace boathouse::crm
