#include "sources/semantic_model.h"

#include <doctest/doctest.h>

#include <string>

namespace boathouse::sources {
namespace {

// A document with the given relationships and metrics over two datasets.
Result<SemanticModel> Read(const std::string& relationships, const std::string& metrics) {
  const auto json = Json::Parse(R"x({"version":"0.2.0.dev0","semantic_model":[{"name":"sales",
      "ai_context":{"examples":["How much?"]},
      "datasets":[
        {"name":"fact","source":"s.fact","fields":[
          {"name":"day","expression":{"dialects":[{"dialect":"ANSI_SQL","expression":"day"}]},"dimension":{"is_time":true}},
          {"name":"amount","expression":{"dialects":[{"dialect":"SNOWFLAKE","expression":"amt"}]}}]},
        {"name":"dim","source":"s.dim","fields":[
          {"name":"account_name","dimension":{"is_time":false},"ai_context":{"synonyms":["customer"]},
           "custom_extensions":[{"vendor_name":"OTHER","data":"{}"},
             {"vendor_name":"BOATHOUSE","data":"{\"dimension\":\"account\",\"key\":\"id\",\"values\":false}"}]},
          {"name":"city","dimension":{}}]}],
      "relationships":)x" + relationships +
                                R"x(,"metrics":)x" + metrics + "}]}");
  REQUIRE(json.ok());
  return ParseSemanticModel(*json);
}

const char join[] =
    R"x([{"name":"r","from":"fact","to":"dim","from_columns":["id"],"to_columns":["id"]}])x";

TEST_CASE("a model is read with what we added to it") {
  const auto model = Read(join, R"x([{"name":"gross_margin","expression":{"dialects":[
      {"dialect":"ANSI_SQL","expression":"SUM(fact.amount)"}]},"custom_extensions":[
      {"vendor_name":"BOATHOUSE","data":"{\"format\":\"money\"}"}]},
      {"name":"rows","label":"Rows","expression":{"dialects":[{"dialect":"X","expression":"COUNT(*)"}]}}])x");
  REQUIRE_MESSAGE(model.ok(), model.error().message);
  CHECK(model->examples == std::vector<std::string>{"How much?"});
  const ModelField* account = model->FindDimension("account");
  REQUIRE(account != nullptr);
  CHECK(account->name == "account_name");
  CHECK(account->key == "id");
  CHECK(account->label == "Account name");
  CHECK_FALSE(account->has_values);
  CHECK(account->synonyms == std::vector<std::string>{"customer"});
  const ModelField* city = model->FindDimension("city");
  REQUIRE(city != nullptr);
  CHECK(city->has_values);
  CHECK(city->expression == "city");
  REQUIRE(model->TimeOf("fact") != nullptr);
  CHECK(model->TimeOf("fact")->name == "day");
  CHECK(model->TimeOf("dim") == nullptr);
  CHECK(model->FindDimension("amount") == nullptr);
  CHECK(model->FindDataset("fact")->fields[1].expression == "amt");
  CHECK(model->FindMetric("gross_margin")->format == "money");
  CHECK(model->FindMetric("gross_margin")->label == "Gross margin");
  CHECK(model->FindMetric("rows")->dataset == "fact");
  CHECK(model->FindMetric("rows")->format == "number");
  CHECK(model->FindMetric("nothing") == nullptr);
}

TEST_CASE("a model that points nowhere is refused with the reason") {
  const auto reason = [](const std::string& relationships, const std::string& metrics) {
    const auto model = Read(relationships, metrics);
    REQUIRE_FALSE(model.ok());
    CHECK(model.error().kind == ErrorKind::kInvalid);
    return model.error().message;
  };
  const auto metric = [](const char* sql) {
    return R"x([{"name":"m","expression":")x" + std::string(sql) + R"x("}])x";
  };
  CHECK(reason(R"x([{"from":"fact","to":"gone","from_columns":["a"],"to_columns":["a"]}])x",
               "[]") == "the semantic model is wrong: no dataset gone");
  CHECK(reason(R"x([{"from":"fact","to":"dim","from_columns":["a"],"to_columns":[]}])x", "[]") ==
        "the semantic model is wrong: a relationship needs as many columns on each side");
  CHECK(reason(join, metric("SUM(gone.amount)")) == "the semantic model is wrong: no dataset gone");
  CHECK(reason(join, metric("SUM(fact.amount) / COUNT(dim.city)")) ==
        "the semantic model is wrong: the metric m reads two datasets");
  CHECK(reason(join, R"x([{"name":"m"}])x") ==
        "the semantic model is wrong: a metric needs a name and an expression");
  CHECK_FALSE(ParseSemanticModel(Json::Object()).ok());
  CHECK_FALSE(
      ParseSemanticModel(Json::Parse(R"x({"semantic_model":[{"datasets":[]}]})x").value()).ok());
}

}  // namespace
}  // namespace boathouse::sources
