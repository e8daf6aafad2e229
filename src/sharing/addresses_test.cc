#include "sharing/addresses.h"

#include <doctest/doctest.h>

namespace boathouse::sharing {
namespace {

bool In(const char* block, const char* address) {
  const Result<AddressBlock> parsed = AddressBlock::Parse(block);
  REQUIRE_MESSAGE(parsed.ok(), block);
  return parsed->Contains(address);
}

TEST_CASE("blocks hold the addresses of their prefix and no others") {
  CHECK(In("10.0.0.0/8", "10.255.3.4"));
  CHECK_FALSE(In("10.0.0.0/8", "11.0.0.0"));
  CHECK(In("192.0.2.64/26", "192.0.2.127"));
  CHECK_FALSE(In("192.0.2.64/26", "192.0.2.128"));
  CHECK_FALSE(In("192.0.2.64/26", "192.0.2.63"));
  CHECK(In("192.0.2.7", "192.0.2.7"));
  CHECK_FALSE(In("192.0.2.7", "192.0.2.8"));
  CHECK(In("2001:db8::/32", "2001:DB8:1::5"));
  CHECK_FALSE(In("2001:db8::/32", "2001:db9::"));
  CHECK(In("::1", "::1"));
  CHECK(In("fe80::/10", "fe80::1%eth0"));
}

TEST_CASE("IPv4 addresses within IPv6 are IPv4 addresses, and the whole of one is not the other") {
  CHECK(In("192.0.2.0/24", "::ffff:192.0.2.9"));
  CHECK(In("::ffff:192.0.2.0/120", "192.0.2.9"));
  CHECK(In("0.0.0.0/0", "203.0.113.1"));
  CHECK_FALSE(In("0.0.0.0/0", "2001:db8::1"));
  CHECK(In("::/0", "2001:db8::1"));
}

TEST_CASE("what is no block is refused with the reason") {
  for (const char* text : {"", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8x", "10.0.0/8",
                           "2001:db8::/129", "example.com", "fe80::1%eth0", "10.0.0.1/8 "}) {
    CHECK_MESSAGE(!AddressBlock::Parse(text).ok(), text);
  }
  const Result<AddressBlock> slip = AddressBlock::Parse("10.0.0.1/8");
  REQUIRE_FALSE(slip.ok());
  CHECK(slip.error().message.find("behind its prefix") != std::string::npos);
}

TEST_CASE("blocks are written in one spelling") {
  CHECK(AddressBlock::Parse("2001:0DB8:0000::/32")->text() == "2001:db8::/32");
  CHECK(AddressBlock::Parse("10.0.0.0/8")->text() == "10.0.0.0/8");
  CHECK(AddressBlock::Parse("10.1.2.3/32")->text() == "10.1.2.3");
}

TEST_CASE("an empty list admits everybody, any other only whom it names") {
  CHECK(Admits({}, ""));
  std::vector<AddressBlock> list{*AddressBlock::Parse("10.0.0.0/8"), *AddressBlock::Parse("::1")};
  CHECK(Admits(list, "10.2.3.4"));
  CHECK(Admits(list, "::1"));
  CHECK_FALSE(Admits(list, "192.0.2.1"));
  CHECK_FALSE(Admits(list, ""));
  CHECK_FALSE(Admits(list, "unknown"));
}

}  // namespace
}  // namespace boathouse::sharing
