#include "surfaces/mcp/sales_tools.h"

#include <doctest/doctest.h>

#include "base/temp_folder.h"

namespace boathouse::mcp_surface {
namespace {

struct ToolFixture {
  TempFolder folder;
  ManualClock clock{1'764'000'000'000'000};
  IdSource ids{clock, 1};
  std::unique_ptr<store::Store> store =
      std::move(store::Store::Open({folder / "r.sqlite", model::Model::Standard(), &clock, 4}))
          .value();
  crm::Crm crm{*store, clock, ids, "secret"};
  crm::Caller system{auth::Principal::System(), "mcp"};

  std::string Make(const char* object, const std::string& json) {
    const Result<model::Record> made =
        crm.Create(system, *crm.model()->Find(object), *Json::Parse(json));
    REQUIRE(made.ok());
    return made->id().ToString();
  }
  Result<Json> Run(const char* tool, const std::string& arguments) {
    return RunSalesTool(crm, system, tool, *Json::Parse(arguments));
  }
  Json Good(const char* tool, const std::string& arguments) {
    const Result<Json> result = Run(tool, arguments);
    INFO((result.ok() ? "" : result.error().message));
    REQUIRE(result.ok());
    return *result;
  }
};

TEST_CASE_FIXTURE(ToolFixture, "a lead becomes a deal, a quote, and a deal as quoted") {
  const std::string lead = Make("lead", R"({"last_name":"Jansen","company":"Erie"})");
  const Json made = Good("convert_lead", R"({"id":")" + lead + R"(","opportunity":{}})");
  const std::string deal(made["opportunity_id"].AsString());
  const std::string product = Make("product", R"({"name":"Bearing","list_price":"8"})");
  Make("opportunity_line",
       R"({"opportunity_id":")" + deal + R"(","product_id":")" + product + "\"}");
  const Json quote =
      Good("quote_opportunity", R"({"id":")" + deal + R"(","fields":{"name":"Offer"}})");
  CHECK(quote["record"]["name"].AsString() == "Offer");
  const std::string id(quote["record"]["id"].AsString());
  const Json accepted = Good("accept_quote", R"({"id":")" + id + R"(","sync":true})");
  CHECK(accepted["record"]["status"].AsString() == "accepted");
  const Result<Json> twice = Run("convert_lead", R"({"id":")" + lead + "\"}");
  REQUIRE_FALSE(twice.ok());
  CHECK(twice.error().kind == ErrorKind::kConflict);
  CHECK(Run("convert_lead", R"({"id":"x"})").error().fields[0].field == "/id");
}

TEST_CASE_FIXTURE(ToolFixture, "a hierarchy is shown, and tools are those of the model") {
  const std::string root = Make("account", R"({"name":"Holding"})");
  const std::string plant = Make("account", R"({"name":"Plant","parent_id":")" + root + "\"}");
  const Json tree = Good("get_hierarchy", R"({"object":"account","id":")" + plant + "\"}");
  CHECK(tree["ancestors"].items()[0]["title"].AsString() == "Holding");
  for (const mcp::Tool& tool : SalesTools(*crm.model())) CHECK(IsSalesTool(tool.name));
  CHECK_FALSE(IsSalesTool("get_account"));
  CHECK(SalesTools(model::Model({})).empty());
}

}  // namespace
}  // namespace boathouse::mcp_surface
