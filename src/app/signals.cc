#include "app/signals.h"

#include <csignal>

namespace boathouse::app {
namespace {

sigset_t WaitedFor() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGCHLD);
  return signals;
}

}  // namespace

void BlockSignals() {
  const sigset_t signals = WaitedFor();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

Wake WaitForSignal() {
  const sigset_t signals = WaitedFor();
  int which = 0;
  while (sigwait(&signals, &which) != 0) {
  }
  return which == SIGCHLD ? Wake::kChildEnded : Wake::kEnd;
}

}  // namespace boathouse::app
