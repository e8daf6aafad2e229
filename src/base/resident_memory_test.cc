#include "base/resident_memory.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "base/json.h"

namespace boathouse {
namespace {

int64_t ResidentPages() {
  std::ifstream statm("/proc/self/statm");
  int64_t all = 0;
  int64_t resident = 0;
  statm >> all >> resident;
  return resident;
}

TEST_CASE("what was freed is given back, and the program goes on") {
  {
    std::vector<std::string> small;  // below the size that the allocator maps by itself
    for (int i = 0; i < 200'000; ++i) small.emplace_back(300, 'x');
  }
  const int64_t before = ResidentPages();
  ReleaseIdleMemory();
  CHECK(ResidentPages() < before);
  CHECK(Json::Parse(R"({"a": [1, 2]})")->operator[]("a").items().size() == 2);
}

TEST_CASE("it may happen while others work") {
  std::atomic<bool> stop{false};
  std::atomic<int> wrong{0};
  std::vector<std::thread> workers;
  for (int i = 0; i < 2; ++i) {
    workers.emplace_back([&] {
      while (!stop) {
        if (Json::Parse(R"({"n": 7})").value()["n"].AsInt() != 7) ++wrong;
      }
    });
  }
  for (int i = 0; i < 50; ++i) ReleaseIdleMemory();
  stop = true;
  for (std::thread& worker : workers) worker.join();
  CHECK(wrong == 0);
}

}  // namespace
}  // namespace boathouse
