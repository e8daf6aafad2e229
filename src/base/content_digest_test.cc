#include "base/content_digest.h"

#include <doctest/doctest.h>

#include "base/bytes.h"

namespace boathouse {
namespace {

TEST_CASE("content in pieces has the digest of the whole") {
  const std::string text = "name,city\r\nAcme,Parma\r\n";
  for (size_t cut = 0; cut <= text.size(); ++cut) {
    ContentDigest digest;
    digest.Append(std::string_view(text).substr(0, cut));
    digest.Append(std::string_view(text).substr(cut));
    CHECK(digest.Finish() == Sha256(text));
  }
  CHECK(ContentDigest().Finish() == Sha256(""));
}

}  // namespace
}  // namespace boathouse
