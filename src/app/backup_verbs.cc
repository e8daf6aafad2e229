// The verbs about whole data folders: backup and restore.

#include <cstdio>
#include <string>
#include <vector>

#include "app/backup.h"
#include "app/verbs.h"

namespace boathouse::app {
namespace {

void Tell(const char* what, const std::vector<BackedUp>& all) {
  for (const BackedUp& one : all) {
    std::printf("%s %s\tnewest change %lld\t%zu files\n", what, one.workspace.c_str(),
                static_cast<long long>(one.newest_change), one.files);
  }
}

}  // namespace

int BackupVerb(const Arguments& arguments) {
  const Result<std::vector<BackedUp>> done = MakeBackup(arguments.Get("data"), arguments.Get("to"));
  if (!done.ok()) return Fail(done.error());
  Tell("backed up", *done);
  return 0;
}

int RestoreVerb(const Arguments& arguments) {
  const Result<std::vector<BackedUp>> done =
      RestoreBackup(arguments.Get("from"), arguments.Get("data"));
  if (!done.ok()) return Fail(done.error());
  Tell("restored", *done);
  return 0;
}

}  // namespace boathouse::app
