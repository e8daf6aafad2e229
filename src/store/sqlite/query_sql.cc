#include "store/sqlite/query_sql.h"

#include <optional>

#include "store/sqlite/query_plan.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/search.h"

namespace boathouse::store::sqlite {
namespace {

constexpr std::string_view records = "r";  // the alias of the records that are asked for

// One column of the order.
struct Key {
  std::string column;
  const char* fold = "";
  bool descending = false;
  bool nullable = true;
};

// "r.id, r.version, ...": ColumnList where several tables are read.
std::string QualifiedColumns(const model::Object& object) {
  std::string list;
  for (size_t i = 0; i < object.fields.size(); ++i) {
    if (i > 0) list += ", ";
    list += ColumnOf(object, records, i);
  }
  return list;
}

std::string OrderAlias(size_t order) { return "o" + std::to_string(order); }

std::vector<Key> KeysOf(const Query& query) {
  std::vector<Key> keys;
  for (size_t i = 0; i < query.order.size(); ++i) {
    const OrderBy& order = query.order[i];
    if (order.path.empty()) {
      const model::Field& field = query.object->fields[order.field];
      const bool filled = order.field == model::kFieldId || order.field == model::kFieldVersion ||
                          order.field == model::kFieldCreatedAt ||
                          order.field == model::kFieldUpdatedAt;
      keys.push_back({ColumnOf(*query.object, records, order.field), FoldOf(field),
                      order.descending, !filled});
      continue;
    }
    const model::Object& related = *order.path[0].object;
    keys.push_back({ColumnOf(related, OrderAlias(i), order.field),
                    FoldOf(related.fields[order.field]), order.descending, true});
    keys.push_back({ColumnOf(related, OrderAlias(i), model::kFieldId), "", order.descending, true});
  }
  const bool descending = !query.order.empty() && query.order.back().descending;
  keys.push_back({ColumnOf(*query.object, records, model::kFieldId), "", descending, false});
  return keys;
}

// The values of a position, one a key.
std::vector<model::Value> ValuesOf(const Query::Position& position) {
  std::vector<model::Value> values = position.values;
  values.push_back(position.id);
  return values;
}

// "Behind these values": the first key that differs decides. Null sorts lowest.
void AddBehind(const std::vector<Key>& keys, const std::vector<model::Value>& after, size_t from,
               SqlWriter& sql) {
  for (size_t i = from; i < keys.size(); ++i) {
    const Key& key = keys[i];
    const bool null = model::IsNull(after[i]);
    if (key.descending) {
      if (null) {
        sql.Add("0");
      } else {
        sql.Add(key.column).Add(key.fold).Add(" < ");
        sql.Parameter(after[i]);
        if (key.nullable) sql.Add(" OR ").Add(key.column).Add(" IS NULL");
      }
    } else if (null) {
      sql.Add(key.column).Add(" IS NOT NULL");
    } else {
      sql.Add(key.column).Add(key.fold).Add(" > ");
      sql.Parameter(after[i]);
    }
    if (i + 1 == keys.size()) break;
    sql.Add(" OR (").Add(key.column).Add(key.fold).Add(" IS ");
    sql.Parameter(after[i]).Add(" AND (");
  }
  for (size_t i = from; i + 1 < keys.size(); ++i) sql.Add("))");
}

// The part of a list that one statement returns.
struct Phase {
  bool is_null_only = false;  // the first key is null: it need not be sorted by
  std::optional<std::vector<model::Value>> behind;  // of the keys that are left
  bool is_filled_only = false;                      // the first key is not null
};

// A bound on the first key lets its index be entered in the middle, which the condition of AddBehind
// alone does not. Null stands at one end, outside of every bound, and so becomes a phase of its own.
std::vector<Phase> PhasesBehind(const std::vector<Key>& keys,
                                const std::vector<model::Value>& after) {
  const Key& first = keys[0];
  if (!first.nullable) return {{false, after, false}};
  if (model::IsNull(after[0])) {
    if (first.descending) return {{true, after, false}};
    return {{true, after, false}, {false, std::nullopt, true}};
  }
  if (first.descending) return {{false, after, true}, {true, std::nullopt, false}};
  return {{false, after, true}};
}

class Select {
 public:
  Select(const Query& query, const Plan& plan) : query_(query), plan_(plan), keys_(KeysOf(query)) {}

  std::vector<SqlText> Run() && {
    std::optional<std::vector<model::Value>> after;
    if (query_.after) after = ValuesOf(*query_.after);
    if (LeadsFromRelated()) {
      AddFromRelated(after);
    } else {
      AddPhases(after, false);
    }
    return std::move(statements_);
  }

 private:
  // Whether to walk along the related table, in the order of its field's index, and to take the records
  // that point to each of its rows.
  bool LeadsFromRelated() const {
    if (query_.order.empty() || query_.order[0].path.empty()) return false;
    const OrderBy& order = query_.order[0];
    return plan_.way != Way::kGather && order.path[0].visible == nullptr &&
           IsSortedByIndex(order.path[0].object->fields[order.field]) &&
           IsIndexed(query_.object->fields[order.path[0].relation]);
  }

  // Records that point to nothing come where null does.
  void AddFromRelated(const std::optional<std::vector<model::Value>>& after) {
    const bool descending = keys_[0].descending;
    const bool after_in_unrelated = after && model::IsNull((*after)[1]);
    if (!descending) {
      if (!after || after_in_unrelated) AddUnrelated(after);
      AddPhases(after_in_unrelated ? std::nullopt : after, true);
    } else {
      if (!after_in_unrelated) AddPhases(after, true);
      AddUnrelated(after_in_unrelated ? after : std::nullopt);
    }
  }

  void AddUnrelated(const std::optional<std::vector<model::Value>>& after) {
    SqlWriter sql;
    Begin(false, 1, sql);
    sql.Add(" AND ");
    sql.Add(ColumnOf(*query_.object, records, query_.order[0].path[0].relation)).Add(" IS NULL");
    if (after) {
      sql.Add(" AND (");
      AddBehind(keys_, *after, 2, sql);
      sql.Add(")");
    }
    End(2, sql);
  }

  void AddPhases(const std::optional<std::vector<model::Value>>& after, bool from_related) {
    if (!after) {
      AddPhase({}, from_related);
      return;
    }
    for (const Phase& phase : PhasesBehind(keys_, *after)) AddPhase(phase, from_related);
  }

  void AddPhase(const Phase& phase, bool from_related) {
    SqlWriter sql;
    Begin(from_related, 0, sql);
    const Key& first = keys_[0];
    if (phase.is_null_only) sql.Add(" AND ").Add(first.column).Add(" IS NULL");
    if (phase.is_filled_only && !phase.behind) {
      sql.Add(" AND ").Add(first.column).Add(" IS NOT NULL");
    }
    if (phase.behind && !phase.is_null_only) {
      sql.Add(" AND ").Add(first.column).Add(first.fold).Add(first.descending ? " <= " : " >= ");
      sql.Parameter((*phase.behind)[0]);
    }
    if (phase.behind) {
      sql.Add(" AND (");
      AddBehind(keys_, *phase.behind, phase.is_null_only ? 1 : 0, sql);
      sql.Add(")");
    }
    End(phase.is_null_only ? 1 : 0, sql);
  }

  // SELECT ... WHERE the filter. `joins_from`: the first order whose related table is needed.
  void Begin(bool from_related, size_t joins_from, SqlWriter& sql) {
    sql.Add("SELECT ").Add(QualifiedColumns(*query_.object)).Add(" FROM ");
    const std::string table = RecordTable(*query_.object) + " AS " + std::string(records);
    if (from_related) {
      const Step& step = query_.order[0].path[0];
      // CROSS JOIN: SQLite keeps this order of the loops.
      sql.Add(RecordTable(*step.object)).Add(" AS ").Add(OrderAlias(0)).Add(" CROSS JOIN ");
      sql.Add(table).Add(" ON ").Add(ColumnOf(*query_.object, records, step.relation)).Add(" = ");
      sql.Add(ColumnOf(*step.object, OrderAlias(0), model::kFieldId));
      joins_from = 1;
    } else {
      sql.Add(table);
    }
    for (size_t i = joins_from; i < query_.order.size(); ++i) AddJoin(i, sql);
    AddFilter(query_, plan_.way == Way::kWalk ? "+r" : records, plan_.related_by_record, &sql);
  }

  void AddJoin(size_t order, SqlWriter& sql) {
    if (query_.order[order].path.empty()) return;
    const Step& step = query_.order[order].path[0];
    const std::string alias = OrderAlias(order);
    sql.Add(" LEFT JOIN ").Add(RecordTable(*step.object)).Add(" AS ").Add(alias).Add(" ON ");
    sql.Add(ColumnOf(*step.object, alias, model::kFieldId)).Add(" = ");
    sql.Add(ColumnOf(*query_.object, records, step.relation));
    if (step.visible == nullptr) return;
    sql.Add(" AND (");
    AddCondition(*step.visible, *step.object, alias, &sql);
    sql.Add(")");
  }

  void End(size_t keys_from, SqlWriter& sql) {
    sql.Add(" ORDER BY ");
    for (size_t i = keys_from; i < keys_.size(); ++i) {
      if (i > keys_from) sql.Add(", ");
      // An expression has no index.
      if (plan_.way == Way::kGather) sql.Add("+");
      sql.Add(keys_[i].column).Add(keys_[i].fold).Add(keys_[i].descending ? " DESC" : "");
    }
    sql.Add(" LIMIT ").Parameter(static_cast<int64_t>(query_.limit));
    statements_.push_back(std::move(sql).Finish());
  }

  const Query& query_;
  const Plan& plan_;
  const std::vector<Key> keys_;
  std::vector<SqlText> statements_;
};

}  // namespace

std::vector<SqlText> SelectSql(const Query& query, const Plan& plan) {
  return Select(query, plan).Run();
}

SqlText CountSql(const Query& query) {
  SqlWriter sql;
  sql.Add("SELECT count(*) FROM ").Add(RecordTable(*query.object)).Add(" AS ").Add(records);
  AddFilter(query, records, false, &sql);
  return std::move(sql).Finish();
}

void AddFilter(const Query& query, std::string_view alias, bool related_by_record, SqlWriter* sql) {
  sql->Add(" WHERE 1");
  if (!query.text.empty()) {
    std::string match = MatchAnywhere(query.text);
    if (match.empty()) {
      sql->Add(" AND 0");  // no word to find: FTS5 refuses an empty expression
    } else {
      const std::string search = SearchTable(*query.object);
      sql->Add(" AND ").Add(alias).Add(".\"n\" IN (SELECT rowid FROM ").Add(search);
      sql->Add(" WHERE ").Add(search).Add(" MATCH ");
      sql->Parameter(std::move(match)).Add(")");
    }
  }
  if (!query.where) return;
  sql->Add(" AND (");
  AddCondition(*query.where, *query.object, alias, sql, related_by_record);
  sql->Add(")");
}

}  // namespace boathouse::store::sqlite
