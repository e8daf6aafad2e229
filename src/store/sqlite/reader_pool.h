#pragma once
// Connections that read, lent to one snapshot at a time. Those that nobody wanted for a while are closed:
// each holds pages in memory, and maps what it read of the file. Safe to use from many threads.

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "store/sqlite/connection.h"

namespace boathouse::store::sqlite {

// How much of the file a connection that reads maps.
inline constexpr const char* reader_mapping = "PRAGMA mmap_size = 4294967296;";

class ReaderPool {
 public:
  ReaderPool(std::string path, size_t readers_max) : path_(std::move(path)), free_(readers_max) {}

  // Waits when all are lent. kExhausted when none comes back for long.
  Result<std::unique_ptr<Connection>> Take();
  // Null for one that is not fit to be lent again.
  void GiveBack(std::unique_ptr<Connection> connection);
  // Closes those that were not lent since `monotonic`.
  void CloseIdleSince(Micros monotonic);

 private:
  struct Idle {
    std::unique_ptr<Connection> connection;
    Micros since;
  };

  Result<std::unique_ptr<Connection>> Open() const;

  const std::string path_;
  std::mutex mutex_;
  std::condition_variable available_;
  size_t free_;
  std::vector<Idle> idle_;  // the one given back last is lent first, so the oldest stand in front
};

}  // namespace boathouse::store::sqlite
