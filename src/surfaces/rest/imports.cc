// Imports of CSV files: a mapping and files in, counts and the rejected rows out.
#include "crm/import.h"

#include "surfaces/rest/input.h"
#include "surfaces/rest/multipart.h"
#include "surfaces/rest/route.h"

namespace boathouse::rest {
namespace {

// One file as "csv", or several as "files".
Result<std::vector<crm::ImportFile>> ReadFiles(const Json& body) {
  std::vector<crm::ImportFile> files;
  const Json* csv = body.Find("csv");
  const Json* list = body.Find("files");
  if ((csv == nullptr) == (list == nullptr)) {
    return Error::Field("/csv", "required", "send either csv (one file) or files (several)");
  }
  if (csv != nullptr) {
    if (!csv->is_string()) return Error::Field("/csv", "wrong_type", "csv must be a string");
    files.push_back({"", std::string(csv->AsString())});
    return files;
  }
  if (!list->is_array() || list->size() == 0) {
    return Error::Field("/files", "wrong_type", "files must be an array of {\"name\", \"csv\"}");
  }
  for (size_t i = 0; i < list->size(); ++i) {
    const Json& file = list->items()[i];
    if (!file["name"].is_string() || !file["csv"].is_string() || file.size() != 2) {
      return Error::Field("/files/" + std::to_string(i), "wrong_type",
                          "a file must be {\"name\": \"...\", \"csv\": \"...\"}");
    }
    files.push_back({std::string(file["name"].AsString()), std::string(file["csv"].AsString())});
  }
  return files;
}

Result<crm::ImportRequest> ReadJsonRequest(const Json& body) {
  TRY(CheckMembers(body, {"object", "mapping", "csv", "files"}));
  crm::ImportRequest request;
  if (const Json* object = body.Find("object")) {
    if (!object->is_string()) {
      return Error::Field("/object", "wrong_type", "object must be a string");
    }
    request.object = object->AsString();
  }
  if (!body["mapping"].is_object()) {
    return Error::Field("/mapping", body["mapping"].is_null() ? "required" : "wrong_type",
                        "mapping must be an object");
  }
  request.mapping = body["mapping"];
  ASSIGN(request.files, ReadFiles(body));
  return request;
}

Result<crm::ImportRequest> ReadFormRequest(const http::Request& http_request) {
  ASSIGN(const std::vector<FormPart> parts,
         ParseForm(http_request.headers.Get("content-type"), http_request.body));
  crm::ImportRequest request;
  bool has_mapping = false;
  for (const FormPart& part : parts) {
    if (part.name == "object") {
      request.object = part.content;
    } else if (part.name == "mapping") {
      ASSIGN(request.mapping, Json::Parse(part.content));
      has_mapping = true;
    } else if (part.name == "file") {
      request.files.push_back({part.file_name, std::string(part.content)});
    } else {
      return Error::Field("/" + part.name.substr(0, 60), "unknown_field",
                          "there is no form part \"" + part.name.substr(0, 60) +
                              "\" here; there are: object, mapping, file");
    }
  }
  if (!has_mapping) return Error::Field("/mapping", "required", "mapping is required");
  if (request.files.empty()) return Error::Field("/file", "required", "file is required");
  return request;
}

Result<http::Response> Import(Call& call) {
  ASSIGN(const bool dry_run, ReadFlag(call.request, "dry_run"));
  const bool is_form = MediaType(call.request) == "multipart/form-data";
  Result<crm::ImportRequest> request =
      is_form ? ReadFormRequest(call.request) : ReadJsonRequest(call.body);
  if (!request.ok()) return std::move(request.error());
  request->dry_run = dry_run;
  crm::Caller caller = call.caller;
  caller.surface = "import";
  Result<crm::ImportReport> report = crm::Import(call.services.crm, caller, *request);
  if (!report.ok()) {
    // What is wrong is said in terms of the mapping; the client sent it as a member.
    for (FieldError& field : report.error().fields) {
      if (field.field.empty() || field.field.starts_with('/')) {
        field.field = "/mapping" + field.field;
      }
    }
    return std::move(report.error());
  }
  return http::Response::JsonBody(200, report->ToJson());
}

}  // namespace

std::vector<Route> ImportRoutes() {
  return {{"POST", "/imports", Access::kSignedIn, Body::kImport, {"dry_run"}, Import}};
}

}  // namespace boathouse::rest
