// Imports: a mapping and files in, counts and the rejected rows out, or an import in the background.
#include "crm/import.h"

#include <algorithm>
#include <optional>

#include "crm/import_jobs.h"
#include "crm/import_spool.h"
#include "surfaces/rest/form_file.h"
#include "surfaces/rest/input.h"
#include "surfaces/rest/multipart.h"
#include "surfaces/rest/problem.h"
#include "surfaces/rest/route.h"

namespace boathouse::rest {
namespace {

constexpr size_t copied_bytes = 256u << 10;  // of a file at one time

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

// The parts of a form, wherever its body is: in memory or in a file.
struct Form {
  struct File {
    std::string name;
    std::string_view content;  // of a form in memory
    FilePart part;             // of one in a file
    uint64_t bytes = 0;
  };
  std::string object;
  std::optional<Json> mapping;
  std::vector<File> files;

  Status Take(const std::string& name, const std::string& text) {
    if (name == "object") {
      object = text;
      return {};
    }
    if (name == "mapping") {
      ASSIGN(mapping, Json::Parse(text));
      return {};
    }
    return Error::Field("/" + name.substr(0, 60), "unknown_field",
                        "there is no form part \"" + name.substr(0, 60) +
                            "\" here; there are: object, mapping, file");
  }
  Status Check() const {
    if (!mapping) return Error::Field("/mapping", "required", "mapping is required");
    if (files.empty()) return Error::Field("/file", "required", "file is required");
    return {};
  }
  uint64_t bytes() const {
    uint64_t sum = 0;
    for (const File& file : files) sum += file.bytes;
    return sum;
  }
};

Result<Form> ReadForm(const http::Request& request) {
  Form form;
  const std::string_view type = request.headers.Get("content-type");
  if (request.body_file == nullptr) {
    ASSIGN(const std::vector<FormPart> parts, ParseForm(type, request.body));
    for (const FormPart& part : parts) {
      if (part.name == "file") {
        form.files.push_back({part.file_name, part.content, {}, part.content.size()});
      } else {
        TRY(form.Take(part.name, std::string(part.content)));
      }
    }
  } else {
    ASSIGN(const std::vector<FilePart> parts, ParseFormFile(type, *request.body_file));
    for (const FilePart& part : parts) {
      if (part.name == "file") {
        form.files.push_back({part.file_name, {}, part, part.length});
        continue;
      }
      ASSIGN(const std::string text, ReadPart(*request.body_file, part, form_text_bytes_max));
      TRY(form.Take(part.name, text));
    }
  }
  TRY(form.Check());
  return form;
}

// Everything into memory, to be done at once.
Result<crm::ImportRequest> RequestOf(const http::Request& request, Form form) {
  if (form.bytes() > import_body_bytes_max) {
    return Error(ErrorKind::kTooLarge, "the files are over " +
                                           std::to_string(import_body_bytes_max >> 20) +
                                           " MiB: import them in the background, one by one");
  }
  crm::ImportRequest made;
  made.object = form.object;
  made.mapping = std::move(*form.mapping);
  for (const Form::File& file : form.files) {
    std::string text(file.content);
    if (request.body_file != nullptr) {
      ASSIGN(text, ReadPart(*request.body_file, file.part, import_body_bytes_max));
    }
    made.files.push_back({file.name, std::move(text)});
  }
  return made;
}

// What is wrong is said in terms of the mapping; the client sent it as a member.
Error InMapping(Error error) {
  for (FieldError& field : error.fields) {
    if (field.field.empty() || field.field.starts_with('/')) field.field = "/mapping" + field.field;
  }
  return error;
}

crm::Caller ImportingCaller(const Call& call) {
  crm::Caller caller = call.caller;
  caller.surface = "import";
  return caller;
}

// For the audit log: the records themselves have their history.
void NoteImport(const Call& call, std::string subject, Json detail) {
  call.services.auth.audit().Record(auth::AuditEntry::By(call.caller.principal, call.caller.surface,
                                                         auth::AuditKind::kImported,
                                                         std::move(subject), std::move(detail)));
}

Result<http::Response> ImportAtOnce(Call& call, crm::ImportRequest request, bool dry_run) {
  request.dry_run = dry_run;
  Result<crm::ImportReport> report = crm::Import(call.services.crm, ImportingCaller(call), request);
  if (!report.ok()) return InMapping(std::move(report.error()));
  if (!dry_run) {
    // What runs in the background notes it at its end.
    for (const crm::ImportFileReport& file : report->files) {
      NoteImport(call, file.object,
                 Json::Object({{"file", file.file},
                               {"created", file.counts.created},
                               {"updated", file.counts.updated},
                               {"rejected", file.counts.rejected}}));
    }
  }
  return http::Response::JsonBody(200, report->ToJson());
}

// Moves the file to where the import finds it also after a restart.
Result<crm::Spooled> SpoolFile(Call& call, const Form::File& file) {
  ASSIGN(const std::unique_ptr<crm::SpoolWriter> writer, call.services.imports->Receive());
  if (call.request.body_file == nullptr) {
    TRY(writer->Append(file.content));
    return writer->Finish();
  }
  std::string piece(copied_bytes, '\0');
  for (uint64_t done = 0; done < file.part.length;) {
    const size_t wanted = std::min<uint64_t>(piece.size(), file.part.length - done);
    ASSIGN(const size_t count,
           call.request.body_file->Read(file.part.offset + done, piece.data(), wanted));
    if (count == 0) return Error(ErrorKind::kInternal, "the uploaded file has become shorter");
    TRY(writer->Append(std::string_view(piece).substr(0, count)));
    done += count;
  }
  return writer->Finish();
}

Result<http::Response> ImportInBackground(Call& call, Form form, bool dry_run) {
  if (form.files.size() != 1) {
    return Error::Field("/file", "invalid",
                        "an import in the background takes one file; this form has " +
                            std::to_string(form.files.size()));
  }
  ASSIGN(const crm::Spooled spooled, SpoolFile(call, form.files.front()));
  Result<crm::ImportJob> job = call.services.imports->Add(
      ImportingCaller(call),
      {std::move(*form.mapping), form.object, form.files.front().name, dry_run}, spooled);
  if (!job.ok()) return InMapping(std::move(job.error()));
  http::Response response = http::Response::JsonBody(202, job->ToJson());
  response.headers.Set("Location", std::string(base_path) + "/imports/" + job->id.ToString());
  return response;
}

// The texts of a JSON request as if they were a form in memory.
Form FormOf(const crm::ImportRequest& request) {
  Form form;
  form.object = request.object;
  form.mapping = request.mapping;
  for (const crm::ImportFile& file : request.files) {
    form.files.push_back({file.name, file.text, {}, file.text.size()});
  }
  return form;
}

Result<http::Response> Import(Call& call) {
  ASSIGN(const bool dry_run, ReadFlag(call.request, "dry_run"));
  const bool says = call.request.Query("background").has_value();
  ASSIGN(const bool wanted, ReadFlag(call.request, "background"));
  const bool offered = call.services.imports != nullptr;
  if (wanted && !offered) {
    return Error(ErrorKind::kUnsupported, "this server imports nothing in the background");
  }
  // Unless somebody says otherwise, what would hold memory and other writers for long is done beside them.
  const auto in_background = [&](const Form& form) {
    const bool big = form.files.size() == 1 && form.bytes() > import_at_once_bytes_max;
    return wanted || (!says && offered && big);
  };
  if (MediaType(call.request) == "multipart/form-data") {
    ASSIGN(Form form, ReadForm(call.request));
    if (in_background(form)) return ImportInBackground(call, std::move(form), dry_run);
    ASSIGN(crm::ImportRequest request, RequestOf(call.request, std::move(form)));
    return ImportAtOnce(call, std::move(request), dry_run);
  }
  ASSIGN(crm::ImportRequest request, ReadJsonRequest(call.body));
  Form form = FormOf(request);
  if (in_background(form)) return ImportInBackground(call, std::move(form), dry_run);
  return ImportAtOnce(call, std::move(request), dry_run);
}

}  // namespace

std::vector<Route> ImportRoutes() {
  return {
      {"POST", "/imports", Access::kSignedIn, Body::kImport, {"dry_run", "background"}, Import}};
}

void SpoolImports(http::Router& router, const Services& services) {
  if (services.upload_folder.empty()) return;
  const auto admit = [&auth = services.auth](const http::Request& request) {
    http::Router::Admission admission;
    if (request.method != "POST" || MediaType(request) != "multipart/form-data") return admission;
    const bool has_authorization = request.headers.Find("authorization") != nullptr;
    const std::string token(has_authorization ? request.BearerToken()
                                              : request.Cookie(session_cookie));
    Result<auth::Principal> known =
        token.empty() ? Error(ErrorKind::kUnauthenticated,
                              "sign in, or send a token as Authorization: Bearer <token>")
                      : auth.Authenticate(token, request.peer_address);
    if (!known.ok()) admission.refusal = Problem(known.error());
    admission.to_file = true;
    return admission;
  };
  router.SpoolBodies(std::string(base_path) + "/imports",
                     {services.upload_folder, upload_body_bytes_max, admit});
}

}  // namespace boathouse::rest
