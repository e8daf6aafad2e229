#include "app/opened_workspace.h"

#include <algorithm>

#include "app/workspaces.h"

namespace boathouse::app {

Result<OpenedWorkspace> OpenWorkspace(const Arguments& arguments) {
  const std::string path = arguments.Get("data");
  if (!DataDir::HoldsWorkspace(path)) {
    return Error(ErrorKind::kNotFound,
                 path + " holds no workspace; start it once with boathouse serve");
  }
  OpenedWorkspace opened;
  ASSIGN(opened.lock, DataDir::Open(path));
  const std::string name = arguments.Get("workspace", main_workspace);
  if (name == main_workspace) {
    opened.dir = std::move(opened.lock);
  } else {
    ASSIGN(opened.dir, OpenWorkspaceFolder(path, name));
  }
  ASSIGN(opened.workspace, Workspace::Open(*opened.dir));
  return opened;
}

std::string OneCell(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < ' '; }, ' ');
  return text.empty() ? "-" : text;
}

}  // namespace boathouse::app
