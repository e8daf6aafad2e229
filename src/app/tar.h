#pragma once
// Archives in the format that tar reads (ustar, with GNU sizes beyond 8 GiB): regular files only. One
// thread at a time. Errors are kUnavailable for the disk and kCorrupt for what is no such archive.

#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace boathouse::app {

class TarWriter {
 public:
  // Makes the file, which must not exist, readable by its owner only.
  static Result<std::unique_ptr<TarWriter>> Create(const std::string& path);
  ~TarWriter();
  TarWriter(const TarWriter&) = delete;
  TarWriter& operator=(const TarWriter&) = delete;

  // `name` is relative and has at most about 200 bytes.
  Status AddText(const std::string& name, std::string_view text);
  // The file as it is; `digest`, if any, becomes the SHA-256 of its bytes.
  Status AddFile(const std::string& name, const std::string& path, std::string* digest);
  // Ends the archive and brings it to disk.
  Status Finish();

 private:
  TarWriter(std::FILE* file, std::string path) : file_(file), path_(std::move(path)) {}
  Status Write(std::string_view bytes);
  Status AddHeader(const std::string& name, uint64_t bytes);
  Status Pad(uint64_t bytes);

  std::FILE* file_;
  const std::string path_;
};

class TarReader {
 public:
  static Result<std::unique_ptr<TarReader>> Open(const std::string& path);
  ~TarReader();
  TarReader(const TarReader&) = delete;
  TarReader& operator=(const TarReader&) = delete;

  struct Entry {
    std::string name;
    uint64_t bytes = 0;
  };
  // The next file, or nullopt at the end. What is left of the one before is skipped.
  Result<std::optional<Entry>> Next();
  // The next piece of the entry's bytes, at most `bytes_max`; "" at its end.
  Result<std::string> Read(size_t bytes_max);

 private:
  TarReader(std::FILE* file, std::string path) : file_(file), path_(std::move(path)) {}
  Result<std::string> ReadExactly(size_t bytes);
  Error Damaged(std::string_view what) const;

  std::FILE* file_;
  const std::string path_;
  uint64_t left_ = 0;     // of the entry
  uint64_t padding_ = 0;  // behind it
};

}  // namespace boathouse::app
