#include "store/sqlite/query_plan.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include "store/sqlite/query_sql.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/search.h"

namespace boathouse::store::sqlite {
namespace {

using Compare = Condition::Compare;

// Between these many records the filter's matches are counted before one way is chosen.
constexpr int64_t gathered_min = 500;
constexpr int64_t gathered_max = 20'000;
// More related records than this are not listed beforehand.
constexpr int64_t related_listed_max = 2'000;

// The conditions that all must hold.
void Flatten(const Condition& condition, std::vector<const Condition*>* parts) {
  if (condition.kind != Condition::Kind::kAnd) {
    parts->push_back(&condition);
    return;
  }
  for (const Condition& child : condition.children) Flatten(child, parts);
}

// About how many records there are: row numbers are given out one by one.
Result<int64_t> TableSize(Connection& connection, const model::Object& object) {
  ASSIGN(Statement statement, connection.Prepare("SELECT max(\"n\") FROM " + RecordTable(object)));
  ASSIGN(const bool row, statement.Step());
  return row ? statement.Int(0) : 0;
}

class Planner {
 public:
  Planner(Connection& connection, const Query& query) : connection_(connection), query_(query) {}

  Result<Plan> Run() {
    if ((!query_.where && query_.text.empty()) || !OrderHasIndex()) return Plan{};
    std::vector<const Condition*> parts;
    if (query_.where) Flatten(*query_.where, &parts);
    if (IsInIndexOfPart(parts)) return Plan{};
    for (const Condition* part : parts) {
      if (IsInOrderAlready(*part)) return Plan{};
    }
    ASSIGN(const int64_t size, TableSize(connection_, *query_.object));
    const auto root = static_cast<int64_t>(
        std::sqrt(static_cast<double>(size) * static_cast<double>(query_.limit)));
    const int64_t limit = std::clamp(root, gathered_min, gathered_max);
    Plan plan;
    bool any_found = false;
    if (!query_.text.empty()) {
      ASSIGN(const int64_t count, CountTextUpTo(limit));
      if (count < limit) return Plan{Way::kGather, false};
      any_found = true;
    }
    for (const Condition* part : parts) {
      if (!IsFoundByIndex(*part, *query_.object)) continue;
      ASSIGN(const bool many, HasManyRelated(*part));
      any_found = true;
      if (many) {
        plan.related_by_record = true;
        continue;
      }
      ASSIGN(const int64_t count, CountUpTo(connection_, *query_.object, *part, limit));
      if (count < limit) return Plan{Way::kGather, false};
    }
    if (any_found) plan.way = Way::kWalk;
    return plan;
  }

 private:
  // Whether the index that finds the records of one part has them in the order of the list already.
  bool IsInIndexOfPart(const std::vector<const Condition*>& parts) const {
    if (query_.order.size() != 1 || !query_.order[0].path.empty()) return false;
    const model::Object& object = *query_.object;
    if (query_.order[0].field != object.title_index()) return false;
    return std::any_of(parts.begin(), parts.end(), [&](const Condition* part) {
      return part->kind == Condition::Kind::kCompare && part->compare == Compare::kEqual &&
             part->path.empty() && !model::IsNull(part->value) &&
             IsListedByTitle(object, part->field);
    });
  }

  bool OrderHasIndex() const {
    if (query_.order.empty()) return true;  // the id's
    const OrderBy& first = query_.order[0];
    if (!first.path.empty()) {
      return IsSortedByIndex(first.path[0].object->fields[first.field]) &&
             IsIndexed(query_.object->fields[first.path[0].relation]);
    }
    return IsSortedByIndex(query_.object->fields[first.field]);
  }

  // How many records have the words of the query; `limit` stands for that many or more.
  Result<int64_t> CountTextUpTo(int64_t limit) {
    const std::string match = MatchAnywhere(query_.text);
    if (match.empty()) return int64_t{0};
    const std::string search = SearchTable(*query_.object);
    ASSIGN(Statement statement,
           connection_.Prepare("SELECT count(*) FROM (SELECT rowid FROM " + search + " WHERE " +
                               search + " MATCH ? LIMIT ?)"));
    statement.Bind(1, std::string_view(match));
    statement.Bind(2, limit);
    ASSIGN(const bool row, statement.Step());
    return row ? statement.Int(0) : 0;
  }

  // Whether the index that finds the condition's records has them in the order of the list.
  bool IsInOrderAlready(const Condition& part) const {
    if (part.kind != Condition::Kind::kCompare || part.compare != Compare::kEqual) return false;
    if (!part.path.empty()) return false;
    if (query_.order.empty()) {
      return IsIndexed(query_.object->fields[part.field]) &&
             !IsListedByTitle(*query_.object, part.field);
    }
    const OrderBy& first = query_.order[0];
    return first.path.empty() && first.field == query_.object->title_index() &&
           IsListedByTitle(*query_.object, part.field);
  }

  // Whether a relation of the condition leads to so many records that to list them would take long.
  Result<bool> HasManyRelated(const Condition& condition) {
    for (const Condition& child : condition.children) {
      ASSIGN(const bool many, HasManyRelated(child));
      if (many) return true;
    }
    if (condition.kind != Condition::Kind::kCompare || condition.path.empty()) return false;
    // From the far end: each step multiplies.
    Condition end = condition;
    const model::Object* object = nullptr;
    for (size_t steps = condition.path.size(); steps > 0; --steps) {
      object = condition.path[steps - 1].object;
      end.path.assign(condition.path.begin() + static_cast<std::ptrdiff_t>(steps),
                      condition.path.end());
      ASSIGN(const int64_t count, CountUpTo(connection_, *object, end, related_listed_max));
      if (count >= related_listed_max) return true;
    }
    return false;
  }

  Connection& connection_;
  const Query& query_;
};

}  // namespace

bool IsFoundByIndex(const Condition& condition, const model::Object& object) {
  const auto found = [&](const Condition& child) { return IsFoundByIndex(child, object); };
  switch (condition.kind) {
    case Condition::Kind::kNot:
      return false;
    case Condition::Kind::kOr:
      return !condition.children.empty() &&
             std::all_of(condition.children.begin(), condition.children.end(), found);
    case Condition::Kind::kAnd:
      return std::any_of(condition.children.begin(), condition.children.end(), found);
    case Condition::Kind::kCompare:
      break;
  }
  if (!condition.path.empty()) {
    // Whatever it takes to find the related records, theirs are found by the relation.
    return !HoldsForNull(condition) && IsIndexed(object.fields[condition.path[0].relation]);
  }
  const model::Field& field = object.fields[condition.field];
  switch (condition.compare) {
    case Compare::kEqual:
    case Compare::kIn:
      return IsIndexed(field);
    case Compare::kLess:
    case Compare::kLessOrEqual:
    case Compare::kGreater:
    case Compare::kGreaterOrEqual:
    case Compare::kStartsWith:
      return IsSortedByIndex(field);
    case Compare::kNotEqual:
    case Compare::kContains:
    case Compare::kEndsWith:
    case Compare::kHas:
      return false;
  }
  return false;
}

Result<int64_t> CountUpTo(Connection& connection, const model::Object& object,
                          const Condition& condition, int64_t limit) {
  SqlWriter sql;
  sql.Add("SELECT count(*) FROM (SELECT 1 FROM ").Add(RecordTable(object)).Add(" AS r WHERE ");
  AddCondition(condition, object, "r", &sql);
  sql.Add(" LIMIT ").Parameter(limit).Add(")");
  const SqlText text = std::move(sql).Finish();
  ASSIGN(Statement statement, connection.Prepare(text.text));
  for (size_t i = 0; i < text.parameters.size(); ++i) {
    statement.BindValue(static_cast<int>(i) + 1, text.parameters[i]);
  }
  ASSIGN(const bool row, statement.Step());
  return row ? statement.Int(0) : 0;
}

bool IsIndexed(const model::Field& field) {
  if (field.name == "created_by" || field.name == "updated_by") return false;
  return field.unique || field.indexed || field.type == model::FieldType::kId ||
         field.type == model::FieldType::kRelation;
}

bool IsSortedByIndex(const model::Field& field) {
  // The index of a unique text keeps the case apart, which lists do not.
  return IsIndexed(field) && !(field.unique && IsTextual(field.type));
}

Result<Plan> PlanFor(Connection& connection, const Query& query) {
  return Planner(connection, query).Run();
}

}  // namespace boathouse::store::sqlite
