#include "tables/dead_rows.h"

#include <doctest/doctest.h>

#include "base/bytes.h"

namespace boathouse::tables {
namespace {

std::vector<uint32_t> EveryOther(uint32_t count) {
  std::vector<uint32_t> rows;
  for (uint32_t i = 0; i < count; ++i) rows.push_back(2 * i);
  return rows;
}

std::string Digest(std::vector<uint32_t> rows) {
  return HexEncode(Sha256(DeadRows(std::move(rows)).bytes())).substr(0, 32);
}

TEST_CASE("dead rows are a portable 64-bit Roaring bitmap behind Delta's magic number") {
  CHECK(HexEncode(DeadRows({}).bytes()) == "d1d339640000000000000000");
  CHECK(HexEncode(DeadRows({1, 5}).bytes()) ==
        "d1d339640100000000000000000000003a30000001000000000001001000000001000500");
  CHECK(HexEncode(DeadRows({0, 65'535, 65'536, 200'000, 4'294'967'295}).bytes()) ==
        "d1d339640100000000000000000000003a300000040000000000010001000000"
        "03000000ffff0000280000002c0000002e000000300000000000ffff0000400dffff");
  CHECK(DeadRows({3, 9}).cardinality() == 2);
}

// Digests of what the CRoaring library serializes for the same rows.
TEST_CASE("sparse containers are lists, full ones bitmaps") {
  CHECK(DeadRows(EveryOther(4'096)).bytes().size() == 8'224);
  CHECK(Digest(EveryOther(4'096)) == "94bbc03c0fc34509cf122f39f2555c93");
  CHECK(DeadRows(EveryOther(4'097)).bytes().size() == 8'224);
  CHECK(Digest(EveryOther(4'097)) == "13790a4848bd190cfa8e678925bf788b");
}

TEST_CASE("there are no run containers, which some readers cannot read") {
  std::vector<uint32_t> run;
  for (uint32_t i = 60'000; i < 75'000; ++i) run.push_back(i);
  const std::string bytes = DeadRows(run).bytes();
  CHECK(HexEncode(bytes.substr(16, 4)) == "3a300000");
  // Two containers, of more than 4,096 values each.
  CHECK(bytes.size() == 16 + 8 + 2 * 4 + 2 * 4 + 2 * 8'192);
  CHECK(DeadRows(run).cardinality() == 15'000);
}

}  // namespace
}  // namespace boathouse::tables
