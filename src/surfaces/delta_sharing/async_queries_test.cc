// Queries that wait for their clients.
#include "surfaces/delta_sharing/async_queries.h"

#include <doctest/doctest.h>

namespace boathouse::delta_sharing {
namespace {

constexpr Micros hour = 3'600'000'000;

AsyncQuery Query(const std::string& key, int64_t version, Micros now = 0,
                 const std::string& body = "{}") {
  return {AsyncQueryId("secret", "acme", key), "acme", body, version, now + hour};
}

TEST_CASE("a query sent twice is one query, of the version it was first asked of") {
  AsyncQueries queries;
  const AsyncQuery first = *queries.Add(Query("k", 7), 0);
  CHECK(queries.Add(Query("k", 8), 1)->version == 7);
  CHECK(queries.Find(first.id, "acme", 1)->version == 7);
  CHECK(queries.Add(Query("other", 8), 1)->version == 8);
  CHECK(queries.Add(Query("k", 7, 0, R"({"limitHint":1})"), 1).error().kind == ErrorKind::kInvalid);
}

TEST_CASE("an id is of its owner and its time, and cannot be guessed") {
  AsyncQueries queries;
  const AsyncQuery query = *queries.Add(Query("k", 7), 0);
  CHECK(queries.Find(query.id, "other", 0).error().kind == ErrorKind::kNotFound);
  CHECK(queries.Find("", "acme", 0).error().kind == ErrorKind::kNotFound);
  CHECK(queries.Find(query.id, "acme", hour - 1).ok());
  CHECK(queries.Find(query.id, "acme", hour).error().kind == ErrorKind::kNotFound);
  CHECK(AsyncQueryId("secret", "a", "k") != AsyncQueryId("secret", "b", "k"));
  CHECK(AsyncQueryId("secret", "a", "k") != AsyncQueryId("other", "a", "k"));
  CHECK(AsyncQueryId("secret", "a", "k").size() == 32);
}

TEST_CASE("the oldest make room for the newest") {
  AsyncQueries queries;
  const AsyncQuery first = *queries.Add(Query("first", 1), 0);
  for (size_t i = 0; i < async_queries_max; ++i) {
    REQUIRE(queries.Add(Query(std::to_string(i), 2), 0).ok());
  }
  CHECK(!queries.Find(first.id, "acme", 0).ok());
  const AsyncQuery big =
      *queries.Add(Query("big", 3, 0, std::string(async_query_bytes_max - 10, ' ')), 0);
  CHECK(queries.Find(big.id, "acme", 0).ok());
  const AsyncQuery last = *queries.Add(Query("last", 4, 0, std::string(100, ' ')), 0);
  CHECK(!queries.Find(big.id, "acme", 0).ok());
  CHECK(queries.Find(last.id, "acme", 0)->version == 4);
}

}  // namespace
}  // namespace boathouse::delta_sharing
