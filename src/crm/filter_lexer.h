#pragma once
// The words of a filter, with their places.

#include <string>
#include <string_view>

#include "base/result.h"

namespace boathouse::crm {

struct FilterToken {
  enum class Kind { kEnd, kWord, kString, kComparator, kOpen, kClose, kMinus };
  Kind kind = Kind::kEnd;
  std::string text;
  size_t at = 0;  // byte offset

  bool IsWord(std::string_view word) const { return kind == Kind::kWord && text == word; }
  std::string Shown() const;  // for messages
};

// kInvalid about "filter"; `at` is a byte offset, told from 1.
Error FilterError(size_t at, std::string detail);

class FilterLexer {
 public:
  explicit FilterLexer(std::string_view text) : text_(text) {}

  // `in_argument`: a minus and a colon belong to the word (-5, 10:30).
  Result<FilterToken> Next(bool in_argument);
  // Takes the parenthesis that stands directly behind the last token, if there is one.
  bool TakeCall();
  // Whether a parenthesis stands next.
  bool OpenIsNext() const;

 private:
  Result<FilterToken> String(FilterToken token, char quote);
  Result<FilterToken> Comparator(FilterToken token);

  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace boathouse::crm
