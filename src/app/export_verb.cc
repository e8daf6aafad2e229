// The verb export: a list as a file, from a folder that no server has open or through a running server.

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <utility>

#include "app/data_dir.h"
#include "app/import_remote.h"
#include "app/verbs.h"
#include "app/workspace.h"
#include "base/bytes.h"
#include "crm/export.h"
#include "http/client.h"

namespace boathouse::app {
namespace {

constexpr size_t export_bytes_max = size_t{1} << 40;

Error Wrong(std::string message) { return Error(ErrorKind::kInvalid, std::move(message)); }

// The file that is written, or standard output; a file that is not finished goes away.
class Target {
 public:
  explicit Target(std::string path) : path_(std::move(path)) {}
  ~Target() {
    if (file_ == nullptr || file_ == stdout) return;
    std::fclose(file_);
    std::remove(Fresh().c_str());
  }
  Target(const Target&) = delete;
  Target& operator=(const Target&) = delete;

  Status Write(std::string_view piece) {
    if (file_ == nullptr) {
      file_ = path_ == "-" ? stdout : std::fopen(Fresh().c_str(), "wb");
      if (file_ == nullptr) return Failed("create");
    }
    if (std::fwrite(piece.data(), 1, piece.size(), file_) == piece.size()) return {};
    return Failed("write");
  }
  Status Finish() {
    TRY(Write(""));
    if (file_ == stdout) return std::fflush(stdout) == 0 ? Status::Ok() : Failed("write");
    const bool closed = std::fclose(std::exchange(file_, nullptr)) == 0;
    if (closed && std::rename(Fresh().c_str(), path_.c_str()) == 0) return {};
    Status failed = Failed("write");
    std::remove(Fresh().c_str());
    return failed;
  }

 private:
  std::string Fresh() const { return path_ + ".new"; }
  Status Failed(const char* what) const {
    return Error(ErrorKind::kUnavailable,
                 std::string("cannot ") + what + " " + path_ + ": " + std::strerror(errno));
  }

  const std::string path_;
  std::FILE* file_ = nullptr;
};

std::vector<std::string> Names(std::string_view list) {
  std::vector<std::string> names;
  while (!list.empty()) {
    const size_t end = std::min(list.find(','), list.size());
    names.emplace_back(TrimAscii(list.substr(0, end)));
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return names;
}

// --format, or what the file's name ends with.
Result<std::string> FormatOf(const Arguments& arguments) {
  const bool named = arguments.Get("to").ends_with(".parquet");
  std::string format = arguments.Get("format", named ? "parquet" : "csv");
  if (format == "csv" || format == "parquet") return format;
  return Wrong("--format is csv or parquet");
}

Status ExportHere(const Arguments& arguments, const std::string& format, Target& target) {
  const std::string path = arguments.Get("data");
  if (!DataDir::HoldsWorkspace(path)) {
    return Error(ErrorKind::kNotFound, path + " holds no workspace");
  }
  ASSIGN(const std::unique_ptr<DataDir> dir, DataDir::Open(path));
  ASSIGN(const std::unique_ptr<Workspace> workspace, Workspace::Open(*dir));
  const crm::Caller caller = Workspace::System("cli");
  const std::shared_ptr<const model::Model> model = workspace->crm->model(caller);
  ASSIGN(const model::Object* object,
         workspace->crm->FindObject(caller, arguments.positional().at(0)));
  crm::ExportRequest request;
  request.filter = arguments.Get("filter");
  request.order_by = arguments.Get("order-by");
  request.fields = Names(arguments.Get("fields"));
  request.format = format == "csv" ? crm::ExportFormat::kCsv : crm::ExportFormat::kParquet;
  request.titles = arguments.Has("titles");
  request.for_spreadsheet = arguments.Has("spreadsheet");
  ASSIGN(const std::unique_ptr<crm::Export> file,
         workspace->exports->Open(caller, *object, request));
  std::string piece;
  for (;;) {
    ASSIGN(const bool more, file->Next(&piece));
    if (!more) break;
    TRY(target.Write(piece));
  }
  TRY(target.Finish());
  std::fprintf(stderr, "%zu %s written to %s\n", file->rows(), object->plural.c_str(),
               arguments.Get("to").c_str());
  return {};
}

Status ExportThere(const Arguments& arguments, const std::string& format, Target& target) {
  ASSIGN(const ServerAddress server, ServerOf(arguments));
  http::ClientRequest request;
  request.url = server.base + "/" + UrlEncode(arguments.positional().at(0)) +
                ":export?format=" + format +
                "&relations=" + (arguments.Has("titles") ? "title" : "id");
  for (const auto& [option, name] :
       {std::pair("filter", "filter"), {"order-by", "order_by"}, {"fields", "fields"}}) {
    if (arguments.Has(option))
      request.url += std::string("&") + name + "=" + UrlEncode(arguments.Get(option));
  }
  if (arguments.Has("spreadsheet")) request.url += "&spreadsheet=true";
  request.headers.Add("Authorization", server.authorization);
  request.timeout_ms = 0;
  request.response_bytes_max = export_bytes_max;
  std::string problem;
  Status written;
  request.on_data = [&](int status, const http::Headers&, std::string_view piece) {
    if (status == 200) {
      written = target.Write(piece);
    } else {
      problem += piece;
    }
    return written.ok();
  };
  const std::unique_ptr<http::Client> client = http::Client::Create();
  ASSIGN(const http::ClientResponse response, client->Send(request));
  TRY(written);
  if (response.status != 200) return ProblemOf(response.status, problem);
  TRY(target.Finish());
  std::fprintf(stderr, "written to %s\n", arguments.Get("to").c_str());
  return {};
}

Status RunExport(const Arguments& arguments) {
  if (arguments.Has("data") == arguments.Has("url")) {
    return Wrong("say either --data DIR or --url URL");
  }
  ASSIGN(const std::string format, FormatOf(arguments));
  Target target(arguments.Get("to"));
  return arguments.Has("url") ? ExportThere(arguments, format, target)
                              : ExportHere(arguments, format, target);
}

}  // namespace

int ExportVerb(const Arguments& arguments) {
  const Status status = RunExport(arguments);
  return status.ok() ? 0 : Fail(status.error());
}

}  // namespace boathouse::app
