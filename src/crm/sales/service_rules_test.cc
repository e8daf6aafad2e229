#include "crm/sales/sales_fixture.h"

namespace boathouse::crm {
namespace {

TEST_CASE_FIXTURE(SalesFixture, "a case is due by its queue and priority") {
  const std::string queue = Make("queue", R"({"name":"Service","sla_hours_normal":"24",
                                               "sla_hours_high":"4.5","sla_hours_urgent":"1"})");
  const std::string id = Make("case", With(R"({"subject":"Noise","queue_id":"$"})", queue));
  CHECK(Text("case", id, "case_number") == "C-000001");
  CHECK(Text("case", id, "sla_due_at") == FormatDateTime(begin + day));
  clock.Advance(2 * hour);
  Json read = Change("case", id, R"({"priority":"high"})");
  CHECK(read["sla_due_at"].AsString() == FormatDateTime(begin + 4 * hour + hour / 2));
  read = Change("case", id, R"({"priority":"low"})");
  CHECK(read["sla_due_at"].is_null());  // the queue promises nothing for it
  SUBCASE("a time set by hand stays") {
    Change("case", id, R"({"sla_due_at":"2026-01-01T00:00:00Z"})");
    read = Change("case", id, R"({"priority":"urgent"})");
    CHECK(read["sla_due_at"].AsString() == "2026-01-01T00:00:00.000000Z");
  }
  SUBCASE("and so does one of the same edit") {
    read = Change("case", id, R"({"priority":"urgent","sla_due_at":"2026-01-01T00:00:00Z"})");
    CHECK(read["sla_due_at"].AsString() == "2026-01-01T00:00:00.000000Z");
  }
  SUBCASE("another queue promises something else") {
    const std::string fast = Make("queue", R"({"name":"Fast","sla_hours_low":"2"})");
    read = Change("case", id, With(R"({"queue_id":"$"})", fast));
    CHECK(read["sla_due_at"].AsString() == FormatDateTime(begin + 2 * hour));
  }
}

TEST_CASE_FIXTURE(SalesFixture,
                  "a queue that promises other hours changes when its cases are due") {
  const std::string queue = Make("queue", R"({"name":"Service","sla_hours_normal":"24"})");
  const std::string of_queue = With(R"({"subject":"Noise","queue_id":"$"})", queue);
  const std::string open = Make("case", of_queue);
  const std::string by_hand = Make("case", of_queue);
  Change("case", by_hand, R"({"sla_due_at":"2026-01-01T00:00:00Z"})");
  const std::string closed = Make("case", of_queue);
  Change("case", closed, R"({"status":"closed"})");
  clock.Advance(hour);
  Change("queue", queue, R"({"sla_hours_normal":"8","sla_hours_high":"1"})");
  Change("queue", queue, R"({"sla_hours_normal":"12"})");  // before anybody came to the first
  CHECK(Upkeep() == 1);
  CHECK(Text("case", open, "sla_due_at") == FormatDateTime(begin + 12 * hour));
  CHECK(Text("case", by_hand, "sla_due_at") == "2026-01-01T00:00:00.000000Z");
  CHECK(Text("case", closed, "sla_due_at") == FormatDateTime(begin + 24 * hour));
  Change("queue", queue, R"({"description":"Day and night"})");
  CHECK(Upkeep() == 0);
}

TEST_CASE_FIXTURE(SalesFixture, "a case is closed and opened again") {
  const std::string id = Make("case", R"({"subject":"Noise"})");
  CHECK(Text("case", id, "is_closed") == "false");
  clock.Advance(hour);
  Json read = Change("case", id, R"({"status":"resolved"})");
  CHECK(read["is_closed"] == Json(true));
  CHECK(read["closed_at"].AsString() == FormatDateTime(begin + hour));
  clock.Advance(hour);
  read = Change("case", id, R"({"status":"closed"})");
  CHECK(read["closed_at"].AsString() == FormatDateTime(begin + hour));
  read = Change("case", id, R"({"status":"open"})");
  CHECK(read["is_closed"] == Json(false));
  CHECK(read["closed_at"].is_null());
  CHECK(First(Refused("case", id, R"({"is_closed":true})")) == "/is_closed read_only");
}

TEST_CASE_FIXTURE(SalesFixture, "a member of a campaign is one contact or one lead, once") {
  const std::string fair = Make("campaign", R"({"name":"Fair"})");
  const std::string contact = Make("contact", R"({"last_name":"Roe"})");
  const std::string lead = Make("lead", R"({"last_name":"Low","company":"Erie"})");
  const std::string of_fair = R"({"campaign_id":")" + fair + "\"";
  CHECK(First(RefusedNew("campaign_member", of_fair + "}")) == "/contact_id required");
  CHECK(First(RefusedNew("campaign_member", of_fair + R"(,"contact_id":")" + contact +
                                                R"(","lead_id":")" + lead + "\"}")) ==
        "/contact_id too_many");
  const std::string by_contact = of_fair + R"(,"contact_id":")" + contact + "\"}";
  const std::string member = Make("campaign_member", by_contact);
  const Error twice = RefusedNew("campaign_member", by_contact);
  CHECK(twice.kind == ErrorKind::kConflict);
  CHECK(First(twice) == "/contact_id duplicate");
  Make("campaign_member", of_fair + R"(,"lead_id":")" + lead + "\"}");
  CHECK(Text("campaign", fair, "member_count") == "2");

  SUBCASE("an answer is noted with its time") {
    Json read = Change("campaign_member", member, R"({"has_responded":true})");
    CHECK(read["responded_at"].AsString() == FormatDateTime(begin));
    CHECK(read["status"].AsString() == "responded");
    CHECK(Text("campaign", fair, "responded_count") == "1");
    read = Change("campaign_member", member, R"({"has_responded":false,"status":"sent"})");
    CHECK(read["responded_at"].is_null());
    read = Change("campaign_member", member, R"({"status":"attended"})");
    CHECK(read["has_responded"] == Json(true));
    CHECK(read["status"].AsString() == "attended");
  }
  SUBCASE("it goes with the contact") {
    REQUIRE(Delete("contact", contact).ok());
    CHECK(Column("campaign_member", "", "contact_id") == "-");
    CHECK(Text("campaign", fair, "member_count") == "1");
  }
}

TEST_CASE_FIXTURE(SalesFixture, "activities belong to any record") {
  const std::string account = Make("account", R"({"name":"Press & Tool"})");
  const std::string product = Make("product", R"({"name":"Bearing"})");
  const std::string call =
      Make("activity",
           With(R"({"subject":"Call","related_object":"account","related_id":"$"})", account));
  CHECK(Text("activity", call, "account_id") == account);
  const std::string note =
      Make("activity",
           With(R"({"subject":"Note","type":"note","related_object":"Products","related_id":"$"})",
                product));
  CHECK(Text("activity", note, "related_object") == "product");
  CHECK(First(RefusedNew("activity", R"({"subject":"X","related_object":"account"})")) ==
        "/related_id required");
  CHECK(First(RefusedNew("activity", With(R"({"subject":"X","related_id":"$"})", account))) ==
        "/related_object required");
  CHECK(First(RefusedNew("activity",
                         With(R"({"subject":"X","related_object":"lead","related_id":"$"})",
                              account))) == "/related_id not_found");
  CHECK(First(RefusedNew("activity",
                         With(R"({"subject":"X","related_object":"shoe","related_id":"$"})",
                              account))) == "/related_object unknown_object");
  REQUIRE(Delete("product", product).ok());
  CHECK(Text("activity", note, "related_id") == "null");
  CHECK(Text("activity", note, "related_object") == "null");
}

TEST_CASE_FIXTURE(SalesFixture, "activities belong to custom records, too") {
  REQUIRE(crm.ChangeModel(system, Parse(R"({"add_object":{"name":"machine","plural":"machines"}})"))
              .ok());
  const std::string press = Make("machine", R"({"name":"Press 3"})");
  const std::string visit =
      Make("activity",
           With(R"({"subject":"Visit","related_object":"machine","related_id":"$"})", press));
  REQUIRE(Delete("machine", press).ok());
  CHECK(Text("activity", visit, "related_id") == "null");
}

}  // namespace
}  // namespace boathouse::crm
