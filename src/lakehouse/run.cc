#include <arpa/inet.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <ctime>
#include <fstream>

#include "base/bytes.h"
#include "base/log.h"
#include "lakehouse/lakehouse.h"

namespace boathouse::lakehouse {
namespace {

constexpr long parent_check_ns = 500'000'000;

sigset_t EndSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

// Sleeps until one of `signals` comes or the parent has gone. A death signal of the kernel would come
// at the end of the parent's *thread*, so the parent is looked at instead.
void WaitForEnd(const sigset_t& signals, int parent_pid) {
  const timespec interval{0, parent_check_ns};
  // A shell between us and the parent makes us its grandchild: then only its id can be asked for.
  const bool is_child = getppid() == parent_pid;
  while (sigtimedwait(&signals, nullptr, &interval) < 0) {
    if (parent_pid == 0) continue;
    if (is_child ? getppid() != parent_pid : kill(parent_pid, 0) != 0) return;
  }
}

int Fail(const Error& error) {
  std::fprintf(stderr, "boathouse lakehouse: %s\n", error.message.c_str());
  return 1;
}

bool IsLoopback(const std::string& address) {
  if (address == "localhost") return true;
  in_addr v4{};
  if (inet_pton(AF_INET, address.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24) == 127;
  in6_addr v6{};
  return inet_pton(AF_INET6, address.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

}  // namespace

Result<std::string> ReadToken(const TokenChoice& choice) {
  if (choice.given.has_value()) return *choice.given;
  if (choice.file.empty()) return std::string(choice.environment ? choice.environment : "");
  std::ifstream file(choice.file);
  std::string line;
  std::getline(file, line);
  std::string token(TrimAscii(line));
  if (token.empty()) return Error(ErrorKind::kInvalid, "there is no token in " + choice.file);
  return token;
}

Status CheckExposure(std::string_view address, std::string_view token) {
  if (!token.empty() || IsLoopback(std::string(address))) return {};
  return Error(ErrorKind::kForbidden, "without a token everybody who reaches " +
                                          std::string(address) +
                                          " could read all tables: give one with --token-file or "
                                          "BOATHOUSE_LAKEHOUSE_TOKEN, or listen on 127.0.0.1");
}

int RunLakehouse(const RunOptions& options) {
  const Status exposure = CheckExposure(options.address, options.lakehouse.bearer_token);
  if (!exposure.ok()) return Fail(exposure.error());
  const sigset_t signals = EndSignals();
  // Blocked before any thread exists, so that all threads inherit it and sigtimedwait gets them.
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  Result<std::unique_ptr<Lakehouse>> lakehouse = Lakehouse::Open(options.lakehouse);
  if (!lakehouse.ok()) return Fail(lakehouse.error());
  http::Router router;
  (*lakehouse)->Mount(router);
  http::ServerOptions server_options;
  server_options.address = options.address;
  server_options.port = options.port;
  server_options.log_requests = false;
  Result<std::unique_ptr<http::Server>> server = http::Server::Start(server_options, router);
  if (!server.ok()) return Fail(server.error());
  std::printf("lakehouse ready at http://%s:%u/mcp\n", options.address.c_str(),
              static_cast<unsigned>((*server)->port()));
  std::fflush(stdout);
  WaitForEnd(signals, options.parent_pid);
  (*server)->Stop();
  Log(LogLevel::kInfo, "lakehouse_stopped");
  return 0;
}

}  // namespace boathouse::lakehouse
