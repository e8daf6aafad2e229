// The verb import: into a folder that no server has open, or through a running server.

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>

#include "app/data_dir.h"
#include "app/files.h"
#include "app/verbs.h"
#include "app/workspace.h"
#include "crm/import.h"
#include "http/client.h"

namespace boathouse::app {
namespace {

constexpr int request_timeout_ms = 600'000;

Error Wrong(std::string message) { return Error(ErrorKind::kInvalid, std::move(message)); }

struct Job {
  crm::ImportRequest request;
  bool several = false;  // the mapping names its files
};

Result<crm::ImportFile> LoadFile(const std::string& path) {
  ASSIGN(std::string text, ReadFile(path));
  return crm::ImportFile{std::filesystem::path(path).filename().string(), std::move(text)};
}

Result<Job> LoadJob(const Arguments& arguments) {
  Job job;
  ASSIGN(job.request.mapping, ReadJsonFile(arguments.Get("mapping")));
  job.request.object = arguments.Get("object");
  job.request.dry_run = arguments.Has("dry-run");
  job.several = job.request.mapping.Find("imports") != nullptr;
  if (arguments.Has("csv") == arguments.Has("from")) {
    return Wrong("say either --csv FILE or --from FOLDER");
  }
  if (arguments.Has("csv")) {
    ASSIGN(crm::ImportFile file, LoadFile(arguments.Get("csv")));
    job.request.files.push_back(std::move(file));
    return job;
  }
  std::vector<std::string> names;
  if (job.several) {
    for (const Json& mapping : job.request.mapping["imports"].items()) {
      names.emplace_back(mapping["file"].AsString());
    }
  } else {
    names.emplace_back(job.request.mapping["file"].AsString());
  }
  for (const std::string& name : names) {
    if (name.empty()) return Wrong("the mapping names no \"file\"; use --csv FILE");
    ASSIGN(crm::ImportFile file, LoadFile(arguments.Get("from") + "/" + name));
    job.request.files.push_back(std::move(file));
  }
  return job;
}

Result<Json> ImportHere(const Arguments& arguments, const Job& job) {
  // A mistyped folder must not become a new workspace.
  const std::string path = arguments.Get("data");
  if (!arguments.Has("create-workspace") && !DataDir::HoldsWorkspace(path)) {
    return Error(ErrorKind::kNotFound, path + " holds no workspace; --create-workspace makes one");
  }
  ASSIGN(const std::unique_ptr<DataDir> dir, DataDir::Open(path));
  ASSIGN(const std::unique_ptr<Workspace> workspace, Workspace::Open(*dir));
  ASSIGN(const crm::ImportReport report,
         crm::Import(*workspace->crm, Workspace::System("import"), job.request));
  return report.ToJson();
}

Error ProblemOf(const http::ClientResponse& response) {
  const Result<Json> problem = Json::Parse(response.body);
  if (!problem.ok() || !problem->is_object()) {
    return Error(ErrorKind::kUnavailable,
                 "the server answered with status " + std::to_string(response.status));
  }
  Error error(ErrorKind::kInvalid,
              "the server refused: " +
                  std::string((*problem)["detail"].AsString((*problem)["title"].AsString())));
  for (const Json& field : (*problem)["errors"].items()) {
    error.fields.push_back({std::string(field["field"].AsString()),
                            std::string(field["code"].AsString()),
                            std::string(field["detail"].AsString())});
  }
  return error;
}

Result<Json> Post(http::Client& client, const Arguments& arguments, const Json& mapping,
                  const crm::ImportFile& file) {
  const char* from_environment = std::getenv("BOATHOUSE_TOKEN");
  const std::string token =
      arguments.Get("token", from_environment != nullptr ? from_environment : "");
  if (token.empty()) return Wrong("--url needs --token (or BOATHOUSE_TOKEN)");
  http::ClientRequest request;
  request.method = "POST";
  request.url = arguments.Get("url");
  while (request.url.ends_with('/')) request.url.pop_back();
  request.url += "/api/v1/imports?dry_run=";
  request.url += arguments.Has("dry-run") ? "true" : "false";
  request.timeout_ms = request_timeout_ms;
  request.headers.Add("Authorization", "Bearer " + token);
  request.headers.Add("Content-Type", "application/json");
  Json body = Json::Object({{"mapping", mapping}, {"csv", file.text}});
  const std::string object(mapping["object"].AsString(arguments.Get("object")));
  if (!object.empty()) body.Set("object", object);
  request.body = body.Dump();
  ASSIGN(const http::ClientResponse response, client.Send(request));
  if (response.status != 200) return ProblemOf(response);
  ASSIGN(Json report, Json::Parse(response.body));
  report.Set("file", file.name);
  report.Set("object", object);
  return report;
}

// One request for each file, in order; each is whole or nothing.
Result<Json> ImportThere(const Arguments& arguments, const Job& job) {
  const std::unique_ptr<http::Client> client = http::Client::Create();
  const JsonArray mappings =
      job.several ? job.request.mapping["imports"].items() : JsonArray{job.request.mapping};
  if (mappings.size() != job.request.files.size()) {
    return Wrong("this mapping names several files; use --from FOLDER");
  }
  Json files = Json::Array();
  for (size_t i = 0; i < mappings.size(); ++i) {
    ASSIGN(Json report, Post(*client, arguments, mappings[i], job.request.files[i]));
    files.Append(std::move(report));
  }
  return Json::Object({{"files", std::move(files)}});
}

Status WriteRejected(const Arguments& arguments, const Json& report, bool several) {
  if (!arguments.Has("rejected")) return {};
  const std::string path = arguments.Get("rejected");
  if (several) TRY(MakeFolder(path));
  for (const Json& file : report["files"].items()) {
    const std::string_view rows = file["rejected_csv"].AsString();
    if (several && rows.empty()) continue;
    TRY(WritePrivateFile(several ? path + "/" + std::string(file["file"].AsString()) : path, rows));
  }
  return {};
}

void PrintReport(const Json& report, bool dry_run) {
  std::printf("%-24s %-12s %9s %9s %9s %9s\n", "file", "object", "created", "updated", "unchanged",
              "rejected");
  const auto count = [](const Json& file, const char* name) {
    return static_cast<long long>(file[name].AsInt().value_or(0));
  };
  for (const Json& file : report["files"].items()) {
    std::printf("%-24s %-12s %9lld %9lld %9lld %9lld\n",
                std::string(file["file"].AsString()).c_str(),
                std::string(file["object"].AsString()).c_str(), count(file, "created"),
                count(file, "updated"), count(file, "unchanged"), count(file, "rejected"));
    if (const long long related = count(file, "related_created"); related > 0) {
      std::printf("%-24s and %lld records its rows point to\n", "", related);
    }
  }
  if (dry_run) std::printf("Nothing was written (--dry-run).\n");
}

Status RunImport(const Arguments& arguments) {
  if (arguments.Has("data") == arguments.Has("url")) {
    return Wrong("say either --data DIR or --url URL");
  }
  ASSIGN(const Job job, LoadJob(arguments));
  ASSIGN(const Json report,
         arguments.Has("url") ? ImportThere(arguments, job) : ImportHere(arguments, job));
  PrintReport(report, job.request.dry_run);
  return WriteRejected(arguments, report, job.several);
}

}  // namespace

int ImportVerb(const Arguments& arguments) {
  const Status status = RunImport(arguments);
  return status.ok() ? 0 : Fail(status.error());
}

}  // namespace boathouse::app
