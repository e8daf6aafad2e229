#include "crm/roll_ups.h"

#include "crm/sales/sales_fixture.h"

namespace boathouse::crm {
namespace {

struct RollUpFixture : SalesFixture {
  std::string product = Make("product", R"({"name":"Bearing","list_price":"2.50"})");
  std::string deal = Make("opportunity", R"({"name":"Spares"})");
  std::string other = Make("opportunity", R"({"name":"Other"})");

  std::string Line(const std::string& of, const char* quantity) {
    return Make("opportunity_line", R"({"opportunity_id":")" + of + R"(","product_id":")" +
                                        product + R"(","quantity":")" + quantity + "\"}");
  }
  std::string Told(const std::string& id) {
    return Text("opportunity", id, "line_count") + " " + Text("opportunity", id, "lines_total");
  }
};

TEST_CASE_FIXTURE(RollUpFixture,
                  "counts and sums follow what is added, changed, moved and deleted") {
  CHECK(Told(deal) == "0 0.00");
  const std::string line = Line(deal, "4");
  Line(deal, "2");
  CHECK(Told(deal) == "2 15.00");
  Change("opportunity_line", line, R"({"quantity":"10"})");
  CHECK(Told(deal) == "2 30.00");
  Change("opportunity_line", line, With(R"({"opportunity_id":"$"})", other));
  CHECK(Told(deal) == "1 5.00");
  CHECK(Told(other) == "1 25.00");
  REQUIRE(Delete("opportunity_line", line).ok());
  CHECK(Told(other) == "0 0.00");
  CHECK(Text("opportunity", deal, "amount") == "5.00");
}

TEST_CASE_FIXTURE(RollUpFixture, "a change that concerns no roll-up leaves its owner alone") {
  const std::string line = Line(deal, "4");
  const std::string version = Text("opportunity", deal, "version");
  Change("opportunity_line", line, R"({"description":"For the press"})");
  CHECK(Text("opportunity", deal, "version") == version);
}

TEST_CASE_FIXTURE(RollUpFixture, "a filter says which records count") {
  const std::string fair = Make("campaign", R"({"name":"Fair"})");
  const auto join = [&](const char* more) {
    const std::string contact = Make("contact", R"({"last_name":"Roe"})");
    return Make("campaign_member",
                R"({"campaign_id":")" + fair + R"(","contact_id":")" + contact + "\"" + more + "}");
  };
  const std::string member = join("");
  join(R"(,"has_responded":true)");
  CHECK(Text("campaign", fair, "member_count") == "2");
  CHECK(Text("campaign", fair, "responded_count") == "1");
  Change("campaign_member", member, R"({"has_responded":true})");
  CHECK(Text("campaign", fair, "responded_count") == "2");
}

TEST_CASE_FIXTURE(RollUpFixture, "a roll-up from before it was kept is counted out") {
  Line(deal, "4");
  const model::Object& object = Of("opportunity");
  REQUIRE(store
              ->Write([&](store::Transaction& transaction) -> Status {
                ASSIGN(const model::Record now, transaction.Get(object, *Id::Parse(deal)));
                model::Record old = now;
                old.Set(*object.IndexOf("line_count"), {});
                old.Set(*object.IndexOf("lines_total"), {});
                TRY(transaction.Update(object, now, std::move(old), {}));
                return Status::Ok();
              })
              .ok());
  Line(deal, "2");
  CHECK(Told(deal) == "2 15.00");
}

TEST_CASE_FIXTURE(RollUpFixture, "sums that are too large are refused") {
  const std::string dear = Make("product", R"({"name":"Ship","list_price":"60000000000000"})");
  const std::string line = R"({"opportunity_id":")" + deal + R"(","product_id":")" + dear + "\"}";
  Make("opportunity_line", line);
  const Error error = RefusedNew("opportunity_line", line);
  CHECK(error.kind == ErrorKind::kConflict);
  CHECK(Told(deal) == "1 60000000000000.00");
}

TEST_CASE_FIXTURE(RollUpFixture, "a sum follows a change that is wider than a number itself") {
  const auto add = [&](const char* object, const char* field) {
    const Status added =
        crm.ChangeModel(system, Parse(R"({"add_field":{"object":")" + std::string(object) +
                                      R"(","field":)" + field + "}}"));
    REQUIRE(added.ok());
  };
  add("contact", R"({"name":"points","type":"integer"})");
  add("account", R"({"name":"points","type":"integer","roll_up":{"object":"contact",
      "relation":"account_id","function":"sum","field":"points"}})");
  const std::string account = Make("account", R"({"name":"Acme"})");
  const std::string contact = Make("contact", With(R"({"last_name":"Roe","account_id":"$",
      "points":-9000000000000000000})",
                                                   account));
  Change("contact", contact, R"({"points":9000000000000000000})");
  CHECK(Text("account", account, "points") == "9000000000000000000");
  Change("contact", contact, R"({"points":-9000000000000000000})");
  CHECK(Text("account", account, "points") == "-9000000000000000000");
}

TEST_CASE_FIXTURE(RollUpFixture, "parts go with what they are part of") {
  Line(deal, "4");
  const std::string kept = Line(other, "4");
  REQUIRE(Delete("opportunity", deal).ok());
  CHECK(Column("opportunity_line", "", "id") == kept);
  CHECK(Column("opportunity_stage_history", "", "opportunity_id") == other);
}

}  // namespace
}  // namespace boathouse::crm
