#include "crm/sales/numbers.h"

#include <charconv>
#include <string>

#include "crm/sales/fields.h"

namespace boathouse::crm {
namespace {

constexpr std::string_view counters = "crm.numbers";
constexpr size_t digits_min = 6;

Result<int64_t> LastNumber(RuleEdit& edit, const model::Object& object) {
  ASSIGN(const std::optional<Json> counter, edit.transaction().GetDocument(counters, object.name));
  return counter ? (*counter)["last"].AsInt().value_or(0) : 0;
}

}  // namespace

Status GiveNumber(RuleEdit& edit, const model::Object& object, std::string_view field,
                  std::string_view prefix, model::Record& record) {
  ASSIGN(const int64_t last, LastNumber(edit, object));
  std::string digits = std::to_string(last + 1);
  if (digits.size() < digits_min) digits.insert(0, digits_min - digits.size(), '0');
  Put(object, record, field, std::string(prefix) + digits);
  return Status::Ok();
}

Status TakeNumber(RuleEdit& edit, const model::Object& object, std::string_view field,
                  std::string_view prefix, const model::Record& record) {
  const std::string text = TextOf(object, record, field);
  int64_t number = 0;
  if (!text.starts_with(prefix)) return Status::Ok();
  const auto parsed =
      std::from_chars(text.data() + prefix.size(), text.data() + text.size(), number);
  if (parsed.ec != std::errc()) return Status::Ok();
  ASSIGN(const int64_t last, LastNumber(edit, object));
  if (number <= last) return Status::Ok();
  return edit.transaction().PutDocument(counters, object.name, Json::Object({{"last", number}}));
}

}  // namespace boathouse::crm
