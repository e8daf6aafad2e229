#include "crm/roll_ups.h"

#include <set>

#include "crm/filter.h"
#include "crm/match.h"
#include "crm/sales/fields.h"
#include "model/computed.h"

namespace boathouse::crm {
namespace {

using model::Object;
using model::Record;
using model::Value;
using Function = model::RollUp::Function;

constexpr size_t page = 500;

// Wide enough for what one value adds and another takes away.
__extension__ typedef __int128 Wide;

std::optional<int64_t> NumberOf(const Value& value) {
  if (const auto* whole = std::get_if<int64_t>(&value)) return *whole;
  if (const auto* decimal = std::get_if<Decimal>(&value)) return decimal->units;
  return std::nullopt;
}

// The sum of two values of one kind; nullopt when it is out of range.
std::optional<Value> Add(const Value& sum, Wide amount) {
  int64_t total = 0;
  if (__builtin_add_overflow(NumberOf(sum).value_or(0), amount, &total)) return std::nullopt;
  if (std::get_if<Decimal>(&sum) == nullptr) return Value(total);
  const bool fits = total <= Decimal::units_max && total >= -Decimal::units_max;
  return fits ? std::optional<Value>(Decimal{total}) : std::nullopt;
}

Error OutOfRange(const Object& owner, const model::Field& field) {
  return Error(ErrorKind::kConflict, "the sum " + field.name + " of the " + owner.name +
                                         " would be larger than it can hold");
}

// Folds one more record's value in. False when a sum is out of range.
bool Fold(Function function, const Value& value, Value* all) {
  switch (function) {
    case Function::kCount: {
      *all = NumberOf(*all).value_or(0) + 1;
      return true;
    }
    case Function::kSum: {
      const std::optional<Value> sum = Add(*all, NumberOf(value).value_or(0));
      if (sum) *all = *sum;
      return sum.has_value();
    }
    case Function::kMin:
      if (!model::IsNull(value) && (model::IsNull(*all) || value < *all)) *all = value;
      return true;
    case Function::kMax:
      if (!model::IsNull(value) && (model::IsNull(*all) || *all < value)) *all = value;
      return true;
  }
  return true;
}

}  // namespace

const std::vector<RollUpRule::RollUp>& RollUpRule::RollUpsOver(const model::Model& model,
                                                               const Object& object) {
  static const std::vector<RollUp> none;
  if (model_ != &model) {
    roll_ups_.clear();
    for (const Object& owner : model.objects()) {
      for (size_t i = 0; i < owner.fields.size(); ++i) {
        const auto& roll_up = owner.fields[i].roll_up;
        const Object* of = roll_up ? model.Find(roll_up->object) : nullptr;
        const auto relation = of != nullptr ? of->IndexOf(roll_up->relation) : std::nullopt;
        if (!relation) continue;
        RollUp known{&owner, i, *relation, of->IndexOf(roll_up->field), {}};
        if (!roll_up->filter.empty()) {
          Result<store::Condition> filter = ParseFilter(model, *of, roll_up->filter);
          if (!filter.ok()) continue;  // checked at each change of the model; of an older program
          known.filter = std::move(*filter);
        }
        roll_ups_[of].push_back(std::move(known));
      }
    }
    model_ = &model;
  }
  const auto found = roll_ups_.find(&object);
  return found == roll_ups_.end() ? none : found->second;
}

Status RollUpRule::Prepare(RuleEdit&, const Object& object, const Json&, const std::string&,
                           const Record& before, Record& record, std::vector<FieldError>*) {
  if (!before.values.empty()) return Status::Ok();
  for (size_t i = model::kSystemFieldCount; i < object.fields.size(); ++i) {
    if (object.fields[i].roll_up) record.Set(i, model::EmptyRollUp(object.fields[i]));
  }
  return Status::Ok();
}

Status RollUpRule::Follow(RuleEdit& edit, const Object& object, store::Operation,
                          const Record& before, const Record& after) {
  const std::vector<RollUp>& roll_ups = RollUpsOver(edit.model(), object);
  if (roll_ups.empty()) return Status::Ok();
  std::set<std::pair<const Object*, Id>> owners;
  for (const RollUp& roll_up : roll_ups) {
    for (const Record* record : {&before, &after}) {
      const Id* id = std::get_if<Id>(&record->At(roll_up.relation));
      if (id != nullptr) owners.emplace(roll_up.owner, *id);
    }
  }
  for (const auto& [owner, id] : owners) {
    std::vector<RollUp> of_owner;
    for (const RollUp& roll_up : roll_ups) {
      if (roll_up.owner == owner) of_owner.push_back(roll_up);
    }
    TRY(Update(edit, object, id, of_owner, before, after));
  }
  return Status::Ok();
}

namespace {

// What a record adds to the roll-up of that owner: its value, or nothing.
template <typename RollUp>
Result<std::optional<Value>> Contribution(const RollUp& roll_up, const Object& object,
                                          const Id& owner, const Record& record,
                                          store::Reader& reader) {
  if (record.At(roll_up.relation) != Value(owner)) return std::optional<Value>();
  if (roll_up.filter) {
    ASSIGN(const bool matches, Matches(*roll_up.filter, object, record, reader));
    if (!matches) return std::optional<Value>();
  }
  return std::optional<Value>(roll_up.rolled ? record.At(*roll_up.rolled) : Value{});
}

// The roll-up counted out anew; null for a sum that is out of range.
template <typename RollUp>
Result<Value> CountOut(const RollUp& roll_up, const Object& object, const Id& owner,
                       store::Reader& reader) {
  const model::Field& field = roll_up.owner->fields[roll_up.field];
  store::Query query;
  query.object = &object;
  query.where = store::Condition::Where(roll_up.relation, store::Condition::Compare::kEqual, owner);
  if (roll_up.filter) {
    query.where = store::Condition::All({std::move(*query.where), *roll_up.filter});
  }
  if (field.roll_up->function == Function::kCount) {
    ASSIGN(const int64_t count, reader.Count(query));
    return Value(count);
  }
  Value all = model::EmptyRollUp(field);
  query.limit = page;
  for (;;) {
    ASSIGN(const std::vector<Record> records, reader.List(query));
    for (const Record& record : records) {
      const bool fits = Fold(field.roll_up->function, record.At(roll_up.rolled.value()), &all);
      if (!fits) return Value();
    }
    if (records.size() < page) return all;
    query.after = store::Query::Position{{}, records.back().id()};
  }
}

// The roll-up after a change, from what stood before; nullopt when it must be counted out.
Result<std::optional<Value>> Adjusted(const Object& owner, const model::Field& field,
                                      const Value& stood, const std::optional<Value>& gone,
                                      const std::optional<Value>& come) {
  const Function function = field.roll_up->function;
  if (function == Function::kCount) {
    const int64_t count = NumberOf(stood).value_or(0) + come.has_value() - gone.has_value();
    return std::optional<Value>(count);
  }
  if (function == Function::kSum) {
    const int64_t more = come ? NumberOf(*come).value_or(0) : 0;
    const int64_t less = gone ? NumberOf(*gone).value_or(0) : 0;
    const std::optional<Value> sum = Add(stood, Wide{more} - less);
    if (!sum) return OutOfRange(owner, field);
    return sum;
  }
  // The one that was least or greatest may have gone.
  if (gone && *gone == stood && (!come || *come != stood)) return std::optional<Value>();
  Value all = stood;
  if (come) Fold(function, *come, &all);
  return std::optional<Value>(std::move(all));
}

}  // namespace

Status RollUpRule::Update(RuleEdit& edit, const Object& object, const Id& owner_id,
                          const std::vector<RollUp>& roll_ups, const Record& before,
                          const Record& after) {
  const Object& owner = *roll_ups[0].owner;
  ASSIGN(const std::optional<Record> current, GetIfThere(edit.transaction(), owner, owner_id));
  if (!current) return Status::Ok();
  Record updated = *current;
  for (const RollUp& roll_up : roll_ups) {
    ASSIGN(const std::optional<Value> gone,
           Contribution(roll_up, object, owner_id, before, edit.transaction()));
    ASSIGN(const std::optional<Value> come,
           Contribution(roll_up, object, owner_id, after, edit.transaction()));
    if (gone == come) continue;
    const model::Field& field = owner.fields[roll_up.field];
    const Value& stood = current->At(roll_up.field);
    const bool is_sum =
        field.roll_up->function == Function::kSum || field.roll_up->function == Function::kCount;
    std::optional<Value> value;
    if (!is_sum || !model::IsNull(stood)) {
      ASSIGN(value, Adjusted(owner, field, stood, gone, come));
    }
    if (!value) {
      ASSIGN(value, CountOut(roll_up, object, owner_id, edit.transaction()));
    }
    updated.Set(roll_up.field, std::move(*value));
  }
  TRY(edit.Replace(owner, *current, std::move(updated)));
  return Status::Ok();
}

Result<Value> CountRollUp(const model::Model& model, const Object& owner, size_t field,
                          const Id& owner_id, store::Reader& reader) {
  struct One {
    const Object* owner;
    size_t field;
    size_t relation;
    std::optional<size_t> rolled;
    std::optional<store::Condition> filter;
  };
  const model::RollUp& definition = *owner.fields[field].roll_up;
  const Object& of = *model.Find(definition.object);
  One roll_up{
      &owner, field, of.IndexOf(definition.relation).value(), of.IndexOf(definition.field), {}};
  if (!definition.filter.empty()) {
    ASSIGN(roll_up.filter, ParseFilter(model, of, definition.filter));
  }
  return CountOut(roll_up, of, owner_id, reader);
}

Status PartsRule::PrepareDelete(RuleEdit& edit, const Object& object, const Record& record) {
  for (const Object& part : edit.model().objects()) {
    const model::Field* whole = part.belongs_to.empty() ? nullptr : part.Find(part.belongs_to);
    if (whole == nullptr || whole->relation_object != object.name) continue;
    for (;;) {
      ASSIGN(const std::vector<Record> parts,
             FindAll(edit.transaction(), part, {{whole->name, record.id()}}, "", page));
      for (const Record& each : parts) TRY(edit.Delete(part, each.id()));
      if (parts.size() < page) break;
    }
  }
  return Status::Ok();
}

}  // namespace boathouse::crm
