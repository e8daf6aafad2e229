#pragma once
// Rendered files by key, the least recently used of them dropped when they hold too many bytes. Any thread.

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace boathouse::iceberg {

class ByteCache {
 public:
  using Bytes = std::shared_ptr<const std::string>;

  explicit ByteCache(size_t bytes_max) : bytes_max_(bytes_max) {}
  Bytes Find(const std::string& key);  // nullptr when it is not there
  // Keeps what stands there already, if anything does, and gives that back.
  Bytes Put(const std::string& key, std::string bytes);

 private:
  struct Entry {
    std::string key;
    Bytes bytes;
  };
  const size_t bytes_max_;
  std::mutex mutex_;
  std::list<Entry> entries_;  // the most recently used first
  std::unordered_map<std::string_view, std::list<Entry>::iterator> places_;
  size_t bytes_ = 0;
};

}  // namespace boathouse::iceberg
