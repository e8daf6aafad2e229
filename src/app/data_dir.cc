#include "app/data_dir.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "app/files.h"
#include "base/bytes.h"

namespace boathouse::app {
namespace {

constexpr size_t secret_bytes = 32;
constexpr const char* records_below = "/workspaces/main/records.sqlite";

Result<std::string> SecretIn(const Json& json, const char* name, const std::string& path) {
  std::optional<std::string> secret = Base64Decode(json[name].AsString());
  if (secret && secret->size() >= secret_bytes) return std::move(*secret);
  return Error(ErrorKind::kCorrupt,
               path + " has no good \"" + name +
                   "\"; restore the file, or remove it to have new secrets made");
}

}  // namespace

Result<std::unique_ptr<DataDir>> DataDir::Open(const std::string& given) {
  // Profiles and state files name paths below it to programs that run elsewhere.
  const std::string path = std::filesystem::absolute(given).lexically_normal().string();
  const bool fresh = !Exists(path);
  TRY(MakeFolder(path));
  // Records and secrets are the owner's; a folder that was there keeps the rights it was given.
  if (fresh && chmod(path.c_str(), 0700) != 0) {
    return Error(ErrorKind::kUnavailable, "cannot protect " + path + ": " + std::strerror(errno));
  }
  const std::string lock_path = path + "/lock";
  const int lock = open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock < 0) {
    return Error(ErrorKind::kUnavailable, "cannot open " + lock_path + ": " + std::strerror(errno));
  }
  if (flock(lock, LOCK_EX | LOCK_NB) != 0) {
    char holder[32] = {};
    const ssize_t count = pread(lock, holder, sizeof holder - 1, 0);
    close(lock);
    const std::string_view pid = count > 0 ? TrimAscii(holder) : std::string_view();
    return Error(ErrorKind::kConflict, path + " is in use by another boathouse process" +
                                           (pid.empty() ? "" : " (pid " + std::string(pid) + ")") +
                                           "; stop it first or choose another --data folder");
  }
  std::unique_ptr<DataDir> dir(new DataDir(path, lock));
  const std::string pid = std::to_string(getpid()) + "\n";
  if (ftruncate(lock, 0) != 0 || pwrite(lock, pid.data(), pid.size(), 0) < 0) {
    return Error(ErrorKind::kUnavailable,
                 "cannot write " + lock_path + ": " + std::strerror(errno));
  }
  TRY(MakeFolder(dir->tables_path()));
  TRY(dir->LoadSecrets(path + "/server.json"));
  return dir;
}

Result<std::unique_ptr<DataDir>> DataDir::OfWorkspace(const std::string& given,
                                                      const std::string& workspace) {
  const std::string path = std::filesystem::absolute(given).lexically_normal().string();
  std::unique_ptr<DataDir> dir(new DataDir(path, -1));
  dir->workspace_ = workspace;
  TRY(MakeFolder(dir->tables_path()));
  TRY(dir->LoadSecrets(dir->workspace_path() + "/workspace.json"));
  return dir;
}

DataDir::~DataDir() {
  if (lock_ >= 0) close(lock_);
}

std::string DataDir::workspace_path() const { return path_ + "/workspaces/" + workspace_; }

std::string DataDir::records_path() const { return workspace_path() + "/records.sqlite"; }

bool DataDir::HasWorkspace() const { return Exists(records_path()); }

bool DataDir::HoldsWorkspace(const std::string& path) { return Exists(path + records_below); }

Status DataDir::LoadSecrets(const std::string& path) {
  if (!Exists(path)) {
    TRY(WriteJsonFile(path, Json::Object({
                                {"page_token_secret", Base64Encode(RandomBytes(secret_bytes))},
                                {"url_signing_key", Base64Encode(RandomBytes(secret_bytes))},
                                {"sealing_key", Base64Encode(RandomBytes(secret_bytes))},
                            })));
  }
  ASSIGN(Json json, ReadJsonFile(path));
  ASSIGN(page_token_secret_, SecretIn(json, "page_token_secret", path));
  ASSIGN(url_signing_key_, SecretIn(json, "url_signing_key", path));
  // A folder from before there was anything to seal.
  if (json.Find("sealing_key") == nullptr) {
    json.Set("sealing_key", Base64Encode(RandomBytes(secret_bytes)));
    TRY(WriteJsonFile(path, json));
  }
  ASSIGN(sealing_key_, SecretIn(json, "sealing_key", path));
  return {};
}

}  // namespace boathouse::app
