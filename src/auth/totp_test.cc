#include "auth/totp.h"

#include <doctest/doctest.h>

#include "auth/seal.h"

namespace boathouse::auth {
namespace {

constexpr std::string_view rfc_secret = "12345678901234567890";
constexpr Micros second = 1'000'000;

TEST_CASE("codes are those of RFC 6238, appendix B") {
  const auto code = [](int64_t at_s) { return TotpCode(rfc_secret, TotpStep(at_s * second)); };
  CHECK(code(59) == "287082");
  CHECK(code(1111111109) == "081804");
  CHECK(code(1111111111) == "050471");
  CHECK(code(1234567890) == "005924");
  CHECK(code(2000000000) == "279037");
  CHECK(code(20000000000) == "353130");
}

TEST_CASE("base32 is that of RFC 4648, without padding") {
  CHECK(Base32Encode("") == "");
  CHECK(Base32Encode("f") == "MY");
  CHECK(Base32Encode("fo") == "MZXQ");
  CHECK(Base32Encode("foo") == "MZXW6");
  CHECK(Base32Encode("foob") == "MZXW6YQ");
  CHECK(Base32Encode("fooba") == "MZXW6YTB");
  CHECK(Base32Encode("foobar") == "MZXW6YTBOI");
}

TEST_CASE("a code is good within a step of its time, and once") {
  const Micros at = 1'700'000'000 * second;
  const int64_t now = TotpStep(at);
  for (const int64_t off : {-1, 0, 1}) {
    CHECK(VerifyTotp(rfc_secret, TotpCode(rfc_secret, now + off), at, 0) == now + off);
  }
  for (const int64_t off : {-2, 2, 100}) {
    CHECK_FALSE(VerifyTotp(rfc_secret, TotpCode(rfc_secret, now + off), at, 0));
  }
  const std::string code = TotpCode(rfc_secret, now);
  CHECK_FALSE(VerifyTotp(rfc_secret, code, at, now));
  CHECK_FALSE(VerifyTotp(rfc_secret, code, at, now + 1));
  CHECK(VerifyTotp(rfc_secret, code, at, now - 1) == now);
  for (const char* bad : {"", "0", "28708", "2870822", "abcdef", "      "}) {
    CHECK_FALSE(VerifyTotp(rfc_secret, bad, at, 0));
  }
  CHECK_FALSE(VerifyTotp("another secret of 20", code, at, 0));
}

TEST_CASE("the text of the QR code escapes what people are called") {
  CHECK(OtpauthUri("Acme & Sons", "ada@example.com", "foobar") ==
        "otpauth://totp/Acme%20%26%20Sons:ada%40example.com?secret=MZXW6YTBOI"
        "&issuer=Acme%20%26%20Sons&algorithm=SHA1&digits=6&period=30");
}

TEST_CASE("what is sealed opens with the same key for the same purpose only") {
  const std::string key(32, 'k');
  const Seal seal(key);
  const std::string sealed = seal.Close("totp", "secret");
  CHECK(Seal(key).Open("totp", sealed) == "secret");
  CHECK(seal.Close("totp", "secret") != sealed);
  CHECK(sealed.find("secret") == std::string::npos);
  CHECK_FALSE(seal.Open("oidc", sealed));
  CHECK_FALSE(Seal(std::string(32, 'x')).Open("totp", sealed));
  CHECK_FALSE(Seal("").Open("totp", sealed));
  for (size_t i = 0; i < sealed.size(); ++i) {
    std::string changed = sealed;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    CHECK_FALSE(seal.Open("totp", changed));
  }
  CHECK_FALSE(seal.Open("totp", ""));
  CHECK_FALSE(seal.Open("totp", sealed.substr(0, 20)));
  CHECK(seal.Open("totp", seal.Close("totp", "")) == "");
  CHECK(seal.Digest("a", "x") == Seal(key).Digest("a", "x"));
  CHECK(seal.Digest("a", "x") != seal.Digest("b", "x"));
  CHECK(seal.SigningKey("a") != seal.SigningKey("b"));
}

}  // namespace
}  // namespace boathouse::auth
