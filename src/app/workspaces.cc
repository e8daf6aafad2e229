#include "app/workspaces.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "app/files.h"
#include "app/workspace.h"

namespace boathouse::app {
namespace {

std::string FolderOf(const std::string& data, const std::string& name) {
  return data + "/workspaces/" + name;
}

Status CheckName(const std::string& name) {
  if (IsWorkspaceName(name)) return {};
  return Error(ErrorKind::kInvalid,
               "a workspace's name has 1 to " + std::to_string(workspace_name_chars_max) +
                   " lower-case letters, digits and hyphens and begins with a letter");
}

Status CheckIsNotMain(const std::string& name, std::string_view doing) {
  if (name != main_workspace) return {};
  return Error(ErrorKind::kConflict,
               "the workspace main comes with the folder and cannot be " + std::string(doing));
}

Error NoSuchWorkspace(const std::string& data, const std::string& name) {
  return Error(ErrorKind::kNotFound, data + " holds no workspace " + name);
}

}  // namespace

bool IsWorkspaceName(std::string_view name) {
  const auto is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
  return !name.empty() && name.size() <= workspace_name_chars_max && is_letter(name[0]) &&
         std::all_of(name.begin(), name.end(),
                     [&](char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '-'; });
}

std::vector<std::string> ListWorkspaces(const std::string& data) {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(data + "/workspaces", error)) {
    const std::string name = entry.path().filename().string();
    if (IsWorkspaceName(name) && Exists(entry.path().string() + "/records.sqlite")) {
      names.push_back(name);
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

Result<std::unique_ptr<DataDir>> OpenWorkspaceFolder(const std::string& data,
                                                     const std::string& name) {
  TRY(CheckName(name));
  if (!Exists(FolderOf(data, name) + "/records.sqlite")) return NoSuchWorkspace(data, name);
  return DataDir::OfWorkspace(data, name);
}

Result<std::string> CreateWorkspace(const std::string& data, const std::string& name) {
  TRY(CheckName(name));
  TRY(CheckIsNotMain(name, "made"));
  if (!Exists(data + "/server.json")) {
    return Error(ErrorKind::kNotFound,
                 data + " is no data folder; start it once with boathouse serve");
  }
  const std::string folder = FolderOf(data, name);
  if (Exists(folder)) {
    return Error(ErrorKind::kConflict, data + " has a workspace " + name + " already");
  }
  // Under a name that no server looks at, until it is whole.
  const std::string draft = ".new-" + name + "-" + std::to_string(getpid());
  Result<std::string> token = [&]() -> Result<std::string> {
    ASSIGN(const std::unique_ptr<DataDir> dir, DataDir::OfWorkspace(data, draft));
    ASSIGN(const std::unique_ptr<Workspace> workspace, Workspace::Open(*dir));
    return workspace->auth->IssueSetupToken();
  }();
  if (token.ok() && rename(FolderOf(data, draft).c_str(), folder.c_str()) != 0) {
    token =
        errno == ENOTEMPTY || errno == EEXIST
            ? Error(ErrorKind::kConflict, data + " has a workspace " + name + " already")
            : Error(ErrorKind::kUnavailable, "cannot make " + folder + ": " + std::strerror(errno));
  }
  if (!token.ok()) {
    [[maybe_unused]] const Status removed = RemoveFolder(FolderOf(data, draft));
  }
  return token;
}

Result<std::string> RemoveWorkspace(const std::string& data, const std::string& name) {
  TRY(CheckName(name));
  TRY(CheckIsNotMain(name, "removed"));
  const std::string folder = FolderOf(data, name);
  if (!Exists(folder)) return NoSuchWorkspace(data, name);
  for (int attempt = 1;; ++attempt) {
    const std::string aside =
        FolderOf(data, ".removed-" + name + (attempt > 1 ? "-" + std::to_string(attempt) : ""));
    if (Exists(aside)) continue;
    if (rename(folder.c_str(), aside.c_str()) == 0) return aside;
    return Error(ErrorKind::kUnavailable,
                 "cannot move " + folder + " aside: " + std::strerror(errno));
  }
}

}  // namespace boathouse::app
