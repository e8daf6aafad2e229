// How a field is named in filters and orders, and orders themselves.
#include <algorithm>

#include "base/bytes.h"
#include "crm/crm.h"
#include "crm/filter.h"

namespace boathouse::crm {
namespace {

constexpr size_t order_by_chars_max = 1000;
constexpr size_t name_chars_max = 60;

std::string Shown(std::string_view name) {
  return '"' + std::string(name.substr(0, name_chars_max)) + '"';
}

size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1])});
      diagonal = above;
    }
  }
  return row[b.size()];
}

// The field by its name; a relation also without its _id.
std::optional<size_t> FindField(const model::Object& object, std::string_view name) {
  if (const auto index = object.IndexOf(name)) return index;
  const auto relation = object.IndexOf(std::string(name) + "_id");
  if (relation && object.fields[*relation].type == model::FieldType::kRelation) return relation;
  return std::nullopt;
}

// The relation that a path goes on through: `stage.position` leads to the stage record, though there is a
// text called stage too.
std::optional<size_t> FindRelation(const model::Object& object, std::string_view name) {
  for (const std::string& full : {std::string(name), std::string(name) + "_id"}) {
    const auto index = object.IndexOf(full);
    if (index && object.fields[*index].type == model::FieldType::kRelation) return index;
  }
  return std::nullopt;
}

// Follows a relation to the object that it points to, as far as the scope may see it.
Result<store::Step> Follow(const model::Model& model, const model::Object& object, size_t relation,
                           const FilterScope& scope,
                           const std::function<Error(std::string)>& fail) {
  const model::Field& field = object.fields[relation];
  const model::Object* next = model.Find(field.relation_object);
  if (next == nullptr) {
    return fail(field.name + " leads to " + field.relation_object +
                " records, which you may not read");
  }
  store::Step step{relation, next, nullptr};
  if (scope.visible) {
    if (std::optional<store::Condition> visible = scope.visible(*next)) {
      step.visible = std::make_shared<const store::Condition>(std::move(*visible));
    }
  }
  return step;
}

}  // namespace

std::string SuggestField(const model::Object& object, std::string_view name) {
  if (name.size() > name_chars_max) return {};
  const model::Field* best = nullptr;
  size_t best_distance = 3;  // further off is no likely slip
  for (const model::Field& field : object.fields) {
    const size_t distance =
        field.name == std::string(name) + "_id" ? 0 : EditDistance(name, field.name);
    if (distance < best_distance) {
      best = &field;
      best_distance = distance;
    }
  }
  return best != nullptr ? "; did you mean \"" + best->name + "\"?" : "";
}

Result<FieldPath> ReadFieldPath(const model::Model& model, const model::Object& object,
                                std::string_view text, const FilterScope& scope,
                                std::string_view parameter, std::string_view where) {
  const auto fail = [&](std::string detail) {
    return Error::Field(std::string(parameter), "invalid_" + std::string(parameter),
                        std::string(where) + std::move(detail));
  };
  FieldPath path;
  path.object = &object;
  for (size_t from = 0;;) {
    const size_t dot = std::min(text.find('.', from), text.size());
    const std::string_view name = text.substr(from, dot - from);
    auto index = dot < text.size() ? FindRelation(*path.object, name) : std::nullopt;
    if (!index) index = FindField(*path.object, name);
    if (!index) {
      return fail(path.object->name + " has no field " + Shown(name) +
                  SuggestField(*path.object, name));
    }
    if (dot == text.size()) {
      path.field = *index;
      return path;
    }
    if (path.object->fields[*index].type != model::FieldType::kRelation) {
      return fail(path.object->fields[*index].name +
                  " is no relation: nothing can be asked behind it with a dot");
    }
    if (path.steps.size() == filter_relations_max) {
      return fail("a field may be at most " + std::to_string(filter_relations_max) +
                  " relations away");
    }
    ASSIGN(store::Step step, Follow(model, *path.object, *index, scope, fail));
    path.object = step.object;
    path.steps.push_back(std::move(step));
    from = dot + 1;
  }
}

namespace {

Error OrderError(std::string detail) {
  return Error::Field("order_by", "invalid_order_by", "order_by: " + std::move(detail));
}

// One part: `name [asc|desc]`.
Result<store::OrderBy> ReadOrder(const model::Model& model, const model::Object& object,
                                 std::string_view part, const FilterScope& scope) {
  const size_t space = std::min(part.find_first_of(" \t"), part.size());
  const std::string_view name = part.substr(0, space);
  const std::string direction = AsciiLower(TrimAscii(part.substr(space)));
  ASSIGN(FieldPath path, ReadFieldPath(model, object, name, scope, "order_by", "order_by: "));
  if (!direction.empty() && direction != "asc" && direction != "desc") {
    return OrderError("expected asc or desc behind " + std::string(name.substr(0, name_chars_max)));
  }
  const model::Field* field = &path.object->fields[path.field];
  if (field->type == model::FieldType::kRelation) {
    // People know a related record by its title.
    ASSIGN(store::Step step, Follow(model, *path.object, path.field, scope, OrderError));
    path.object = step.object;
    path.field = step.object->title_index();
    path.steps.push_back(std::move(step));
    field = &path.object->fields[path.field];
  }
  if (path.steps.size() > 1) {
    return OrderError("lists are sorted over one relation at most, not by " +
                      std::string(name.substr(0, name_chars_max)));
  }
  if (field->type == model::FieldType::kLongText) {
    return OrderError(field->name + " is long text, which lists are not sorted by");
  }
  return store::OrderBy{path.field, direction == "desc", std::move(path.steps)};
}

bool IsSame(const store::OrderBy& a, const store::OrderBy& b) {
  if (a.field != b.field || a.path.size() != b.path.size()) return false;
  return a.path.empty() || a.path[0].relation == b.path[0].relation;
}

}  // namespace

Result<std::vector<store::OrderBy>> ParseOrderBy(const model::Model& model,
                                                 const model::Object& object, std::string_view text,
                                                 const FilterScope& scope) {
  std::vector<store::OrderBy> orders;
  if (TrimAscii(text).empty()) return orders;
  if (text.size() > order_by_chars_max) {
    return OrderError("at most " + std::to_string(order_by_chars_max) + " characters");
  }
  if (!IsUtf8(text)) return OrderError("not UTF-8");
  for (size_t from = 0; from <= text.size();) {
    const size_t comma = std::min(text.find(',', from), text.size());
    const std::string_view part = TrimAscii(text.substr(from, comma - from));
    from = comma + 1;
    ASSIGN(store::OrderBy order, ReadOrder(model, object, part, scope));
    for (const store::OrderBy& earlier : orders) {
      if (IsSame(earlier, order)) {
        return OrderError(std::string(part.substr(0, name_chars_max)) + " stands twice");
      }
    }
    orders.push_back(std::move(order));
    if (orders.size() > order_fields_max) {
      return OrderError("at most " + std::to_string(order_fields_max) + " fields");
    }
  }
  return orders;
}

}  // namespace boathouse::crm
