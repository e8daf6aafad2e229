#include "crm/permission.h"
#include "crm/quotes.h"
#include "crm/sales/sales_fixture.h"

#include <thread>

namespace boathouse::crm {
namespace {

struct PriceFixture : SalesFixture {
  std::string bearing = Make("product", R"({"name":"Bearing","list_price":"10"})");
  std::string belt = Make("product", R"({"name":"Belt","list_price":"4.25"})");
  std::string account = Make("account", R"({"name":"Press & Tool"})");
  std::string deal = Make("opportunity", With(R"({"name":"Spares","account_id":"$"})", account));

  std::string PriceList(const char* json, const std::string& product, const char* price) {
    const std::string list = Make("price_list", json);
    Make("price_list_entry", R"({"price_list_id":")" + list + R"(","product_id":")" + product +
                                 R"(","unit_price":")" + price + R"("})");
    return list;
  }
  std::string Line(const std::string& product, const std::string& more = "") {
    return Make("opportunity_line", R"({"opportunity_id":")" + deal + R"(","product_id":")" +
                                        product + "\"" + more + "}");
  }
  std::string QuoteOf(const std::string& opportunity, const char* fields = "{}") {
    const Result<Id> quote = CreateQuote(crm, system, *Id::Parse(opportunity), Parse(fields));
    REQUIRE(quote.ok());
    return quote->ToString();
  }
};

TEST_CASE_FIXTURE(PriceFixture, "a line's price is that of the nearest list that has one") {
  std::string line = Line(bearing);
  CHECK(Text("opportunity_line", line, "list_price") == "10.00");
  CHECK(Text("opportunity_line", line, "unit_price") == "10.00");
  CHECK(Text("opportunity_line", line, "description") == "Bearing");
  CHECK(Text("opportunity_line", line, "position") == "1");
  PriceList(R"({"name":"Standard","is_standard":true})", bearing, "9.50");
  CHECK(Text("opportunity_line", Line(bearing), "list_price") == "9.50");
  CHECK(Text("opportunity_line", Line(belt), "list_price") == "4.25");
  const std::string key = PriceList(R"({"name":"Key accounts"})", bearing, "8");
  Change("account", account, With(R"({"price_list_id":"$"})", key));
  CHECK(Text("opportunity_line", Line(bearing), "list_price") == "8.00");
  const std::string own = PriceList(R"({"name":"Project"})", bearing, "7.125");
  Change("opportunity", deal, With(R"({"price_list_id":"$"})", own));
  line = Line(bearing, R"(,"unit_price":"7","quantity":"3")");
  CHECK(Text("opportunity_line", line, "list_price") == "7.125");
  CHECK(Text("opportunity_line", line, "unit_price") == "7.00");
  CHECK(Text("opportunity_line", line, "total_price") == "21.00");
  CHECK(Text("opportunity_line", line, "position") == "5");
  // Another product has another price.
  Change("opportunity_line", line, With(R"({"product_id":"$"})", belt));
  CHECK(Text("opportunity_line", line, "unit_price") == "4.25");
  Change("price_list", own, R"({"is_active":false})");
  CHECK(Text("opportunity_line", Line(bearing), "list_price") == "8.00");
}

TEST_CASE_FIXTURE(PriceFixture, "a product without a price needs one") {
  const std::string odd = Make("product", R"({"name":"Odd"})");
  const Error error = RefusedNew(
      "opportunity_line", R"({"opportunity_id":")" + deal + R"(","product_id":")" + odd + "\"}");
  CHECK(First(error) == "/unit_price required");
  CHECK(error.message.find("Odd") != std::string::npos);
}

TEST_CASE_FIXTURE(PriceFixture, "a deal with lines is worth their sum") {
  Change("opportunity", deal, R"({"amount":"500"})");
  const std::string line = Line(bearing, R"(,"quantity":"2.5","discount":"10")");
  Line(belt, R"(,"quantity":"3")");
  CHECK(Text("opportunity", deal, "line_count") == "2");
  CHECK(Text("opportunity", deal, "amount") == "35.25");  // 22.50 + 12.75
  CHECK(Text("opportunity", deal, "expected_revenue") == "3.525");
  CHECK(First(Refused("opportunity", deal, R"({"amount":"500"})")) == "/amount computed");
  Change("opportunity", deal, R"({"amount":"35.25","next_step":"Call"})");  // what it is anyway
  Change("opportunity_line", line, R"({"quantity":"1"})");
  CHECK(Text("opportunity", deal, "amount") == "21.75");
  REQUIRE(Delete("opportunity_line", line).ok());
  CHECK(Text("opportunity", deal, "amount") == "12.75");
  REQUIRE(Delete("opportunity_line", Column("opportunity_line", "", "id")).ok());
  CHECK(Text("opportunity", deal, "amount") == "12.75");
  Change("opportunity", deal, R"({"amount":"500"})");
}

TEST_CASE_FIXTURE(PriceFixture, "a price list has one price for a product, and one is standard") {
  const std::string first = PriceList(R"({"name":"A","is_standard":true})", bearing, "9");
  const Error error =
      RefusedNew("price_list_entry", R"({"price_list_id":")" + first + R"(","product_id":")" +
                                         bearing + R"(","unit_price":"8"})");
  CHECK(error.kind == ErrorKind::kConflict);
  CHECK(First(error) == "/product_id duplicate");
  PriceList(R"({"name":"B","is_standard":true})", bearing, "8");
  CHECK(Column("price_list", "is_standard = true", "name") == "B");
}

TEST_CASE_FIXTURE(PriceFixture, "prices are of one currency") {
  const std::string euros = PriceList(R"({"name":"Euro","currency":"EUR"})", bearing, "9");
  CHECK(Change("opportunity", deal, With(R"({"price_list_id":"$"})", euros))["currency"] ==
        Json("EUR"));
  CHECK(First(Refused("opportunity", deal, R"({"currency":"USD"})")) ==
        "/price_list_id wrong_currency");
  // The list of the account is in another currency than the deal, and is passed over.
  Change("opportunity", deal, R"({"currency":"USD","price_list_id":null})");
  Change("account", account, With(R"({"price_list_id":"$"})", euros));
  CHECK(Text("opportunity_line", Line(bearing), "list_price") == "10.00");
}

TEST_CASE_FIXTURE(PriceFixture,
                  "a quote copies its deal, and the deal follows once it is accepted") {
  Line(bearing, R"(,"quantity":"2","discount":"10")");
  Line(belt, R"(,"quantity":"3")");
  const std::string quote = QuoteOf(deal, R"({"discount":"10","tax":"1.5"})");
  Json read = Read("quote", quote);
  CHECK(read["quote_number"].AsString() == "Q-000001");
  CHECK(read["name"].AsString() == "Spares");
  CHECK(read["account_id"].AsString() == account);
  CHECK(read["subtotal"].AsString() == "30.75");
  CHECK(read["grand_total"].AsString() == "29.18");  // 27.675 rounded, and the tax
  const std::string lines = "quote_id = \"" + quote + "\"";
  CHECK(Column("quote_line", lines, "quantity") == "2.00 3.00");

  const Result<Id> early = SyncQuote(crm, system, *Id::Parse(quote));
  REQUIRE_FALSE(early.ok());
  CHECK(early.error().kind == ErrorKind::kConflict);
  const std::string first = Column("quote_line", lines + " AND position = 1", "id");
  Change("quote_line", first, R"({"quantity":"4"})");
  REQUIRE(AcceptQuote(crm, system, *Id::Parse(quote), true).ok());
  CHECK(Text("quote", quote, "status") == "accepted");
  CHECK(Column("opportunity_line", "", "quantity") == "4.00 3.00");
  CHECK(Column("opportunity_line", "", "discount") == "19.00 10.00");
  CHECK(Text("opportunity", deal, "amount") == "43.88");  // 32.40 + 11.475 rounded

  SUBCASE("frozen until it is a draft again") {
    CHECK(Refused("quote_line", first, R"({"quantity":"5"})").kind == ErrorKind::kConflict);
    CHECK(Refused("quote", quote, R"({"tax":"9"})").message.find("frozen") != std::string::npos);
    const Status kept = Delete("quote_line", first);
    REQUIRE_FALSE(kept.ok());
    CHECK(kept.error().kind == ErrorKind::kConflict);
    Change("quote", quote, R"({"description":"Signed by fax"})");
    Change("quote", quote, R"({"status":"draft"})");
    Change("quote_line", first, R"({"quantity":"5"})");
  }
  SUBCASE("it may go as a whole") {
    REQUIRE(Delete("quote", quote).ok());
    CHECK(Column("quote_line", "", "id").empty());
  }
  SUBCASE("fewer lines take the others away") {
    const std::string small = QuoteOf(deal);
    REQUIRE(Delete("quote_line",
                   Column("quote_line", "quote_id = \"" + small + "\" AND position = 1", "id"))
                .ok());
    REQUIRE(AcceptQuote(crm, system, *Id::Parse(small), true).ok());
    CHECK(Text("opportunity", deal, "line_count") == "1");
  }
}

TEST_CASE_FIXTURE(PriceFixture, "numbers of quotes have no gaps and are not used again") {
  const std::string first = QuoteOf(deal);
  CHECK(RefusedNew("quote", R"({"name":"X","discount":"200"})").kind == ErrorKind::kInvalid);
  CHECK(First(RefusedNew("quote", R"({"name":"X","quote_number":"Q-000077"})")) ==
        "/quote_number read_only");
  CHECK(Text("quote", QuoteOf(deal), "quote_number") == "Q-000002");
  REQUIRE(Delete("quote", QuoteOf(deal)).ok());
  CHECK(Text("quote", QuoteOf(deal), "quote_number") == "Q-000004");
}

TEST_CASE_FIXTURE(PriceFixture, "sixteen writers get numbers in a row") {
  constexpr size_t writers = 16;
  constexpr size_t each = 12;
  std::vector<std::thread> threads;
  for (size_t i = 0; i < writers; ++i) {
    threads.emplace_back([&, i] {
      for (size_t n = 0; n < each; ++n) {
        const Json fields = i % 4 == 0 && n % 3 == 0
                                ? Json::Object({{"name", "X"}, {"discount", "101"}})  // refused
                                : Json::Object({{"name", "Offer"}});
        static_cast<void>(crm.Create(system, Of("quote"), fields));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  ListRequest request;
  request.page_size = page_size_max;
  request.order_by = "quote_number";
  const Result<ListPage> page = crm.List(system, Of("quote"), request);
  REQUIRE(page.ok());
  REQUIRE(page->records.size() == writers * each - 4 * 4);
  const size_t number = *Of("quote").IndexOf("quote_number");
  for (size_t i = 0; i < page->records.size(); ++i) {
    const std::string digits = std::to_string(i + 1);
    CHECK(model::ToText(page->records[i].At(number)) ==
          "Q-" + std::string(6 - digits.size(), '0') + digits);
  }
}

TEST_CASE_FIXTURE(PriceFixture, "a hidden discount counts; hidden lines are not copied") {
  REQUIRE(store
              ->Write([&](store::Transaction& transaction) -> Status {
                const auto put = [&](const char* name, const char* objects) {
                  return transaction.PutDocument(
                      role_documents, name,
                      Json::Object({{"name", name}, {"objects", Parse(objects)}}));
                };
                constexpr const char* all =
                    R"({"*":{"read":"all","create":true,"update":"all","delete":"all"},)";
                TRY(put("rep",
                        (all + std::string(R"("quote":{"fields":{"discount":"none"}}})")).c_str()));
                TRY(put("blind",
                        (all + std::string(R"("opportunity_line":{"read":"none"}})")).c_str()));
                return put(
                    "short",
                    (all + std::string(R"("opportunity_line":{"fields":{"discount":"none"}}})"))
                        .c_str());
              })
              .ok());
  Crm roles{*store, clock, ids, "secret"};
  Caller caller{auth::Principal{}, "rest"};
  caller.principal.user = *Id::Parse(Make("user", R"({"name":"Rep"})"));
  const auto as = [&](const char* role) {
    caller.principal.role = role;
    return caller;
  };
  Line(bearing, R"(,"quantity":"2","discount":"10")");
  const std::string quote = QuoteOf(deal, R"({"discount":"10"})");
  const Status accepted = AcceptQuote(roles, as("rep"), *Id::Parse(quote), true);
  INFO((accepted.ok() ? "" : accepted.error().message));
  REQUIRE(accepted.ok());
  CHECK(Column("opportunity_line", "", "discount") == "19.00");

  const Json none = Json::Object();
  CHECK(CreateQuote(roles, as("blind"), *Id::Parse(deal), none).error().kind ==
        ErrorKind::kForbidden);
  const Result<Id> cut = CreateQuote(roles, as("short"), *Id::Parse(deal), none);
  INFO((cut.ok() ? "" : cut.error().message));
  REQUIRE(cut.ok());
  const std::string lines = "quote_id = \"" + cut->ToString() + "\"";
  CHECK(Column("quote_line", lines, "quantity") == "2.00");
  CHECK(Column("quote_line", lines, "discount") == "-");
}

}  // namespace
}  // namespace boathouse::crm
