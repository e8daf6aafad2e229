#include "crm/sales/sales_fixture.h"

namespace boathouse::crm {
namespace {

struct TagFixture : SalesFixture {
  Caller As(const char* role) {
    Caller caller{auth::Principal{}, "rest"};
    caller.principal.user = *Id::Parse(Make("user", R"({"name":"Somebody"})"));
    caller.principal.role = role;
    return caller;
  }
};

TEST_CASE_FIXTURE(TagFixture, "tags are kept as they spell themselves, and new ones are made") {
  Make("tag", R"({"name":"Key Account"})");
  const std::string account = Make("account", R"({"name":"A","tags":["key account","new one"]})");
  CHECK(Read("account", account)["tags"] == Parse(R"(["Key Account","new one"])"));
  CHECK(Column("tag", "", "name") == "Key Account new one");
  Change("account", account, R"({"tags":["NEW ONE","New one"]})");
  CHECK(Read("account", account)["tags"] == Parse(R"(["new one"])"));
  Change("account", account, R"({"tags":[]})");
  CHECK(Read("account", account)["tags"].is_null());
  CHECK(First(RefusedNew("tag", R"({"name":"KEY ACCOUNT"})")) == "/name duplicate");
  CHECK(First(RefusedNew("tag", R"({"name":"a;b"})")) == "/name wrong_format");
}

TEST_CASE_FIXTURE(TagFixture, "a renamed tag is renamed everywhere, a deleted one goes") {
  const std::string tag = Make("tag", R"({"name":"vip"})");
  std::vector<std::string> accounts;
  for (int i = 0; i < 250; ++i) {
    accounts.push_back(Make("account", R"({"name":"A","tags":["b","vip"]})"));
  }
  const std::string deal = Make("opportunity", R"({"name":"D","tags":["vip"]})");
  const std::string near = Make("account", R"({"name":"N","tags":["vip2"]})");
  Change("tag", tag, R"({"name":"Best"})");
  // Who still knows the old name means the new one.
  const std::string late = Make("account", R"({"name":"L","tags":["vip"]})");
  CHECK(Read("account", late)["tags"] == Parse(R"(["Best"])"));
  CHECK(Upkeep() == 251);
  CHECK(Read("account", accounts[249])["tags"] == Parse(R"(["Best","b"])"));
  CHECK(Read("opportunity", deal)["tags"] == Parse(R"(["Best"])"));
  CHECK(Read("account", near)["tags"] == Parse(R"(["vip2"])"));
  REQUIRE(Delete("tag", tag).ok());
  CHECK(Upkeep() == 252);
  CHECK(Read("account", accounts[0])["tags"] == Parse(R"(["b"])"));
  CHECK(Read("opportunity", deal)["tags"].is_null());
  CHECK(Upkeep() == 0);
}

TEST_CASE_FIXTURE(TagFixture, "a tag that is there again keeps its records") {
  const std::string account = Make("account", R"({"name":"A","tags":["vip"]})");
  REQUIRE(Delete("tag", Column("tag", "", "id")).ok());
  Make("tag", R"({"name":"vip"})");
  CHECK(Upkeep() == 0);
  CHECK(Read("account", account)["tags"] == Parse(R"(["vip"])"));
}

TEST_CASE_FIXTURE(TagFixture, "who may write records may make tags") {
  const Result<model::Record> made =
      crm.Create(As("member"), Of("account"), Parse(R"({"name":"A","tags":["fresh"]})"));
  REQUIRE(made.ok());
  CHECK(Column("tag", "", "name") == "fresh");
}

}  // namespace
}  // namespace boathouse::crm
