#include "http/body_pace.h"

#include <doctest/doctest.h>

namespace boathouse::http {
namespace {

using std::chrono::seconds;

constexpr BodyPace::Time begin{seconds(1000)};

// Whether a client that sends `bytes` every `every` keeps up until a body of `length` is whole.
bool Arrives(size_t bytes, seconds every, size_t length) {
  BodyPace pace(begin, seconds(30), 1000);
  BodyPace::Time now = begin;
  for (size_t sent = 0; sent < length; sent += bytes) {
    now += every;
    if (now >= pace.deadline()) return false;
    pace.Take(now, bytes);
  }
  return true;
}

}  // namespace

TEST_CASE("a body that keeps its pace may take as long as it needs") {
  CHECK(Arrives(1000, seconds(1), 1'000'000));
  CHECK(Arrives(25'000, seconds(25), 1'000'000));
}

TEST_CASE("a body that trickles is given up, however regularly it does") {
  CHECK_FALSE(Arrives(1, seconds(1), 1'000'000));
  CHECK_FALSE(Arrives(900, seconds(1), 1'000'000));
  CHECK_FALSE(Arrives(1'000'000, seconds(31), 1'000'000));
  CHECK(Arrives(1, seconds(1), 29));  // small enough to be whole within the patience
}

TEST_CASE("speed at the beginning buys no time for later") {
  BodyPace pace(begin, seconds(30), 1000);
  CHECK(pace.deadline() == begin + seconds(30));
  pace.Take(begin + seconds(1), 60'000'000);
  CHECK(pace.deadline() == begin + seconds(31));
  pace.Take(begin + seconds(21), 2000);
  CHECK(pace.deadline() == begin + seconds(33));
  pace.Take(begin + seconds(22), 0);
  CHECK(pace.deadline() == begin + seconds(33));
}

}  // namespace boathouse::http
