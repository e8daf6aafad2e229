#include "crm/sales/sales_fixture.h"
#include "crm/trash.h"

namespace boathouse::crm {
namespace {

struct PipelineFixture : SalesFixture {
  std::string Default() {
    ListRequest request;
    request.filter = "is_default = true";
    const Result<ListPage> page = crm.List(system, Of("pipeline"), request);
    REQUIRE(page.ok());
    REQUIRE(page->records.size() == 1);
    return page->records[0].id().ToString();
  }
  std::string StageId(const std::string& pipeline, const std::string& key) {
    return Column("stage", "pipeline_id = \"" + pipeline + "\" AND key = " + key, "id");
  }
};

TEST_CASE_FIXTURE(PipelineFixture, "a deal begins in the first stage of the default pipeline") {
  const std::string deal = Make("opportunity", R"({"name":"Press line","amount":"1000"})");
  const Json read = Read("opportunity", deal);
  CHECK(read["stage"].AsString() == "prospecting");
  CHECK(read["probability"].AsInt() == 10);
  CHECK(read["forecast_category"].AsString() == "pipeline");
  CHECK(read["is_closed"] == Json(false));
  CHECK(read["pipeline_id"].AsString() == Default());
  CHECK(read["stage_changed_at"].AsString() == FormatDateTime(begin));
  CHECK(Column("stage", "", "key") == "prospecting engaging proposal negotiation won lost");
}

TEST_CASE_FIXTURE(PipelineFixture, "a stage is found by key or name, and sets what follows") {
  const std::string deal = Make("opportunity", R"({"name":"Press line","stage":"Engaging"})");
  CHECK(Text("opportunity", deal, "stage") == "engaging");
  CHECK(Text("opportunity", deal, "probability") == "30");
  Json read = Change("opportunity", deal, R"({"stage":"NEGOTIATION","probability":90})");
  CHECK(read["stage"].AsString() == "negotiation");
  CHECK(read["probability"].AsInt() == 90);
  CHECK(read["close_date"].is_null());
  read = Change("opportunity", deal, R"({"stage":"Won","close_reason":"Price"})");
  CHECK(read["probability"].AsInt() == 100);
  CHECK(read["is_won"] == Json(true));
  CHECK(read["is_closed"] == Json(true));
  CHECK(read["forecast_category"].AsString() == "closed");
  CHECK(read["close_date"].AsString() == "2025-11-24");
  CHECK(read["close_reason"].AsString() == "Price");
  SUBCASE("opened again, the reason is gone") {
    read = Change("opportunity", deal, R"({"stage":"proposal"})");
    CHECK(read["is_closed"] == Json(false));
    CHECK(read["close_reason"].is_null());
    CHECK(read["close_date"].AsString() == "2025-11-24");
  }
  SUBCASE("a close date that was set is kept") {
    read = Change("opportunity", deal, R"({"stage":"lost","close_date":"2026-01-31"})");
    CHECK(read["close_date"].AsString() == "2026-01-31");
    CHECK(read["is_won"] == Json(false));
    CHECK(read["probability"].AsInt() == 0);
  }
}

TEST_CASE_FIXTURE(PipelineFixture, "a stage that is none is refused with those there are") {
  const Error error = RefusedNew("opportunity", R"({"name":"Press","stage":"maybe"})");
  CHECK(error.kind == ErrorKind::kInvalid);
  CHECK(First(error) == "/stage not_an_option");
  CHECK(error.message.find("prospecting, engaging, proposal") != std::string::npos);
  const std::string deal = Make("opportunity", R"({"name":"Press"})");
  CHECK(First(Refused("opportunity", deal, R"({"stage":null})")) == "/stage required");
  CHECK(First(Refused("opportunity", deal, R"({"stage":7})")) == "/stage wrong_type");
}

TEST_CASE_FIXTURE(PipelineFixture, "each change of stage is a step of the history") {
  const std::string deal = Make("opportunity", R"({"name":"Press","amount":"20"})");
  clock.Advance(36 * hour);
  Change("opportunity", deal, R"({"stage":"proposal"})");
  Change("opportunity", deal, R"({"next_step":"Call"})");
  clock.Advance(day);
  Change("opportunity", deal, R"({"stage":"won"})");
  CHECK(Column("opportunity_stage_history", "", "stage") == "prospecting proposal won");
  CHECK(Column("opportunity_stage_history", "", "from_stage") == "- prospecting proposal");
  CHECK(Column("opportunity_stage_history", "", "days_in_stage") == "- 1.50 1.00");
  CHECK(Column("opportunity_stage_history", "", "amount") == "20.00 20.00 20.00");
}

TEST_CASE_FIXTURE(PipelineFixture, "another pipeline has its own stages") {
  const std::string deal = Make("opportunity", R"({"name":"Press","stage":"won"})");
  const std::string renewals = Make("pipeline", R"({"name":"Renewals"})");
  CHECK(Text("pipeline", renewals, "is_default") == "false");
  CHECK(First(Refused("opportunity", deal, With(R"({"pipeline_id":"$"})", renewals))) ==
        "/pipeline_id no_stages");
  Make("stage", With(R"({"pipeline_id":"$","name":"First Contact","probability":20})", renewals));
  Make("stage", With(R"({"pipeline_id":"$","name":"Won","category":"won"})", renewals));
  CHECK(Column("stage", "pipeline_id = \"" + renewals + "\"", "key") == "first_contact won");
  CHECK(Column("stage", "pipeline_id = \"" + renewals + "\"", "position") == "1 2");
  CHECK(Column("stage", "pipeline_id = \"" + renewals + "\"", "probability") == "20 100");
  CHECK(Column("stage", "pipeline_id = \"" + renewals + "\"", "forecast_category") ==
        "pipeline closed");
  // The stage of the same key, where there is one.
  CHECK(Change("opportunity", deal, With(R"({"pipeline_id":"$"})", renewals))["stage"] ==
        Json("won"));
  const std::string other = Make("opportunity", R"({"name":"Other","stage":"proposal"})");
  Json read = Change("opportunity", other, With(R"({"pipeline_id":"$"})", renewals));
  CHECK(read["stage"].AsString() == "first_contact");
  CHECK(read["probability"].AsInt() == 20);
  CHECK(First(Refused("opportunity", other, R"({"stage":"proposal"})")) == "/stage not_an_option");
  // By name, and both at once.
  read =
      Change("opportunity", other, With(R"({"pipeline_id":"$","stage":"Negotiation"})", Default()));
  CHECK(read["stage"].AsString() == "negotiation");
  Change("pipeline", renewals, R"({"is_active":false})");
  CHECK(First(Refused("opportunity", other, With(R"({"pipeline_id":"$"})", renewals))) ==
        "/pipeline_id inactive");
}

TEST_CASE_FIXTURE(PipelineFixture, "there is one default pipeline, always") {
  Make("opportunity", R"({"name":"Press"})");
  const std::string sales = Default();
  CHECK(First(Refused("pipeline", sales, R"({"is_default":false})")) ==
        "/is_default needs_default");
  CHECK(First(Refused("pipeline", sales, R"({"is_active":false})")) == "/is_active needs_default");
  const Status kept = Delete("pipeline", sales);
  REQUIRE_FALSE(kept.ok());
  CHECK(kept.error().kind == ErrorKind::kConflict);
  const std::string renewals = Make("pipeline", R"({"name":"Renewals","is_default":true})");
  CHECK(Default() == renewals);
  CHECK(Text("pipeline", sales, "is_default") == "false");
}

TEST_CASE_FIXTURE(PipelineFixture, "stages and pipelines in use stay") {
  const std::string deal = Make("opportunity", R"({"name":"Press","stage":"proposal"})");
  Make("opportunity", R"({"name":"Other","stage":"proposal"})");
  const std::string sales = Default();
  const std::string proposal = StageId(sales, "proposal");
  const Status kept = Delete("stage", proposal);
  REQUIRE_FALSE(kept.ok());
  CHECK(kept.error().kind == ErrorKind::kConflict);
  CHECK(kept.error().message.starts_with("2 opportunities are in this stage"));
  CHECK(First(Refused("stage", proposal, R"({"key":"offer"})")) == "/key in_use");
  CHECK(Change("stage", proposal, R"({"name":"Offer"})")["key"].AsString() == "proposal");
  Change("opportunity", deal, R"({"stage":"Offer"})");  // by its new name, which changes nothing
  CHECK(Column("opportunity_stage_history", "", "stage") == "proposal proposal");

  const std::string lost = StageId(sales, "lost");
  CHECK(Delete("stage", lost).ok());
  Make("pipeline", R"({"name":"Renewals","is_default":true})");
  const Status used = Delete("pipeline", sales);
  REQUIRE_FALSE(used.ok());
  CHECK(used.error().message.starts_with("2 opportunities are in this pipeline"));
}

TEST_CASE_FIXTURE(PipelineFixture, "a pipeline that nobody uses goes with its stages") {
  Make("opportunity", R"({"name":"Press"})");
  const std::string renewals = Make("pipeline", R"({"name":"Renewals"})");
  Make("stage", With(R"({"pipeline_id":"$","name":"Contact"})", renewals));
  CHECK(Delete("pipeline", renewals).ok());
  CHECK(Column("stage", "", "key") == "prospecting engaging proposal negotiation won lost");
}

TEST_CASE_FIXTURE(PipelineFixture, "a stage's new meaning is for those who enter it") {
  const std::string deal = Make("opportunity", R"({"name":"Press","stage":"won"})");
  const std::string won = StageId(Default(), "won");
  Change("stage", won, R"({"category":"lost","probability":5})");
  Json read = Change("opportunity", deal, R"({"next_step":"Invoice"})");
  CHECK(read["is_won"] == Json(true));
  CHECK(read["probability"].AsInt() == 100);
  const std::string later = Make("opportunity", R"({"name":"Later","stage":"won"})");
  CHECK(Text("opportunity", later, "is_won") == "false");
  CHECK(Text("opportunity", later, "probability") == "5");
}

TEST_CASE_FIXTURE(PipelineFixture, "keys and names of stages are unique within their pipeline") {
  Make("opportunity", R"({"name":"Press"})");
  const std::string sales = Default();
  CHECK(First(RefusedNew("stage", With(R"({"pipeline_id":"$","name":"WON"})", sales))) ==
        "/key duplicate");
  CHECK(First(RefusedNew("stage", With(R"({"pipeline_id":"$","name":"X","key":"a b"})", sales))) ==
        "/key wrong_format");
  CHECK(First(RefusedNew("stage", R"({"name":"X"})")) == "/pipeline_id required");
}

TEST_CASE_FIXTURE(PipelineFixture,
                  "a deal that comes back is in the stage it was in, since when it was") {
  const std::string deal =
      Make("opportunity", R"({"name":"Press","stage":"won","probability":90})");
  const Json was = Read("opportunity", deal);
  REQUIRE(Delete("opportunity", deal).ok());
  clock.Advance(day);
  const Result<Restored> back = RestoreFromTrash(crm, system, Of("opportunity"), *Id::Parse(deal));
  REQUIRE(back.ok());
  const Json is = Read("opportunity", deal);
  for (const char* field : {"stage", "stage_id", "probability", "stage_changed_at", "close_date"}) {
    CHECK(is[field] == was[field]);
  }
  CHECK(Column("opportunity_stage_history", "", "stage").find("won won") == std::string::npos);
}

TEST_CASE_FIXTURE(PipelineFixture, "opportunities from before pipelines are taken in") {
  const model::Object& object = Of("opportunity");
  REQUIRE(store
              ->Write([&](store::Transaction& transaction) -> Status {
                for (const char* stage : {"engaging", "won"}) {
                  model::Record old;
                  old.Set(model::kFieldId, ids.Next());
                  old.Set(*object.IndexOf("name"), std::string("Old ") + stage);
                  old.Set(*object.IndexOf("stage"), std::string(stage));
                  old.Set(*object.IndexOf("probability"), int64_t{55});
                  TRY(transaction.Insert(object, std::move(old), {}));
                }
                return Status::Ok();
              })
              .ok());
  REQUIRE(BeginWorkspace(crm).ok());
  CHECK(Upkeep() == 2);
  CHECK(Column("opportunity", "", "stage") == "engaging won");
  CHECK(Column("opportunity", "", "probability") == "55 55");
  CHECK(Column("opportunity", "", "is_won") == "false true");
  CHECK(Upkeep() == 0);
  REQUIRE(BeginWorkspace(crm).ok());  // nothing more
  CHECK(Column("pipeline", "", "name") == "Sales");
}

}  // namespace
}  // namespace boathouse::crm
