#pragma once
// The few file operations the program itself needs. Errors are kUnavailable and name the path.

#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"

namespace boathouse::app {

// The whole file; kNotFound when there is none.
Result<std::string> ReadFile(const std::string& path);

// Replaces the file in one step: a reader sees the old or the new content, also after a crash. The
// file can be read by its owner only (mode 0600).
Status WritePrivateFile(const std::string& path, std::string_view text);

// Reads and writes one JSON document; kCorrupt when the file is no JSON object.
Result<Json> ReadJsonFile(const std::string& path);
Status WriteJsonFile(const std::string& path, const Json& json);

// Makes the folder and those above it.
Status MakeFolder(const std::string& path);
Status RemoveFolder(const std::string& path);
bool Exists(const std::string& path);

}  // namespace boathouse::app
