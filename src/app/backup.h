#pragma once
// Backups: everything of a data folder that cannot be made again, as one file. docs/workspaces.md is the
// manual. What is in it:
//   server.json, workspaces/NAME/workspace.json   secrets: who has the file has them
//   workspaces/NAME/records.sqlite                as it was at one moment
//   workspaces/NAME/files/...                     the attachments that it names
//   backup.json                                   last: what there is, with digests
// Published table files are not: they are cut anew from the records when somebody reads them.

#include <string>
#include <vector>

#include "base/result.h"

namespace boathouse::app {

struct BackedUp {
  std::string workspace;
  int64_t newest_change = 0;
  size_t files = 0;
};

// Writes the backup of the data folder to the new file `to`. A server may have the folder open and serve:
// each workspace is copied at a moment of its own. kConflict when `to` exists, kNotFound when the folder
// holds no workspace; then, and on any other failure, there is no file `to`.
Result<std::vector<BackedUp>> MakeBackup(const std::string& data, const std::string& to);

// Makes the data folder from a backup. kConflict when the folder exists and is not empty, kCorrupt when the
// file is not as it was written; then there is no such folder.
Result<std::vector<BackedUp>> RestoreBackup(const std::string& from, const std::string& data);

}  // namespace boathouse::app
