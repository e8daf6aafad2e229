#include "model/computed.h"

#include <algorithm>

#include "model/formula.h"

namespace boathouse::model {
namespace {

Error Wrong(std::string pointer, std::string code, std::string detail) {
  return Error::Field(std::move(pointer), std::move(code), std::move(detail));
}

const Object* FindIn(const std::vector<Object>& objects, std::string_view name) {
  for (const Object& object : objects) {
    if (object.name == name) return &object;
  }
  return nullptr;
}

// How values are compared and added up.
enum class Kind { kWhole, kDecimal, kDate, kDateTime, kOther };

Kind KindOf(FieldType type) {
  switch (type) {
    case FieldType::kInteger:
      return Kind::kWhole;
    case FieldType::kDecimal:
    case FieldType::kMoney:
      return Kind::kDecimal;
    case FieldType::kDate:
      return Kind::kDate;
    case FieldType::kDateTime:
      return Kind::kDateTime;
    case FieldType::kId:
    case FieldType::kText:
    case FieldType::kLongText:
    case FieldType::kBoolean:
    case FieldType::kSelect:
    case FieldType::kMultiSelect:
    case FieldType::kEmail:
    case FieldType::kPhone:
    case FieldType::kUrl:
    case FieldType::kRelation:
      return Kind::kOther;
  }
  return Kind::kOther;
}

Status CheckCount(const Field& field, const std::string& pointer) {
  if (!field.roll_up->field.empty()) {
    return Wrong(pointer + "/roll_up/field", "unsupported",
                 "a count is of records: leave the field out");
  }
  if (field.type != FieldType::kInteger) {
    return Wrong(pointer + "/type", "wrong_type", "the type of a count is integer");
  }
  return Status::Ok();
}

Status CheckRollUp(const std::vector<Object>& objects, const Object& object, const Field& field,
                   const std::string& pointer) {
  const RollUp& roll_up = *field.roll_up;
  const Object* of = FindIn(objects, roll_up.object);
  if (of == nullptr) {
    return Wrong(pointer + "/roll_up/object", "not_found",
                 "there is no object \"" + roll_up.object.substr(0, 60) + "\"");
  }
  const Field* relation = of->Find(roll_up.relation);
  if (relation == nullptr || relation->relation_object != object.name) {
    return Wrong(
        pointer + "/roll_up/relation", "not_found",
        of->name + " has no relation \"" + roll_up.relation.substr(0, 60) + "\" to " + object.name);
  }
  if (roll_up.function == RollUp::Function::kCount) return CheckCount(field, pointer);
  const Field* rolled = of->Find(roll_up.field);
  if (rolled == nullptr) {
    return Wrong(pointer + "/roll_up/field", "not_found",
                 of->name + " has no field \"" + roll_up.field.substr(0, 60) + "\"");
  }
  const Kind kind = KindOf(rolled->type);
  const bool is_sum = roll_up.function == RollUp::Function::kSum;
  if (kind == Kind::kOther || (is_sum && kind != Kind::kWhole && kind != Kind::kDecimal)) {
    return Wrong(pointer + "/roll_up/field", "wrong_type",
                 rolled->name + " is " + std::string(FieldTypeName(rolled->type)) +
                     ", which has no " + std::string(RollUpFunctionName(roll_up.function)));
  }
  if (KindOf(field.type) != kind) {
    return Wrong(pointer + "/type", "wrong_type",
                 "the type must be " + std::string(FieldTypeName(rolled->type)) + ", as that of " +
                     of->name + "'s " + rolled->name);
  }
  return Status::Ok();
}

// Whether the filter has the name in it as a word: it may be read there.
bool Mentions(std::string_view filter, std::string_view name) {
  const auto is_word = [](char c) {
    return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  };
  for (size_t at = filter.find(name); at != std::string_view::npos;
       at = filter.find(name, at + 1)) {
    const bool begins = at == 0 || !is_word(filter[at - 1]);
    const size_t end = at + name.size();
    if (begins && (end == filter.size() || !is_word(filter[end]))) return true;
  }
  return false;
}

// Walks from each computed field to what it reads, over all objects.
class Dependencies {
 public:
  Dependencies(std::vector<Object>& objects, const PointerOf& pointer_of)
      : objects_(objects), pointer_of_(pointer_of) {
    for (const Object& object : objects) {
      states_.emplace_back(object.fields.size(), State::kUnseen);
    }
  }

  Status Run() {
    // All before the first walk: it reaches into objects that come later.
    for (Object& object : objects_) object.computed_order.clear();
    for (size_t o = 0; o < objects_.size(); ++o) {
      for (size_t f = 0; f < objects_[o].fields.size(); ++f) TRY(Visit(o, f));
    }
    return Status::Ok();
  }

 private:
  enum class State { kUnseen, kOpen, kDone };
  struct Place {
    size_t object;
    size_t field;
  };

  // A chain is no longer than there are computed fields: limited by formulas_max and roll_ups_max for one
  // object, and by what recursion bears for all.
  static constexpr size_t chain_max = 200;

  Status Visit(size_t object, size_t field) {
    State& state = states_[object][field];
    const Field& here = objects_[object].fields[field];
    if (state == State::kDone || !here.is_computed()) return Status::Ok();
    if (state == State::kOpen) return Cycle(object, field);
    if (path_.size() >= chain_max) {
      return Wrong(PointerTo(object, field), "too_deep",
                   "computed fields may build upon at most " + std::to_string(chain_max) +
                       " others in a row");
    }
    state = State::kOpen;
    path_.push_back({object, field});
    for (const Place& place : ReadBy(object, field)) TRY(Visit(place.object, place.field));
    path_.pop_back();
    states_[object][field] = State::kDone;
    if (!here.roll_up) objects_[object].computed_order.push_back(field);
    return Status::Ok();
  }

  std::vector<Place> ReadBy(size_t object, size_t field) const {
    const Object& owner = objects_[object];
    const Field& here = owner.fields[field];
    std::vector<Place> places;
    for (const std::string& part : here.derived_from) {
      if (const auto index = owner.IndexOf(part)) places.push_back({object, *index});
    }
    if (here.parsed != nullptr) {
      for (const size_t input : here.parsed->inputs()) places.push_back({object, input});
    }
    if (!here.roll_up) return places;
    for (size_t o = 0; o < objects_.size(); ++o) {
      if (objects_[o].name != here.roll_up->object) continue;
      for (size_t f = 0; f < objects_[o].fields.size(); ++f) {
        const std::string& name = objects_[o].fields[f].name;
        if (name == here.roll_up->field || Mentions(here.roll_up->filter, name)) {
          places.push_back({o, f});
        }
      }
    }
    return places;
  }

  std::string PointerTo(size_t object, size_t field) const {
    const Field& here = objects_[object].fields[field];
    return pointer_of_(objects_[object], here) + (here.roll_up ? "/roll_up" : "/formula");
  }

  Error Cycle(size_t object, size_t field) const {
    std::string way;
    bool inside = false;
    for (const Place& place : path_) {
      inside = inside || (place.object == object && place.field == field);
      if (inside) way += NameOf(place) + " needs ";
    }
    return Wrong(PointerTo(object, field), "cycle",
                 "computed fields may not need themselves: " + way + NameOf({object, field}));
  }
  std::string NameOf(const Place& place) const {
    return objects_[place.object].name + "." + objects_[place.object].fields[place.field].name;
  }

  std::vector<Object>& objects_;
  const PointerOf& pointer_of_;
  std::vector<std::vector<State>> states_;
  std::vector<Place> path_;
};

Status CheckObject(const std::vector<Object>& objects, Object& object,
                   const PointerOf& pointer_of) {
  size_t formulas = 0;
  size_t roll_ups = 0;
  for (Field& field : object.fields) {
    const std::string pointer = pointer_of(object, field);
    if (field.roll_up) {
      if (++roll_ups > roll_ups_max) {
        return Wrong(pointer + "/roll_up", "out_of_range",
                     "an object may have at most " + std::to_string(roll_ups_max) + " roll-ups");
      }
      TRY(CheckRollUp(objects, object, field, pointer));
    }
    if (field.formula.empty()) continue;
    if (++formulas > formulas_max) {
      return Wrong(pointer + "/formula", "out_of_range",
                   "an object may have at most " + std::to_string(formulas_max) + " formulas");
    }
    if (field.parsed != nullptr) continue;
    ASSIGN(field.parsed, Formula::Parse(object, field, pointer + "/formula"));
  }
  return Status::Ok();
}

}  // namespace

Status ResolveComputed(std::vector<Object>& objects, const PointerOf& pointer_of) {
  for (Object& object : objects) TRY(CheckObject(objects, object, pointer_of));
  return Dependencies(objects, pointer_of).Run();
}

void Compute(const Object& object, Record& record) {
  for (const size_t index : object.computed_order) {
    const Field& field = object.fields[index];
    if (field.parsed != nullptr) {
      record.Set(index, field.parsed->Evaluate(record));
      continue;
    }
    // A person's name and the like: the parts that are not empty, joined by a space.
    std::string joined;
    for (const std::string& part : field.derived_from) {
      const std::string text = ToText(record.At(object.IndexOf(part).value()));
      if (text.empty()) continue;
      if (!joined.empty()) joined += ' ';
      joined += text;
    }
    record.Set(index, joined.empty() ? Value{} : Value(std::move(joined)));
  }
}

Value EmptyRollUp(const Field& field) {
  const RollUp::Function function = field.roll_up->function;
  if (function == RollUp::Function::kCount) return Value(int64_t{0});
  if (function != RollUp::Function::kSum) return {};
  return field.type == FieldType::kInteger ? Value(int64_t{0}) : Value(Decimal{0});
}

}  // namespace boathouse::model
