#include "app/tar.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/bytes.h"
#include "base/content_digest.h"

namespace boathouse::app {
namespace {

constexpr size_t block_bytes = 512;
constexpr size_t piece_bytes = size_t{256} << 10;
constexpr uint64_t octal_size_max = (uint64_t{1} << 33) - 1;  // eleven octal digits

struct Field {
  size_t at, bytes;
};
constexpr Field name_field = {0, 100};
constexpr Field mode_field = {100, 8};
constexpr Field size_field = {124, 12};
constexpr Field checksum_field = {148, 8};
constexpr size_t type_at = 156;
constexpr Field magic_field = {257, 8};
constexpr Field prefix_field = {345, 155};

Error DiskError(const std::string& path, std::string_view doing) {
  return Error(ErrorKind::kUnavailable,
               "cannot " + std::string(doing) + " " + path + ": " + std::strerror(errno));
}

void PutOctal(std::string* block, const Field& field, uint64_t value) {
  for (size_t i = field.bytes - 1; i-- > 0;) {
    (*block)[field.at + i] = static_cast<char>('0' + (value & 7));
    value >>= 3;
  }
}

void PutSize(std::string* block, uint64_t value) {
  if (value <= octal_size_max) return PutOctal(block, size_field, value);
  for (size_t i = size_field.bytes; i-- > 0;) {
    (*block)[size_field.at + i] = static_cast<char>(value & 0xFF);
    value >>= 8;
  }
  (*block)[size_field.at] = static_cast<char>(0x80);
}

std::optional<uint64_t> GetNumber(std::string_view block, const Field& field) {
  const std::string_view text = block.substr(field.at, field.bytes);
  uint64_t value = 0;
  if ((static_cast<unsigned char>(text[0]) & 0x80) != 0) {
    for (size_t i = 4; i < text.size(); ++i) {
      value = (value << 8) | static_cast<unsigned char>(text[i]);
    }
    return value;
  }
  for (const char c : text) {
    if (c == '\0' || c == ' ') break;
    if (c < '0' || c > '7') return std::nullopt;
    value = (value << 3) | static_cast<uint64_t>(c - '0');
  }
  return value;
}

// The sum of all bytes, with the checksum itself as blanks.
uint64_t ChecksumOf(std::string_view block) {
  uint64_t sum = 0;
  for (size_t i = 0; i < block.size(); ++i) {
    const bool own = i >= checksum_field.at && i < checksum_field.at + checksum_field.bytes;
    sum += own ? uint64_t{' '} : static_cast<unsigned char>(block[i]);
  }
  return sum;
}

uint64_t PaddingOf(uint64_t bytes) { return (block_bytes - bytes % block_bytes) % block_bytes; }

}  // namespace

Result<std::unique_ptr<TarWriter>> TarWriter::Create(const std::string& path) {
  const int descriptor = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  std::FILE* file = descriptor >= 0 ? fdopen(descriptor, "wb") : nullptr;
  if (file == nullptr) return DiskError(path, "make");
  return std::unique_ptr<TarWriter>(new TarWriter(file, path));
}

TarWriter::~TarWriter() {
  if (file_ != nullptr) std::fclose(file_);
}

Status TarWriter::Write(std::string_view bytes) {
  if (std::fwrite(bytes.data(), 1, bytes.size(), file_) == bytes.size()) return {};
  return DiskError(path_, "write");
}

Status TarWriter::AddHeader(const std::string& name, uint64_t bytes) {
  // A long name is cut at a slash: what stands before goes into a field of its own.
  size_t slash = 0;
  if (name.size() > name_field.bytes) {
    slash = name.find('/', name.size() - name_field.bytes - 1);
    if (slash == std::string::npos || slash > prefix_field.bytes) {
      return Error(ErrorKind::kUnsupported, "the name " + name + " is too long for an archive");
    }
  }
  const std::string last = slash == 0 ? name : name.substr(slash + 1);
  std::string block(block_bytes, '\0');
  block.replace(name_field.at, last.size(), last);
  block.replace(prefix_field.at, slash, name, 0, slash);
  PutOctal(&block, mode_field, 0600);
  PutSize(&block, bytes);
  block[type_at] = '0';
  block.replace(magic_field.at, magic_field.bytes,
                std::string("ustar\0"
                            "00",
                            magic_field.bytes));
  PutOctal(&block, checksum_field, ChecksumOf(block));
  return Write(block);
}

Status TarWriter::Pad(uint64_t bytes) { return Write(std::string(PaddingOf(bytes), '\0')); }

Status TarWriter::AddText(const std::string& name, std::string_view text) {
  TRY(AddHeader(name, text.size()));
  TRY(Write(text));
  return Pad(text.size());
}

Status TarWriter::AddFile(const std::string& name, const std::string& path, std::string* digest) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rbe"),
                                                             std::fclose);
  if (file == nullptr) return DiskError(path, "read");
  if (fseeko(file.get(), 0, SEEK_END) != 0) return DiskError(path, "read");
  const auto bytes = static_cast<uint64_t>(ftello(file.get()));
  std::rewind(file.get());
  TRY(AddHeader(name, bytes));
  ContentDigest content;
  std::string piece(piece_bytes, '\0');
  for (uint64_t left = bytes; left > 0;) {
    const size_t wanted = left < piece.size() ? static_cast<size_t>(left) : piece.size();
    if (std::fread(piece.data(), 1, wanted, file.get()) != wanted) return DiskError(path, "read");
    const std::string_view read(piece.data(), wanted);
    content.Append(read);
    TRY(Write(read));
    left -= wanted;
  }
  if (digest != nullptr) *digest = HexEncode(content.Finish());
  return Pad(bytes);
}

Status TarWriter::Finish() {
  TRY(Write(std::string(2 * block_bytes, '\0')));
  const bool kept = std::fflush(file_) == 0 && fsync(fileno(file_)) == 0;
  const bool closed = std::fclose(std::exchange(file_, nullptr)) == 0;
  if (kept && closed) return {};
  return DiskError(path_, "write");
}

Result<std::unique_ptr<TarReader>> TarReader::Open(const std::string& path) {
  std::FILE* file = std::fopen(path.c_str(), "rbe");
  if (file == nullptr) {
    if (errno == ENOENT) return Error(ErrorKind::kNotFound, "there is no file " + path);
    return DiskError(path, "read");
  }
  return std::unique_ptr<TarReader>(new TarReader(file, path));
}

TarReader::~TarReader() { std::fclose(file_); }

Error TarReader::Damaged(std::string_view what) const {
  return Error(ErrorKind::kCorrupt, path_ + " is no whole archive: " + std::string(what));
}

Result<std::string> TarReader::ReadExactly(size_t bytes) {
  std::string block(bytes, '\0');
  if (std::fread(block.data(), 1, bytes, file_) != bytes) return Damaged("it ends too early");
  return block;
}

Result<std::optional<TarReader::Entry>> TarReader::Next() {
  const uint64_t skipped = left_ + padding_;
  if (skipped > 0 && fseeko(file_, static_cast<off_t>(skipped), SEEK_CUR) != 0) {
    return DiskError(path_, "read");
  }
  left_ = padding_ = 0;
  ASSIGN(const std::string block, ReadExactly(block_bytes));
  if (block.find_first_not_of('\0') == std::string::npos) return std::optional<Entry>();
  const auto checksum = GetNumber(block, checksum_field);
  const auto bytes = GetNumber(block, size_field);
  if (!checksum || *checksum != ChecksumOf(block) || !bytes) return Damaged("a header is damaged");
  if (block[type_at] != '0') return Damaged("it holds more than plain files");
  Entry entry;
  const std::string prefix = block.substr(prefix_field.at, prefix_field.bytes).c_str();
  entry.name = block.substr(name_field.at, name_field.bytes).c_str();
  if (!prefix.empty()) entry.name = prefix + "/" + entry.name;
  entry.bytes = *bytes;
  left_ = *bytes;
  padding_ = PaddingOf(*bytes);
  return std::optional<Entry>(std::move(entry));
}

Result<std::string> TarReader::Read(size_t bytes_max) {
  const size_t wanted = left_ < bytes_max ? static_cast<size_t>(left_) : bytes_max;
  ASSIGN(std::string piece, ReadExactly(wanted));
  left_ -= wanted;
  return piece;
}

}  // namespace boathouse::app
