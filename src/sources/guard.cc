#include "sources/guard.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "sources/sql_tokens.h"

namespace boathouse::sources {
namespace {

template <size_t N>
bool OneOf(const SqlToken& token, const std::array<std::string_view, N>& words) {
  return token.kind == SqlToken::Kind::kWord &&
         std::find(words.begin(), words.end(), token.text) != words.end();
}

constexpr std::array<std::string_view, 9> writing_words = {
    "INSERT", "UPDATE", "DELETE", "MERGE", "REPLACE", "UPSERT", "TRUNCATE", "COPY", "INTO"};
constexpr std::array<std::string_view, 10> defining_words = {
    "CREATE", "DROP",   "ALTER",  "GRANT",   "REVOKE",
    "ATTACH", "DETACH", "RENAME", "COMMENT", "VACUUM"};
// Statements that some dialects accept where a subquery may stand.
constexpr std::array<std::string_view, 11> odd_subqueries = {
    "TABLE", "PIVOT", "UNPIVOT", "SUMMARIZE", "DESCRIBE", "DESC",
    "SHOW",  "CALL",  "EXECUTE", "EXPLAIN",   "PRAGMA"};
// Words that read a table, or begin another statement without a semicolon, wherever they stand. No
// more words than are needed: others (SHOW, COMMENT) are names of columns, too.
constexpr std::array<std::string_view, 3> reading_words = {"TABLE", "PIVOT", "UNPIVOT"};
constexpr std::array<std::string_view, 10> starting_words = {
    "CREATE", "DROP", "ALTER", "GRANT", "REVOKE", "ATTACH", "DETACH", "VACUUM", "EXEC", "EXECUTE"};
constexpr std::array<std::string_view, 4> set_operations = {"UNION", "EXCEPT", "INTERSECT",
                                                            "MINUS"};
// Functions that take FROM between their arguments: EXTRACT(year FROM d).
constexpr std::array<std::string_view, 5> from_functions = {"EXTRACT", "SUBSTRING", "TRIM",
                                                            "OVERLAY", "POSITION"};

// Words after which a parenthesis is not a call: clauses, operators, types with a precision.
constexpr std::array<std::string_view, 41> words_before_parentheses = {
    "SELECT",  "FROM",     "WHERE",    "HAVING",    "ON",           "AND",    "OR",
    "NOT",     "IN",       "AS",       "BY",        "USING",        "FILTER", "OVER",
    "VALUES",  "DISTINCT", "WHEN",     "THEN",      "ELSE",         "CASE",   "EXISTS",
    "BETWEEN", "LIKE",     "ALL",      "ANY",       "UNION",        "JOIN",   "LATERAL",
    "EXCEPT",  "SETS",     "INTERVAL", "INTERSECT", "END",          "IS",     "ILIKE",
    "DECIMAL", "NUMERIC",  "VARCHAR",  "CHAR",      "MATERIALIZED", "MINUS"};
// Functions that make values out of nothing but their arguments.
constexpr std::array<std::string_view, 52> harmless_functions = {
    "SUM",        "COUNT",    "MIN",        "MAX",     "AVG",        "MEDIAN",      "STDDEV",
    "ROUND",      "ABS",      "FLOOR",      "CEIL",    "CEILING",    "CAST",        "TRY_CAST",
    "NULLIF",     "COALESCE", "GREATEST",   "LEAST",   "DATE_TRUNC", "DATE_PART",   "EXTRACT",
    "YEAR",       "QUARTER",  "MONTH",      "DAY",     "DATE",       "DATE_ADD",    "DATE_SUB",
    "DATEADD",    "DATEDIFF", "DATE_DIFF",  "UPPER",   "LOWER",      "TRIM",        "SUBSTRING",
    "SUBSTR",     "CONCAT",   "LENGTH",     "REPLACE", "POSITION",   "LEFT",        "RIGHT",
    "ROW_NUMBER", "RANK",     "DENSE_RANK", "LAG",     "LEAD",       "FIRST_VALUE", "LAST_VALUE",
    "TO_CHAR",    "IF",       "IFF"};

// One level of parentheses, or the whole statement.
struct Scope {
  bool takes_from = true;      // false inside EXTRACT(...) and the like
  bool in_from = false;        // after FROM, where a comma brings another table
  bool expects_table = false;  // the next name is a table
  std::string pending_cte;     // named by WITH, its body not yet closed
  std::set<std::string> ctes;  // lower case; visible here and further in
};

class Judge {
 public:
  Judge(const std::vector<SqlToken>& tokens, const GuardPolicy& policy)
      : tokens_(tokens), policy_(policy) {}

  Status Run() {
    scopes_.emplace_back();
    TRY(CheckStart());
    for (at_ = 0; at_ < tokens_.size(); ++at_) TRY(Visit(tokens_[at_]));
    if (scopes_.size() != 1) return GuardError("UNBALANCED", "a parenthesis is never closed");
    return CheckTableGiven();
  }

 private:
  Scope& scope() { return scopes_.back(); }
  const SqlToken* Before(size_t steps) const {
    return at_ >= steps ? &tokens_[at_ - steps] : nullptr;
  }
  const SqlToken* After(size_t steps) const {
    return at_ + steps < tokens_.size() ? &tokens_[at_ + steps] : nullptr;
  }
  bool FollowsDot() const { return at_ > 0 && tokens_[at_ - 1].IsSymbol('.'); }

  Status CheckStart() const {
    if (tokens_.empty()) return GuardError("NOT_A_SELECT", "the statement is empty");
    const SqlToken& first = tokens_.front();
    if (first.Is("SELECT") || first.Is("WITH")) return {};
    if (OneOf(first, writing_words)) return GuardError("DML_FORBIDDEN", "only reading is allowed");
    if (OneOf(first, defining_words)) return GuardError("DDL_FORBIDDEN", "only reading is allowed");
    return GuardError("NOT_A_SELECT", "the statement must begin with SELECT or WITH");
  }

  Status Visit(const SqlToken& token) {
    if (token.IsSymbol(';')) {
      return GuardError("MULTI_STATEMENT", "exactly one statement is allowed");
    }
    if (token.IsSymbol('(')) return Open();
    if (token.IsSymbol(')')) return Close();
    if (token.IsSymbol(',')) {
      if (scope().in_from) scope().expects_table = true;
      return {};
    }
    if (scope().expects_table) return VisitTable(token);
    if (token.kind != SqlToken::Kind::kWord || FollowsDot()) return {};
    return VisitWord(token);
  }

  Status VisitWord(const SqlToken& token) {
    if (OneOf(token, writing_words) && !IsFunctionCall()) {
      return GuardError("DML_FORBIDDEN", "only reading is allowed");
    }
    if (OneOf(token, starting_words)) return GuardError("DDL_FORBIDDEN", "only reading is allowed");
    if (OneOf(token, reading_words)) {
      return GuardError("NOT_A_SELECT", token.text + " is not allowed: write a SELECT");
    }
    if (token.Is("WITH") && StartsQuery()) return CteHeader();
    if (token.Is("SELECT")) return CheckSelect();
    if (OneOf(token, set_operations)) return CheckSetOperation();
    if (token.Is("IN")) return CheckIn();
    if (token.Is("USING")) return CheckUsing();
    if (token.Is("FROM") && scope().takes_from && !IsDistinctFrom()) {
      scope().in_from = true;
      scope().expects_table = true;
    } else if (token.Is("JOIN") || token.Is("STRAIGHT_JOIN") || token.Is("APPLY")) {
      scope().in_from = true;
      scope().expects_table = true;
    } else if (BeginsList(token)) {
      scope().in_from = false;
    }
    return {};
  }

  // The clauses whose commas separate no tables. WHERE, LIMIT and the like are not among them: no
  // comma follows them, and some dialects take these words for the alias of a table, after which
  // another table may come.
  bool BeginsList(const SqlToken& token) const {
    const SqlToken* next = After(1);
    if (token.Is("GROUP") || token.Is("ORDER")) return next != nullptr && next->Is("BY");
    return token.Is("WINDOW") && After(2) != nullptr && After(2)->Is("AS");
  }

  // Where no query may begin, SELECT is an alias in some dialects and a statement in others.
  Status CheckSelect() {
    if (!StartsQuery() && at_ != select_at_) {
      return GuardError("NOT_A_SELECT", "a SELECT cannot stand here");
    }
    scope().in_from = false;
    scope().takes_from = true;
    return {};
  }

  // What follows reads tables in more ways than SELECT does (TABLE t, FROM t, DESCRIBE t).
  Status CheckSetOperation() {
    size_t next = at_ + 1;
    const auto is = [&](std::string_view word) {
      return next < tokens_.size() && tokens_[next].Is(word);
    };
    if (is("ALL") || is("DISTINCT")) ++next;
    if (is("BY")) ++next;
    if (is("NAME")) ++next;
    if (next < tokens_.size() && tokens_[next].IsSymbol('(')) return {};
    if (!is("SELECT")) {
      return GuardError("NOT_A_SELECT", tokens_[at_].text + " must be followed by a SELECT");
    }
    select_at_ = next;
    return {};
  }

  // JOIN ... USING (columns); before a string it names a program or an index.
  Status CheckUsing() const {
    const SqlToken* next = After(1);
    if (next != nullptr && next->IsSymbol('(')) return {};
    return GuardError("NOT_A_SELECT", "USING must be followed by a list of columns");
  }

  // Some dialects read `x IN t` as a look at the table t.
  Status CheckIn() const {
    const SqlToken* next = After(1);
    if (next != nullptr && next->IsSymbol('(')) return {};
    return GuardError("TABLE_NOT_ALLOW_LISTED", "IN must be followed by a list or a subquery");
  }

  // replace(x, 'a', 'b') and the like are functions, not statements.
  bool IsFunctionCall() const {
    const SqlToken* next = After(1);
    return tokens_[at_].Is("REPLACE") && next != nullptr && next->IsSymbol('(');
  }

  bool StartsQuery() const { return at_ == 0 || tokens_[at_ - 1].IsSymbol('('); }

  bool IsDistinctFrom() const {
    const SqlToken* distinct = Before(1);
    if (distinct == nullptr || !distinct->Is("DISTINCT")) return false;
    const SqlToken* is = Before(2);
    if (is != nullptr && is->Is("NOT")) is = Before(3);
    return is != nullptr && is->Is("IS");
  }

  // name [(columns)] AS [[NOT] MATERIALIZED], up to the parenthesis of the body; at_ stands on the
  // token before the name.
  Status CteHeader() {
    const Error malformed = GuardError("NOT_A_SELECT", "WITH must be: name AS (SELECT ...)");
    const SqlToken* name = After(1);
    // Dialects disagree whether "q" and q are the same name: a quoted one might not hide the table.
    if (name == nullptr || name->kind != SqlToken::Kind::kWord) return malformed;
    if (name->Is("RECURSIVE")) {
      return GuardError("RECURSION_FORBIDDEN", "recursive queries are not allowed");
    }
    ++at_;
    if (After(1) != nullptr && After(1)->IsSymbol('(')) {
      while (After(1) != nullptr && !After(1)->IsSymbol(')')) ++at_;
      ++at_;
    }
    if (After(1) == nullptr || !After(1)->Is("AS")) return malformed;
    ++at_;
    while (After(1) != nullptr && (After(1)->Is("NOT") || After(1)->Is("MATERIALIZED"))) ++at_;
    if (After(1) == nullptr || !After(1)->IsSymbol('(')) return malformed;
    scope().pending_cte = Name(*name);
    return {};
  }

  static std::string Name(const SqlToken& token) { return AsciiLower(token.text); }

  // A parenthesis opens a subquery, a joined table, a column list, or arguments.
  Status Open() {
    if (scopes_.size() >= nesting_max) return GuardError("UNBALANCED", "nested too deeply");
    const SqlToken* next = After(1);
    if (next != nullptr && OneOf(*next, odd_subqueries)) {
      return GuardError("NOT_A_SELECT", "a subquery must be a SELECT");
    }
    const bool query = next != nullptr && (next->Is("SELECT") || next->Is("WITH") ||
                                           next->Is("VALUES") || next->Is("FROM"));
    const bool is_body = !scope().pending_cte.empty();
    if (is_body && next != nullptr && OneOf(*next, writing_words)) {
      return GuardError("DML_FORBIDDEN", "only reading is allowed");
    }
    if (is_body && !query && (next == nullptr || !next->IsSymbol('('))) {
      return GuardError("NOT_A_SELECT", "WITH must be: name AS (SELECT ...)");
    }
    Scope inner;
    if (scope().expects_table) {
      scope().expects_table = false;
      // FROM ((a JOIN b ...)): a table stands inside, unless a query does.
      inner.in_from = inner.expects_table = !query;
    } else if (const SqlToken* before = Before(1); before != nullptr) {
      TRY(CheckCall(*before));
      inner.takes_from = query || !OneOf(*before, from_functions);
    }
    scopes_.push_back(std::move(inner));
    return {};
  }

  // `name (` is a call, which must be harmless, unless the name is a keyword or a table's alias.
  Status CheckCall(const SqlToken& name) const {
    const bool word = name.kind == SqlToken::Kind::kWord;
    if (!word && name.kind != SqlToken::Kind::kQuotedName) return {};
    if (Before(2) != nullptr && Before(2)->Is("AS")) return {};
    // UNION BY NAME (SELECT ...).
    if (name.Is("NAME") && Before(2) != nullptr && Before(2)->Is("BY")) return {};
    const bool plain = Before(2) == nullptr || !Before(2)->IsSymbol('.');
    if (plain && (OneOf(name, words_before_parentheses) || OneOf(name, harmless_functions))) {
      return {};
    }
    return GuardError("FUNCTION_NOT_ALLOW_LISTED",
                      "the function " + Name(name) + " is not allow-listed");
  }

  // At the end of a scope: a FROM without a table would take what is put behind the statement for one.
  Status CheckTableGiven() {
    if (!scope().expects_table) return {};
    return GuardError("TABLE_NOT_ALLOW_LISTED", "a table's name is expected after FROM");
  }

  Status Close() {
    if (scopes_.size() == 1) return GuardError("UNBALANCED", "a parenthesis is closed too often");
    TRY(CheckTableGiven());
    scopes_.pop_back();
    if (scope().pending_cte.empty()) return {};
    // A name becomes a table only when its body is complete: inside it, it still means another one.
    scope().ctes.insert(std::exchange(scope().pending_cte, {}));
    const SqlToken* next = After(1);
    if (next != nullptr && next->IsSymbol(',')) {
      ++at_;
      return CteHeader();
    }
    if (next == nullptr || !next->Is("SELECT")) {
      return GuardError("NOT_A_SELECT", "WITH must be followed by a SELECT");
    }
    select_at_ = at_ + 1;
    return {};
  }

  Status VisitTable(const SqlToken& token) {
    if (token.Is("LATERAL") && After(1) != nullptr && After(1)->IsSymbol('(')) return {};
    scope().expects_table = false;
    if (token.kind != SqlToken::Kind::kWord && token.kind != SqlToken::Kind::kQuotedName) {
      return GuardError("TABLE_NOT_ALLOW_LISTED", "a table's name is expected after FROM");
    }
    std::string name = Name(token);
    bool plain = token.kind == SqlToken::Kind::kWord;
    bool ambiguous = token.text.find('.') != std::string::npos;
    while (After(1) != nullptr && After(1)->IsSymbol('.') && After(2) != nullptr) {
      at_ += 2;
      plain = false;
      // "a.b" is one name, a.b is two.
      ambiguous = ambiguous || tokens_[at_].text.find('.') != std::string::npos;
      name += "." + Name(tokens_[at_]);
    }
    if (After(1) != nullptr && After(1)->IsSymbol('(')) {
      return GuardError("TABLE_FUNCTION_FORBIDDEN", "table functions are not allowed");
    }
    if (!EndsTableName(After(1))) {
      return GuardError("TABLE_NOT_ALLOW_LISTED", "the table's name goes on oddly after " + name);
    }
    if (!ambiguous && policy_.tables.contains(name)) return {};
    if (plain && IsVisibleCte(name)) return {};
    return GuardError("TABLE_NOT_ALLOW_LISTED", "the table " + name + " is not allow-listed");
  }

  // Dialects have names that go on after a dash, a digit or a colon (a-b, a.1b, alias: table).
  static bool EndsTableName(const SqlToken* next) {
    return next == nullptr || next->kind == SqlToken::Kind::kWord ||
           next->kind == SqlToken::Kind::kQuotedName || next->IsSymbol(',') ||
           next->IsSymbol(')') || next->IsSymbol(';');
  }

  bool IsVisibleCte(const std::string& name) const {
    return std::any_of(scopes_.begin(), scopes_.end(),
                       [&](const Scope& one) { return one.ctes.contains(name); });
  }

  const std::vector<SqlToken>& tokens_;
  const GuardPolicy& policy_;
  std::vector<Scope> scopes_;
  size_t at_ = 0;
  size_t select_at_ = 0;  // where a SELECT may stand although no parenthesis opens before it
};

// The index of the last LIMIT or FETCH outside all parentheses.
std::optional<size_t> OuterLimit(const std::vector<SqlToken>& tokens) {
  std::optional<size_t> found;
  size_t depth = 0;
  for (size_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i].IsSymbol('(')) ++depth;
    if (tokens[i].IsSymbol(')')) --depth;
    if (depth == 0 && (tokens[i].Is("LIMIT") || tokens[i].Is("FETCH"))) found = i;
  }
  return found;
}

Result<std::string> WithLimit(std::string_view sql, const std::vector<SqlToken>& tokens,
                              size_t rows_max) {
  const std::string cap = std::to_string(rows_max + 1);
  const std::optional<size_t> limit = OuterLimit(tokens);
  std::string text(sql.substr(0, tokens.back().end));
  if (!limit.has_value()) return text + " LIMIT " + cap;
  const SqlToken* count = *limit + 1 < tokens.size() ? &tokens[*limit + 1] : nullptr;
  // LIMIT 5 + 5000 and LIMIT 0, 5000 begin with a small number as well.
  const SqlToken* after = *limit + 2 < tokens.size() ? &tokens[*limit + 2] : nullptr;
  const bool is_plain = (after == nullptr || after->Is("OFFSET")) && count != nullptr &&
                        count->kind == SqlToken::Kind::kNumber && tokens[*limit].Is("LIMIT") &&
                        count->text.find_first_not_of("0123456789") == std::string::npos;
  if (!is_plain) return GuardError("LIMIT_NOT_A_NUMBER", "write the limit as LIMIT and a number");
  const bool small =
      count->text.size() < cap.size() || (count->text.size() == cap.size() && count->text <= cap);
  if (!small) text.replace(count->begin, count->end - count->begin, cap);
  return text;
}

}  // namespace

Result<std::string> GuardSql(std::string_view sql, const GuardPolicy& policy) {
  if (sql.size() > statement_bytes_max) {
    return GuardError("TOO_LONG",
                      "the statement is over " + std::to_string(statement_bytes_max) + " bytes");
  }
  ASSIGN(std::vector<SqlToken> tokens, TokenizeSql(sql));
  if (!tokens.empty() && tokens.back().IsSymbol(';')) tokens.pop_back();
  TRY(Judge(tokens, policy).Run());
  return WithLimit(sql, tokens, policy.rows_max);
}

}  // namespace boathouse::sources
