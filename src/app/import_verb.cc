// The verb import: into a folder that no server has open. import_remote.cc imports through a server.

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <optional>

#include "app/data_dir.h"
#include "app/files.h"
#include "app/import_remote.h"
#include "app/verbs.h"
#include "app/workspace.h"
#include "crm/byte_source.h"
#include "crm/import.h"
#include "crm/import_jobs.h"
#include "crm/import_spool.h"

namespace boathouse::app {
namespace {

constexpr uintmax_t at_once_bytes_max = 8u << 20;  // bigger ones are written in portions
constexpr size_t copied_bytes = 256u << 10;
constexpr Micros progress_micros = 500'000;

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
  const std::string single = ImportFileOf(arguments);
  if (single.empty() != arguments.Has("from")) {
    return Wrong("say either --file FILE or --from FOLDER");
  }
  if (!single.empty()) {
    ASSIGN(crm::ImportFile file, LoadFile(single));
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
    if (name.empty()) return Wrong("the mapping names no \"file\"; use --file FILE");
    ASSIGN(crm::ImportFile file, LoadFile(arguments.Get("from") + "/" + name));
    job.request.files.push_back(std::move(file));
  }
  return job;
}

Result<std::unique_ptr<DataDir>> OpenData(const Arguments& arguments) {
  // A mistyped folder must not become a new workspace.
  const std::string path = arguments.Get("data");
  if (!arguments.Has("create-workspace") && !DataDir::HoldsWorkspace(path)) {
    return Error(ErrorKind::kNotFound, path + " holds no workspace; --create-workspace makes one");
  }
  return DataDir::Open(path);
}

Result<Json> ImportHere(const Arguments& arguments, const Job& job) {
  ASSIGN(const std::unique_ptr<DataDir> dir, OpenData(arguments));
  ASSIGN(const std::unique_ptr<Workspace> workspace, Workspace::Open(*dir));
  ASSIGN(const crm::ImportReport report,
         crm::Import(*workspace->crm, Workspace::System("import"), job.request));
  return report.ToJson();
}

// Whether the file is too big to be held and written at once.
bool IsBig(const std::string& path) {
  std::error_code failed;
  const uintmax_t bytes = std::filesystem::file_size(path, failed);
  return !failed && bytes > at_once_bytes_max;
}

Result<crm::Spooled> SpoolFile(crm::ImportJobs& imports, const std::string& path) {
  ASSIGN(const std::unique_ptr<crm::ByteSource> bytes, crm::OpenFile(path));
  ASSIGN(const std::unique_ptr<crm::SpoolWriter> writer, imports.Receive());
  std::string piece(copied_bytes, '\0');
  for (uint64_t at = 0;;) {
    ASSIGN(const size_t count, bytes->Read(at, piece.data(), piece.size()));
    if (count == 0) return writer->Finish();
    TRY(writer->Append(std::string_view(piece).substr(0, count)));
    at += count;
  }
}

// The import of the same file by the same mapping that an earlier run did not finish; or a new one.
Result<crm::ImportJob> BeginOrGoOn(crm::ImportJobs& imports, const crm::Caller& caller,
                                   const crm::NewImport& wanted, const std::string& path) {
  ASSIGN(const crm::Spooled spooled, SpoolFile(imports, path));
  for (const crm::ImportJob& job : imports.List(caller)) {
    const bool same = job.content == spooled.content && job.mapping == wanted.mapping &&
                      job.dry_run == wanted.dry_run;
    if (!same || job.state == crm::ImportState::kDone) continue;
    std::fprintf(stderr, "Going on with import %s, which has read %zu rows.\n",
                 job.id.ToString().c_str(), job.rows_read);
    if (job.finished()) return imports.Resume(caller, job.id);
    return job;
  }
  return imports.Add(caller, wanted, spooled);
}

Result<Json> ImportInPortions(const Arguments& arguments, const Json& mapping,
                              const std::string& path) {
  ASSIGN(const std::unique_ptr<DataDir> dir, OpenData(arguments));
  ASSIGN(const std::unique_ptr<Workspace> workspace, Workspace::Open(*dir));
  const crm::Caller caller = Workspace::System("import");
  crm::ImportJobs& imports = *workspace->imports;
  crm::ImportJob job;
  if (arguments.Has("resume")) {
    ASSIGN(const Id id, ImportIdOf(arguments));
    ASSIGN(job, imports.Get(caller, id));
    if (job.finished()) {
      ASSIGN(job, imports.Resume(caller, id));
    }
  } else {
    const std::string name = std::filesystem::path(path).filename().string();
    ASSIGN(job,
           BeginOrGoOn(imports, caller,
                       {mapping, arguments.Get("object"), name, arguments.Has("dry-run")}, path));
  }
  imports.Start();
  ImportProgress progress;
  while (!job.finished()) {
    ASSIGN(job, imports.Wait(caller, job.id, job, progress_micros));
    progress.Show(job.ToJson());
  }
  progress.End();
  if (job.error) return *job.error;
  Json report = job.ToJson();
  if (job.place.rejected_bytes > 0) {
    ASSIGN(const crm::ImportJobs::RejectedFile rejected, imports.Rejected(caller, job.id));
    ASSIGN(std::string rows, ReadFile(rejected.path));
    rows.resize(std::min<size_t>(rows.size(), rejected.bytes));
    report.Set("rejected_csv", std::move(rows));
  }
  return Json::Object({{"files", Json::Array({std::move(report)})}});
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

Result<Json> Run(const Arguments& arguments, bool* several) {
  if (arguments.Has("data") == arguments.Has("url")) {
    return Wrong("say either --data DIR or --url URL");
  }
  if (!arguments.Has("resume") && !arguments.Has("mapping")) return Wrong("--mapping is missing");
  if (arguments.Has("url")) return ImportThroughServer(arguments, several);
  if (arguments.Has("resume")) return ImportInPortions(arguments, Json(), "");
  const std::string path = ImportFileOf(arguments);
  if (!path.empty() && IsBig(path)) {
    ASSIGN(const Json mapping, ReadJsonFile(arguments.Get("mapping")));
    return ImportInPortions(arguments, mapping, path);
  }
  ASSIGN(const Job job, LoadJob(arguments));
  *several = job.several;
  return ImportHere(arguments, job);
}

Status RunImport(const Arguments& arguments) {
  bool several = false;
  ASSIGN(const Json report, Run(arguments, &several));
  PrintReport(report, arguments.Has("dry-run"));
  return WriteRejected(arguments, report, several);
}

}  // namespace

int ImportVerb(const Arguments& arguments) {
  const Status status = RunImport(arguments);
  return status.ok() ? 0 : Fail(status.error());
}

}  // namespace boathouse::app
