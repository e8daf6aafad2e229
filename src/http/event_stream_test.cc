#include <doctest/doctest.h>

#include <atomic>
#include <stdexcept>

#include "http/http.h"
#include "http/raw_socket_for_test.h"

namespace boathouse::http {
namespace {

std::string ReadAll(BodySource* source) {
  std::string all;
  std::string piece;
  for (;;) {
    const Result<bool> more = source->Next(&piece);
    REQUIRE(more.ok());
    if (!*more) return all;
    all += piece;
  }
}

}  // namespace

TEST_CASE("events are written as the specification spells them") {
  const Cancellation cancellation;
  Response response = EventStream(
      [](EventWriter& writer) {
        CHECK(writer.Write("", "plain"));
        CHECK(writer.Write("tick", "a\nb\r\nc\rd\n", "7"));
        CHECK(writer.Comment("one\ntwo"));
        CHECK(writer.Write("bad\nname", "", "x\r\ny"));
      },
      cancellation);
  CHECK(response.status == 200);
  CHECK(response.headers.Get("content-type") == "text/event-stream");
  CHECK(response.headers.Get("x-accel-buffering") == "no");
  CHECK_FALSE(response.stream->length());
  CHECK(ReadAll(response.stream.get()) ==
        "data: plain\n\n"
        "event: tick\nid: 7\ndata: a\ndata: b\ndata: c\ndata: d\ndata: \n\n"
        ": one\n: two\n\n"
        "event: bad name\nid: x  y\ndata: \n\n");
}

TEST_CASE("a stream that nobody pulls never begins") {
  std::atomic<bool> ran = false;
  {
    const Response response = EventStream([&](EventWriter&) { ran = true; }, Cancellation());
  }
  CHECK_FALSE(ran);
}

TEST_CASE("a stream becomes ready when there is something to send, and at its end") {
  Gate may_write;
  Gate woken;
  Response response = EventStream(
      [&](EventWriter& writer) {
        may_write.Wait();
        writer.Write("", "x");
      },
      Cancellation());
  CHECK_FALSE(response.stream->Ready([&] { woken.Open(); }));
  CHECK_FALSE(woken.is_open());
  may_write.Open();
  CHECK(woken.Wait());
  std::string piece;
  CHECK(*response.stream->Next(&piece));
  CHECK(piece == "data: x\n\n");
  CHECK_FALSE(*response.stream->Next(&piece));
  CHECK(response.stream->Ready([] {}));
}

TEST_CASE("a slow reader holds the producer back, and its end lets it go") {
  const std::string large(100u << 10, 'x');
  std::atomic<int> written = 0;
  Gate filled;
  Gate ended;
  {
    Response response = EventStream(
        [&](EventWriter& writer) {
          while (writer.Write("", large)) {
            if (++written == 3) filled.Open();
          }
          ended.Open();
        },
        Cancellation());
    response.stream->Ready([] {});
    CHECK(filled.Wait());
    CHECK(written <= 4);
  }
  CHECK(ended.is_open());
}

TEST_CASE("a cancellation ends the producer and the stream") {
  const Cancellation cancellation;
  Gate began;
  Gate cancelled;
  std::atomic<bool> wrote = true;
  Response response = EventStream(
      [&](EventWriter& writer) {
        began.Open();
        cancelled.Wait();
        wrote = writer.Write("", "x");
      },
      cancellation);
  response.stream->Ready([] {});
  CHECK(began.Wait());
  cancellation.Cancel();
  cancelled.Open();
  CHECK(ReadAll(response.stream.get()).empty());
  response.stream.reset();
  CHECK_FALSE(wrote);
}

TEST_CASE("what a producer throws ends the stream only") {
  Response response = EventStream(
      [](EventWriter& writer) {
        writer.Write("", "x");
        throw std::runtime_error("no");
      },
      Cancellation());
  CHECK(ReadAll(response.stream.get()) == "data: x\n\n");
}

TEST_CASE("no more streams than the limit are open at once") {
  std::vector<Response> open;
  for (size_t i = 0; i < event_streams_max; ++i) {
    open.push_back(EventStream([](EventWriter&) {}, Cancellation()));
  }
  CHECK(open.back().status == 200);
  const Response refused = EventStream([](EventWriter&) {}, Cancellation());
  CHECK(refused.status == 503);
  CHECK(refused.headers.Find("retry-after") != nullptr);
  open.pop_back();
  CHECK(EventStream([](EventWriter&) {}, Cancellation()).status == 200);
}

}  // namespace boathouse::http
