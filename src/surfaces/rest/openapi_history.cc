// The description of histories, the trash, duplicates and merging.
#include "crm/crm.h"
#include "crm/duplicates.h"
#include "crm/merge.h"
#include "surfaces/rest/openapi.h"
#include "surfaces/rest/openapi_operation.h"
#include "surfaces/rest/openapi_words.h"

namespace boathouse::rest {
namespace {

Json Names(const model::Model& model, bool plural) {
  Json names = Json::Array();
  for (const model::Object& object : model.objects()) {
    names.Append(plural ? object.plural : object.name);
  }
  return Json::Object({{"type", "string"}, {"enum", std::move(names)}});
}

Json PathParameter(std::string_view name, std::string_view description, Json schema) {
  return Json::Object({{"name", name},
                       {"in", "path"},
                       {"required", true},
                       {"description", description},
                       {"schema", std::move(schema)}});
}

Json VersionHeader() {
  return Json::Object({{"ETag", TextHeader("The record's version, in quotes.")}});
}

Json FlagParameter(std::string_view name, std::string_view description) {
  return QueryParameter(name, description, Json::Object({{"type", "boolean"}, {"default", false}}));
}

void AddRecordPaths(const model::Object& object, Json* paths) {
  const std::string type = TypeNameOf(object);
  const std::string record = "/" + object.plural + "/{id}";
  const Json id = Json::Array({ParameterRef("id")});
  paths->Set(
      record + "/history",
      Json::Object({{"parameters", id},
                    {"get", Operation("list" + type + "History", object.plural,
                                      "List the changes of one record of " + object.plural)
                                .Says("Newest first. Also for a record that was deleted, "
                                      "and with the changes of records that were merged "
                                      "into it.")
                                .Takes({ParameterRef("page_size"), ParameterRef("page_token")})
                                .Answers(200, "One page.", Told("HistoryPage"))
                                .MayFail({404})
                                .Build()}}));
  paths->Set(
      record + "/history/{sequence}/undo",
      Json::Object(
          {{"parameters",
            Json::Array({ParameterRef("id"),
                         PathParameter("sequence", "`seq` of the change in the history.",
                                       Json::Object({{"type", "integer"}, {"minimum", 1}}))})},
           {"post", Operation("undo" + type + "Change", object.plural,
                              "Take back a change of one record of " + object.plural)
                        .Says("Fields that the change set become what they were before it. 409 "
                              "names the fields that were changed again since. The undo of a "
                              "create deletes the record, that of a delete restores it.")
                        .Takes({FlagParameter("force", "Also where fields were changed again.")})
                        .Answers(200, "The record as it is now.", Told(type), VersionHeader())
                        .Answers(204, "The record is gone: its creation was undone.")
                        .MayFail({404, 409})
                        .Build()}}));
  paths->Set(record + "/duplicates",
             Json::Object({{"parameters", id},
                           {"get", Operation("list" + type + "Duplicates", object.plural,
                                             "List the records that look like this one")
                                       .Answers(200, "What the rules find.", Told("DuplicateList"))
                                       .MayFail({404})
                                       .Build()}}));
  paths->Set(
      record + "/merge",
      Json::Object({{"parameters", id},
                    {"post", Operation("merge" + type, object.plural,
                                       "Merge other records of " + object.plural + " into this one")
                                 .Says("In one transaction: what pointed to them points to this "
                                       "one, which takes their values where it has none; then "
                                       "they are deleted, and their ids lead here.")
                                 .Body(SchemaRef(type + "Merge"))
                                 .Answers(200, "The merged record.", Told(type), VersionHeader())
                                 .MayFail({404, 409})
                                 .Build()}}));
  paths->Set("/" + object.plural + "/find-duplicates",
             Json::Object({{"post", Operation("find" + type + "Duplicates", object.plural,
                                              "Look for duplicates among " + object.plural)
                                        .Says("Looks at the next records in the order of their "
                                              "creation and answers the groups whose oldest "
                                              "record is among them.")
                                        .Takes({ParameterRef("page_token")})
                                        .Answers(200, "The groups.", Told("DuplicateGroups"))
                                        .Build()}}));
}

void AddTrashPaths(const model::Model& model, Json* paths) {
  const Json of_object = QueryParameter("object", "Only this object.", Names(model, true));
  paths->Set("/history", Json::Object({{"get", Operation("listLog", "history", "List all changes")
                                                   .Says("Newest first. Administrators only.")
                                                   .Takes({of_object, ParameterRef("page_size"),
                                                           ParameterRef("page_token")})
                                                   .Answers(200, "One page.", Told("LogPage"))
                                                   .MayFail({404})
                                                   .Build()}}));
  paths->Set("/trash", Json::Object({{"get", Operation("listTrash", "history", "List the trash")
                                                 .Says("What was deleted in the last 30 days, "
                                                       "newest first.")
                                                 .Takes({of_object, ParameterRef("page_size"),
                                                         ParameterRef("page_token")})
                                                 .Answers(200, "One page.", Told("TrashPage"))
                                                 .MayFail({404})
                                                 .Build()}}));
  const Json item = Json::Array(
      {PathParameter("object", "Its collection.", Names(model, true)), ParameterRef("id")});
  paths->Set("/trash/{object}/{id}",
             Json::Object({{"parameters", item},
                           {"delete", Operation("eraseForEver", "history", "Erase for ever")
                                          .Says("Takes the values of a deleted record out of the "
                                                "change log. Administrators only.")
                                          .Answers(204, "Its values are gone.")
                                          .MayFail({404, 409})
                                          .Build()}}));
  paths->Set("/trash/{object}/{id}/restore",
             Json::Object({{"parameters", item},
                           {"post", Operation("restoreFromTrash", "history", "Restore a record")
                                        .Says("With its id, its values and the links that its "
                                              "deletion emptied.")
                                        .Answers(200, "It is back.", Told("Restored"))
                                        .MayFail({404, 409})
                                        .Build()}}));
}

void AddRulePaths(Json* paths) {
  paths->Set(
      "/duplicate-rules",
      Json::Object({{"get", Operation("listDuplicateRules", "duplicates",
                                      "List the rules that say what a duplicate is")
                                .Answers(200, "The rules.", Told("DuplicateRuleList"))
                                .Build()},
                    {"post", Operation("addDuplicateRule", "duplicates", "Add a rule")
                                 .Body(SchemaRef("NewDuplicateRule"))
                                 .Answers(201, "The rule.", Told("DuplicateRule"),
                                          Json::Object({{"Location", TextHeader("Its path.")}}))
                                 .MayFail({409})
                                 .Build()}}));
  paths->Set(
      "/duplicate-rules/{rule}",
      Json::Object({{"parameters", Json::Array({PathParameter("rule", "Its id.", Text())})},
                    {"patch", Operation("changeDuplicateRule", "duplicates", "Change a rule")
                                  .Body(SchemaRef("DuplicateRulePatch"),
                                        {"application/json", "application/merge-patch+json"})
                                  .Answers(200, "The rule.", Told("DuplicateRule"))
                                  .MayFail({404})
                                  .Build()},
                    {"delete", Operation("removeDuplicateRule", "duplicates", "Remove a rule")
                                   .Answers(204, "It is gone.")
                                   .MayFail({404})
                                   .Build()}}));
}

Json EntryProperties() {
  const Json change =
      ClosedSchema(Json::Object({{"from", Json::Object()}, {"to", Json::Object()}}));
  return Json::Object(
      {{"seq", Count("The change's number in the log of the whole workspace.").Set("minimum", 1)},
       {"at", Time()},
       {"op", Json::Object({{"type", "string"},
                            {"enum", Json::Array({"create", "update", "delete", "restore"})}})},
       {"actor", ClosedSchema(Json::Object({{"id", UuidOrNull()}, {"name", Text()}}))},
       {"surface", Text("Through what the change came: web, rest, mcp, import ...")},
       {"changes", Json::Object({{"type", "object"}, {"additionalProperties", change}})}});
}

Json PageOf(std::string_view item) {
  return ClosedSchema(
      Json::Object({{"items", ListOf(SchemaRef(item))}, {"next_page_token", Text()}}),
      {"next_page_token"});
}

void AddTrashSchemas(const model::Model& model, Json* schemas) {
  Json entry = EntryProperties();
  entry.Set("merged_from", Uuid().Set("description", "The merged record that the change is of."));
  schemas->Set("HistoryEntry", ClosedSchema(entry, {"merged_from"}));
  schemas->Set("HistoryPage", PageOf("HistoryEntry"));
  Json logged = EntryProperties();
  logged.Set("record",
             ClosedSchema(Json::Object({{"object", Text()}, {"id", Uuid()}, {"title", Text()}})));
  schemas->Set("LogEntry", ClosedSchema(logged));
  schemas->Set("LogPage", PageOf("LogEntry"));
  schemas->Set(
      "TrashItem",
      ClosedSchema(
          Json::Object(
              {{"object", Names(model, false)},
               {"id", Uuid()},
               {"title", Text()},
               {"deleted_at", Time()},
               {"deleted_by", ClosedSchema(Json::Object({{"id", UuidOrNull()}, {"name", Text()}}))},
               {"surface", Text()},
               {"expires_at", Time()},
               {"seq", Count("The delete, in the record's history.")},
               {"merged_into", Uuid()}}),
          {"merged_into"}));
  schemas->Set("TrashPage", PageOf("TrashItem"));
  schemas->Set(
      "Restored",
      ClosedSchema(Json::Object(
          {{"object", Names(model, false)},
           {"id", Uuid()},
           {"title", Text()},
           {"version", Count()},
           {"emptied", ListOf(ClosedSchema(Json::Object({{"field", Text()}, {"id", Uuid()}})))
                           .Set("description", "Relations to records that are gone.")},
           {"relinked", Count("Other records that point here again.")},
           {"parts", Count("Records that were deleted with it and are back.")}})));
}

void AddDuplicateSchemas(const model::Model& model, Json* schemas) {
  schemas->Set("Duplicate",
               ClosedSchema(Json::Object(
                   {{"id", UuidOrNull().Set("description", "Null when the caller may not see it.")},
                    {"title", Text()},
                    {"rules", ListOf(Text("The ids of the rules that found it."))}})));
  schemas->Set("DuplicateList",
               ClosedSchema(Json::Object({{"items", ListOf(SchemaRef("Duplicate"))}})));
  schemas->Set(
      "DuplicateGroups",
      ClosedSchema(Json::Object({{"groups", ListOf(ClosedSchema(Json::Object(
                                                {{"records", ListOf(SchemaRef("Duplicate"))}})))},
                                 {"scanned", Count("Records looked at.")},
                                 {"next_page_token", Text()}}),
                   {"next_page_token"}));
  const Json methods = Json::Array({"exact", "name", "domain", "email", "phone"});
  const Json match =
      ListOf(ClosedSchema(
                 Json::Object({{"field", Text()},
                               {"method", Json::Object({{"type", "string"}, {"enum", methods}})}})))
          .Set("minItems", 1)
          .Set("maxItems", crm::match_fields_max)
          .Set("description", "All of them must agree.");
  const Json action = Json::Object({{"type", "string"}, {"enum", Json::Array({"warn", "block"})}});
  Json patch = Json::Object(
      {{"match", match}, {"action", action}, {"is_active", Json::Object({{"type", "boolean"}})}});
  schemas->Set("DuplicateRulePatch", ClosedSchema(patch, {"match", "action", "is_active"}));
  Json create = Json::Object({{"object", Names(model, false)}});
  for (const auto& [name, schema] : patch.members()) create.Set(name, schema);
  schemas->Set("NewDuplicateRule", ClosedSchema(create, {"action", "is_active"}));
  Json rule = Json::Object({{"id", Text()}});
  for (const auto& [name, schema] : create.members()) rule.Set(name, schema);
  schemas->Set("DuplicateRule", ClosedSchema(rule));
  schemas->Set("DuplicateRuleList",
               ClosedSchema(Json::Object({{"items", ListOf(SchemaRef("DuplicateRule"))}})));
  for (const model::Object& object : model.objects()) {
    const std::string type = TypeNameOf(object);
    schemas->Set(
        type + "Merge",
        ClosedSchema(
            Json::Object(
                {{"from", ListOf(Uuid())
                              .Set("minItems", 1)
                              .Set("maxItems", crm::merge_records_max)
                              .Set("uniqueItems", true)},
                 {"fields", Json::Object({{"allOf", Json::Array({SchemaRef(type + "Patch")})}})}}),
            {"fields"}));
  }
}

}  // namespace

void AddHistoryPaths(const model::Model& model, Json* paths) {
  for (const model::Object& object : model.objects()) AddRecordPaths(object, paths);
  AddTrashPaths(model, paths);
  AddRulePaths(paths);
}

void AddHistorySchemas(const model::Model& model, Json* schemas) {
  AddTrashSchemas(model, schemas);
  AddDuplicateSchemas(model, schemas);
}

}  // namespace boathouse::rest
