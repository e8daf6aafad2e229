#pragma once
// Private to sources/: cuts SQL into tokens, strictly. What dialects read differently (comments,
// backslashes in literals, dollar quotes) is an error here, so that no warehouse can see another
// statement than the one we judged.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace boathouse::sources {

struct SqlToken {
  enum class Kind { kWord, kQuotedName, kString, kNumber, kSymbol };
  Kind kind;
  // kWord: upper case. kQuotedName and kString: without quotes, doubled quotes undone. Else as read.
  std::string text;
  size_t begin;  // offsets into the statement
  size_t end;

  bool Is(std::string_view word) const { return kind == Kind::kWord && text == word; }
  bool IsSymbol(char symbol) const {
    return kind == Kind::kSymbol && text.size() == 1 && text[0] == symbol;
  }
};

// kForbidden with a field error on /sql (UNTERMINATED, COMMENT_FORBIDDEN, AMBIGUOUS_LITERAL,
// BAD_CHARACTER).
Result<std::vector<SqlToken>> TokenizeSql(std::string_view sql);

// An error of the guard: kForbidden, with `code` on /sql.
Error GuardError(std::string code, std::string detail);

}  // namespace boathouse::sources
