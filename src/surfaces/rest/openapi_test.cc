#include "surfaces/rest/openapi.h"

#include <doctest/doctest.h>

#include <map>
#include <set>

#include "base/bytes.h"
#include "crm/hierarchy.h"
#include "model/change.h"
#include "surfaces/rest/route.h"

namespace boathouse::rest {
namespace {

void CollectRefs(const Json& json, std::set<std::string>* refs) {
  for (const Json& item : json.items()) CollectRefs(item, refs);
  for (const auto& [name, value] : json.members()) {
    if (name == "$ref") refs->emplace(value.AsString());
    CollectRefs(value, refs);
  }
}

const Json& At(const Json& document, std::string_view pointer) {
  const Json* at = &document;
  pointer.remove_prefix(2);  // "#/"
  while (!pointer.empty()) {
    const size_t slash = std::min(pointer.find('/'), pointer.size());
    at = &(*at)[pointer.substr(0, slash)];
    pointer.remove_prefix(std::min(slash + 1, pointer.size()));
  }
  return *at;
}

TEST_CASE("every route is documented, with the query parameters it takes, and nothing else is") {
  const auto model = model::Model::Standard();
  const Json document = OpenApi(*model);
  std::map<std::string, std::set<std::string>> expected;
  for (const Route& route : AllRoutes()) {
    const std::set<std::string> query(route.query.begin(), route.query.end());
    const std::string pattern(route.pattern);
    // A path of one object's own stands before that of all objects.
    if (!pattern.starts_with("/{plural}")) {
      expected[std::string(route.method) + " " + pattern] = query;
      continue;
    }
    for (const model::Object& object : model->objects()) {
      if (pattern.ends_with("/hierarchy") && !crm::HasHierarchy(object)) continue;
      expected.try_emplace(std::string(route.method) + " /" + object.plural + pattern.substr(9),
                           query);
    }
  }
  // Files come one at a time (see the routes of attachments).
  expected.erase("POST /attachments:batchCreate");
  std::map<std::string, std::set<std::string>> documented;
  std::set<std::string> operation_ids;
  for (const auto& [path, item] : document["paths"].members()) {
    for (const auto& [method, operation] : item.members()) {
      if (method == "parameters") continue;
      CHECK(operation_ids.emplace(operation["operationId"].AsString()).second);
      auto& query = documented[(method == "get"     ? "GET "
                                : method == "post"  ? "POST "
                                : method == "put"   ? "PUT "
                                : method == "patch" ? "PATCH "
                                                    : "DELETE ") +
                               path];
      for (const Json& parameter : operation["parameters"].items()) {
        const Json* ref = parameter.Find("$ref");
        const Json& resolved = ref != nullptr ? At(document, ref->AsString()) : parameter;
        if (resolved["in"].AsString() == "query") query.emplace(resolved["name"].AsString());
      }
    }
  }
  CHECK(documented == expected);
}

TEST_CASE("a custom object may be called like something of ours") {
  std::shared_ptr<const model::Model> model = model::Model::Standard();
  for (const char* change : {R"({"add_object":{"name":"session","plural":"sessions"}})",
                             R"({"add_object":{"name":"problem","plural":"sources"}})",
                             R"({"add_object":{"name":"account_page","plural":"account_pages"}})",
                             R"({"add_object":{"name":"accountpage","plural":"accountpages"}})"}) {
    model = model::Apply(*model, *Json::Parse(change)).value();
  }
  const Json document = OpenApi(*model);
  const Json& schemas = document["components"]["schemas"];
  CHECK(schemas["Session"]["properties"].Find("token") != nullptr);
  CHECK(schemas["AccountPage"]["properties"].Find("items") != nullptr);
  CHECK(schemas["Custom_session"]["properties"].Find("owner_id") != nullptr);
  std::set<std::string> ids;
  size_t operations = 0;
  for (const auto& [path, item] : document["paths"].members()) {
    for (const auto& [method, operation] : item.members()) {
      if (method == "parameters") continue;
      ++operations;
      ids.emplace(operation["operationId"].AsString());
    }
  }
  CHECK(ids.size() == operations);
  CHECK(ids.contains("createCustom_account_page"));
  CHECK(ids.contains("listCustom_sources"));
  CHECK(ids.contains("listSources"));
}

TEST_CASE("every reference leads somewhere, and every schema is used") {
  const Json document = OpenApi(*model::Model::Standard());
  std::set<std::string> refs;
  CollectRefs(document, &refs);
  for (const std::string& ref : refs) {
    CAPTURE(ref);
    CHECK(!At(document, ref).is_null());
  }
  for (const char* kind : {"schemas", "parameters", "responses"}) {
    for (const auto& [name, value] : document["components"][kind].members()) {
      CAPTURE(name);
      CHECK(refs.contains("#/components/" + std::string(kind) + "/" + name));
    }
  }
}

TEST_CASE("schemas say what may be written and what is always there") {
  const auto model = model::Model::Standard();
  Json schemas = Json::Object();
  AddObjectSchemas(*model->Find("opportunity"), &schemas);
  const Json& record = schemas["Opportunity"];
  CHECK(record["properties"]["id"]["readOnly"].AsBool());
  CHECK(record["required"].size() == model->Find("opportunity")->fields.size());
  CHECK(record["additionalProperties"].kind() == Json::Kind::kBool);
  const Json& create = schemas["OpportunityCreate"];
  CHECK(create["required"] == Json::Array({"name"}));
  CHECK(create["properties"].Find("id") == nullptr);
  CHECK(create["properties"]["stage"]["default"].AsString() == "prospecting");
  CHECK(create["properties"]["stage"]["type"].AsString() == "string");
  CHECK(create["properties"]["probability"]["maximum"].AsInt() == 100);
  CHECK(create["properties"]["amount"]["anyOf"].size() == 2);
  const Json& patch = schemas["OpportunityPatch"];
  CHECK(patch.Find("required") == nullptr);
  CHECK(patch["properties"]["stage"].Find("default") == nullptr);
  AddObjectSchemas(*model->Find("contact"), &schemas);
  CHECK(schemas["ContactCreate"]["properties"].Find("name") == nullptr);
  CHECK(schemas["Contact"]["properties"]["name"]["readOnly"].AsBool());
}

TEST_CASE("the type of a field decides its schema") {
  model::Field field;
  field.name = "amount";
  field.label = "Amount";
  const auto output = [&](model::FieldType type) {
    field.type = type;
    return OutputSchema(field);
  };
  CHECK(output(model::FieldType::kDate)["format"].AsString() == "date");
  CHECK(output(model::FieldType::kDateTime)["format"].AsString() == "date-time");
  CHECK(output(model::FieldType::kMoney)["type"].items()[0].AsString() == "string");
  CHECK(output(model::FieldType::kDecimal)["pattern"].is_string());
  CHECK(output(model::FieldType::kBoolean)["type"].items()[0].AsString() == "boolean");
  CHECK(output(model::FieldType::kRelation)["format"].AsString() == "uuid");
  field.required = true;
  CHECK(output(model::FieldType::kInteger)["type"].AsString() == "integer");
  CHECK(InputSchema(field)["type"].AsString() == "integer");
  CHECK(TypeNameOf("purchase_order") == "PurchaseOrder");
}

TEST_CASE("examples are records one could create") {
  const auto model = model::Model::Standard();
  for (const model::Object& object : model->objects()) {
    const Json example = CreateExample(object);
    if (example.is_null()) continue;  // a part of another record, which a reader has to make first
    for (const auto& [name, value] : example.members()) {
      const model::Field* field = object.Find(name);
      REQUIRE(field != nullptr);
      CAPTURE(name);
      CHECK(model::FromJson(*field, value, "/" + name).ok());
    }
    for (const model::Field& field : object.fields) {
      if (field.required && !field.read_only && model::IsNull(field.default_value)) {
        CHECK(example.Find(field.name) != nullptr);
      }
    }
  }
  model::Object unknown;
  unknown.name = "shipment";
  CHECK(CreateExample(unknown).is_null());
}

}  // namespace
}  // namespace boathouse::rest
