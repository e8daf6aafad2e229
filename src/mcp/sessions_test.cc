#include "mcp/sessions.h"

#include <doctest/doctest.h>

#include <algorithm>

namespace boathouse::mcp {
namespace {

constexpr Micros second = 1'000'000;

TEST_CASE("a session is found by its id and its owner alone") {
  ManualClock clock(0);
  Sessions sessions(10, 60 * second, clock);
  const std::string id = sessions.Create("2025-11-25", "alice");
  CHECK(id.size() >= 32);
  CHECK(std::all_of(id.begin(), id.end(), [](char c) { return c >= 0x21 && c <= 0x7e; }));
  CHECK(id != sessions.Create("2025-11-25", "alice"));
  REQUIRE(sessions.Use(id, "alice") != nullptr);
  CHECK(sessions.Use(id, "alice")->version() == "2025-11-25");
  CHECK(sessions.Use(id, "bob") == nullptr);
  CHECK(sessions.Use("", "alice") == nullptr);
  CHECK_FALSE(sessions.End(id, "bob"));
  CHECK(sessions.End(id, "alice"));
  CHECK_FALSE(sessions.End(id, "alice"));
  CHECK(sessions.Use(id, "alice") == nullptr);
}

TEST_CASE("a session ends when it is idle for too long") {
  ManualClock clock(0);
  Sessions sessions(10, 60 * second, clock);
  const std::string id = sessions.Create("2025-11-25", "");
  clock.Advance(60 * second);
  CHECK(sessions.Use(id, "") != nullptr);  // used: the time begins anew
  clock.Advance(60 * second);
  CHECK(sessions.Use(id, "") != nullptr);
  clock.Advance(60 * second + 1);
  CHECK(sessions.Use(id, "") == nullptr);
  CHECK(sessions.size() == 0);
}

TEST_CASE("beyond the limit the session idle for longest ends") {
  ManualClock clock(0);
  Sessions sessions(2, 60 * second, clock);
  const std::string a = sessions.Create("v", "");
  const std::string b = sessions.Create("v", "");
  REQUIRE(sessions.Use(a, "") != nullptr);  // now b is the older one
  Cancellation call;
  sessions.Use(b, "")->Begin(1, call);
  REQUIRE(sessions.Use(a, "") != nullptr);
  const std::string c = sessions.Create("v", "");
  CHECK(sessions.size() == 2);
  CHECK(sessions.Use(a, "") != nullptr);
  CHECK(sessions.Use(b, "") == nullptr);
  CHECK(sessions.Use(c, "") != nullptr);
  CHECK(call.cancelled());
}

TEST_CASE("calls are cancelled by their id, and all with the session") {
  ManualClock clock(0);
  Sessions sessions(2, 60 * second, clock);
  const std::string id = sessions.Create("v", "");
  const auto session = sessions.Use(id, "");
  const Cancellation one, text_one, two;
  session->Begin(1, one);
  session->Begin("1", text_one);
  session->Begin(2, two);
  session->Cancel(9);
  session->Cancel("1");
  CHECK_FALSE(one.cancelled());
  CHECK(text_one.cancelled());
  session->Finish(1);
  session->Cancel(1);
  CHECK_FALSE(one.cancelled());
  CHECK(sessions.End(id, ""));
  CHECK(two.cancelled());
  CHECK_FALSE(one.cancelled());
}

}  // namespace
}  // namespace boathouse::mcp
