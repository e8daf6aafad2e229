#include "crm/sales/prices.h"

#include "crm/sales/fields.h"

namespace boathouse::crm {
namespace {

using model::Object;
using model::Record;
using model::Value;

// What a line is of: its opportunity or its quote.
struct Parent {
  const Object* object = nullptr;
  std::optional<Record> record;
  std::string link;  // the line's relation to it
};

Result<Parent> ParentOf(RuleEdit& edit, const Object& line, const Record& record) {
  Parent parent;
  parent.link = line.name == "quote_line" ? "quote_id" : "opportunity_id";
  parent.object = edit.model().Find(line.name == "quote_line" ? "quote" : "opportunity");
  const auto id = IdOf(line, record, parent.link);
  if (parent.object == nullptr || !id) return parent;
  ASSIGN(parent.record, GetIfThere(edit.transaction(), *parent.object, *id));
  return parent;
}

// The price in one list: null when the product is not in it, or the list is not for this currency.
Result<Value> PriceIn(RuleEdit& edit, const Id& list_id, const Id& product,
                      const std::string& currency) {
  const Object* list = edit.model().Find("price_list");
  const Object* entry = edit.model().Find("price_list_entry");
  if (list == nullptr || entry == nullptr) return Value{};
  ASSIGN(const std::optional<Record> found, GetIfThere(edit.transaction(), *list, list_id));
  if (!found || ValueOf(*list, *found, "is_active") == Value(false)) return Value{};
  const std::string of_list = TextOf(*list, *found, "currency");
  if (!of_list.empty() && !currency.empty() && of_list != currency) return Value{};
  ASSIGN(
      const std::optional<Record> price,
      FindFirst(edit.transaction(), *entry, {{"price_list_id", list_id}, {"product_id", product}}));
  if (!price || ValueOf(*entry, *price, "is_active") == Value(false)) return Value{};
  return ValueOf(*entry, *price, "unit_price");
}

// The price lists that may know the price, the nearest first.
Result<std::vector<Id>> ListsFor(RuleEdit& edit, const Parent& parent) {
  std::vector<Id> lists;
  if (parent.record) {
    if (const auto own = IdOf(*parent.object, *parent.record, "price_list_id")) {
      lists.push_back(*own);
    }
    const Object* account = edit.model().Find("account");
    const auto account_id = IdOf(*parent.object, *parent.record, "account_id");
    if (account != nullptr && account_id) {
      ASSIGN(const std::optional<Record> found,
             GetIfThere(edit.transaction(), *account, *account_id));
      const auto of_account = found ? IdOf(*account, *found, "price_list_id") : std::optional<Id>();
      if (of_account) lists.push_back(*of_account);
    }
  }
  if (const Object* list = edit.model().Find("price_list")) {
    ASSIGN(const std::optional<Record> standard,
           FindFirst(edit.transaction(), *list, {{"is_standard", true}}));
    if (standard) lists.push_back(standard->id());
  }
  return lists;
}

Result<Value> ListPrice(RuleEdit& edit, const Parent& parent, const Object& product,
                        const Record& sold) {
  const std::string currency =
      parent.record ? TextOf(*parent.object, *parent.record, "currency") : std::string();
  ASSIGN(const std::vector<Id> lists, ListsFor(edit, parent));
  for (const Id& list : lists) {
    ASSIGN(const Value price, PriceIn(edit, list, sold.id(), currency));
    if (!model::IsNull(price)) return price;
  }
  return ValueOf(product, sold, "list_price");
}

// Behind the last of its siblings.
Result<int64_t> NextPosition(RuleEdit& edit, const Object& line, const std::string& link,
                             const Id& parent) {
  store::Query query;
  query.object = &line;
  query.where = AllEqual(line, {{link, parent}});
  query.order.push_back(OrderOf(line.IndexOf("position").value(), true));
  query.limit = 1;
  ASSIGN(const std::vector<Record> last, edit.transaction().List(query));
  const int64_t newest = last.empty() ? 0 : IntegerOf(line, last[0], "position").value_or(0);
  return PositionBehind(line, newest);
}

// An opportunity or quote and its price list speak of one currency.
Status CheckCurrency(RuleEdit& edit, const Object& object, const std::string& pointer,
                     const Record& before, Record& record, std::vector<FieldError>* wrong) {
  const auto id = IdOf(object, record, "price_list_id");
  const Object* list = edit.model().Find("price_list");
  if (!id || list == nullptr) return Status::Ok();
  if (!before.values.empty() && !Differs(object, before, record, "price_list_id") &&
      !Differs(object, before, record, "currency")) {
    return Status::Ok();
  }
  ASSIGN(const std::optional<Record> found, GetIfThere(edit.transaction(), *list, *id));
  if (!found) return Status::Ok();  // said by the check of relations
  const std::string of_list = TextOf(*list, *found, "currency");
  const std::string own = TextOf(object, record, "currency");
  if (of_list.empty() || of_list == own) return Status::Ok();
  if (own.empty()) {
    Put(object, record, "currency", of_list);
  } else {
    wrong->push_back({pointer + "/price_list_id", "wrong_currency",
                      "price_list_id: the price list is in " + of_list + ", this " + object.name +
                          " in " + own});
  }
  return Status::Ok();
}

}  // namespace

Status PriceListRule::Prepare(RuleEdit& edit, const Object& object, const Json&,
                              const std::string& pointer, const Record& before, Record& record,
                              std::vector<FieldError>* wrong) {
  if (object.name == "opportunity" || object.name == "quote") {
    return CheckCurrency(edit, object, pointer, before, record, wrong);
  }
  if (object.name != "price_list_entry") return Status::Ok();
  const auto list = IdOf(object, record, "price_list_id");
  const auto product = IdOf(object, record, "product_id");
  if (!list || !product) return Status::Ok();
  if (!Differs(object, before, record, "price_list_id") &&
      !Differs(object, before, record, "product_id")) {
    return Status::Ok();
  }
  ASSIGN(
      const std::optional<Record> other,
      FindFirst(edit.transaction(), object, {{"price_list_id", *list}, {"product_id", *product}}));
  if (!other || other->id() == record.id()) return Status::Ok();
  const std::string detail = "product_id: the price list has a price for this product already (" +
                             other->id().ToString() + "); change that one";
  return Error(ErrorKind::kConflict, detail, {{pointer + "/product_id", "duplicate", detail}});
}

Status PriceListRule::Follow(RuleEdit& edit, const Object& object, store::Operation operation,
                             const Record&, const Record& after) {
  constexpr size_t standards_max = 100;
  if (object.name != "price_list" || operation == store::Operation::kDelete) return Status::Ok();
  if (!IsTrue(object, after, "is_standard")) return Status::Ok();
  // There is one standard list.
  ASSIGN(const std::vector<Record> standards,
         FindAll(edit.transaction(), object, {{"is_standard", true}}, "", standards_max));
  for (const Record& other : standards) {
    if (other.id() == after.id()) continue;
    Record changed = other;
    Put(object, changed, "is_standard", false);
    TRY(edit.Replace(object, other, std::move(changed)));
  }
  return Status::Ok();
}

Status LineRule::Prepare(RuleEdit& edit, const Object& object, const Json& given,
                         const std::string& pointer, const Record& before, Record& record,
                         std::vector<FieldError>* wrong) {
  if (object.name != "opportunity_line" && object.name != "quote_line") return Status::Ok();
  const Object* product = edit.model().Find("product");
  const auto product_id = IdOf(object, record, "product_id");
  if (product == nullptr || !product_id) return Status::Ok();  // required: the check says so
  ASSIGN(const std::optional<Record> sold, GetIfThere(edit.transaction(), *product, *product_id));
  if (!sold) return Status::Ok();  // said by the check of relations
  ASSIGN(const Parent parent, ParentOf(edit, object, record));

  const bool other_product = before.values.empty() || Differs(object, before, record, "product_id");
  const bool asks = other_product && (!Says(given, object, before, record, "list_price") ||
                                      model::IsNull(ValueOf(object, record, "list_price")));
  if (asks) {
    ASSIGN(Value price, ListPrice(edit, parent, *product, *sold));
    Put(object, record, "list_price", std::move(price));
  }
  const bool priced = other_product && !Says(given, object, before, record, "unit_price");
  if (priced || model::IsNull(ValueOf(object, record, "unit_price"))) {
    Put(object, record, "unit_price", ValueOf(object, record, "list_price"));
  }
  if (model::IsNull(ValueOf(object, record, "unit_price")) &&
      !IsWrong(*wrong, pointer + "/unit_price")) {
    wrong->push_back({pointer + "/unit_price", "required",
                      "unit_price is required: neither a price list nor the product itself has a "
                      "price for " +
                          TextOf(*product, *sold, "name")});
  }
  if (model::IsNull(ValueOf(object, record, "description")) && other_product) {
    Put(object, record, "description", ValueOf(*product, *sold, "name"));
  }
  if (parent.record && model::IsNull(ValueOf(object, record, "position"))) {
    ASSIGN(const int64_t next, NextPosition(edit, object, parent.link, parent.record->id()));
    Put(object, record, "position", next);
  }
  return Status::Ok();
}

Status AmountRule::Prepare(RuleEdit&, const Object& object, const Json& given,
                           const std::string& pointer, const Record& before, Record& record,
                           std::vector<FieldError>* wrong) {
  if (object.name != "opportunity" || before.values.empty()) return Status::Ok();
  if (IntegerOf(object, record, "line_count").value_or(0) == 0) return Status::Ok();
  const Value sum = ValueOf(object, record, "lines_total");
  const bool by_hand = given.Find("amount") != nullptr;
  if (by_hand && ValueOf(object, record, "amount") != sum) {
    wrong->push_back({pointer + "/amount", "computed",
                      "amount is the sum of the opportunity's lines (" + model::ToText(sum) +
                          "); change the lines instead"});
    return Status::Ok();
  }
  Put(object, record, "amount", sum);
  return Status::Ok();
}

}  // namespace boathouse::crm
