#pragma once
// Lines of versions that were answered lately. A version never changes, so what stands here is never
// stale: which version an answer is of is decided before, each time. Safe to use from many threads.

#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "surfaces/delta_sharing/lines.h"

namespace boathouse::delta_sharing {

inline constexpr size_t answers_kept_max = 256;
inline constexpr size_t bodies_kept_max =
    4;  // of one version: for readers that ask again and again

// A version as one kind of client reads it.
class RenderedVersion {
 public:
  std::string head;  // protocol and metaData
  std::vector<FileLine> files;

  // Body bytes for a reader whose URLs hold until `expires_at`, made by `make` unless a reader of the same
  // key was answered the same second.
  std::shared_ptr<const std::string> Body(std::string_view reader, Micros expires_at,
                                          const std::function<std::string()>& make) const;

 private:
  struct Kept {
    std::string reader;
    Micros expires_at = 0;
    std::shared_ptr<const std::string> body;
  };
  mutable std::mutex mutex_;
  mutable std::vector<Kept> kept_;
  mutable size_t next_ = 0;
};

class AnswerCache {
 public:
  using Rendered = std::shared_ptr<const RenderedVersion>;

  // The version of that key; `make` is called, perhaps by several at once, when it is not there.
  Rendered Get(const std::string& key, const std::function<Rendered()>& make);
  size_t size() const;

 private:
  struct Entry {
    std::string key;
    Rendered rendered;
  };
  mutable std::mutex mutex_;
  std::list<Entry> entries_;  // the last used first
  std::unordered_map<std::string_view, std::list<Entry>::iterator> by_key_;
};

}  // namespace boathouse::delta_sharing
