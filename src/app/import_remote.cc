#include "app/import_remote.h"

#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "app/files.h"
#include "base/bytes.h"
#include "http/client.h"

namespace boathouse::app {
namespace {

constexpr int request_timeout_ms = 600'000;
constexpr auto look_again_after = std::chrono::milliseconds(500);
constexpr Micros line_micros = 5'000'000;
constexpr size_t rejected_bytes_max = size_t{1} << 30;

Error Wrong(std::string message) { return Error(ErrorKind::kInvalid, std::move(message)); }

long long CountOf(const Json& json, const char* name) {
  return static_cast<long long>(json[name].AsInt().value_or(0));
}

class Remote {
 public:
  explicit Remote(ServerAddress server) : server_(std::move(server)) {}

  Result<http::ClientResponse> Send(const char* method, const std::string& path,
                                    std::string body = {}, const std::string& type = {}) {
    http::ClientRequest request;
    request.method = method;
    request.url = server_.base + path;
    request.timeout_ms = request_timeout_ms;
    request.response_bytes_max = rejected_bytes_max;
    request.headers.Add("Authorization", server_.authorization);
    if (!type.empty()) request.headers.Add("Content-Type", type);
    request.body = std::move(body);
    ASSIGN(http::ClientResponse response, client_->Send(request));
    if (response.status >= 300) return ProblemOf(response.status, response.body);
    return response;
  }

  // One file; as a form, so that it may be in any encoding, or Parquet.
  Result<Json> Import(const Arguments& arguments, const Json& mapping, const std::string& path) {
    const std::string name = std::filesystem::path(path).filename().string();
    ASSIGN(const std::string content, ReadFile(path));
    const std::string boundary = "boathouse-" + HexEncode(RandomBytes(16));
    std::string body;
    body.reserve(content.size() + 4096);
    const auto add = [&](const std::string& disposition, std::string_view text) {
      body += "--" + boundary + "\r\nContent-Disposition: form-data; " + disposition + "\r\n\r\n";
      body += text;
      body += "\r\n";
    };
    const std::string object(mapping["object"].AsString(arguments.Get("object")));
    add("name=\"mapping\"", mapping.Dump());
    if (!object.empty()) add("name=\"object\"", object);
    std::string quoted;
    for (const char c : name)
      quoted += c == '"' || c == '\\' ? std::string("\\") + c : std::string(1, c);
    add("name=\"file\"; filename=\"" + quoted + "\"", content);
    body += "--" + boundary + "--\r\n";
    const std::string dry_run = arguments.Has("dry-run") ? "true" : "false";
    ASSIGN(const http::ClientResponse response,
           Send("POST", "/imports?dry_run=" + dry_run, std::move(body),
                "multipart/form-data; boundary=" + boundary));
    ASSIGN(Json report, Json::Parse(response.body));
    if (response.status == 202) return Follow(std::move(report));
    report.Set("file", name);
    report.Set("object", object);
    return report;
  }

  Result<Json> Resume(const Id& id) {
    const std::string path = "/imports/" + id.ToString();
    ASSIGN(const http::ClientResponse response, Send("GET", path));
    ASSIGN(Json import, Json::Parse(response.body));
    const std::string_view state = import["state"].AsString();
    if (state == "failed" || state == "cancelled") {
      ASSIGN(const http::ClientResponse resumed, Send("POST", path + ":resume"));
      ASSIGN(import, Json::Parse(resumed.body));
    }
    return Follow(std::move(import));
  }

 private:
  // Looks at an import until it is finished.
  Result<Json> Follow(Json import) {
    const std::string path = "/imports/" + std::string(import["id"].AsString());
    ImportProgress progress;
    while (import["finished_at"].is_null()) {
      progress.Show(import);
      std::this_thread::sleep_for(look_again_after);
      ASSIGN(const http::ClientResponse response, Send("GET", path));
      ASSIGN(import, Json::Parse(response.body));
    }
    progress.Show(import);
    progress.End();
    if (import["state"].AsString() != "done") {
      return Wrong("the import " + std::string(import["id"].AsString()) + " is " +
                   std::string(import["state"].AsString()) + ": " +
                   std::string(import["error"]["detail"].AsString("somebody ended it")));
    }
    if (CountOf(import, "rejected") > 0) {
      ASSIGN(http::ClientResponse rejected, Send("GET", path + "/rejected"));
      import.Set("rejected_csv", std::move(rejected.body));
    }
    return import;
  }

  const ServerAddress server_;
  const std::unique_ptr<http::Client> client_ = http::Client::Create();
};

// The files of the mappings, in their order.
Result<std::vector<std::string>> PathsOf(const Arguments& arguments, const JsonArray& mappings) {
  const std::string single = ImportFileOf(arguments);
  if (single.empty() != arguments.Has("from")) {
    return Wrong("say either --file FILE or --from FOLDER");
  }
  if (!single.empty()) {
    if (mappings.size() != 1) return Wrong("this mapping names several files; use --from FOLDER");
    return std::vector<std::string>{single};
  }
  std::vector<std::string> paths;
  for (const Json& mapping : mappings) {
    const std::string_view name = mapping["file"].AsString();
    if (name.empty()) return Wrong("the mapping names no \"file\"; use --file FILE");
    paths.push_back(arguments.Get("from") + "/" + std::string(name));
  }
  return paths;
}

}  // namespace

std::string ImportFileOf(const Arguments& arguments) {
  return arguments.Get("file", arguments.Get("csv"));
}

Result<Id> ImportIdOf(const Arguments& arguments) {
  if (const std::optional<Id> id = Id::Parse(arguments.Get("resume"))) return *id;
  return Wrong("--resume takes the id of an import");
}

void ImportProgress::Show(const Json& import) {
  const bool is_terminal = isatty(STDERR_FILENO) == 1;
  const Micros now = MonotonicMicros();
  if (!is_terminal && shown_at_ != 0 && now - shown_at_ < line_micros) return;
  shown_at_ = now;
  const long long total = CountOf(import, "bytes_total");
  const long long percent = total > 0 ? CountOf(import, "bytes_read") * 100 / total : 0;
  std::fprintf(stderr, "%s%-8s %3lld%%  %lld rows, %lld rejected%s", is_terminal ? "\r" : "",
               std::string(import["state"].AsString()).c_str(), percent,
               CountOf(import, "rows_read"), CountOf(import, "rejected"),
               is_terminal ? "   " : "\n");
  is_open_ = is_terminal;
}

void ImportProgress::End() {
  if (is_open_) std::fputc('\n', stderr);
  is_open_ = false;
}

Result<ServerAddress> ServerOf(const Arguments& arguments) {
  const char* from_environment = std::getenv("BOATHOUSE_TOKEN");
  const std::string token =
      arguments.Get("token", from_environment != nullptr ? from_environment : "");
  if (token.empty()) return Wrong("--url needs --token (or BOATHOUSE_TOKEN)");
  ServerAddress server{arguments.Get("url"), "Bearer " + token};
  while (server.base.ends_with('/')) server.base.pop_back();
  server.base += "/api/v1";
  return server;
}

Error ProblemOf(int status, const std::string& body) {
  const Result<Json> problem = Json::Parse(body);
  if (!problem.ok() || !problem->is_object()) {
    return Error(ErrorKind::kUnavailable,
                 "the server answered with status " + std::to_string(status));
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

Result<Json> ImportThroughServer(const Arguments& arguments, bool* several) {
  ASSIGN(ServerAddress server, ServerOf(arguments));
  Remote remote(std::move(server));
  Json files = Json::Array();
  if (arguments.Has("resume")) {
    ASSIGN(const Id id, ImportIdOf(arguments));
    ASSIGN(Json report, remote.Resume(id));
    files.Append(std::move(report));
    return Json::Object({{"files", std::move(files)}});
  }
  ASSIGN(const Json mapping, ReadJsonFile(arguments.Get("mapping")));
  *several = mapping.Find("imports") != nullptr;
  const JsonArray mappings = *several ? mapping["imports"].items() : JsonArray{mapping};
  ASSIGN(const std::vector<std::string> paths, PathsOf(arguments, mappings));
  for (size_t i = 0; i < paths.size(); ++i) {
    ASSIGN(Json report, remote.Import(arguments, mappings[i], paths[i]));
    files.Append(std::move(report));
  }
  return Json::Object({{"files", std::move(files)}});
}

}  // namespace boathouse::app
