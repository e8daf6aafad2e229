#pragma once
// The text of a file in whatever encoding: found out or told, handed on as UTF-8 piece by piece. Private
// to crm/. One thread at a time.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "crm/byte_source.h"

namespace boathouse::crm {

// The name that Boathouse calls an encoding by: utf-8, utf-16le, utf-16be, windows-1252 (which also
// reads ISO 8859-1), or the name in lower case that iconv knows. nullopt when nobody knows it.
std::optional<std::string> EncodingName(std::string_view name);

// Windows-1252 bytes as UTF-8. The five bytes it does not define become the C1 controls of Latin-1.
std::string Windows1252ToUtf8(std::string_view bytes);

class TextDecoder {
 public:
  // `encoding`: from EncodingName, or "" to find it out: a byte order mark decides; NULs at every
  // other byte are UTF-16; else the file is UTF-8, unless it has bytes beyond ASCII of which none are
  // UTF-8, which makes it Windows-1252. A byte order mark also decides against what was told.
  static Result<std::unique_ptr<TextDecoder>> Open(std::unique_ptr<ByteSource> bytes,
                                                   const std::string& encoding);
  virtual ~TextDecoder() = default;

  // Appends the next piece of the text; false at its end. kInvalid for a NUL and for bytes that are
  // not of the encoding, once all text before them was handed on: what is wrong follows it.
  Result<bool> Append(std::string* text);
  const std::string& encoding() const { return encoding_; }
  uint64_t bytes_read() const { return offset_; }
  uint64_t bytes_total() const { return bytes_->size(); }

 protected:
  TextDecoder(std::unique_ptr<ByteSource> bytes, std::string encoding, uint64_t begin)
      : bytes_(std::move(bytes)), encoding_(std::move(encoding)), offset_(begin) {}
  // Appends what `piece` means and returns how much of it was used: all, or all but the beginning of a
  // sequence. An error is about the bytes behind what was appended.
  struct Decoded {
    size_t used = 0;
    std::optional<Error> wrong;
  };
  virtual Decoded Decode(std::string_view piece, std::string* text) = 0;

 private:
  std::unique_ptr<ByteSource> bytes_;
  const std::string encoding_;
  uint64_t offset_;
  std::string raw_;  // read and not decoded yet
  std::optional<Error> wrong_;
};

}  // namespace boathouse::crm
