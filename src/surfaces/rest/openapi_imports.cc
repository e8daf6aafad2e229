// The description of imports and exports.
#include "crm/crm.h"
#include "surfaces/rest/openapi.h"
#include "surfaces/rest/openapi_operation.h"
#include "surfaces/rest/openapi_words.h"

namespace boathouse::rest {
namespace {

Json OneOf(std::initializer_list<Json> values) {
  return Json::Object({{"type", "string"}, {"enum", Json::Array(values)}});
}
Json FileContent(const char* type) {
  return Json::Object({{"schema", Json::Object({{"type", "string"}, {"contentMediaType", type}})}});
}
Json FileHeaders() {
  return Json::Object({{"Content-Disposition", TextHeader("The name to save the file by.")}});
}

Json ImportPath() {
  Json content = Told("ImportRequest");
  content.Set("multipart/form-data", Json::Object({{"schema", SchemaRef("ImportForm")}}));
  Json post =
      Operation("importRecords", "imports", "Import CSV or Parquet files by a mapping")
          .Says(
              "At once, a request commits whole or not at all. In the background one file is "
              "written in portions; the answer is where to ask how far it is. Rows that cannot "
              "be taken are rejected and come back with their reasons; the others are written.")
          .Takes({QueryParameter("dry_run", "Check and count everything, write nothing.",
                                 Json::Object({{"type", "boolean"}, {"default", false}})),
                  QueryParameter("background",
                                 "Whether to answer before it is done. Without it, a file over 8 "
                                 "MiB is imported in the background.",
                                 Json::Object({{"type", "boolean"}}))})
          .Body(SchemaRef("ImportRequest"))
          .Answers(200, "What was done.", Told("ImportReport"))
          .Answers(202, "It waits to be done.", Told("Import"),
                   Json::Object({{"Location", TextHeader("Where to ask how far it is.")}}))
          .MayFail({404, 409, 429, 422})
          .Build();
  post.Find("requestBody")->Set("content", std::move(content));
  Json get = Operation("listImports", "imports", "List imports in the background")
                 .Says(
                     "The caller's own, newest first; administrators see all. They are kept for "
                     "30 days.")
                 .Answers(200, "The imports.", Told("ImportList"))
                 .MayFail({422})
                 .Build();
  return Json::Object({{"get", std::move(get)}, {"post", std::move(post)}});
}

Json ChangePath(const char* id, const char* summary, const char* description) {
  return Json::Object({{"parameters", Json::Array({ParameterRef("id")})},
                       {"post", Operation(id, "imports", summary)
                                    .Says(description)
                                    .Answers(200, "The import as it is now.", Told("Import"))
                                    .MayFail({404, 409, 429, 422})
                                    .Build()}});
}

void AddImportPaths(Json* paths) {
  paths->Set("/imports", ImportPath());
  paths->Set(
      "/imports/{id}",
      Json::Object({{"parameters", Json::Array({ParameterRef("id")})},
                    {"get", Operation("getImport", "imports", "Tell how far an import is")
                                .Answers(200, "The import.", Told("Import"))
                                .MayFail({404, 422})
                                .Build()},
                    {"delete", Operation("deleteImport", "imports", "Forget a finished import")
                                   .Says("And its files. What it wrote stays.")
                                   .Answers(204, "It is forgotten.")
                                   .MayFail({404, 409, 422})
                                   .Build()}}));
  paths->Set("/imports/{id}:cancel",
             ChangePath("cancelImport", "End an import",
                        "Behind the portion under way; what was written stays."));
  paths->Set("/imports/{id}:resume",
             ChangePath("resumeImport", "Go on with an import that failed or was cancelled",
                        "From where it stands: no row is written twice."));
  paths->Set(
      "/imports/{id}/rejected",
      Json::Object(
          {{"parameters", Json::Array({ParameterRef("id")})},
           {"get",
            Operation("getRejectedRows", "imports", "Read the rows that were rejected")
                .Says("CSV: the columns of the file, then line and reason. Mended, it can be "
                      "imported as it is.")
                .Answers(200, "The rows so far.",
                         Json::Object({{"text/csv", FileContent("text/csv")}}), FileHeaders())
                .MayFail({404, 422})
                .Build()}}));
}

Json ExportPath(const model::Object& object) {
  Json fields = QueryParameter("fields", "The columns, by name and in this order; all without it.",
                               ListOf(Json::Object({{"type", "string"}})));
  fields.Set("style", "form");
  fields.Set("explode", false);
  return Json::Object(
      {{"get",
        Operation("export" + TypeNameOf(object), object.plural,
                  "Export " + object.plural + " as a file")
            .Says("Every record that the filter finds, from one moment, streamed. Needs the right "
                  "to export.")
            .Takes({ParameterRef("filter"), ParameterRef("order_by"), ParameterRef("view"), fields,
                    QueryParameter("format", "What to write.", OneOf({"csv", "parquet"})),
                    QueryParameter("relations",
                                   "What stands for a related record: its id or its title.",
                                   OneOf({"id", "title"})),
                    QueryParameter("spreadsheet",
                                   "CSV for spreadsheet programs: with a byte order mark, and an "
                                   "apostrophe before texts that would be taken for formulas.",
                                   Json::Object({{"type", "boolean"}}))})
            .Answers(200, "The file.",
                     Json::Object({{"text/csv", FileContent("text/csv")},
                                   {"application/vnd.apache.parquet",
                                    FileContent("application/vnd.apache.parquet")}}),
                     FileHeaders())
            .MayFail({404, 429, 422})
            .Build()}});
}

}  // namespace

void AddTransferPaths(const model::Model& model, Json* paths) {
  AddImportPaths(paths);
  for (const model::Object& object : model.objects()) {
    paths->Set("/" + object.plural + ":export", ExportPath(object));
  }
}

void AddTransferSchemas(Json* schemas) {
  const Json problem = ClosedSchema(Json::Object(
      {{"code", Text("What kind of error, as in problem documents.")},
       {"detail", Text("What is wrong.")},
       {"errors",
        ListOf(ClosedSchema(Json::Object(
            {{"field", Text("Where.")}, {"code", Text("What.")}, {"detail", Text("Why.")}})))}}));
  schemas->Set(
      "Import",
      ClosedSchema(Json::Object(
          {{"id", Text("").Set("format", "uuid")},
           {"state", OneOf({"waiting", "checking", "running", "done", "failed", "cancelled"})},
           {"object", Text("What is imported into.")},
           {"file", Text("As the client called it.")},
           {"dry_run", Flag("Nothing is written.")},
           {"created_by", OrNull(Text("The user; null for the program itself."))},
           {"created_by_name", Text("")},
           {"created_at", Time("")},
           {"started_at", OrNull(Time(""))},
           {"finished_at", OrNull(Time(""))},
           {"format", OrNull(Text("csv or parquet."))},
           {"encoding", OrNull(Text("Of a CSV file, as told or found out."))},
           {"bytes_total", Count("Of the file.")},
           {"bytes_read", Count("")},
           {"rows_total", OrNull(Count("Null until the file is checked."))},
           {"rows_read", Count("Checked, and then written or rejected.")},
           {"created", Count("")},
           {"updated", Count("")},
           {"unchanged", Count("")},
           {"rejected", Count("")},
           {"related_created", Count("Records that rows point to.")},
           {"duplicates", Count("Rows that looked like a record of another key.")},
           {"error",
            Json::Object({{"oneOf", Json::Array({problem, Json::Object({{"type", "null"}})})},
                          {"description", "Of one that failed."}})}})));
  schemas->Set("ImportList", ClosedSchema(Json::Object({{"items", ListOf(SchemaRef("Import"))}})));
}

}  // namespace boathouse::rest
