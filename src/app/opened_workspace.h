#pragma once
// For verbs that work on a folder that no server has open: the workspace that --data and --workspace name,
// and how they print lists.

#include <memory>
#include <string>

#include "app/cli.h"
#include "app/data_dir.h"
#include "app/workspace.h"
#include "base/result.h"

namespace boathouse::app {

struct OpenedWorkspace {
  std::unique_ptr<DataDir> lock;  // of the whole folder, where `dir` is another workspace than main
  std::unique_ptr<DataDir> dir;
  std::unique_ptr<Workspace> workspace;
};
// kNotFound when there is none, kConflict when a server has it open.
Result<OpenedWorkspace> OpenWorkspace(const Arguments& arguments);

// Names may hold anything; a line of a list holds no line break or tab but its own.
std::string OneCell(std::string text);

}  // namespace boathouse::app
