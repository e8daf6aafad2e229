#include "app/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

namespace boathouse::app {
namespace {

constexpr mode_t private_file_mode = 0600;
constexpr size_t read_piece_bytes = 1u << 16;

Error Failed(const std::string& what, const std::string& path) {
  return Error(errno == ENOENT ? ErrorKind::kNotFound : ErrorKind::kUnavailable,
               "cannot " + what + " " + path + ": " + std::strerror(errno));
}

// Closes a descriptor at the end of a scope.
struct Descriptor {
  int fd;
  explicit Descriptor(int value) : fd(value) {}
  ~Descriptor() {
    if (fd >= 0) close(fd);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
};

Status WriteAll(int fd, std::string_view text, const std::string& path) {
  while (!text.empty()) {
    const ssize_t written = write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return Failed("write", path);
    text.remove_prefix(static_cast<size_t>(written));
  }
  if (fsync(fd) != 0) return Failed("write", path);
  return {};
}

}  // namespace

Result<std::string> ReadFile(const std::string& path) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.fd < 0) return Failed("open", path);
  std::string text;
  for (;;) {
    const size_t size = text.size();
    text.resize(size + read_piece_bytes);
    const ssize_t count = read(file.fd, text.data() + size, read_piece_bytes);
    if (count < 0 && errno != EINTR) return Failed("read", path);
    text.resize(size + static_cast<size_t>(count < 0 ? 0 : count));
    if (count == 0) return text;
  }
}

Status WritePrivateFile(const std::string& path, std::string_view text) {
  const std::string fresh = path + ".new";
  {
    const Descriptor file(
        open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, private_file_mode));
    if (file.fd < 0) return Failed("create", fresh);
    TRY(WriteAll(file.fd, text, fresh));
  }
  if (rename(fresh.c_str(), path.c_str()) != 0) return Failed("replace", path);
  // The rename itself is durable only once the folder is.
  const std::string folder = std::filesystem::path(path).parent_path().string();
  const Descriptor directory(open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_CLOEXEC));
  if (directory.fd >= 0 && fsync(directory.fd) != 0) return Failed("write", folder);
  return {};
}

Result<Json> ReadJsonFile(const std::string& path) {
  ASSIGN(const std::string text, ReadFile(path));
  Result<Json> json = Json::Parse(text);
  if (!json.ok()) return Error(ErrorKind::kCorrupt, path + ": " + json.error().message);
  if (!json->is_object()) return Error(ErrorKind::kCorrupt, path + " holds no JSON object");
  return json;
}

Status WriteJsonFile(const std::string& path, const Json& json) {
  return WritePrivateFile(path, json.Dump(2) + "\n");
}

Status MakeFolder(const std::string& path) {
  std::error_code failure;
  std::filesystem::create_directories(path, failure);
  if (!failure) return {};
  return Error(ErrorKind::kUnavailable,
               "cannot make the folder " + path + ": " + failure.message());
}

Status RemoveFolder(const std::string& path) {
  std::error_code failure;
  std::filesystem::remove_all(path, failure);
  if (!failure) return {};
  return Error(ErrorKind::kUnavailable, "cannot remove " + path + ": " + failure.message());
}

bool Exists(const std::string& path) {
  std::error_code failure;
  return std::filesystem::exists(path, failure);
}

}  // namespace boathouse::app
