// The description of saved views and of groups.
#include "crm/crm.h"
#include "crm/views.h"
#include "surfaces/rest/openapi.h"
#include "surfaces/rest/openapi_operation.h"
#include "surfaces/rest/openapi_words.h"

namespace boathouse::rest {
namespace {

constexpr size_t words_chars_max = 1000;

Json TextList(std::string_view description, size_t count_max) {
  return Json::Object({{"type", "array"},
                       {"items", Json::Object({{"type", "string"}, {"pattern", "^[^,]*$"}})},
                       {"maxItems", count_max},
                       {"description", description}});
}
Json Visibility() {
  return Text("private: its owner's; shared: for everybody who reads the object.")
      .Set("enum", Json::Array({"private", "shared"}));
}
Json ObjectNames(const model::Model& model) {
  Json names = Json::Array();
  for (const model::Object& object : model.objects()) names.Append(object.name);
  return names;
}

// What may be set; `nullable` where a merge patch may empty it.
Json Writable(bool nullable) {
  const auto or_null = [&](Json schema) {
    if (!nullable) return schema;
    const std::string type(schema["type"].AsString());
    return schema.Set("type", Json::Array({type, "null"}));
  };
  return Json::Object(
      {{"name", Text("What people call it.")
                    .Set("pattern", filled_line_pattern)
                    .Set("maxLength", crm::view_name_chars_max)},
       {"filter",
        or_null(Text("As the parameter of lists.").Set("maxLength", crm::view_filter_chars_max))},
       {"order_by", or_null(Text("As the parameter of lists.").Set("maxLength", words_chars_max))},
       {"columns", or_null(TextList("The fields to show.", crm::view_columns_max))},
       {"group_by", or_null(TextList("As the parameter of groups.", crm::group_keys_max))},
       {"aggregates", or_null(TextList("As `aggregate` of groups.", crm::group_aggregates_max))},
       {"visibility", Visibility()}});
}

Json ViewSchema() {
  const Json time = Json::Object({{"type", Json::Array({"string", "null"})},
                                  {"format", "date-time"},
                                  {"description", "null for a built-in view."}});
  Json members = Json::Object(
      {{"id", Text("A UUID; of a built-in view a name such as accounts.mine.")},
       {"name", Text("What people call it.")},
       {"object", Text("What it is of.")},
       {"owner_id", Json::Object({{"type", Json::Array({"string", "null"})},
                                  {"format", "uuid"},
                                  {"description", "null for a built-in view."}})},
       {"visibility", Visibility()},
       {"built_in", Json::Object({{"type", "boolean"},
                                  {"description", "Comes with the object; nobody saved it."}})},
       {"filter", Text("Which records.")},
       {"order_by", Text("In which order.")},
       {"columns", TextList("The fields to show.", crm::view_columns_max)},
       {"group_by", TextList("What to group by.", crm::group_keys_max)},
       {"aggregates", TextList("What to compute of each group.", crm::group_aggregates_max)},
       {"created_at", time},
       {"updated_at", time}});
  return ClosedSchema(members);
}

Json Open(std::string_view description, Json values) {
  return Json::Object({{"type", "object"},
                       {"additionalProperties", std::move(values)},
                       {"description", description}});
}

Json GroupPageSchema() {
  const Json scalar =
      Json::Object({{"type", Json::Array({"string", "integer", "boolean", "array", "null"})},
                    {"items", Json::Object({{"type", "string"}})}});
  const Json number = Json::Object({{"type", Json::Array({"string", "integer", "null"})}});
  const Json row = ClosedSchema(Json::Object(
      {{"key",
        Open("What the group's records have in common, by the names in group_by; a period is "
             "its first day.",
             scalar)},
       {"titles", Open("What records in `key` are called.", Json::Object({{"type", "string"}}))},
       {"values", Open("By the names in aggregates; decimals are strings.", number)}}));
  const Json names =
      Json::Object({{"type", "array"}, {"items", Json::Object({{"type", "string"}})}});
  return ClosedSchema(Json::Object(
      {{"group_by", names},
       {"aggregates", names},
       {"items", Json::Object({{"type", "array"}, {"items", row}})},
       {"totals", Open("The aggregates of all records of the filter.", number)},
       {"total_size", Json::Object({{"type", "integer"},
                                    {"minimum", 0},
                                    {"description", "How many groups there are."}})}}));
}

Json GroupsPath(const model::Object& object) {
  return Json::Object(
      {{"get",
        Operation("group" + TypeNameOf(object) + "Records", object.plural,
                  "Count and sum " + object.plural + " in groups")
            .Says("Sums and averages are exact decimals; averages are rounded to four places.")
            .Takes({ParameterRef("filter"),
                    QueryParameter("group_by",
                                   "Up to four fields, also of related records "
                                   "(`account.industry`); dates by day, week, month, quarter or "
                                   "year: `stage,close_date:month`. Without it: one row of all.",
                                   TextMax(words_chars_max)),
                    QueryParameter("aggregate",
                                   "`count`, `count(field)`, `sum(field)`, `avg(field)`, "
                                   "`min(field)`, `max(field)`, by commas.",
                                   TextMax(words_chars_max).Set("default", "count")),
                    QueryParameter("order_by",
                                   "What stands in the other two: `sum(amount) desc, stage`.",
                                   TextMax(words_chars_max)),
                    QueryParameter("page_size", "How many groups to return at most.",
                                   Json::Object({{"type", "integer"},
                                                 {"minimum", 1},
                                                 {"maximum", crm::group_rows_max},
                                                 {"default", crm::group_rows_default}})),
                    ParameterRef("view")})
            .Answers(200, "The groups.", Content("application/json", SchemaRef("GroupPage")))
            .Build()}});
}

}  // namespace

void AddViewPaths(const model::Model& model, Json* paths) {
  const Json id = Json::Object({{"name", "view"},
                                {"in", "path"},
                                {"required", true},
                                {"description", "The view's id."},
                                {"schema", Json::Object({{"type", "string"}, {"minLength", 1}})}});
  const Json told = Content("application/json", SchemaRef("View"));
  paths->Set(
      "/views",
      Json::Object(
          {{"get", Operation("listViews", "views", "List saved views")
                       .Says("One's own, the shared ones, and those that come with each object.")
                       .Takes({QueryParameter(
                           "object", "Only those of this object.",
                           Json::Object({{"type", "string"}, {"enum", ObjectNames(model)}}))})
                       .Answers(200, "Built-in ones first, then by name.",
                                Content("application/json", SchemaRef("ViewList")))
                       .MayFail({404})
                       .Build()},
           {"post", Operation("createView", "views", "Save a view")
                        .Body(SchemaRef("ViewCreate"))
                        .Answers(201, "The view.", told,
                                 Json::Object({{"Location", TextHeader("Its path.")}}))
                        .MayFail({409})
                        .Build()}}));
  paths->Set(
      "/views/{view}",
      Json::Object({{"parameters", Json::Array({id})},
                    {"get", Operation("getView", "views", "Read a view")
                                .Answers(200, "The view.", told)
                                .MayFail({404})
                                .Build()},
                    {"patch", Operation("updateView", "views", "Change a view")
                                  .Says("A JSON merge patch. By its owner or administrators.")
                                  .Body(SchemaRef("ViewPatch"),
                                        {"application/json", "application/merge-patch+json"})
                                  .Answers(200, "The view as it is now.", told)
                                  .MayFail({404})
                                  .Build()},
                    {"delete", Operation("deleteView", "views", "Delete a view")
                                   .Answers(204, "It is gone.")
                                   .MayFail({404})
                                   .Build()}}));
  for (const model::Object& object : model.objects()) {
    paths->Set("/" + object.plural + "/groups", GroupsPath(object));
  }
}

void AddViewSchemas(const model::Model& model, Json* schemas) {
  schemas->Set("View", ViewSchema());
  schemas->Set("ViewList",
               ClosedSchema(Json::Object(
                   {{"items", Json::Object({{"type", "array"}, {"items", SchemaRef("View")}})}})));
  Json created = Json::Object({{"object", Text("What it is of.").Set("enum", ObjectNames(model))}});
  const Json writable = Writable(true);
  for (const auto& [name, schema] : writable.members()) created.Set(name, schema);
  Json create = ClosedSchema(
      created, {"filter", "order_by", "columns", "group_by", "aggregates", "visibility"});
  create.Set("examples",
             Json::Array({Json::Object({{"name", "My forecast"},
                                        {"object", "opportunity"},
                                        {"filter", "owner_id = me AND close_date = this_quarter"},
                                        {"order_by", "amount desc"},
                                        {"columns", Json::Array({"name", "stage", "amount"})},
                                        {"group_by", Json::Array({"stage", "close_date:month"})},
                                        {"aggregates", Json::Array({"count", "sum(amount)"})},
                                        {"visibility", "private"}})}));
  schemas->Set("ViewCreate", std::move(create));
  schemas->Set("ViewPatch", ClosedSchema(Writable(true), {"name", "filter", "order_by", "columns",
                                                          "group_by", "aggregates", "visibility"}));
  schemas->Set("GroupPage", GroupPageSchema());
}

}  // namespace boathouse::rest
