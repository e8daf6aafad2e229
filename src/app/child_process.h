#pragma once
// A second process of this same program, started by it and ended with it. Belongs to one thread.

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"

namespace boathouse::app {

class ChildProcess {
 public:
  // Runs this program with `arguments` and waits, at most `ready_timeout_ms`, for the first line of
  // its standard output. kUnavailable when it ends or keeps silent; it is then ended.
  static Result<std::unique_ptr<ChildProcess>> Start(const std::vector<std::string>& arguments,
                                                     int ready_timeout_ms);
  // Asks it to end, and ends it by force after five seconds.
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  pid_t pid() const { return pid_; }
  const std::string& first_line() const { return first_line_; }
  // True from when the process has ended by itself; never waits.
  bool Ended();

 private:
  ChildProcess(pid_t pid, int output) : pid_(pid), output_(output) {}
  Status WaitForLine(int timeout_ms);

  pid_t pid_;
  int output_;  // stays open, so that the child never writes into a closed pipe
  bool ended_ = false;
  std::string first_line_;
};

}  // namespace boathouse::app
