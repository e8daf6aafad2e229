#pragma once
// The workspaces of a data folder: made, listed and moved aside while a server may have the folder open,
// which notices (see sites.h). docs/workspaces.md is the manual.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "app/data_dir.h"
#include "base/result.h"

namespace boathouse::app {

// The workspace at the root of the server. It comes with the folder.
inline constexpr const char* main_workspace = "main";
inline constexpr size_t workspace_name_chars_max = 40;

// 1 to 40 lower-case letters, digits and hyphens, beginning with a letter.
bool IsWorkspaceName(std::string_view name);

// Names of the workspaces there are, sorted.
std::vector<std::string> ListWorkspaces(const std::string& data);

// Its paths and secrets. kNotFound when there is no such workspace.
Result<std::unique_ptr<DataDir>> OpenWorkspaceFolder(const std::string& data,
                                                     const std::string& name);

// Makes a workspace, whole or not at all. Returns the token of its set-up link. kConflict when there is
// one of that name.
Result<std::string> CreateWorkspace(const std::string& data, const std::string& name);

// Moves the workspace's folder aside. Returns where it is now.
Result<std::string> RemoveWorkspace(const std::string& data, const std::string& name);

}  // namespace boathouse::app
