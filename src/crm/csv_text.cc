#include "crm/csv_text.h"

#include <iconv.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/bytes.h"

namespace boathouse::crm {
namespace {

constexpr size_t piece_bytes = 256u << 10;
constexpr size_t sniffed_bytes = 4096;
constexpr size_t encoding_chars_max = 40;

Error Wrong(std::string what) { return Error(ErrorKind::kInvalid, std::move(what)); }
Error NulByte() { return Wrong("a NUL byte; this is not a text file"); }

bool Continues(unsigned char c) { return (c & 0xC0u) == 0x80u; }

struct Sequence {
  size_t length = 0;     // 0: no UTF-8
  bool is_torn = false;  // the text ends within it
};

// The UTF-8 sequence at the front of the text (RFC 3629): no overlong forms, no surrogates.
Sequence FirstSequence(std::string_view text) {
  const auto at = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = at(0);
  if (lead < 0x80) return {1, false};
  const size_t length = lead >= 0xC2 && lead <= 0xDF   ? 2
                        : (lead & 0xF0u) == 0xE0u      ? 3
                        : lead >= 0xF0 && lead <= 0xF4 ? 4
                                                       : 0;
  if (length == 0) return {};
  if (text.size() > 1) {
    const unsigned char second = at(1);
    const bool overlong = (lead == 0xE0 && second < 0xA0) || (lead == 0xF0 && second < 0x90);
    const bool beyond = (lead == 0xED && second > 0x9F) || (lead == 0xF4 && second > 0x8F);
    if (overlong || beyond) return {};
  }
  for (size_t i = 1; i < length; ++i) {
    if (i == text.size()) return {0, true};
    if (!Continues(at(i))) return {};
  }
  return {length, false};
}

// How many bytes from the front are ASCII without NUL; eight at a time.
size_t PlainPrefix(std::string_view text) {
  constexpr uint64_t high = 0x8080808080808080u;
  constexpr uint64_t ones = 0x0101010101010101u;
  size_t at = 0;
  while (at + 8 <= text.size()) {
    uint64_t word = 0;
    std::memcpy(&word, text.data() + at, 8);
    if ((word & high) != 0 || ((word - ones) & ~word & high) != 0) break;
    at += 8;
  }
  while (at < text.size() && text[at] > 0) ++at;
  return at;
}

class Utf8Decoder final : public TextDecoder {
 public:
  Utf8Decoder(std::unique_ptr<ByteSource> bytes, uint64_t begin)
      : TextDecoder(std::move(bytes), "utf-8", begin) {}

 private:
  Decoded Decode(std::string_view piece, std::string* text) override {
    Decoded decoded;
    size_t at = 0;
    while (at < piece.size()) {
      at += PlainPrefix(piece.substr(at));
      if (at == piece.size()) break;
      const Sequence sequence = FirstSequence(piece.substr(at));
      if (piece[at] != 0 && sequence.length > 0) {
        at += sequence.length;
        continue;
      }
      if (piece[at] == 0) {
        decoded.wrong = NulByte();
      } else if (!sequence.is_torn) {
        decoded.wrong = Wrong(
            "not UTF-8; if the file is in another encoding, say so in the mapping, for example "
            "\"encoding\": \"windows-1252\"");
      }
      break;
    }
    text->append(piece.substr(0, at));
    decoded.used = at;
    return decoded;
  }
};

class Windows1252Decoder final : public TextDecoder {
 public:
  Windows1252Decoder(std::unique_ptr<ByteSource> bytes, uint64_t begin)
      : TextDecoder(std::move(bytes), "windows-1252", begin) {}

 private:
  Decoded Decode(std::string_view piece, std::string* text) override {
    Decoded decoded;
    decoded.used = std::min(piece.find('\0'), piece.size());
    if (decoded.used < piece.size()) decoded.wrong = NulByte();
    text->append(Windows1252ToUtf8(piece.substr(0, decoded.used)));
    return decoded;
  }
};

class IconvDecoder final : public TextDecoder {
 public:
  IconvDecoder(std::unique_ptr<ByteSource> bytes, std::string encoding, uint64_t begin,
               iconv_t converter)
      : TextDecoder(std::move(bytes), std::move(encoding), begin), converter_(converter) {}
  ~IconvDecoder() override { iconv_close(converter_); }

 private:
  Decoded Decode(std::string_view piece, std::string* text) override {
    Decoded decoded;
    const size_t begin = text->size();
    while (decoded.used < piece.size()) {
      // iconv takes a pointer to what it never writes to.
      char* in = const_cast<char*>(piece.data()) + decoded.used;
      size_t in_left = piece.size() - decoded.used;
      const size_t filled = text->size();
      text->resize(filled + in_left + in_left / 2 + 16);
      char* out = text->data() + filled;
      size_t out_left = text->size() - filled;
      const size_t done = iconv(converter_, &in, &in_left, &out, &out_left);
      const int reason = errno;
      text->resize(text->size() - out_left);
      decoded.used = piece.size() - in_left;
      if (done != static_cast<size_t>(-1) || reason == EINVAL) break;
      if (reason == E2BIG) continue;
      decoded.wrong = Wrong("bytes that are not " + encoding());
      break;
    }
    const size_t nul = text->find('\0', begin);
    if (nul != std::string::npos) {
      text->resize(nul);
      decoded.wrong = NulByte();
    }
    return decoded;
  }

  iconv_t converter_;
};

// What the first bytes say: a byte order mark, or the zeros that UTF-16 has in ASCII text.
struct Sniffed {
  std::string encoding;  // "": nothing
  uint64_t mark_bytes = 0;
};

Sniffed Sniff(std::string_view head) {
  if (head.starts_with("\xEF\xBB\xBF")) return {"utf-8", 3};
  if (head.starts_with("\xFF\xFE")) return {"utf-16le", 2};
  if (head.starts_with("\xFE\xFF")) return {"utf-16be", 2};
  std::array<size_t, 2> zeros{};
  for (size_t i = 0; i < head.size(); ++i) zeros[i % 2] += head[i] == 0;
  const size_t many = head.size() / 4;
  if (head.size() >= 4 && zeros[1] > many && zeros[0] == 0) return {"utf-16le", 0};
  if (head.size() >= 4 && zeros[0] > many && zeros[1] == 0) return {"utf-16be", 0};
  return {};
}

// Reads all of the file. One with no byte beyond ASCII is UTF-8, and so is one with any true sequence:
// there a byte that is none is damage, not another encoding.
Result<std::string> FindEncoding(ByteSource& bytes) {
  std::string piece(piece_bytes, '\0');
  size_t kept = 0;
  bool has_other = false;
  for (uint64_t offset = 0;;) {
    ASSIGN(const size_t count, bytes.Read(offset, piece.data() + kept, piece.size() - kept));
    offset += count;
    const std::string_view text(piece.data(), kept + count);
    size_t at = 0;
    bool torn = false;
    while (at < text.size() && !torn) {
      at += PlainPrefix(text.substr(at));
      if (at == text.size()) break;
      const Sequence sequence = FirstSequence(text.substr(at));
      if (sequence.length > 1) return std::string("utf-8");
      torn = sequence.is_torn;
      if (torn) break;
      has_other = has_other || text[at] != 0;
      ++at;
    }
    kept = text.size() - at;
    std::memmove(piece.data(), piece.data() + at, kept);
    if (count == 0) return std::string(has_other || kept > 0 ? "windows-1252" : "utf-8");
  }
}

}  // namespace

std::optional<std::string> EncodingName(std::string_view name) {
  const std::string lower = AsciiLower(TrimAscii(name));
  if (lower == "utf-8" || lower == "utf8" || lower == "ascii" || lower == "us-ascii")
    return "utf-8";
  if (lower == "utf-16" || lower == "utf-16le") return "utf-16le";
  if (lower == "utf-16be") return lower;
  for (const char* known : {"windows-1252", "cp1252", "latin-1", "latin1", "iso-8859-1"}) {
    if (lower == known) return "windows-1252";
  }
  // Nothing but a name may reach iconv, which reads options behind slashes.
  const bool plain = std::all_of(lower.begin(), lower.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  });
  if (lower.empty() || !plain || lower.size() > encoding_chars_max) return std::nullopt;
  const iconv_t converter = iconv_open("UTF-8", lower.c_str());
  if (converter == reinterpret_cast<iconv_t>(-1)) return std::nullopt;
  iconv_close(converter);
  return lower;
}

Result<std::unique_ptr<TextDecoder>> TextDecoder::Open(std::unique_ptr<ByteSource> bytes,
                                                       const std::string& encoding) {
  std::string head(sniffed_bytes, '\0');
  ASSIGN(const size_t count, bytes->Read(0, head.data(), head.size()));
  head.resize(count);
  const Sniffed sniffed = Sniff(head);
  std::string name = encoding;
  if (sniffed.mark_bytes > 0 || (name.empty() && !sniffed.encoding.empty())) {
    name = sniffed.encoding;
  } else if (name.empty()) {
    ASSIGN(name, FindEncoding(*bytes));
  }
  const uint64_t begin = sniffed.mark_bytes;
  if (name == "utf-8") {
    return std::unique_ptr<TextDecoder>(std::make_unique<Utf8Decoder>(std::move(bytes), begin));
  }
  if (name == "windows-1252") {
    return std::unique_ptr<TextDecoder>(
        std::make_unique<Windows1252Decoder>(std::move(bytes), begin));
  }
  const iconv_t converter = iconv_open("UTF-8", name.c_str());
  if (converter == reinterpret_cast<iconv_t>(-1)) {
    return Wrong("this machine cannot read files in " + name + "; save the file as UTF-8");
  }
  return std::unique_ptr<TextDecoder>(
      std::make_unique<IconvDecoder>(std::move(bytes), name, begin, converter));
}

Result<bool> TextDecoder::Append(std::string* text) {
  if (wrong_) return *wrong_;
  for (;;) {
    const size_t kept = raw_.size();
    raw_.resize(kept + piece_bytes);
    ASSIGN(const size_t count, bytes_->Read(offset_, raw_.data() + kept, piece_bytes));
    offset_ += count;
    raw_.resize(kept + count);
    if (count == 0) {
      if (raw_.empty()) return false;
      return Wrong("the file ends within a character; it is torn, or not " + encoding_);
    }
    const size_t before = text->size();
    Decoded decoded = Decode(raw_, text);
    raw_.erase(0, decoded.used);
    wrong_ = std::move(decoded.wrong);
    if (text->size() > before) return true;
    if (wrong_) return *wrong_;
  }
}

std::string Windows1252ToUtf8(std::string_view bytes) {
  // 0x80 to 0x9F differ from Latin-1.
  static constexpr std::array<uint16_t, 32> upper = {
      0x20AC, 0x0081, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
      0x2039, 0x0152, 0x008D, 0x017D, 0x008F, 0x0090, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
      0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x009D, 0x017E, 0x0178};
  std::string out;
  out.reserve(bytes.size() + bytes.size() / 8);
  for (const char c : bytes) {
    const auto byte = static_cast<uint8_t>(c);
    if (byte < 0x80) {
      out.push_back(c);
      continue;
    }
    const unsigned code = byte < 0xA0 ? upper[byte - 0x80u] : byte;
    if (code < 0x800) {
      out.push_back(static_cast<char>(0xC0u | (code >> 6)));
    } else {
      out.push_back(static_cast<char>(0xE0u | (code >> 12)));
      out.push_back(static_cast<char>(0x80u | ((code >> 6) & 0x3Fu)));
    }
    out.push_back(static_cast<char>(0x80u | (code & 0x3Fu)));
  }
  return out;
}

}  // namespace boathouse::crm
