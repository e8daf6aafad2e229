#include "model/match_key.h"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

namespace boathouse::model {
namespace {

std::string Name(std::string_view text) { return MatchKey(MatchMethod::kName, text); }
std::string Domain(std::string_view text) { return MatchKey(MatchMethod::kDomain, text); }
std::string Email(std::string_view text) { return MatchKey(MatchMethod::kEmail, text); }
std::string Phone(std::string_view text) { return MatchKey(MatchMethod::kPhone, text); }

TEST_CASE("methods are known by their names") {
  CHECK(FindMatchMethod("phone") == MatchMethod::kPhone);
  CHECK(MatchMethodName(MatchMethod::kDomain) == "domain");
  CHECK_FALSE(FindMatchMethod("soundex"));
  CHECK(MatchKey(MatchMethod::kExact, "  Acme ") == "Acme");
}

TEST_CASE("names are the same whatever the case, accents, punctuation and spaces") {
  CHECK(Name("ACME") == "acme");
  CHECK(Name(" Ac-me ") == "acme");
  CHECK(Name("Home Depot") == Name("HomeDepot"));
  CHECK(Name("Société Générale") == Name("SOCIETE GENERALE"));
  CHECK(Name("Škoda Łódź Ærø") == "skodalodzaero");
  CHECK(Name("Großhandel") == Name("GROSSHANDEL"));
  CHECK(Name("O'Reilly") == Name("O’Reilly"));
  CHECK(Name("Johnson & Johnson") == Name("Johnson and Johnson"));
  CHECK(Name("Nguyễn") == "nguyen");
  CHECK(Name("e\xCC\x81l") == "el");  // a combining accent
  CHECK(Name("ＡＣＭＥ") == "acme");  // full width
  CHECK(Name("株式会社") != "");      // other scripts stay what they are
  CHECK(Name("ЛУКОЙЛ") == Name("Лукойл"));
  CHECK(Name("Acme") != Name("Acne"));
}

TEST_CASE("legal forms and a leading article do not tell companies apart") {
  for (const char* spelling :
       {"Acme, Inc.", "Acme Incorporated", "ACME LLC", "The Acme Company", "Acme Co., Ltd.",
        "Acme GmbH", "Acme G.m.b.H.", "Acme GmbH & Co. KG", "Acme S.A.", "Acme S.A. de C.V.",
        "Acme B.V.", "Acme AG", "Acme S.p.A.", "Acme Pty Ltd", "Acme Sp. z o.o.", "Acme s.r.o.",
        "Acme UG (haftungsbeschränkt)", "Acme Private Limited", "acme"}) {
    CAPTURE(spelling);
    CHECK(Name(spelling) == "acme");
  }
  CHECK(Name("I.B.M.") == Name("IBM Corp."));
  // What nothing would be left of stays.
  CHECK(Name("Limited") == "limited");
  CHECK(Name("The Limited") == "the");
  CHECK(Name("The") == "the");
  CHECK(Name("") == "");
  CHECK(Name(" .,- ") == "");
}

TEST_CASE("a domain is what somebody has registered") {
  for (const char* spelling :
       {"acme.com", "https://www.acme.com", "HTTP://Acme.com:8080/shop?x=1#top", "jo@acme.com",
        "http://user:pw@shop.acme.com/", "mail.eu.acme.com."}) {
    CAPTURE(spelling);
    CHECK(Domain(spelling) == "acme.com");
  }
  CHECK(Domain("https://www.shop.acme.co.uk/") == "acme.co.uk");
  CHECK(Domain("acme.com.au") == "acme.com.au");
  CHECK(Domain("jo@gmail.com") == "");
  CHECK(Domain("https://www.facebook.com/acme") == "");
  CHECK(Domain("https://acme.myshopify.com") == "acme.myshopify.com");
  CHECK(Domain("http://10.0.0.1/x") == "10.0.0.1");
  CHECK(Domain("localhost") == "");
  CHECK(Domain("not a host.com") == "");
  CHECK(Domain("a..b") == "");
  CHECK(Domain("") == "");
}

TEST_CASE("an e-mail address is the mailbox it reaches") {
  CHECK(Email(" Jo@Acme.com ") == "jo@acme.com");
  CHECK(Email("jo+crm@acme.com") == "jo@acme.com");
  CHECK(Email("j.o.roe+x@googlemail.com") == "joroe@gmail.com");
  CHECK(Email("j.o@acme.com") == "j.o@acme.com");
  CHECK(Email("+x@acme.com") == "+x@acme.com");
  CHECK(Email("nobody") == "");
  CHECK(Email("@acme.com") == "");
  CHECK(Email("jo@") == "");
  CHECK(Email("...@gmail.com") == "");
}

TEST_CASE("a phone number is its digits without what depends on where one calls from") {
  for (const char* spelling : {"+1 (216) 555-0134", "216-555-0134", "1 216 555 0134",
                               "001 216 555 0134", "011 1 216 555 0134", "216.555.0134 ext. 12",
                               "2165550134x9", "+1 216 555 0134, 216 555 0199"}) {
    CAPTURE(spelling);
    CHECK(Phone(spelling) == "2165550134");
  }
  for (const char* spelling :
       {"+49 30 1234567", "+49 (0)30 1234567", "030/1234567", "0049301234567"}) {
    CAPTURE(spelling);
    CHECK(Phone(spelling) == "301234567");
  }
  CHECK(Phone("+86 138 1234 5678") == Phone("138 1234 5678"));
  CHECK(Phone("+352 26 12 34 56") == "26123456");
  CHECK(Phone("911") == "");
  CHECK(Phone("call me") == "");
  CHECK(Phone("+") == "");
}

TEST_CASE("the key of a key is the key, for any bytes") {
  std::mt19937 random(4);
  const std::vector<std::string> pieces = {
      "the ", "acme", ".", "+", "1",    "0",    "00", "@",    "gmail.com", "co",  " ",     "&",
      "ß",    "É",    "/", "x", "www.", "s.a.", "uk", "\xFF", "\xC3",      "://", "216555"};
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    for (int i = static_cast<int>(random() % 9); i > 0; --i)
      text += pieces[random() % pieces.size()];
    for (const MatchMethod method : {MatchMethod::kExact, MatchMethod::kName, MatchMethod::kDomain,
                                     MatchMethod::kEmail, MatchMethod::kPhone}) {
      const std::string key = MatchKey(method, text);
      if (MatchKey(method, key) == key) continue;
      CAPTURE(text);
      CAPTURE(key);
      CHECK(MatchKey(method, key) == key);
    }
  }
}

}  // namespace
}  // namespace boathouse::model
