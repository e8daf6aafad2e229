#include "crm/quotes.h"

#include "crm/crm_impl.h"
#include "crm/sales/fields.h"

namespace boathouse::crm {
namespace {

using model::Object;
using model::Record;

// What the lines of both have in common and somebody decided on.
constexpr const char* line_fields[] = {"product_id", "description", "quantity", "list_price",
                                       "unit_price", "discount",    "position"};

Result<std::vector<Record>> LinesOf(TransactionEdit& edit, const Object& line,
                                    std::string_view link, const Id& parent) {
  ASSIGN(std::vector<Record> lines,
         FindAll(edit.transaction(), line, {{link, parent}}, "position", quote_lines_max + 1));
  if (lines.size() > quote_lines_max) {
    return Error(ErrorKind::kTooLarge, "there are more than " + std::to_string(quote_lines_max) +
                                           " lines, which is as many as are copied");
  }
  return lines;
}

// Of the fields that `seen` has; what a caller does not see is not copied for it.
Json LineJson(const Object& line, const Object& seen, const Record& record) {
  Json fields = Json::Object();
  for (const char* name : line_fields) {
    const model::Field* field = line.Find(name);
    if (field != nullptr && seen.Find(name) != nullptr) {
      fields.Set(name, model::ToJson(*field, ValueOf(line, record, name)));
    }
  }
  return fields;
}

// Percents one after the other as one: 10 and 10 are 19.
Decimal Together(Decimal first, Decimal second) {
  constexpr int64_t hundred = 100 * Decimal::unit;
  const int64_t left = (hundred - first.units) * (hundred - second.units);
  return Decimal{hundred - (left + hundred / 2) / hundred};
}

Status SyncLines(TransactionEdit& edit, const Record& quote_record, const Id& opportunity) {
  const Object& quote = *edit.model().Find("quote");
  const Object& from = *edit.model().Find("quote_line");
  const Object& to = *edit.model().Find("opportunity_line");
  const Decimal discount = DecimalOf(quote, quote_record, "discount").value_or(Decimal{});
  ASSIGN(const std::vector<Record> wanted, LinesOf(edit, from, "quote_id", quote_record.id()));
  ASSIGN(const std::vector<Record> present, LinesOf(edit, to, "opportunity_id", opportunity));
  for (size_t i = 0; i < wanted.size(); ++i) {
    Json fields = LineJson(from, from, wanted[i]);
    if (discount.units != 0) {
      const Decimal own = DecimalOf(from, wanted[i], "discount").value_or(Decimal{});
      fields.Set("discount", Together(own, discount).ToString());
    }
    if (i < present.size()) {
      TRY(edit.Update(to, present[i].id(), fields, std::nullopt, ""));
    } else {
      fields.Set("opportunity_id", opportunity.ToString());
      TRY(edit.Create(to, fields, ""));
    }
  }
  for (size_t i = wanted.size(); i < present.size(); ++i) {
    TRY(edit.Delete(to, present[i].id(), std::nullopt));
  }
  return Status::Ok();
}

Result<Id> Sync(TransactionEdit& edit, const Id& id) {
  const Object& quote = *edit.model().Find("quote");
  // Asks for the permission. The discount counts also for those who do not see it.
  TRY(edit.Get(quote, id));
  ASSIGN(const Record record, edit.transaction().Get(quote, id));
  if (TextOf(quote, record, "status") != "accepted") {
    return Error(ErrorKind::kConflict, "the quote " + TextOf(quote, record, "quote_number") +
                                           " is " + TextOf(quote, record, "status") +
                                           "; only an accepted quote is taken over into its "
                                           "opportunity");
  }
  const auto opportunity = IdOf(quote, record, "opportunity_id");
  if (!opportunity) {
    return Error(ErrorKind::kConflict, "the quote " + TextOf(quote, record, "quote_number") +
                                           " belongs to no opportunity");
  }
  // Changes nothing; asks whether the caller may.
  TRY(edit.Update(*edit.model().Find("opportunity"), *opportunity, Json::Object(), std::nullopt,
                  ""));
  TRY(SyncLines(edit, record, *opportunity));
  return *opportunity;
}

}  // namespace

Result<Id> CreateQuote(Crm& crm, const Caller& caller, const Id& opportunity, const Json& fields) {
  if (!fields.is_object()) {
    return Error::Field("", "wrong_type",
                        "the body must be a JSON object with fields of the quote");
  }
  if (fields.Find("opportunity_id") != nullptr) {
    return Error::Field("/opportunity_id", "unknown_field",
                        "opportunity_id is the one of the path; leave it out");
  }
  Id made;
  TRY(crm.impl().Transact(caller, [&](TransactionEdit& edit) -> Status {
    const Object& deal = *edit.model().Find("opportunity");
    const Object& quote = *edit.model().Find("quote");
    const Object& line = *edit.model().Find("quote_line");
    const Object& deal_line = *edit.model().Find("opportunity_line");
    ASSIGN(const Record record, edit.Get(deal, opportunity));
    ASSIGN(const Access reading, edit.Enter(deal_line, Action::kRead));
    ASSIGN(const std::vector<Record> lines,
           LinesOf(edit, deal_line, "opportunity_id", opportunity));
    Json wanted = Json::Object({{"name", TextOf(deal, record, "name")}});
    for (const Json::Member& member : fields.members()) wanted.Set(member.first, member.second);
    wanted.Set("opportunity_id", opportunity.ToString());
    ASSIGN(const Record created, edit.Create(quote, wanted, ""));
    for (const Record& each : lines) {
      ASSIGN(const bool reached, reading.Reaches(each, edit.transaction()));
      if (!reached) continue;
      Json copy = LineJson(deal_line, reading.seen(), each);
      copy.Set("quote_id", created.id().ToString());
      TRY(edit.Create(line, copy, ""));
    }
    made = created.id();
    return Status::Ok();
  }));
  return made;
}

Status AcceptQuote(Crm& crm, const Caller& caller, const Id& quote, bool sync) {
  return crm.impl().Transact(caller, [&](TransactionEdit& edit) -> Status {
    TRY(edit.Update(*edit.model().Find("quote"), quote, Json::Object({{"status", "accepted"}}),
                    std::nullopt, ""));
    if (sync) TRY(Sync(edit, quote));
    return Status::Ok();
  });
}

Result<Id> SyncQuote(Crm& crm, const Caller& caller, const Id& quote) {
  Id opportunity;
  TRY(crm.impl().Transact(caller, [&](TransactionEdit& edit) -> Status {
    ASSIGN(opportunity, Sync(edit, quote));
    return Status::Ok();
  }));
  return opportunity;
}

}  // namespace boathouse::crm
