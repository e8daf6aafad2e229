#pragma once
// Files that an import keeps on disk while it runs: what was uploaded, under the digest of its content, and
// what it writes beside the records. One thread at a time each.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/content_digest.h"
#include "base/result.h"

namespace boathouse::crm {

// Where an upload is, once it is whole.
struct Spooled {
  std::string content;  // the SHA-256 in hexadecimal: the file's name in the folder
  uint64_t bytes = 0;
};

// Takes an upload piece by piece. Until Finish it is a temporary file, which goes with the object.
class SpoolWriter {
 public:
  static Result<std::unique_ptr<SpoolWriter>> Begin(const std::string& folder);
  ~SpoolWriter();
  SpoolWriter(const SpoolWriter&) = delete;
  SpoolWriter& operator=(const SpoolWriter&) = delete;

  // kTooLarge beyond csv_bytes_max, kUnavailable when the disk is full.
  Status Append(std::string_view piece);
  // Makes it durable. The same content twice is one file.
  Result<Spooled> Finish();

 private:
  SpoolWriter(std::string folder, std::string path, int file)
      : folder_(std::move(folder)), path_(std::move(path)), file_(file) {}

  std::string folder_;
  std::string path_;  // "": finished
  int file_;
  uint64_t bytes_ = 0;
  ContentDigest digest_;
};

// Writes `text` at `offset` and cuts the file behind it, durably; makes the file when there is none. So a
// part that was written and never counted is written over.
Status WriteAt(const std::string& path, uint64_t offset, std::string_view text);

}  // namespace boathouse::crm
