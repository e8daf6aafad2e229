#include "sources/sql_tokens.h"

#include <utility>

namespace boathouse::sources {
namespace {

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsWordStart(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool IsWordPart(char c) { return IsWordStart(c) || IsDigit(c); }

char Upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

class Tokenizer {
 public:
  explicit Tokenizer(std::string_view sql) : sql_(sql) {}

  Result<std::vector<SqlToken>> Run() {
    while (at_ < sql_.size()) {
      const char c = sql_[at_];
      if (IsSpace(c)) {
        ++at_;
      } else if (IsWordStart(c)) {
        Word();
      } else if (IsDigit(c) || (c == '.' && IsDigit(Peek(1)))) {
        Number();
      } else if (c == '\'' || c == '"' || c == '`') {
        TRY(Quoted(c));
      } else {
        TRY(Symbol(c));
      }
    }
    return std::move(tokens_);
  }

 private:
  char Peek(size_t ahead) const { return at_ + ahead < sql_.size() ? sql_[at_ + ahead] : '\0'; }

  void Push(SqlToken::Kind kind, std::string text, size_t begin) {
    tokens_.push_back({kind, std::move(text), begin, at_});
  }

  void Word() {
    const size_t begin = at_;
    std::string word;
    while (at_ < sql_.size() && IsWordPart(sql_[at_])) word.push_back(Upper(sql_[at_++]));
    Push(SqlToken::Kind::kWord, std::move(word), begin);
  }

  // Digits, a point, an exponent. A word that follows at once ("1e", "0x1F") becomes a token of its
  // own, which no dialect reads as a table.
  void Number() {
    const size_t begin = at_;
    while (IsDigit(Peek(0))) ++at_;
    if (Peek(0) == '.') ++at_;
    while (IsDigit(Peek(0))) ++at_;
    if ((Peek(0) == 'e' || Peek(0) == 'E') &&
        (IsDigit(Peek(1)) || ((Peek(1) == '+' || Peek(1) == '-') && IsDigit(Peek(2))))) {
      at_ += 2;
      while (IsDigit(Peek(0))) ++at_;
    }
    Push(SqlToken::Kind::kNumber, std::string(sql_.substr(begin, at_ - begin)), begin);
  }

  Status Quoted(char quote) {
    const size_t begin = at_++;
    std::string text;
    while (true) {
      if (at_ >= sql_.size()) {
        return GuardError("UNTERMINATED", "a quote is opened and never closed");
      }
      const char c = sql_[at_++];
      if (c == '\\') {
        // Some warehouses read \' as a quote inside the literal, others as its end.
        return GuardError("AMBIGUOUS_LITERAL", "a backslash inside quotes is not allowed");
      }
      if (c == quote) {
        if (Peek(0) != quote) break;
        ++at_;
      }
      text.push_back(c);
    }
    Push(quote == '\'' ? SqlToken::Kind::kString : SqlToken::Kind::kQuotedName, std::move(text),
         begin);
    return {};
  }

  // `a ->> 'b'` reads a member of JSON; before anything else it is Snowflake's chain of statements.
  bool ChainsStatements() const {
    if (Peek(1) != '>' || Peek(2) != '>') return false;
    size_t next = at_ + 3;
    while (next < sql_.size() && IsSpace(sql_[next])) ++next;
    return next == sql_.size() || (sql_[next] != '\'' && !IsDigit(sql_[next]));
  }

  Status Symbol(char c) {
    if ((c == '-' && Peek(1) == '-') || (c == '/' && Peek(1) == '*') || c == '#') {
      return GuardError("COMMENT_FORBIDDEN", "comments are not allowed");
    }
    if (c == '/' && Peek(1) == '/') {
      return GuardError("COMMENT_FORBIDDEN", "// is a comment in some dialects");
    }
    if ((c == '|' && Peek(1) == '>') || (c == '-' && ChainsStatements())) {
      return GuardError("BAD_CHARACTER", "an operator that chains statements is not allowed");
    }
    constexpr std::string_view allowed = "()[]{},.;:+-*/%<>=!|&^~?";
    if (allowed.find(c) == std::string_view::npos) {
      return GuardError("BAD_CHARACTER", "a character that is not allowed outside quotes");
    }
    const size_t begin = at_++;
    Push(SqlToken::Kind::kSymbol, std::string(1, c), begin);
    return {};
  }

  std::string_view sql_;
  size_t at_ = 0;
  std::vector<SqlToken> tokens_;
};

}  // namespace

Error GuardError(std::string code, std::string detail) {
  const std::string message = code + ": " + detail;
  return Error(ErrorKind::kForbidden, message, {{"/sql", std::move(code), std::move(detail)}});
}

Result<std::vector<SqlToken>> TokenizeSql(std::string_view sql) { return Tokenizer(sql).Run(); }

}  // namespace boathouse::sources
