#include "crm/filter_lexer.h"

namespace boathouse::crm {
namespace {

constexpr size_t shown_bytes_max = 40;

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

bool EndsWord(char c) {
  return IsSpace(c) || c == '(' || c == ')' || c == '"' || c == '\'' || c == ':' || c == '=' ||
         c == '<' || c == '>' || c == '!' || c == ',';
}

}  // namespace

std::string FilterToken::Shown() const {
  switch (kind) {
    case Kind::kEnd:
      return "the end";
    case Kind::kOpen:
      return "(";
    case Kind::kClose:
      return ")";
    case Kind::kMinus:
      return "-";
    case Kind::kWord:
    case Kind::kString:
    case Kind::kComparator: {
      size_t size = std::min(text.size(), shown_bytes_max);
      // Not in the middle of a character.
      while (size < text.size() && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) ++size;
      return text.substr(0, size);
    }
  }
  return {};
}

Error FilterError(size_t at, std::string detail) {
  return Error::Field("filter", "invalid_filter",
                      "filter, character " + std::to_string(at + 1) + ": " + std::move(detail));
}

Result<FilterToken> FilterLexer::Next(bool in_argument) {
  while (at_ < text_.size() && IsSpace(text_[at_])) ++at_;
  FilterToken token;
  token.at = at_;
  if (at_ == text_.size()) return token;
  const char c = text_[at_];
  if (c == '(' || c == ')') {
    ++at_;
    token.kind = c == '(' ? FilterToken::Kind::kOpen : FilterToken::Kind::kClose;
    return token;
  }
  if (c == '"' || c == '\'') return String(token, c);
  if (c == '-' && !in_argument) {
    ++at_;
    token.kind = FilterToken::Kind::kMinus;
    return token;
  }
  if (c == ':' || c == '=' || c == '<' || c == '>' || c == '!') return Comparator(token);
  if (c == ',') return FilterError(at_, "a comma has no meaning here; join terms with AND or OR");
  token.kind = FilterToken::Kind::kWord;
  while (at_ < text_.size() && (!EndsWord(text_[at_]) || (in_argument && text_[at_] == ':'))) {
    token.text += text_[at_++];
  }
  return token;
}

bool FilterLexer::TakeCall() {
  if (at_ >= text_.size() || text_[at_] != '(') return false;
  ++at_;
  return true;
}

bool FilterLexer::OpenIsNext() const {
  size_t at = at_;
  while (at < text_.size() && IsSpace(text_[at])) ++at;
  return at < text_.size() && text_[at] == '(';
}

Result<FilterToken> FilterLexer::String(FilterToken token, char quote) {
  token.kind = FilterToken::Kind::kString;
  for (++at_; at_ < text_.size() && text_[at_] != quote; ++at_) {
    if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
    token.text += text_[at_];
  }
  if (at_ == text_.size()) return FilterError(token.at, "this string has no closing quote");
  ++at_;
  return token;
}

Result<FilterToken> FilterLexer::Comparator(FilterToken token) {
  token.kind = FilterToken::Kind::kComparator;
  const char c = text_[at_++];
  token.text = c;
  if (at_ < text_.size() && text_[at_] == '=' && (c == '<' || c == '>' || c == '!')) {
    token.text += text_[at_++];
  }
  if (token.text == "!") return FilterError(token.at, "write != for \"not equal\"");
  return token;
}

}  // namespace boathouse::crm
