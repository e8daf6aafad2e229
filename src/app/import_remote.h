#pragma once
// The verb import through a running server, and what it shares with the import into a folder.

#include <cstdio>
#include <string>

#include "app/cli.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "base/result.h"

namespace boathouse::app {

// The value of --file (or --csv, as it was called first); "" when there is none.
std::string ImportFileOf(const Arguments& arguments);
// The value of --resume; kInvalid when it is no id.
Result<Id> ImportIdOf(const Arguments& arguments);

// Tells on standard error how far an import is: on one line of a terminal, else now and then.
class ImportProgress {
 public:
  void Show(const Json& import);  // as REST tells it
  void End();

 private:
  bool is_open_ = false;  // the line of the terminal
  Micros shown_at_ = 0;
};

// One request for each file, in order. `several`: the mapping names its files. The answer is
// {"files": [report]}.
Result<Json> ImportThroughServer(const Arguments& arguments, bool* several);

// {url}/api/v1{path}, and the header that identifies the caller; kInvalid when there is no token.
struct ServerAddress {
  std::string base;
  std::string authorization;
};
Result<ServerAddress> ServerOf(const Arguments& arguments);
// What a problem document says.
Error ProblemOf(int status, const std::string& body);

}  // namespace boathouse::app
