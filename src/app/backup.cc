#include "app/backup.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <map>

#include "app/files.h"
#include "app/tar.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "base/content_digest.h"
#include "base/json.h"
#include "store/store.h"

namespace boathouse::app {
namespace {

namespace fs = std::filesystem;

constexpr int backup_format = 1;
constexpr const char* manifest_name = "backup.json";
constexpr size_t piece_bytes = size_t{256} << 10;
constexpr size_t manifest_bytes_max = size_t{1} << 30;

Error DiskError(const std::string& path, std::string_view doing) {
  return Error(ErrorKind::kUnavailable,
               "cannot " + std::string(doing) + " " + path + ": " + std::strerror(errno));
}

// A folder that is gone when this is.
class ScratchFolder {
 public:
  explicit ScratchFolder(std::string path) : path_(std::move(path)) {}
  ~ScratchFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  const std::string path_;
};

// The regular files below `folder`, by their paths relative to it. None when there is no such folder.
Result<std::vector<std::string>> FilesBelow(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code error;
  fs::recursive_directory_iterator it(folder, error), end;
  if (error) return names;
  while (it != end) {
    if (it->is_regular_file(error) && !error) {
      names.push_back(fs::path(it->path()).lexically_relative(folder).string());
    }
    it.increment(error);
    if (error) return Error(ErrorKind::kUnavailable, "cannot read " + folder);
  }
  return names;
}

// Links the attachments into `scratch`: a link stays whatever the server does with the file.
Status LinkFiles(const std::string& folder, const std::string& scratch) {
  ASSIGN(const std::vector<std::string> names, FilesBelow(folder));
  for (const std::string& name : names) {
    const std::string to = scratch + "/" + name;
    TRY(MakeFolder(fs::path(to).parent_path().string()));
    const std::string from = folder + "/" + name;
    if (link(from.c_str(), to.c_str()) == 0 || errno == EEXIST || errno == ENOENT) continue;
    return DiskError(from, "link");
  }
  return {};
}

class BackupWriter {
 public:
  BackupWriter(std::string data, TarWriter& tar) : data_(std::move(data)), tar_(tar) {}

  Result<std::vector<BackedUp>> Run() {
    TRY(Add("server.json", data_ + "/server.json"));
    std::error_code error;
    std::vector<BackedUp> all;
    for (const auto& entry : fs::directory_iterator(data_ + "/workspaces", error)) {
      const std::string name = entry.path().filename().string();
      if (name.starts_with('.') || !Exists(entry.path().string() + "/records.sqlite")) continue;
      ASSIGN(BackedUp done, AddWorkspace(name, entry.path().string()));
      all.push_back(std::move(done));
    }
    if (all.empty()) {
      return Error(ErrorKind::kNotFound,
                   data_ + " holds no workspace: there is nothing to back up");
    }
    const Json manifest = Json::Object({{"format", backup_format},
                                        {"made_at", FormatDateTime(SystemClock().Now())},
                                        {"workspaces", workspaces_},
                                        {"files", files_}});
    TRY(tar_.AddText(manifest_name, manifest.Dump()));
    return all;
  }

 private:
  Status Add(const std::string& name, const std::string& path) {
    std::string digest;
    TRY(tar_.AddFile(name, path, &digest));
    files_.Set(name, digest);
    return {};
  }

  Result<BackedUp> AddWorkspace(const std::string& name, const std::string& folder) {
    const ScratchFolder scratch(folder + "/.backup-" + std::to_string(getpid()));
    TRY(MakeFolder(scratch.path() + "/files"));
    // Attachments that the copied records name are there before or after the copy is made, if not both.
    TRY(LinkFiles(folder + "/files", scratch.path() + "/files"));
    const std::string copy = scratch.path() + "/records.sqlite";
    ASSIGN(const store::BackupInfo info, store::Store::Backup(folder + "/records.sqlite", copy));
    TRY(LinkFiles(folder + "/files", scratch.path() + "/files"));
    const std::string below = "workspaces/" + name + "/";
    if (Exists(folder + "/workspace.json")) {
      TRY(Add(below + "workspace.json", folder + "/workspace.json"));
    }
    TRY(Add(below + "records.sqlite", copy));
    BackedUp done{name, info.newest, 0};
    ASSIGN(const std::vector<std::string> names, FilesBelow(scratch.path() + "/files"));
    for (const std::string& file : names) {
      TRY(Add(below + "files/" + file, scratch.path() + "/files/" + file));
      ++done.files;
    }
    workspaces_.Set(name,
                    Json::Object({{"newest_change", done.newest_change}, {"files", done.files}}));
    return done;
  }

  const std::string data_;
  TarWriter& tar_;
  Json workspaces_ = Json::Object();
  Json files_ = Json::Object();
};

// A name of an archive leads below the folder and nowhere else.
bool IsSafeName(const std::string& name) {
  if (name.empty() || name.starts_with('/') || name.find('\\') != std::string::npos) return false;
  for (const fs::path& part : fs::path(name)) {
    if (part == ".." || part == "." || part.empty()) return false;
  }
  return true;
}

class BackupReader {
 public:
  BackupReader(std::string from, std::string folder)
      : from_(std::move(from)), folder_(std::move(folder)) {}

  Result<std::vector<BackedUp>> Run() {
    ASSIGN(const std::unique_ptr<TarReader> tar, TarReader::Open(from_));
    for (;;) {
      ASSIGN(const std::optional<TarReader::Entry> entry, tar->Next());
      if (!entry) break;
      if (entry->name == manifest_name) {
        ASSIGN(manifest_, ReadManifest(*tar, entry->bytes));
      } else {
        TRY(Extract(*tar, entry->name));
      }
    }
    TRY(Verify());
    std::vector<BackedUp> all;
    for (const auto& [name, about] : manifest_["workspaces"].members()) {
      TRY(store::Store::Check(folder_ + "/workspaces/" + name + "/records.sqlite"));
      all.push_back({name, about["newest_change"].AsInt().value_or(0),
                     static_cast<size_t>(about["files"].AsInt().value_or(0))});
    }
    return all;
  }

 private:
  Error Damaged(const std::string& what) const {
    return Error(ErrorKind::kCorrupt, from_ + " is no whole backup: " + what);
  }

  Result<Json> ReadManifest(TarReader& tar, uint64_t bytes) const {
    if (bytes > manifest_bytes_max) return Damaged("its list is too long");
    std::string text;
    for (;;) {
      ASSIGN(const std::string piece, tar.Read(piece_bytes));
      if (piece.empty()) break;
      text += piece;
    }
    Result<Json> manifest = Json::Parse(text);
    if (!manifest.ok() || !manifest->is_object()) return Damaged("its list cannot be read");
    if ((*manifest)["format"].AsInt() != backup_format) {
      return Error(ErrorKind::kConflict, from_ + " was made by a newer Boathouse; use that one");
    }
    return manifest;
  }

  Status Extract(TarReader& tar, const std::string& name) {
    if (!IsSafeName(name)) return Damaged("a name in it leads elsewhere");
    const std::string path = folder_ + "/" + name;
    TRY(MakeFolder(fs::path(path).parent_path().string()));
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "wbxe"),
                                                               std::fclose);
    if (file == nullptr) return DiskError(path, "make");
    chmod(path.c_str(), 0600);
    ContentDigest content;
    for (;;) {
      ASSIGN(const std::string piece, tar.Read(piece_bytes));
      if (piece.empty()) break;
      content.Append(piece);
      if (std::fwrite(piece.data(), 1, piece.size(), file.get()) != piece.size()) {
        return DiskError(path, "write");
      }
    }
    if (std::fflush(file.get()) != 0 || fsync(fileno(file.get())) != 0) {
      return DiskError(path, "write");
    }
    digests_[name] = HexEncode(content.Finish());
    return {};
  }

  Status Verify() const {
    if (manifest_.is_null()) return Damaged("it ends before its list of files");
    size_t listed = 0;
    for (const auto& [name, digest] : manifest_["files"].members()) {
      const auto found = digests_.find(name);
      if (found == digests_.end()) return Damaged(name + " is missing");
      if (found->second != digest.AsString()) return Damaged(name + " is not as it was written");
      ++listed;
    }
    if (listed != digests_.size()) return Damaged("it holds files that are not in its list");
    return {};
  }

  const std::string from_;
  const std::string folder_;
  Json manifest_;
  std::map<std::string, std::string> digests_;
};

std::string Absolute(const std::string& path) {
  std::string absolute = fs::absolute(path).lexically_normal().string();
  while (absolute.size() > 1 && absolute.ends_with('/')) absolute.pop_back();
  return absolute;
}

}  // namespace

Result<std::vector<BackedUp>> MakeBackup(const std::string& given, const std::string& to) {
  const std::string data = Absolute(given);
  if (Exists(to)) {
    return Error(ErrorKind::kConflict, to + " exists; choose another file, or remove it first");
  }
  if (!Exists(data + "/server.json")) {
    return Error(ErrorKind::kNotFound, data + " is no data folder of a Boathouse");
  }
  const std::string part = to + ".part";
  Result<std::vector<BackedUp>> done = [&]() -> Result<std::vector<BackedUp>> {
    unlink(part.c_str());  // of a backup that was cut off
    ASSIGN(const std::unique_ptr<TarWriter> tar, TarWriter::Create(part));
    ASSIGN(std::vector<BackedUp> all, BackupWriter(data, *tar).Run());
    TRY(tar->Finish());
    if (rename(part.c_str(), to.c_str()) != 0) return DiskError(to, "make");
    return all;
  }();
  if (!done.ok()) unlink(part.c_str());
  return done;
}

Result<std::vector<BackedUp>> RestoreBackup(const std::string& from, const std::string& given) {
  const std::string data = Absolute(given);
  std::error_code error;
  if (Exists(data) && !fs::is_empty(data, error)) {
    return Error(ErrorKind::kConflict,
                 data +
                     " exists and is not empty; a restore overwrites nothing: choose another "
                     "folder, or move that one away");
  }
  // Until all of it is there and checked, it does not bear its name.
  const ScratchFolder scratch(data + ".restoring-" + std::to_string(getpid()));
  TRY(MakeFolder(scratch.path()));
  if (chmod(scratch.path().c_str(), 0700) != 0) return DiskError(scratch.path(), "protect");
  ASSIGN(std::vector<BackedUp> all, BackupReader(from, scratch.path()).Run());
  if (Exists(data) && rmdir(data.c_str()) != 0) return DiskError(data, "replace");
  if (rename(scratch.path().c_str(), data.c_str()) != 0) return DiskError(data, "make");
  return all;
}

}  // namespace boathouse::app
