#include "store/sqlite/query_sql.h"

#include "store/sqlite/schema.h"

namespace boathouse::store::sqlite {
namespace {

constexpr size_t search_words_max = 12;
constexpr std::string_view alias = "r";  // the records that are asked for

std::string Column(const Query& query, size_t field) {
  return ColumnOf(*query.object, alias, field);
}

const char* Fold(const Query& query, size_t field) { return FoldOf(query.object->fields[field]); }

bool IdDescends(const Query& query) {
  return !query.order.empty() && query.order.back().descending;
}

// "Behind this position": the first order column that differs decides. Null sorts lowest.
void AddPosition(const Query& query, SqlWriter& sql) {
  const Query::Position& after = *query.after;
  for (size_t i = 0; i < query.order.size(); ++i) {
    const OrderBy& order = query.order[i];
    const std::string column = Column(query, order.field);
    const char* fold = Fold(query, order.field);
    const bool null = model::IsNull(after.values[i]);
    if (order.descending) {
      if (null) {
        sql.Add("0");
      } else {
        sql.Add(column).Add(fold).Add(" < ");
        sql.Parameter(after.values[i]).Add(" OR ").Add(column).Add(" IS NULL");
      }
    } else if (null) {
      sql.Add(column).Add(" IS NOT NULL");
    } else {
      sql.Add(column).Add(fold).Add(" > ");
      sql.Parameter(after.values[i]);
    }
    sql.Add(" OR (").Add(column).Add(fold).Add(" IS ");
    sql.Parameter(after.values[i]).Add(" AND (");
  }
  sql.Add(Column(query, model::kFieldId)).Add(IdDescends(query) ? " < " : " > ");
  sql.Parameter(after.id);
  for (size_t i = 0; i < query.order.size(); ++i) sql.Add("))");
}

void AddWhere(const Query& query, bool with_position, SqlWriter& sql) {
  sql.Add(" WHERE 1");
  if (!query.text.empty()) {
    std::string match = MatchExpression(query.text);
    if (match.empty()) {
      sql.Add(" AND 0");  // no word to find: FTS5 refuses an empty expression
    } else {
      const std::string search = SearchTable(*query.object);
      sql.Add(" AND ").Add(alias).Add(".\"n\" IN (SELECT rowid FROM ").Add(search).Add(" WHERE ");
      sql.Add(search).Add(" MATCH ");
      sql.Parameter(std::move(match)).Add(")");
    }
  }
  if (query.where) {
    sql.Add(" AND (");
    AddCondition(*query.where, *query.object, alias, &sql);
    sql.Add(")");
  }
  if (with_position && query.after) {
    sql.Add(" AND (");
    AddPosition(query, sql);
    sql.Add(")");
  }
}

void AddOrder(const Query& query, SqlWriter& sql) {
  sql.Add(" ORDER BY ");
  for (const OrderBy& order : query.order) {
    sql.Add(Column(query, order.field)).Add(Fold(query, order.field));
    sql.Add(order.descending ? " DESC, " : ", ");
  }
  sql.Add(Column(query, model::kFieldId)).Add(IdDescends(query) ? " DESC" : "");
}

bool IsWordByte(unsigned char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c >= 0x80;
}

}  // namespace

SqlText SelectSql(const Query& query) {
  SqlWriter sql;
  sql.Add("SELECT ").Add(ColumnList(*query.object)).Add(" FROM ");
  sql.Add(RecordTable(*query.object)).Add(" AS ").Add(alias);
  AddWhere(query, true, sql);
  AddOrder(query, sql);
  sql.Add(" LIMIT ").Parameter(static_cast<int64_t>(query.limit));
  return std::move(sql).Finish();
}

SqlText CountSql(const Query& query) {
  SqlWriter sql;
  sql.Add("SELECT count(*) FROM ").Add(RecordTable(*query.object)).Add(" AS ").Add(alias);
  AddWhere(query, false, sql);
  return std::move(sql).Finish();
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
