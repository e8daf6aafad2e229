#include "store/sqlite/search.h"

#include <algorithm>
#include <set>
#include <unordered_map>

#include "base/bytes.h"
#include "store/sqlite/query_plan.h"
#include "store/sqlite/query_sql.h"
#include "store/sqlite/records.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/search_words.h"

namespace boathouse::store::sqlite {
namespace {

// Of the matches of one kind, so many of the newest are ranked.
constexpr size_t ranked_max = 500;
// Where the caller reaches only some records: so many matches are looked through for them. Where it
// reaches fewer records than reached_few, those are told apart by their numbers alone, however many match.
constexpr int64_t looked_through_max = 20'000;
constexpr int64_t reached_few = 5'000;
constexpr size_t corrections_max = 20;  // of one word
// Words that begin alike are looked for one by one, up to so many, from this length on.
constexpr size_t listed_prefix_min = 4;
constexpr size_t listed_words_max = 100;

// What a hit is worth, by the best that can be said of it. The steps are wider than what recency and the
// beginning of a title add, so that a better kind always comes first.
enum Worth : int {
  kTypo = 0,
  kAnywhere = 100,
  kKeyBegins = 200,
  kKeyWhole = 300,
  kTitleBegins = 400,
  kTitleWhole = 500,
};
constexpr int recency_max = 20;
constexpr int title_begins_worth = 20;
constexpr int title_is_worth = 40;

std::string Term(std::string_view mark, std::string_view word, bool whole) {
  // Folded words hold no quotes.
  return '"' + std::string(mark) + std::string(word) + (whole ? "\"" : "\"*");
}

std::string Anywhere(std::string_view word) {
  std::string terms = '(' + Term(title_mark, word, false) + " OR " + Term(key_mark, word, false);
  // One letter bare is the beginning of a tenth of all words.
  if (word.size() > 1) terms += " OR " + Term("", word, false);
  return terms + ')';
}

template <typename Term>
std::string All(const std::vector<std::string>& words, const Term& term) {
  std::string all;
  for (const std::string& word : words) all += (all.empty() ? "" : " AND ") + term(word);
  return all;
}

std::string MatchOf(const std::vector<std::string>& words, Worth worth) {
  return All(words, [&](const std::string& word) {
    switch (worth) {
      case kTitleWhole:
        return Term(title_mark, word, true);
      case kTitleBegins:
        return Term(title_mark, word, false);
      case kKeyWhole:
        return '(' + Term(title_mark, word, true) + " OR " + Term(key_mark, word, true) + ')';
      case kKeyBegins:
        return '(' + Term(title_mark, word, false) + " OR " + Term(key_mark, word, false) + ')';
      case kAnywhere:
      case kTypo:
        return Anywhere(word);
    }
    return Anywhere(word);
  });
}

class Finder {
 public:
  Finder(Connection& connection, const TextQuery& query)
      : connection_(connection), query_(query), read_(ReadSearchText(query.text)) {}

  Result<std::vector<TextHit>> Run() {
    std::vector<TextHit> hits;
    if (read_.words.empty()) return hits;
    ASSIGN(reaches_few_, ReachesFew());
    if (query_.other_spellings) {
      ASSIGN(const std::string match, MatchCorrected());
      if (!match.empty()) TRY(Collect(match, kTypo));
    } else {
      // The list of a whole word is read from its end; those of all words that begin alike are joined
      // first, which takes long where a word is common. So whole words come first, and often suffice.
      for (const Worth worth : {kTitleWhole, kTitleBegins, kKeyWhole, kKeyBegins, kAnywhere}) {
        if (!read_.phone_joined.empty()) TRY(CollectWorth(read_.phone_joined, worth));
        TRY(CollectWorth(read_.words, worth));
        if (found_.size() >= query_.limit) break;
      }
    }
    for (auto& [row, hit] : found_) hits.push_back(std::move(hit));
    std::sort(hits.begin(), hits.end(), [](const TextHit& a, const TextHit& b) {
      return a.score != b.score ? a.score > b.score : b.id < a.id;
    });
    if (hits.size() > query_.limit) hits.resize(query_.limit);
    return hits;
  }

 private:
  Result<bool> ReachesFew() {
    if (!query_.where) return false;
    if (!IsFoundByIndex(*query_.where, *query_.object)) return false;
    ASSIGN(const int64_t count, CountUpTo(connection_, *query_.object, *query_.where, reached_few));
    return count < reached_few;
  }

  Status CollectWorth(const std::vector<std::string>& words, Worth worth) {
    if (worth != kTitleBegins) return Collect(MatchOf(words, worth), worth);
    std::string all;
    for (const std::string& word : words) {
      ASSIGN(const std::string begins, TitleBegins(word));
      if (begins.empty()) return Status::Ok();  // no title has it
      all += (all.empty() ? "" : " AND ") + begins;
    }
    return Collect(all, worth);
  }

  // Words of titles that begin with `word`: each by itself where they are few, so that their lists need
  // not be joined; "" when there are none.
  Result<std::string> TitleBegins(const std::string& word) {
    const std::string joined = Term(title_mark, word, false);
    // The index has a list of all words that begin with so few letters.
    if (word.size() < listed_prefix_min) return joined;
    ASSIGN(Statement statement,
           connection_.Prepare("SELECT word FROM word_spelling WHERE form >= ?1 AND form < ?2"
                               " AND form = word LIMIT ?3"));
    std::string before = word;
    before.back() = static_cast<char>(before.back() + 1);  // UTF-8 has no byte 0xFF
    statement.Bind(1, std::string_view(word));
    statement.Bind(2, std::string_view(before));
    statement.Bind(3, static_cast<int64_t>(listed_words_max + 1));
    std::string terms;
    for (size_t count = 0;; ++count) {
      ASSIGN(const bool row, statement.Step());
      if (!row) break;
      if (count == listed_words_max) return joined;
      terms += (terms.empty() ? "(" : " OR ") + Term(title_mark, statement.Text(0), true);
    }
    return terms.empty() ? terms : terms + ")";
  }

  // The newest records that match, as far as the query reaches.
  SqlText Select(const std::string& match) const {
    const model::Object& object = *query_.object;
    const std::string search = SearchTable(object);
    const auto ranked = static_cast<int64_t>(std::max(ranked_max, query_.limit));
    const bool looks_through = query_.where && !reaches_few_;
    SqlWriter sql;
    sql.Add("SELECT s.rowid, r.\"id\", r.\"updated_at\", ");
    sql.Add(ColumnOf(object, "r", object.title_index())).Add(" FROM (SELECT rowid FROM ");
    sql.Add(search).Add(" WHERE ").Add(search).Add(" MATCH ");
    sql.Parameter(match);
    if (reaches_few_) {
      sql.Add(" AND +rowid IN (SELECT f.\"n\" FROM ").Add(RecordTable(object)).Add(" AS f WHERE ");
      AddCondition(*query_.where, object, "f", &sql);
      sql.Add(")");
    }
    sql.Add(" ORDER BY rowid DESC LIMIT ");
    sql.Parameter(looks_through ? looked_through_max : ranked).Add(") AS s CROSS JOIN ");
    sql.Add(RecordTable(object)).Add(" AS r ON r.\"n\" = s.rowid");
    if (looks_through) {
      sql.Add(" WHERE (");
      AddCondition(*query_.where, object, "+r", &sql, true);
      sql.Add(")");
    }
    sql.Add(" LIMIT ").Parameter(ranked);
    return std::move(sql).Finish();
  }

  Status Collect(const std::string& match, Worth worth) {
    const SqlText sql = Select(match);
    ASSIGN(Statement statement, connection_.Prepare(sql.text));
    for (size_t i = 0; i < sql.parameters.size(); ++i) {
      statement.BindValue(static_cast<int>(i) + 1, sql.parameters[i]);
    }
    for (;;) {
      ASSIGN(const bool row, statement.Step());
      if (!row) return Status::Ok();
      const int64_t number = statement.Int(0);
      if (found_.contains(number)) continue;
      const int score = worth + Recency(statement.Int(2)) + TitleWorth(statement.Text(3));
      found_[number] = {Id::FromBytes(statement.Blob(1)), score};
    }
  }

  // recency_max for now, half of it for a change a month ago, a third for two.
  int Recency(Micros updated_at) const {
    constexpr Micros month = Micros{30} * 86'400'000'000;
    const Micros age = std::max<Micros>(query_.now - updated_at, 0);
    return static_cast<int>(recency_max * month / (month + age));
  }

  int TitleWorth(std::string_view title) const {
    const std::string_view wanted = TrimAscii(query_.text);
    if (title.size() < wanted.size() ||
        AsciiLower(title.substr(0, wanted.size())) != AsciiLower(wanted)) {
      return 0;
    }
    return title.size() == wanted.size() ? title_is_worth : title_begins_worth;
  }

  // The words, each also as words of the index that are one edit away; "" when there are none.
  Result<std::string> MatchCorrected() {
    bool any = false;
    std::string all;
    for (const std::string& word : read_.words) {
      ASSIGN(const std::vector<std::string> corrections, Corrections(word));
      any = any || !corrections.empty();
      std::string one = "(" + Anywhere(word);
      for (const std::string& other : corrections) {
        one += " OR " + Term(title_mark, other, true) + " OR " + Term("", other, true);
      }
      all += (all.empty() ? "" : " AND ") + one + ")";
    }
    return any ? all : std::string();
  }

  Result<std::vector<std::string>> Corrections(const std::string& word) {
    std::set<std::string> found;
    if (!IsSpelled(word)) return std::vector<std::string>();
    for (const std::string& form : SpellingForms(word)) {
      ASSIGN(Statement statement,
             connection_.Prepare("SELECT word FROM word_spelling WHERE form = ?"));
      statement.Bind(1, std::string_view(form));
      for (;;) {
        ASSIGN(const bool row, statement.Step());
        if (!row || found.size() >= corrections_max) break;
        std::string other(statement.Text(0));
        if (other != word && IsOneEditAway(word, other)) found.insert(std::move(other));
      }
    }
    return std::vector<std::string>(found.begin(), found.end());
  }

  Connection& connection_;
  const TextQuery& query_;
  const SearchText read_;
  bool reaches_few_ = false;
  std::unordered_map<int64_t, TextHit> found_;  // by row number
};

// A word is learnt once and never forgotten: one that nothing has any more leads to no hit.
Status LearnWord(Connection& connection, const std::string& word) {
  {
    ASSIGN(Statement known,
           connection.Prepare("SELECT 1 FROM word_spelling WHERE form = ?1 AND word = ?1"));
    known.Bind(1, std::string_view(word));
    ASSIGN(const bool row, known.Step());
    if (row) return Status::Ok();
  }
  ASSIGN(Statement statement,
         connection.Prepare("INSERT OR IGNORE INTO word_spelling (form, word) VALUES (?, ?)"));
  const std::vector<std::string> forms =
      IsSpelled(word) ? SpellingForms(word) : std::vector<std::string>{word};
  for (const std::string& form : forms) {
    statement.Bind(1, std::string_view(form));
    statement.Bind(2, std::string_view(word));
    TRY(statement.Run());
  }
  return Status::Ok();
}

Status InsertWords(Connection& connection, const model::Object& object, int64_t row,
                   const std::string& words, bool replaces) {
  ASSIGN(Statement statement,
         connection.Prepare(object, replaces ? kReplaceWords : kInsertWords, [&] {
           return std::string(replaces ? "INSERT OR REPLACE" : "INSERT") + " INTO " +
                  SearchTable(object) + " (rowid, words) VALUES (?, ?)";
         }));
  statement.Bind(1, row);
  statement.Bind(2, std::string_view(words));
  return statement.Run();
}

// Fills the index from the records that are there.
Status IndexAll(Connection& connection, const model::Object& object) {
  // Rows are read with a statement of their own: words are written meanwhile.
  ASSIGN(Statement statement, connection.Prepare("SELECT \"n\", " + ColumnList(object) + " FROM " +
                                                 RecordTable(object) + " ORDER BY \"n\""));
  for (;;) {
    ASSIGN(const bool row, statement.Step());
    if (!row) return Status::Ok();
    TRY(WriteSearchWords(connection, object, statement.Int(0), ReadRecord(statement, object, 1),
                         nullptr));
  }
}

}  // namespace

Status RebuildSearch(Connection& connection, const model::Object& object) {
  const std::string table = SearchTable(object);
  TRY(connection.Execute("INSERT INTO " + table + " (" + table + ") VALUES ('delete-all')"));
  return IndexAll(connection, object);
}

Status CreateSearch(Connection& connection, const model::Object& object) {
  TRY(connection.Execute(
      "CREATE TABLE IF NOT EXISTS word_spelling (form TEXT NOT NULL, word TEXT NOT NULL,"
      " PRIMARY KEY (form, word)) WITHOUT ROWID;"));
  bool exists = false;
  bool is_current = false;
  {
    ASSIGN(Statement statement, connection.Prepare("SELECT name FROM pragma_table_info(?)"));
    statement.Bind(1, std::string_view(object.name + ".search"));
    for (;;) {
      ASSIGN(const bool row, statement.Step());
      if (!row) break;
      exists = true;
      is_current = is_current || statement.Text(0) == "words";
    }
  }
  if (is_current) return Status::Ok();
  const std::string table = SearchTable(object);
  if (exists) TRY(connection.Execute("DROP TABLE " + table));
  // Contentless: the words are found, the text itself is only in the record's row. Nobody asks where in
  // a record a word stands. Marks count as a letter of the prefixes.
  TRY(connection.Execute("CREATE VIRTUAL TABLE " + table +
                         " USING fts5(words, content='', contentless_delete=1, detail=none,"
                         " tokenize='unicode61 remove_diacritics 2', prefix='2 3 4')"));
  // What a big transaction writes is gathered in memory (bytes) before it becomes a piece of the index, and
  // more pieces of a size may lie side by side: both spare writing it anew while pieces join.
  TRY(connection.Execute("INSERT INTO " + table + " (" + table +
                         ", rank) VALUES ('hashsize', 16777216), ('automerge', 8)"));
  return exists ? IndexAll(connection, object) : Status::Ok();
}

Status WriteSearchWords(Connection& connection, const model::Object& object, int64_t row,
                        const model::Record& record, const model::Record* replaced) {
  const std::string words = IndexedWords(object, record);
  if (replaced != nullptr && IndexedWords(object, *replaced) == words) return Status::Ok();
  TRY(InsertWords(connection, object, row, words, replaced != nullptr));
  for (const std::string& word : LearntWords(object, record)) {
    TRY(LearnWord(connection, word));
  }
  return Status::Ok();
}

Status DeleteSearchWords(Connection& connection, const model::Object& object, int64_t row) {
  ASSIGN(Statement statement,
         connection.Prepare("DELETE FROM " + SearchTable(object) + " WHERE rowid = ?"));
  statement.Bind(1, row);
  return statement.Run();
}

Result<std::vector<TextHit>> FindText(Connection& connection, const TextQuery& query) {
  return Finder(connection, query).Run();
}

std::string MatchAnywhere(std::string_view text) {
  const SearchText read = ReadSearchText(text);
  if (read.words.empty()) return {};
  const std::string match = MatchOf(read.words, kAnywhere);
  if (read.phone_joined.empty()) return match;
  return "(" + match + ") OR (" + MatchOf(read.phone_joined, kAnywhere) + ")";
}

}  // namespace boathouse::store::sqlite
