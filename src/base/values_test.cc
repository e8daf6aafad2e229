// Ids, times, decimals, encodings: the small values everything else is made of.
#include <doctest/doctest.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>

#include "base/bytes.h"
#include "base/cancellation.h"
#include "base/clock.h"
#include "base/decimal.h"
#include "base/id.h"
#include "base/thread_pool.h"

namespace boathouse {
namespace {

TEST_CASE("decimals parse exactly or not at all") {
  const auto text = [](const std::string& input) {
    const auto value = Decimal::Parse(input);
    return value ? value->ToString() : std::string("none");
  };
  CHECK(text("4821") == "4821.00");
  CHECK(text("-3.5001") == "-3.5001");
  CHECK(text("0.125") == "0.125");
  CHECK(text("1100.040000000") == "1100.04");
  CHECK(text("1e3") == "1000.00");
  CHECK(text("12.5E-3") == "0.0125");
  CHECK(text("99999999999999.9999") == "99999999999999.9999");
  CHECK(text("-0") == "0.00");
  CHECK(text("0e999") == "0.00");
  CHECK(text(".5") == "0.50");
  for (const std::string wrong : {"", "-", ".", "1.", "1.00001", "100000000000000", "1e15", "1e",
                                  "0x1", "1,000", "NaN", " 1", "1e9999", "1e-9999"}) {
    CAPTURE(wrong);
    CHECK(text(wrong) == "none");
  }
}

TEST_CASE("dates that do not exist are refused") {
  CHECK(FormatDate(*ParseDate("2024-02-29")) == "2024-02-29");
  CHECK(FormatDate(*ParseDate("0001-01-01")) == "0001-01-01");
  CHECK(ParseDate("1970-01-01") == 0);
  for (const std::string wrong : {"2023-02-29", "2024-13-01", "2024-00-10", "2024-04-31",
                                  "0000-01-01", "24-01-01", "2024-1-1", "2024-01-01x", ""}) {
    CAPTURE(wrong);
    CHECK_FALSE(ParseDate(wrong).has_value());
  }
}

TEST_CASE("every day between 1600 and 2400 survives a round trip") {
  for (int32_t day = *MakeDate(1600, 1, 1); day < *MakeDate(2400, 1, 1); ++day) {
    REQUIRE(ParseDate(FormatDate(day)) == day);
  }
}

TEST_CASE("date-times are read with any offset and written in UTC") {
  const auto text = [](const std::string& input) {
    const auto value = ParseDateTime(input);
    return value ? FormatDateTime(*value) : std::string("none");
  };
  CHECK(text("2026-11-24T10:00:00Z") == "2026-11-24T10:00:00.000000Z");
  CHECK(text("2026-11-24T10:00:00.1234567+02:00") == "2026-11-24T08:00:00.123456Z");
  CHECK(text("1969-12-31 23:59:59.999999-00:30") == "1970-01-01T00:29:59.999999Z");
  CHECK(FormatDateTime(-1) == "1969-12-31T23:59:59.999999Z");
  for (const std::string wrong :
       {"2026-11-24", "2026-11-24T24:00:00Z", "2026-11-24T10:60:00Z", "2026-11-24T10:00:00",
        "2026-11-24T10:00:00.Z", "2026-02-30T10:00:00Z", "2026-11-24T10:00:00+2:00",
        "2026-11-24T10:00:00Zx"}) {
    CAPTURE(wrong);
    CHECK(text(wrong) == "none");
  }
}

TEST_CASE(
    "new ids are UUIDv7, strictly increasing, also when the clock stands still or steps back") {
  ManualClock clock(1'700'000'000'000'000);
  IdSource ids(clock, 7);
  Id last = ids.Next();
  for (int i = 0; i < 100'000; ++i) {
    if (i == 50'000) clock.Advance(-5'000'000);
    const Id next = ids.Next();
    REQUIRE(last < next);
    last = next;
  }
  const std::string text = last.ToString();
  CHECK(text[14] == '7');
  CHECK((text[19] == '8' || text[19] == '9' || text[19] == 'a' || text[19] == 'b'));
  CHECK(Id::Parse(text) == last);
}

TEST_CASE("ids are parsed in either case and in no other form") {
  const std::string text = "0190a5f2-1c3d-7abc-8def-0123456789ab";
  CHECK(Id::Parse("0190A5F2-1C3D-7ABC-8DEF-0123456789AB")->ToString() == text);
  for (const std::string wrong :
       {"", "0190a5f21c3d7abc8def0123456789ab", "x190a5f2-1c3d-7abc-8def-0123456789ab",
        "0190a5f2-1c3d-7abc-8def-0123456789ab ", "0190a5f2+1c3d-7abc-8def-0123456789ab"}) {
    CAPTURE(wrong);
    CHECK_FALSE(Id::Parse(wrong).has_value());
  }
}

TEST_CASE("encodings round-trip every byte and refuse what is not theirs") {
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  for (size_t length : {size_t{0}, size_t{1}, size_t{2}, size_t{3}, size_t{255}, size_t{256}}) {
    const std::string bytes = all.substr(0, length);
    CHECK(HexDecode(HexEncode(bytes)) == bytes);
    CHECK(Base64Decode(Base64Encode(bytes)) == bytes);
    CHECK(Base64UrlDecode(Base64UrlEncode(bytes)) == bytes);
    CHECK(UrlDecode(UrlEncode(bytes)) == bytes);
  }
  CHECK(Base64Encode("f") == "Zg==");
  CHECK(Base64UrlEncode("\xFF\xFE") == "__4");
  CHECK_FALSE(Base64UrlDecode("_/4").has_value());
  CHECK_FALSE(Base64UrlDecode("__5").has_value());  // stray bits
  CHECK_FALSE(Base64Decode("Zg=").has_value());
  CHECK_FALSE(HexDecode("abc").has_value());
  CHECK_FALSE(UrlDecode("%2").has_value());
  CHECK_FALSE(UrlDecode("%zz").has_value());
  CHECK(UrlDecode("a+b%20c", true) == "a b c");
}

TEST_CASE("digests match published vectors") {
  CHECK(HexEncode(Sha256("abc")) ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(HexEncode(HmacSha256("Jefe", "what do ya want for nothing?")) ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  CHECK(Crc32c("123456789") == 0xE3069283u);
  CHECK(Crc32c(std::string(32, '\0')) == 0x8A9136AAu);
  CHECK(Crc32c(std::string(32, '\xff')) == 0x62A8AB43u);
  CHECK(ConstantTimeEquals("same", "same"));
  CHECK_FALSE(ConstantTimeEquals("same", "sam"));
}

TEST_CASE("a pool runs every task it took, also at its end") {
  std::atomic<int> ran = 0;
  {
    ThreadPool pool(3, 1000);
    for (int i = 0; i < 500; ++i) REQUIRE(pool.Post([&] { ++ran; }));
  }
  CHECK(ran == 500);
}

TEST_CASE("a full pool refuses instead of growing") {
  std::mutex gate;
  gate.lock();
  ThreadPool pool(1, 2);
  int taken = 0;
  // One task may already be with the thread; the queue holds two more.
  for (int i = 0; i < 10; ++i) taken += pool.Post([&] { const std::lock_guard wait(gate); });
  CHECK(taken >= 2);
  CHECK(taken <= 3);
  gate.unlock();
}

TEST_CASE("every thread of a pool gets to work while others block") {
  constexpr int threads = 4;
  ThreadPool pool(threads, 100);
  for (int round = 0; round < 50; ++round) {
    // Each task waits until all of them run: a thread that is not woken would hang this test.
    std::mutex mutex;
    std::condition_variable changed;
    int running = 0;
    int done = 0;
    for (int i = 0; i < threads; ++i) {
      REQUIRE(pool.Post([&] {
        std::unique_lock lock(mutex);
        ++running;
        changed.notify_all();
        changed.wait(lock, [&] { return running == threads; });
        ++done;
        changed.notify_all();
      }));
    }
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return done == threads; });
    CHECK(done == threads);
  }
}

TEST_CASE("cancelling runs each callback once, and late ones at once") {
  const Cancellation cancellation;
  int calls = 0;
  cancellation.OnCancel([&] { ++calls; });
  CHECK_FALSE(cancellation.cancelled());
  cancellation.Cancel();
  cancellation.Cancel();
  CHECK(calls == 1);
  const Cancellation copy = cancellation;
  copy.OnCancel([&] { ++calls; });
  CHECK(calls == 2);
  CHECK(copy.cancelled());
}

}  // namespace
}  // namespace boathouse
