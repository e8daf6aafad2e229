#include "http/http_date.h"

#include <doctest/doctest.h>

namespace boathouse::http {

TEST_CASE("dates are written and read as RFC 9110 has them") {
  for (const char* text : {"Sun, 06 Nov 1994 08:49:37 GMT", "Thu, 01 Jan 1970 00:00:00 GMT",
                           "Wed, 31 Dec 1969 23:59:59 GMT", "Thu, 29 Feb 2024 12:00:00 GMT",
                           "Tue, 24 Nov 2026 18:10:00 GMT"}) {
    const auto at = ParseHttpDate(text);
    REQUIRE_MESSAGE(at.has_value(), text);
    CHECK(FormatHttpDate(*at) == text);
    CHECK(FormatHttpDate(*at + 999'999) == text);
  }
  CHECK(ParseHttpDate("Sun, 06 Nov 1994 08:49:37 GMT") == 784'111'777'000'000);
}

TEST_CASE("what is no date is none") {
  for (const char* text :
       {"", "yesterday", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
        "Mon, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 CET",
        "Sun, 06 Now 1994 08:49:37 GMT", "Sun, 31 Feb 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 25:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMT "}) {
    CHECK_MESSAGE(!ParseHttpDate(text), text);
  }
}

}  // namespace boathouse::http
