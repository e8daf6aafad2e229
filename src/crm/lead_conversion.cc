#include "crm/lead_conversion.h"

#include <algorithm>

#include "crm/crm_impl.h"
#include "crm/sales/fields.h"

namespace boathouse::crm {
namespace {

using model::Object;
using model::Record;

struct Renamed {
  const char* of_lead;
  const char* of_target;
};
constexpr Renamed account_fields[] = {
    {"company", "name"},
    {"street", "billing_street"},
    {"city", "billing_city"},
    {"state", "billing_state"},
    {"postal_code", "billing_postal_code"},
    {"country", "billing_country"},
    {"lead_source", "account_source"},
};
constexpr Renamed contact_fields[] = {
    {"street", "mailing_street"},   {"city", "mailing_city"},
    {"state", "mailing_state"},     {"postal_code", "mailing_postal_code"},
    {"country", "mailing_country"},
};
constexpr Renamed opportunity_fields[] = {{"company", "name"}};

// Of the same name in both, and yet not the same thing.
constexpr std::string_view own_fields[] = {"name", "external_id", "status", "type", "title_field"};

constexpr std::string_view request_members[] = {"account_id", "account",     "contact_id",
                                                "contact",    "opportunity", "owner_id"};

// What the lead says about a new record of `target`, as far as the caller may write it, overruled by what
// was asked for.
template <size_t count>
Json FieldsFor(const Object& lead, const Record& record, const Object& target,
               const Renamed (&renamed)[count], const Json& asked) {
  Json fields = Json::Object();
  const auto take = [&](const model::Field& from, const model::Field& to) {
    const model::Value& value = ValueOf(lead, record, from.name);
    if (model::IsNull(value) || to.read_only || to.is_computed()) return;
    fields.Set(to.name, model::ToJson(from, value));
  };
  for (size_t i = model::kSystemFieldCount; i < target.fields.size(); ++i) {
    const model::Field& to = target.fields[i];
    const model::Field* from = lead.Find(to.name);
    const bool own =
        std::find(std::begin(own_fields), std::end(own_fields), to.name) != std::end(own_fields);
    if (from == nullptr || own || from->type != to.type) continue;
    if (from->relation_object == to.relation_object) take(*from, to);
  }
  for (const Renamed& pair : renamed) {
    const model::Field* from = lead.Find(pair.of_lead);
    const model::Field* to = target.Find(pair.of_target);
    if (from != nullptr && to != nullptr) take(*from, *to);
  }
  for (const Json::Member& member : asked.members()) fields.Set(member.first, member.second);
  return fields;
}

Result<std::optional<Id>> ReadId(const Json& request, std::string_view name) {
  const Json& given = request[name];
  if (given.is_null()) return std::optional<Id>();
  const std::optional<Id> id = Id::Parse(given.AsString());
  if (id) return id;
  return Error::Field("/" + std::string(name), "wrong_format",
                      std::string(name) + " must be the id of a record");
}

Status CheckRequest(const Json& request) {
  if (!request.is_object()) {
    return Error::Field("", "wrong_type", "the request must be a JSON object");
  }
  for (const auto& [name, value] : request.members()) {
    const bool known = std::find(std::begin(request_members), std::end(request_members), name) !=
                       std::end(request_members);
    if (!known) {
      return Error::Field("/" + name.substr(0, 60), "unknown_field",
                          "there is no member \"" + name.substr(0, 60) +
                              "\" here; there are: account_id, account, contact_id, contact, "
                              "opportunity, owner_id");
    }
    if (name.ends_with("_id")) TRY(ReadId(request, name));
    if (!name.ends_with("_id") && !value.is_null() && !value.is_object()) {
      return Error::Field("/" + name, "wrong_type",
                          name + " must be a JSON object with the fields of the new " + name);
    }
  }
  for (const auto& [object, field] :
       {std::pair("contact", "account_id"), std::pair("opportunity", "account_id"),
        std::pair("opportunity", "contact_id")}) {
    if (request[object].Find(field) == nullptr) continue;
    const std::string at = "/" + std::string(object) + "/" + field;
    return Error::Field(at, "computed",
                        std::string(field) + " is that of the conversion; leave it out, or send " +
                            field + " beside " + object);
  }
  for (const std::string name : {"account", "contact"}) {
    if (!request[name].is_null() && !request[name + "_id"].is_null()) {
      return Error::Field(
          "/" + name, "too_many",
          "send either " + name + "_id (one that is there) or " + name + " (fields of a new one)");
    }
  }
  return Status::Ok();
}

Error ConvertedAlready(const Object& lead, const Record& record) {
  Error error(ErrorKind::kConflict, "this lead was converted already");
  for (const char* name : {"account", "contact", "opportunity"}) {
    const auto id = IdOf(lead, record, "converted_" + std::string(name) + "_id");
    if (!id) continue;
    error.message +=
        (error.fields.empty() ? ": " : ", ") + std::string(name) + " " + id->ToString();
    error.fields.push_back({"/" + std::string(name) + "_id", "already_converted", id->ToString()});
  }
  return error;
}

// One conversion, within its transaction.
class Conversion {
 public:
  // `seen`: the model as the caller sees it.
  Conversion(TransactionEdit& edit, const model::Model& seen, const Json& request)
      : edit_(edit), seen_(seen), request_(request), lead_(*edit.model().Find("lead")) {}

  Result<LeadConversion> Run(const Id& id) {
    made_.lead = id;
    // Without what the caller may not see: for what is said and copied, never for what is written back.
    ASSIGN(shown_, edit_.Get(lead_, id));
    ASSIGN(record_, edit_.transaction().Get(lead_, id));
    if (IsTrue(lead_, record_, "is_converted")) return ConvertedAlready(lead_, shown_);
    // Changes nothing; asks whether the caller may.
    TRY(edit_.Update(lead_, id, Json::Object(), std::nullopt, ""));
    TRY(MakeAccount());
    TRY(MakeContact());
    TRY(MakeOpportunity());
    Record converted = record_;
    Put(lead_, converted, "status", std::string("converted"));
    Put(lead_, converted, "is_converted", true);
    Put(lead_, converted, "converted_at", model::DateTime{edit_.transaction().now()});
    Put(lead_, converted, "converted_account_id", made_.account);
    Put(lead_, converted, "converted_contact_id", made_.contact);
    if (made_.opportunity) {
      Put(lead_, converted, "converted_opportunity_id", *made_.opportunity);
    }
    TRY(edit_.Replace(lead_, record_, std::move(converted)));
    return made_;
  }

 private:
  Status MakeAccount() {
    const Object& account = *edit_.model().Find("account");
    ASSIGN(const std::optional<Id> given, ReadId(request_, "account_id"));
    if (given) {
      TRY(There(account, *given));
      made_.account = *given;
      return Status::Ok();
    }
    Json fields = FieldsFor(lead_, shown_, Seen(account), account_fields, request_["account"]);
    ASSIGN(const Record created, Create(account, std::move(fields)));
    made_.account = created.id();
    made_.account_created = true;
    return Status::Ok();
  }

  Status MakeContact() {
    const Object& contact = *edit_.model().Find("contact");
    ASSIGN(const std::optional<Id> given, ReadId(request_, "contact_id"));
    if (!given) {
      Json fields = FieldsFor(lead_, shown_, Seen(contact), contact_fields, request_["contact"]);
      fields.Set("account_id", made_.account.ToString());
      ASSIGN(const Record created, Create(contact, std::move(fields)));
      made_.contact = created.id();
      made_.contact_created = true;
      return Status::Ok();
    }
    TRY(There(contact, *given));
    ASSIGN(const Record known, edit_.Get(contact, *given));
    const auto of = IdOf(contact, known, "account_id");
    if (of && *of != made_.account) {
      return Error::Field("/contact_id", "other_account",
                          "contact_id: this contact is at another account (" + of->ToString() +
                              ") than the lead is converted to");
    }
    if (!of) {
      TRY(edit_.Update(contact, *given, Json::Object({{"account_id", made_.account.ToString()}}),
                       std::nullopt, "/contact"));
    }
    made_.contact = *given;
    return Status::Ok();
  }

  Status MakeOpportunity() {
    if (request_["opportunity"].is_null()) return Status::Ok();
    const Object& opportunity = *edit_.model().Find("opportunity");
    Json fields =
        FieldsFor(lead_, shown_, Seen(opportunity), opportunity_fields, request_["opportunity"]);
    fields.Set("account_id", made_.account.ToString());
    fields.Set("contact_id", made_.contact.ToString());
    ASSIGN(const Record created, Create(opportunity, std::move(fields)));
    made_.opportunity = created.id();
    return Status::Ok();
  }

  const Object& Seen(const Object& object) const {
    const Object* seen = seen_.Find(object.name);
    return seen == nullptr ? object : *seen;  // creating it will be refused
  }

  Result<Record> Create(const Object& object, Json fields) {
    const bool says_owner = request_[object.name].Find("owner_id") != nullptr;
    if (!request_["owner_id"].is_null() && !says_owner) {
      ASSIGN(const std::optional<Id> owner, ReadId(request_, "owner_id"));
      TRY(There(*edit_.model().Find("user"), *owner));
      fields.Set("owner_id", owner->ToString());
    }
    return edit_.Create(object, fields, "/" + object.name);
  }

  // An id of the request leads to a record.
  Status There(const Object& object, const Id& id) {
    const Result<Record> found = edit_.Get(object, id);
    if (found.ok()) return Status::Ok();
    if (found.error().kind != ErrorKind::kNotFound) return found.error();
    const std::string name = (object.name == "user" ? "owner" : object.name) + "_id";
    return Error::Field("/" + name, "not_found",
                        name + ": there is no " + object.name + " " + id.ToString());
  }

  TransactionEdit& edit_;
  const model::Model& seen_;
  const Json& request_;
  const Object& lead_;
  Record shown_;
  Record record_;
  LeadConversion made_;
};

}  // namespace

Json LeadConversion::ToJson() const {
  return Json::Object({{"lead_id", lead.ToString()},
                       {"account_id", account.ToString()},
                       {"account_created", account_created},
                       {"contact_id", contact.ToString()},
                       {"contact_created", contact_created},
                       {"opportunity_id", opportunity ? Json(opportunity->ToString()) : Json()}});
}

Result<LeadConversion> ConvertLead(Crm& crm, const Caller& caller, const Id& lead,
                                   const Json& request) {
  TRY(CheckRequest(request));
  const std::shared_ptr<const model::Model> seen = crm.model(caller);
  LeadConversion made;
  TRY(crm.impl().Transact(caller, [&](TransactionEdit& edit) -> Status {
    ASSIGN(made, Conversion(edit, *seen, request).Run(lead));
    return Status::Ok();
  }));
  return made;
}

}  // namespace boathouse::crm
