// The description of roles, and of what a caller may do.
#include "crm/role.h"
#include "surfaces/rest/openapi.h"
#include "surfaces/rest/openapi_operation.h"
#include "surfaces/rest/openapi_words.h"

namespace boathouse::rest {
namespace {

constexpr const char* name_pattern = "^[a-z][a-z0-9_]*$";

Json Reach(std::string_view description) {
  return Text(description).Set("enum", Json::Array({"none", "own", "team", "territory", "all"}));
}
Json MapOf(Json values, std::string_view description) {
  return Json::Object({{"type", "object"},
                       {"description", description},
                       {"additionalProperties", std::move(values)}});
}
Json Name() {
  return Text("Lower-case letters, digits and underscores; it never changes.")
      .Set("pattern", name_pattern)
      .Set("minLength", 1)
      .Set("maxLength", crm::role_name_chars_max);
}

Json Entry(bool is_patch) {
  const auto member = [&](Json schema) {
    return is_patch ? OrNull(std::move(schema)) : std::move(schema);
  };
  const Json access =
      Json::Object({{"type", "string"}, {"enum", Json::Array({"none", "read", "write"})}});
  Json properties = Json::Object(
      {{"read", member(Reach("Whose records it reads."))},
       {"create", member(Flag("Whether it creates records."))},
       {"update", member(Reach("Whose records it changes; at most those it reads."))},
       {"delete", member(Reach("Whose records it deletes; at most those it reads."))},
       {"export", member(Flag("Whether it takes records out as a file."))},
       {"share", member(Flag("Whether it shares lists of these records with others."))},
       {"fields", member(MapOf(member(access),
                               "What it may do with fields, by name; * stands for the others. A "
                               "field that is none is nowhere to be seen."))}});
  return ClosedSchema(properties,
                      {"read", "create", "update", "delete", "export", "share", "fields"})
      .Set("description", "What is left out is as in the entry *, and else not allowed.");
}

Json Objects(const char* entry, bool is_patch) {
  Json value = SchemaRef(entry);
  if (is_patch)
    value = Json::Object({{"anyOf", Json::Array({value, Json::Object({{"type", "null"}})})}});
  return MapOf(std::move(value),
               "What it may do with records, by the singular name of their object; * stands for "
               "the others.");
}

Json Label() { return Text("What people call it.").Set("maxLength", crm::role_label_chars_max); }
Json Description() {
  return Text("What it is for.").Set("maxLength", crm::role_description_chars_max);
}

}  // namespace

void AddRolePaths(Json* paths) {
  constexpr const char* manual =
      "For administrators. A change counts from the next request on. docs/permissions.md has the "
      "rules.";
  const Json name =
      Json::Object({{"name", "name"},
                    {"in", "path"},
                    {"required", true},
                    {"description", "The role's name."},
                    {"schema", Json::Object({{"type", "string"}, {"minLength", 1}})}});
  const Json location = Json::Object({{"Location", TextHeader("The path of the new role.")}});
  paths->Set("/roles",
             Json::Object({{"get", Operation("listRoles", "roles", "List the roles")
                                       .Says("Admin, member and viewer are built in.")
                                       .Answers(200, "All roles.", Told("RoleList"))
                                       .Build()},
                           {"post", Operation("createRole", "roles", "Create a role")
                                        .Says(manual)
                                        .Body(SchemaRef("NewRole"))
                                        .Answers(201, "The new role.", Told("Role"), location)
                                        .MayFail({409})
                                        .Build()}}));
  paths->Set(
      "/roles/{name}",
      Json::Object({{"parameters", Json::Array({name})},
                    {"get", Operation("getRole", "roles", "Read one role")
                                .Answers(200, "The role.", Told("Role"))
                                .MayFail({404})
                                .Build()},
                    {"patch", Operation("updateRole", "roles", "Change a role")
                                  .Says(std::string("A JSON merge patch (RFC 7396). ") + manual)
                                  .Body(SchemaRef("RolePatch"),
                                        {"application/json", "application/merge-patch+json"})
                                  .Answers(200, "The role as it is now.", Told("Role"))
                                  .MayFail({404, 409})
                                  .Build()},
                    {"delete", Operation("deleteRole", "roles", "Delete a role")
                                   .Says("Neither a built-in one nor one that users have.")
                                   .Answers(204, "It is gone.")
                                   .MayFail({404, 409})
                                   .Build()}}));
}

void AddRoleSchemas(Json* schemas) {
  schemas->Set("RoleEntry", Entry(false));
  schemas->Set("RoleEntryPatch", Entry(true));
  schemas->Set("Role", ClosedSchema(Json::Object({{"name", Name()},
                                                  {"label", Label()},
                                                  {"description", Description()},
                                                  {"built_in", Flag("Whether every workspace has "
                                                                    "it.")},
                                                  {"objects", Objects("RoleEntry", false)}})));
  schemas->Set("NewRole", ClosedSchema(Json::Object({{"name", Name()},
                                                     {"label", OrNull(Label())},
                                                     {"description", OrNull(Description())},
                                                     {"objects", Objects("RoleEntry", false)}}),
                                       {"label", "description"}));
  schemas->Set("RolePatch",
               ClosedSchema(Json::Object({{"label", OrNull(Label())},
                                          {"description", OrNull(Description())},
                                          {"objects", Objects("RoleEntryPatch", true)}}),
                            {"label", "description", "objects"}));
  schemas->Set("RoleList",
               ClosedSchema(Json::Object(
                   {{"items", Json::Object({{"type", "array"}, {"items", SchemaRef("Role")}})}})));
  schemas->Set(
      "Rights",
      ClosedSchema(Json::Object(
          {{"administer", Flag("Users, roles, credentials of others, settings, the model.")},
           {"objects",
            MapOf(ClosedSchema(Json::Object({{"read", Reach("Whose records.")},
                                             {"create", Flag("")},
                                             {"update", Reach("Whose records.")},
                                             {"delete", Reach("Whose records.")},
                                             {"export", Flag("")},
                                             {"share", Flag("")}})),
                  "By the singular name of the object; what may not be read is not there.")}})));
}

}  // namespace boathouse::rest
