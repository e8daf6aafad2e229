#include "store/sqlite/query_sql.h"

#include "store/sqlite/schema.h"

namespace boathouse::store::sqlite {
namespace {

constexpr size_t search_words_max = 12;

using Compare = Condition::Compare;

class Builder {
 public:
  explicit Builder(const model::Object& object) : object_(object) {}

  SqlText Finish() && { return {std::move(text_), std::move(parameters_)}; }

  Builder& Add(std::string_view text) {
    text_ += text;
    return *this;
  }
  // A parameter placeholder for `value`.
  Builder& Parameter(model::Value value) {
    parameters_.push_back(std::move(value));
    text_ += "?" + std::to_string(parameters_.size());
    return *this;
  }
  std::string Column(size_t field) const { return Quoted(object_.fields[field].name); }

  void AddCondition(const Condition& condition) {
    switch (condition.kind) {
      case Condition::Kind::kAnd:
        AddList(condition, " AND ", "1");
        return;
      case Condition::Kind::kOr:
        AddList(condition, " OR ", "0");
        return;
      case Condition::Kind::kNot:
        // Unknown (a null was compared) counts as false, so that NOT of it is true.
        Add("NOT coalesce((");
        AddCondition(condition.children.at(0));
        Add("), 0)");
        return;
      case Condition::Kind::kCompare:
        AddCompare(condition);
        return;
    }
  }

  void AddWhere(const Query& query, bool with_position) {
    Add(" WHERE 1");
    if (!query.text.empty()) {
      std::string match = MatchExpression(query.text);
      if (match.empty()) {
        Add(" AND 0");  // no word to find: FTS5 refuses an empty expression
      } else {
        Add(" AND \"n\" IN (SELECT rowid FROM ").Add(SearchTable(object_)).Add(" WHERE ");
        Add(SearchTable(object_)).Add(" MATCH ");
        Parameter(std::move(match)).Add(")");
      }
    }
    if (query.where) {
      Add(" AND (");
      AddCondition(*query.where);
      Add(")");
    }
    if (with_position && query.after) {
      Add(" AND (");
      AddPosition(query);
      Add(")");
    }
  }

  void AddOrder(const Query& query) {
    Add(" ORDER BY ");
    for (const OrderBy& order : query.order) {
      Add(Column(order.field)).Add(Fold(order.field)).Add(order.descending ? " DESC, " : ", ");
    }
    Add("\"id\"").Add(IdDescends(query) ? " DESC" : "");
  }

 private:
  static bool IdDescends(const Query& query) {
    return !query.order.empty() && query.order.back().descending;
  }
  const char* Fold(size_t field) const {
    return IsTextual(object_.fields[field].type) ? " COLLATE NOCASE" : "";
  }

  void AddList(const Condition& condition, std::string_view joint, std::string_view empty) {
    if (condition.children.empty()) {
      Add(empty);
      return;
    }
    bool first = true;
    for (const Condition& child : condition.children) {
      if (!first) Add(joint);
      first = false;
      Add("(");
      AddCondition(child);
      Add(")");
    }
  }

  void AddCompare(const Condition& condition) {
    const model::Field& field = object_.fields[condition.field];
    const std::string column = Column(condition.field);
    const bool folded_index = IsTextual(field.type) && field.indexed && !field.unique;
    switch (condition.compare) {
      case Compare::kEqual:
        if (model::IsNull(condition.value)) {
          Add(column).Add(" IS NULL");
          return;
        }
        if (folded_index) {  // first by the folded index, then exactly
          Add(column).Add(" = ");
          Parameter(condition.value).Add(" COLLATE NOCASE AND ");
        }
        Add(column).Add(" = ");
        Parameter(condition.value);
        return;
      case Compare::kNotEqual:
        Add(column).Add(" IS NOT ");
        Parameter(condition.value);
        return;
      case Compare::kLess:
        AddOrdered(condition, " < ");
        return;
      case Compare::kLessOrEqual:
        AddOrdered(condition, " <= ");
        return;
      case Compare::kGreater:
        AddOrdered(condition, " > ");
        return;
      case Compare::kGreaterOrEqual:
        AddOrdered(condition, " >= ");
        return;
      case Compare::kContains:
        AddLike(condition, "%", "%");
        return;
      case Compare::kStartsWith:
        AddLike(condition, "", "%");
        return;
      case Compare::kEndsWith:
        AddLike(condition, "%", "");
        return;
      case Compare::kIn:
        AddIn(condition);
        return;
    }
  }

  void AddIn(const Condition& condition) {
    Add(Column(condition.field)).Add(" IN (");
    for (size_t i = 0; i < condition.values.size(); ++i) {
      if (i > 0) Add(", ");
      Parameter(condition.values[i]);
    }
    Add(")");
  }

  void AddOrdered(const Condition& condition, std::string_view op) {
    Add(Column(condition.field)).Add(op);
    Parameter(condition.value).Add(Fold(condition.field));
  }

  void AddLike(const Condition& condition, std::string_view before, std::string_view after) {
    std::string pattern(before);
    for (const char c : model::ToText(condition.value)) {
      if (c == '%' || c == '_' || c == '\\') pattern += '\\';
      pattern += c;
    }
    pattern += after;
    Add(Column(condition.field)).Add(" LIKE ");
    Parameter(std::move(pattern)).Add(" ESCAPE '\\'");
  }

  // "Behind this position": the first order column that differs decides. Null sorts lowest.
  void AddPosition(const Query& query) {
    const Query::Position& after = *query.after;
    for (size_t i = 0; i < query.order.size(); ++i) {
      const OrderBy& order = query.order[i];
      const std::string column = Column(order.field);
      const bool null = model::IsNull(after.values[i]);
      if (order.descending) {
        if (null) {
          Add("0");
        } else {
          Add(column).Add(Fold(order.field)).Add(" < ");
          Parameter(after.values[i]).Add(" OR ").Add(column).Add(" IS NULL");
        }
      } else if (null) {
        Add(column).Add(" IS NOT NULL");
      } else {
        Add(column).Add(Fold(order.field)).Add(" > ");
        Parameter(after.values[i]);
      }
      Add(" OR (").Add(column).Add(Fold(order.field)).Add(" IS ");
      Parameter(after.values[i]).Add(" AND (");
    }
    Add("\"id\"").Add(IdDescends(query) ? " < " : " > ");
    Parameter(after.id);
    for (size_t i = 0; i < query.order.size(); ++i) Add("))");
  }

  const model::Object& object_;
  std::string text_;
  std::vector<model::Value> parameters_;
};

bool IsWordByte(unsigned char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c >= 0x80;
}

}  // namespace

SqlText SelectSql(const Query& query) {
  Builder builder(*query.object);
  builder.Add("SELECT ").Add(ColumnList(*query.object)).Add(" FROM ");
  builder.Add(RecordTable(*query.object));
  builder.AddWhere(query, true);
  builder.AddOrder(query);
  builder.Add(" LIMIT ").Parameter(static_cast<int64_t>(query.limit));
  return std::move(builder).Finish();
}

SqlText CountSql(const Query& query) {
  Builder builder(*query.object);
  builder.Add("SELECT count(*) FROM ").Add(RecordTable(*query.object));
  builder.AddWhere(query, false);
  return std::move(builder).Finish();
}

std::string MatchExpression(std::string_view text) {
  std::string expression;
  size_t words = 0;
  for (size_t at = 0; at < text.size() && words < search_words_max;) {
    if (!IsWordByte(static_cast<unsigned char>(text[at]))) {
      ++at;
      continue;
    }
    const size_t from = at;
    while (at < text.size() && IsWordByte(static_cast<unsigned char>(text[at]))) ++at;
    if (words++ > 0) expression += ' ';
    expression += '"' + std::string(text.substr(from, at - from)) + "\"*";
  }
  return expression;
}

}  // namespace boathouse::store::sqlite
