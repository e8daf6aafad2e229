// Writing JSON, and what it needs to know of UTF-8.
#include "base/json.h"

namespace boathouse {
namespace {

// The length of the well-formed UTF-8 sequence at `at`, or 0.
size_t SequenceLength(std::string_view text, size_t at) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(at);
  if (lead < 0x80) return 1;
  size_t length = 0;
  unsigned char low = 0x80;
  unsigned char high = 0xBF;
  if (lead >= 0xC2 && lead <= 0xDF) {
    length = 2;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    length = 3;
    if (lead == 0xE0) low = 0xA0;
    if (lead == 0xED) high = 0x9F;  // no surrogates
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    length = 4;
    if (lead == 0xF0) low = 0x90;
    if (lead == 0xF4) high = 0x8F;
  } else {
    return 0;
  }
  if (at + length > text.size()) return 0;
  if (byte(at + 1) < low || byte(at + 1) > high) return 0;
  for (size_t i = 2; i < length; ++i) {
    if (byte(at + i) < 0x80 || byte(at + i) > 0xBF) return 0;
  }
  return length;
}

void AppendEscape(unsigned char c, std::string* out) {
  switch (c) {
    case '"':
      *out += "\\\"";
      return;
    case '\\':
      *out += "\\\\";
      return;
    case '\n':
      *out += "\\n";
      return;
    case '\r':
      *out += "\\r";
      return;
    case '\t':
      *out += "\\t";
      return;
    default:
      break;
  }
  static constexpr char digits[] = "0123456789abcdef";
  *out += "\\u00";
  *out += digits[c >> 4];
  *out += digits[c & 15];
}

void AppendBreak(int indent, int depth, std::string* out) {
  if (indent == 0) return;
  *out += '\n';
  out->append(static_cast<size_t>(indent * depth), ' ');
}

void DumpInto(const Json& json, int indent, int depth, std::string* out) {
  switch (json.kind()) {
    case Json::Kind::kNull:
      *out += "null";
      return;
    case Json::Kind::kBool:
      *out += json.AsBool() ? "true" : "false";
      return;
    case Json::Kind::kNumber:
      *out += json.NumberAsText();
      return;
    case Json::Kind::kString:
      AppendJsonString(json.AsString(), out);
      return;
    case Json::Kind::kArray: {
      *out += '[';
      bool first = true;
      for (const Json& item : json.items()) {
        if (!first) *out += ',';
        first = false;
        AppendBreak(indent, depth + 1, out);
        DumpInto(item, indent, depth + 1, out);
      }
      if (!first) AppendBreak(indent, depth, out);
      *out += ']';
      return;
    }
    case Json::Kind::kObject: {
      *out += '{';
      bool first = true;
      for (const Json::Member& member : json.members()) {
        if (!first) *out += ',';
        first = false;
        AppendBreak(indent, depth + 1, out);
        AppendJsonString(member.first, out);
        *out += indent > 0 ? ": " : ":";
        DumpInto(member.second, indent, depth + 1, out);
      }
      if (!first) AppendBreak(indent, depth, out);
      *out += '}';
      return;
    }
  }
}

}  // namespace

bool IsUtf8(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    const size_t length = SequenceLength(text, at);
    if (length == 0) return false;
    at += length;
  }
  return true;
}

void AppendJsonString(std::string_view text, std::string* out) {
  *out += '"';
  size_t clean_from = 0;
  for (size_t at = 0; at < text.size();) {
    const auto c = static_cast<unsigned char>(text[at]);
    if (c >= 0x20 && c < 0x80 && c != '"' && c != '\\') {
      ++at;
      continue;
    }
    const size_t length = c < 0x80 ? 0 : SequenceLength(text, at);
    if (length > 1) {
      at += length;
      continue;
    }
    out->append(text, clean_from, at - clean_from);
    if (c < 0x80) {
      AppendEscape(c, out);
    } else {
      *out += "\xEF\xBF\xBD";  // U+FFFD
    }
    clean_from = ++at;
  }
  out->append(text, clean_from, std::string_view::npos);
  *out += '"';
}

void Json::DumpTo(std::string* out) const { DumpInto(*this, 0, 0, out); }

std::string Json::Dump(int indent) const {
  std::string out;
  DumpInto(*this, indent, 0, &out);
  return out;
}

}  // namespace boathouse
