#include "crm/hierarchy.h"

#include "crm/sales/sales_fixture.h"

namespace boathouse::crm {
namespace {

struct TreeFixture : SalesFixture {
  std::string Under(const std::string& name, const std::string& parent) {
    return Make("account", R"({"name":")" + name + R"(","parent_id":")" + parent + "\"}");
  }
  Hierarchy Tree(const std::string& id) {
    const Result<Hierarchy> tree = GetHierarchy(crm, system, Of("account"), *Id::Parse(id));
    REQUIRE(tree.ok());
    return *tree;
  }
  static std::string Told(const Json& node) {
    std::string text(node["title"].AsString());
    if (node["children"].size() == 0) return text;
    std::string inside;
    for (const Json& child : node["children"].items()) {
      inside += (inside.empty() ? "" : " ") + Told(child);
    }
    return text + "(" + inside + ")";
  }
};

TEST_CASE_FIXTURE(TreeFixture, "ancestors from the root down, and the tree below") {
  const std::string root = Make("account", R"({"name":"Holding"})");
  const std::string steel = Under("Steel", root);
  const std::string press = Under("Press", steel);
  Under("Foundry", steel);
  Under("Night shift", press);
  Under("Plastics", root);
  const Json tree = Tree(steel).ToJson();
  CHECK(Told(tree["record"]) == "Steel(Foundry Press(Night shift))");
  REQUIRE(tree["ancestors"].size() == 1);
  CHECK(tree["ancestors"].items()[0]["title"].AsString() == "Holding");
  CHECK(tree["truncated"] == Json(false));
  CHECK(Told(Tree(root).ToJson()["record"]) ==
        "Holding(Plastics Steel(Foundry Press(Night shift)))");
  CHECK(Tree(press).ancestors.size() == 2);
}

TEST_CASE_FIXTURE(TreeFixture, "a tree that is too large is cut, and says so") {
  std::string deep = Make("account", R"({"name":"0"})");
  const std::string root = deep;
  for (size_t level = 1; level <= descendant_levels_max + 2; ++level) {
    deep = Under(std::to_string(level), deep);
  }
  CHECK(Tree(root).truncated);
  CHECK(Tree(root).descendants.size() == descendant_levels_max);
  CHECK(Tree(deep).ancestors.size() == descendant_levels_max + 2);
  const std::string wide = Make("account", R"({"name":"Wide"})");
  for (size_t i = 0; i < 150; ++i) {
    Under("leaf", Under("branch", wide));
  }
  CHECK(Tree(wide).descendants.size() == 300);
  CHECK_FALSE(Tree(wide).truncated);
}

TEST_CASE_FIXTURE(TreeFixture, "objects without a hierarchy have none, and cycles are refused") {
  const std::string root = Make("account", R"({"name":"Holding"})");
  const std::string steel = Under("Steel", root);
  CHECK(First(Refused("account", root, With(R"({"parent_id":"$"})", steel))) == "/parent_id cycle");
  const std::string lead = Make("lead", R"({"last_name":"L","company":"E"})");
  CHECK_FALSE(GetHierarchy(crm, system, Of("lead"), *Id::Parse(lead)).ok());
  CHECK_FALSE(GetHierarchy(crm, system, Of("account"), *Id::Parse(lead)).ok());
}

}  // namespace
}  // namespace boathouse::crm
