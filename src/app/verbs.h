#pragma once
// What the program can be told to do. Each verb takes its parsed arguments, prints for people on
// standard output, problems on standard error, and returns the exit code: 0 done, 1 it failed, 2 the
// command line was wrong.

#include <cstdint>
#include <vector>

#include "app/cli.h"
#include "base/result.h"

namespace boathouse::app {

inline constexpr int exit_failed = 1;
inline constexpr int exit_usage = 2;

int ServeVerb(const Arguments& arguments);
int DemoVerb(const Arguments& arguments);
int LakehouseVerb(const Arguments& arguments);
int ImportVerb(const Arguments& arguments);
int ExportVerb(const Arguments& arguments);
int WorkspaceCreateVerb(const Arguments& arguments);
int WorkspaceListVerb(const Arguments& arguments);
int WorkspaceRemoveVerb(const Arguments& arguments);
int BackupVerb(const Arguments& arguments);
int RestoreVerb(const Arguments& arguments);
int UserAddVerb(const Arguments& arguments);
int UserSetPasswordVerb(const Arguments& arguments);
int UserResetTotpVerb(const Arguments& arguments);
int TokenCreateVerb(const Arguments& arguments);
int TokenListVerb(const Arguments& arguments);
int TokenRevokeVerb(const Arguments& arguments);
int ShareCreateVerb(const Arguments& arguments);
int ShareListVerb(const Arguments& arguments);
int ShareDeleteVerb(const Arguments& arguments);
int SharePublishVerb(const Arguments& arguments);
int ShareTablesVerb(const Arguments& arguments);
int ShareWithdrawVerb(const Arguments& arguments);
int ShareGrantVerb(const Arguments& arguments);
int ShareTakeVerb(const Arguments& arguments);
int RecipientCreateVerb(const Arguments& arguments);
int RecipientRotateVerb(const Arguments& arguments);
int RecipientListVerb(const Arguments& arguments);
int RecipientKeysVerb(const Arguments& arguments);
int RecipientRevokeVerb(const Arguments& arguments);

// Prints the error with its field errors and returns exit_failed.
int Fail(const Error& error);

// The value of --port; the error says what a port is.
Result<uint16_t> PortOf(const Arguments& arguments, uint16_t fallback);

}  // namespace boathouse::app
