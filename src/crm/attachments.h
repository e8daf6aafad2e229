#pragma once
// Files that belong to records. An attachment is a record like all others; its bytes lie beside the
// database, once per SHA-256 however many attachments hold them, in files/ab/cdef... of the workspace's
// folder. Who may read an attachment's record may read its bytes. Safe to use from many threads.
//
// A file that no attachment names stays for as long as a deleted attachment can come back from the trash.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "crm/crm.h"

namespace boathouse::crm {

inline constexpr size_t attachment_bytes_max = 25u << 20;
inline constexpr size_t content_type_chars_max = 127;
inline constexpr Micros unnamed_file_micros = 31LL * 24 * 3600 * 1'000'000;  // a day over the trash

// Bytes of an attachment, open for reading; they never change.
class AttachmentFile {
 public:
  virtual ~AttachmentFile() = default;
  virtual uint64_t size() const = 0;
  // Exactly `count` bytes from `offset`, which are there. kCorrupt when the file is shorter than it was.
  virtual Status ReadAt(uint64_t offset, size_t count, std::string* out) const = 0;
};

class Attachments {
 public:
  // `folder` is made with the first file. `crm` and `clock` outlive this.
  Attachments(Crm& crm, const Clock& clock, std::string folder);

  struct Upload {
    std::string_view content;
    std::string file_name;     // the record's name unless `fields` give one
    std::string content_type;  // "" is application/octet-stream
    Json fields = Json::Object();
  };
  // Keeps the bytes durably, then makes the record. Returns its id. kTooLarge names the limit; a record
  // that the attachment is to belong to must be one that the caller may read.
  Result<Id> Create(const Caller& caller, const Upload& upload);

  struct Content {
    std::string name;
    std::string content_type;
    std::string sha256;  // in hexadecimal
    std::unique_ptr<AttachmentFile> file;
  };
  Result<Content> Open(const Caller& caller, const Id& attachment);

  // Removes files that no attachment has named for unnamed_file_micros. Returns how many.
  Result<int64_t> CollectGarbage();

 private:
  std::string PathOf(const std::string& sha256) const;
  // Whether the file is there, made young again so that no collection takes it away meanwhile.
  bool Touch(const std::string& sha256) const;
  Status Keep(const std::string& sha256, std::string_view content) const;
  Result<bool> RemoveIfUnnamed(const std::string& sha256);

  Crm& crm_;
  const Clock& clock_;
  const std::string folder_;
};

}  // namespace boathouse::crm
