#pragma once
// Moves what the write-ahead log holds into the database file. Most of it is done on a thread of its own
// with a connection of its own, so that writers do not wait for it; the short rest, which alone lets the log
// begin anew, is done by the writer between two commits. No commit depends on it: each is in the log, on
// disk, before it is acknowledged.

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "store/sqlite/connection.h"

namespace boathouse::store::sqlite {

// Of 4 KiB. A long log spares work, as a page that is written often is moved once; a short one is quickly
// read again after a crash.
inline constexpr int log_pages_wanted = 32'768;

class Checkpointer {
 public:
  // `writer` must outlive it. `rest` is called on its thread every few seconds, for what else nobody should
  // wait for. The log is moved when it has so many `pages`.
  static Result<std::unique_ptr<Checkpointer>> Start(const std::string& path, Connection& writer,
                                                     std::function<void()> rest,
                                                     int pages = log_pages_wanted);
  ~Checkpointer();
  Checkpointer(const Checkpointer&) = delete;
  Checkpointer& operator=(const Checkpointer&) = delete;

  // After a commit, on the writer's thread.
  void AfterCommit();

 private:
  enum class State { kIdle, kAsked, kDone };

  Checkpointer(std::unique_ptr<Connection> connection, Connection& writer,
               std::function<void()> rest, int pages)
      : connection_(std::move(connection)),
        writer_(writer),
        rest_(std::move(rest)),
        pages_(pages),
        pages_wanted_(pages) {}
  void BeginAnew();
  void Loop();

  const std::unique_ptr<Connection> connection_;  // used by thread_ only
  Connection& writer_;
  const std::function<void()> rest_;
  // Used on the writer's thread only.
  const int pages_;
  int pages_wanted_;      // of the log, for the next round
  int pages_before_ = 0;  // after the last commit
  int rounds_ = 0;        // since the log grew long
  bool is_under_way_ = false;

  std::mutex mutex_;
  std::condition_variable changed_;
  State state_ = State::kIdle;
  int moved_ = 0;  // pages of the log, by the last round of the thread
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace boathouse::store::sqlite
