#include "app/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>

#include "base/clock.h"

namespace boathouse::app {
namespace {

constexpr int end_wait_ms = 5000;
constexpr int end_check_ms = 20;

Error Failed(const char* what) {
  return Error(ErrorKind::kUnavailable,
               std::string("cannot ") + what + ": " + std::strerror(errno));
}

// Only what is safe between fork and exec of a program that may have threads.
[[noreturn]] void Become(char* const* arguments, int output) {
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  dup2(output, STDOUT_FILENO);
  execv("/proc/self/exe", arguments);
  _exit(127);
}

}  // namespace

Result<std::unique_ptr<ChildProcess>> ChildProcess::Start(const std::vector<std::string>& arguments,
                                                          int ready_timeout_ms) {
  std::vector<std::string> words = {"boathouse"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);

  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return Failed("make a pipe");
  const pid_t pid = fork();
  if (pid < 0) {
    close(ends[0]);
    close(ends[1]);
    return Failed("start a process");
  }
  if (pid == 0) Become(pointers.data(), ends[1]);
  close(ends[1]);
  std::unique_ptr<ChildProcess> child(new ChildProcess(pid, ends[0]));
  TRY(child->WaitForLine(ready_timeout_ms));
  return child;
}

Status ChildProcess::WaitForLine(int timeout_ms) {
  const int64_t deadline = MonotonicMicros() + int64_t{timeout_ms} * 1000;
  for (;;) {
    const int64_t left_ms = (deadline - MonotonicMicros()) / 1000;
    pollfd wait{output_, POLLIN, 0};
    if (left_ms <= 0 || poll(&wait, 1, static_cast<int>(left_ms)) == 0) {
      return Error(ErrorKind::kUnavailable, "the process did not get ready within " +
                                                std::to_string(timeout_ms / 1000) + " seconds");
    }
    char byte = 0;
    const ssize_t count = read(output_, &byte, 1);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      return Error(ErrorKind::kUnavailable,
                   "the process ended before it was ready; it has said why");
    }
    if (byte == '\n') return {};
    first_line_.push_back(byte);
  }
}

bool ChildProcess::Ended() {
  if (!ended_) ended_ = waitpid(pid_, nullptr, WNOHANG) != 0;
  return ended_;
}

ChildProcess::~ChildProcess() {
  if (!Ended()) kill(pid_, SIGTERM);
  for (int waited = 0; !Ended() && waited < end_wait_ms; waited += end_check_ms) {
    const timespec pause{0, end_check_ms * 1'000'000L};
    nanosleep(&pause, nullptr);
  }
  if (!ended_) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  close(output_);
}

}  // namespace boathouse::app
