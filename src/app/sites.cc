#include "app/sites.h"

#include <sys/stat.h>

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "app/site.h"
#include "app/workspaces.h"
#include "base/log.h"
#include "surfaces/objects/objects.h"
#include "surfaces/rest/rest.h"

namespace boathouse::app {
namespace {

constexpr auto watch_interval = std::chrono::seconds(1);
constexpr std::string_view below = "/w/";
// A workspace that could not be opened is not tried again before.
constexpr auto retry_interval = std::chrono::seconds(30);
// Requests that come while it is opened: so many wait, so long. Others are told to come again, for each
// that waits takes a worker from the other workspaces.
constexpr size_t opening_waiting_max = 4;
constexpr auto opening_wait = std::chrono::seconds(5);

// Which folder a path leads to; a workspace that was removed and made again is another one.
struct FolderId {
  dev_t device = 0;
  ino_t number = 0;
  bool operator==(const FolderId&) const = default;
};

std::optional<FolderId> FolderAt(const std::string& path) {
  struct stat about = {};
  if (stat(path.c_str(), &about) != 0) return std::nullopt;
  return FolderId{about.st_dev, about.st_ino};
}

// A workspace that is open. Requests and streams under way hold it.
struct OpenSite {
  std::string name;
  FolderId folder;
  std::unique_ptr<DataDir> dir;
  std::unique_ptr<Workspace> workspace;
  std::unique_ptr<Site> site;

  std::string prefix() const { return std::string(below) + name; }
};

// Opening a workspace: under way, or failed a short while ago.
struct Attempt {
  FolderId folder;
  bool under_way = true;
  size_t waiting = 0;
  std::shared_ptr<OpenSite> site;  // when it went well
  std::chrono::steady_clock::time_point failed_at;
};

// What a name leads to.
struct Found {
  enum class Why { kNone, kOpening, kBroken };
  std::shared_ptr<OpenSite> site;
  Why why = Why::kNone;  // when there is no site
};

// A stream that keeps its workspace open.
class HoldingStream final : public http::BodySource {
 public:
  HoldingStream(std::shared_ptr<OpenSite> site, std::unique_ptr<http::BodySource> inner)
      : site_(std::move(site)), inner_(std::move(inner)) {}
  Result<bool> Next(std::string* chunk) override { return inner_->Next(chunk); }
  Result<std::optional<FileRun>> NextRun() override { return inner_->NextRun(); }
  std::optional<uint64_t> length() const override { return inner_->length(); }
  bool Ready(std::function<void()> wake) override { return inner_->Ready(std::move(wake)); }
  std::string_view idle_piece() const override { return inner_->idle_piece(); }

 private:
  std::shared_ptr<OpenSite> site_;
  std::unique_ptr<http::BodySource> inner_;
};

// The request as the workspace sees it: without the prefix.
void StripPrefix(const OpenSite& site, http::Request* request) {
  const size_t query = request->target.find('?');
  std::string target = request->path.substr(site.prefix().size());
  if (query != std::string::npos) target += request->target.substr(query);
  request->target = std::move(target);
  request->path.clear();
  request->query.clear();
  request->parameters.clear();
}

// What the workspace says of its own paths, as clients must use them.
void AddPrefix(const OpenSite& site, http::Response* response) {
  const std::string prefix = site.prefix();
  if (const std::string* location = response->headers.Find("Location");
      location != nullptr && location->starts_with('/')) {
    response->headers.Set("Location", prefix + *location);
  }
  std::vector<std::string> cookies;
  for (const std::string_view cookie : response->headers.All("Set-Cookie")) {
    cookies.emplace_back(cookie);
  }
  if (cookies.empty()) return;
  response->headers.Remove("Set-Cookie");
  for (std::string& cookie : cookies) {
    constexpr std::string_view path = "; Path=/";
    if (const size_t at = cookie.find(path); at != std::string::npos) {
      cookie.insert(at + path.size() - 1, prefix);
    }
    response->headers.Add("Set-Cookie", std::move(cookie));
  }
}

// The description of the API names its server by a path.
void AddPrefixToDescription(const OpenSite& site, http::Response* response) {
  constexpr std::string_view server = "\"url\":\"/api/v1\"";
  if (const size_t at = response->body.find(server); at != std::string::npos) {
    response->body.replace(at, server.size(), "\"url\":\"" + site.prefix() + "/api/v1\"");
  }
}

http::Response NoWorkspace(std::string_view name, Found::Why why) {
  const std::string called(name.substr(0, workspace_name_chars_max));
  if (why == Found::Why::kNone) {
    return http::Response::Text(404, "There is no workspace " + called + " on this server.\n");
  }
  const bool opening = why == Found::Why::kOpening;
  http::Response response =
      http::Response::Text(503, "The workspace " + called +
                                    (opening ? " is being opened; try again in a few seconds.\n"
                                             : " cannot be opened; the server's log says why.\n"));
  response.headers.Set("Retry-After",
                       std::to_string((opening ? opening_wait : retry_interval).count()));
  return response;
}

}  // namespace

struct Sites::Impl {
  const DataDir& dir;
  const ServerConfig config;
  const std::string url;

  std::mutex mutex;  // of what follows; not held while a workspace is opened
  std::condition_variable wake;
  std::condition_variable attempted;
  bool stopping = false;
  std::map<std::string, std::shared_ptr<OpenSite>, std::less<>> open;
  std::vector<std::shared_ptr<OpenSite>> closing;  // until nobody holds them
  std::map<std::string, std::shared_ptr<Attempt>, std::less<>> attempts;
  std::thread watcher;

  std::string FolderOf(std::string_view name) const {
    return dir.path() + "/workspaces/" + std::string(name);
  }

  // The workspace, if it is open and its folder still the same. The mutex is held.
  std::shared_ptr<OpenSite> FindOpen(std::string_view name, const std::optional<FolderId>& folder) {
    const auto found = open.find(name);
    if (found == open.end()) return nullptr;
    if (folder && found->second->folder == *folder) return found->second;
    Log(LogLevel::kInfo, "workspace_closed", {{"workspace", name}});
    closing.push_back(std::move(found->second));
    open.erase(found);
    return nullptr;
  }

  // Opens it if it is there.
  Found Find(std::string_view name) {
    if (!IsWorkspaceName(name) || name == main_workspace) return {};
    std::unique_lock lock(mutex);
    const std::optional<FolderId> folder = FolderAt(FolderOf(name));
    if (auto site = FindOpen(name, folder)) return {std::move(site)};
    if (!folder) return {};
    std::shared_ptr<Attempt>& attempt = attempts[std::string(name)];
    if (attempt != nullptr) {
      if (attempt->under_way) return WaitFor(attempt, &lock);
      const auto age = std::chrono::steady_clock::now() - attempt->failed_at;
      if (attempt->folder == *folder && age < retry_interval) return {nullptr, Found::Why::kBroken};
    }
    attempt = std::make_shared<Attempt>(Attempt{*folder, true, 0, nullptr, {}});
    return Try(name, attempt, &lock);
  }

  Found WaitFor(std::shared_ptr<Attempt> attempt, std::unique_lock<std::mutex>* lock) {
    if (attempt->waiting >= opening_waiting_max) return {nullptr, Found::Why::kOpening};
    ++attempt->waiting;
    const bool ended = attempted.wait_for(*lock, opening_wait, [&] { return !attempt->under_way; });
    --attempt->waiting;
    if (!ended) return {nullptr, Found::Why::kOpening};
    return {attempt->site, Found::Why::kBroken};
  }

  // The attempt is of this caller, who alone opens that workspace now.
  Found Try(std::string_view name, std::shared_ptr<Attempt> attempt,
            std::unique_lock<std::mutex>* lock) {
    lock->unlock();
    Result<std::shared_ptr<OpenSite>> opened = std::shared_ptr<OpenSite>();
    try {
      opened = Open(std::string(name), attempt->folder);
    } catch (const std::exception& e) {  // no thread, no memory: others must not wait for ever
      opened = Error(ErrorKind::kUnavailable, e.what());
    }
    lock->lock();
    attempt->under_way = false;
    attempted.notify_all();
    if (opened.ok()) {
      Log(LogLevel::kInfo, "workspace_opened", {{"workspace", name}});
      attempt->site = *opened;
      open[std::string(name)] = *opened;
      attempts.erase(attempts.find(name));
      return {std::move(*opened)};
    }
    if (opened.error().kind == ErrorKind::kNotFound) {  // a folder without records
      attempts.erase(attempts.find(name));
      return {};
    }
    Log(LogLevel::kError, "workspace_not_opened",
        {{"workspace", name}, {"reason", opened.error().message}});
    attempt->failed_at = std::chrono::steady_clock::now();
    return {nullptr, Found::Why::kBroken};
  }

  Result<std::shared_ptr<OpenSite>> Open(const std::string& name, const FolderId& folder) {
    auto site = std::make_shared<OpenSite>();
    site->name = name;
    site->folder = folder;
    ASSIGN(site->dir, OpenWorkspaceFolder(dir.path(), name));
    ASSIGN(site->workspace, Workspace::Open(*site->dir));
    ASSIGN(site->site,
           Site::Build(*site->dir, *site->workspace, config, {url + site->prefix(), false, name}));
    TRY(site->site->Start());
    return site;
  }

  // Opens what has come, closes what has gone.
  void Look() {
    for (const std::string& name : ListWorkspaces(dir.path())) Find(name);
    // What nobody holds any more is ended here, where nobody waits for it.
    std::vector<std::shared_ptr<OpenSite>> ended;
    const std::lock_guard lock(mutex);
    std::vector<std::string> names;
    for (const auto& [name, site] : open) names.push_back(name);
    for (const std::string& name : names) FindOpen(name, FolderAt(FolderOf(name)));
    const auto now = std::chrono::steady_clock::now();
    std::erase_if(attempts, [&](const auto& attempt) {
      return !attempt.second->under_way && now - attempt.second->failed_at >= retry_interval;
    });
    for (auto& site : closing) {
      if (site.use_count() == 1) ended.push_back(std::move(site));
    }
    std::erase(closing, nullptr);
  }

  void Watch() {
    for (;;) {
      Look();
      std::unique_lock lock(mutex);
      if (wake.wait_for(lock, watch_interval, [this] { return stopping; })) return;
    }
  }

  http::Response Answer(http::Request& request) {
    const std::string name(request.Parameter("workspace"));
    const auto [site, why] = Find(name);
    if (site == nullptr) return NoWorkspace(name, why);
    StripPrefix(*site, &request);
    const http::Router& router = site->site->router();
    const std::string path = request.target.substr(0, request.target.find('?'));
    if (request.body_file == nullptr && request.body.size() > router.BodyLimit(path)) {
      request.path = path;
      return router.RenderError(request, 413, "The body is too large.");
    }
    http::Response response = router.Dispatch(request);
    AddPrefix(*site, &response);
    if (path == "/api/v1/openapi.json") AddPrefixToDescription(*site, &response);
    if (response.stream != nullptr) {
      response.stream = std::make_unique<HoldingStream>(site, std::move(response.stream));
    }
    return response;
  }

  // Clients of S3 put the bucket, which is the workspace's name, at the root of the server.
  http::Response AnswerBucket(http::Request& request) {
    const std::string name = objects::BucketOf(request);
    const auto [site, why] = Find(name);
    if (site == nullptr) {
      return why == Found::Why::kNone ? objects::NoSuchBucket(request) : NoWorkspace(name, why);
    }
    http::Response response = site->site->router().Dispatch(request);
    if (response.stream != nullptr) {
      response.stream = std::make_unique<HoldingStream>(site, std::move(response.stream));
    }
    return response;
  }

  // Whether a body may come, and where to, is what the workspace says.
  http::Router::Admission Admit(const http::Request& request) {
    const std::string_view rest = std::string_view(request.path).substr(below.size());
    const std::string_view name = rest.substr(0, rest.find('/'));
    const auto [site, why] = Find(name);
    if (site == nullptr && why != Found::Why::kNone) return {NoWorkspace(name, why), false};
    if (site == nullptr || !request.path.starts_with(site->prefix() + "/")) return {};
    http::Request inner = request;
    StripPrefix(*site, &inner);
    inner.path = inner.target.substr(0, inner.target.find('?'));
    const http::Router::Spool* spool = site->site->router().SpoolOf(inner.path);
    if (spool == nullptr) return {};
    if (const Status parsed = http::ParseTarget(&inner); !parsed.ok()) return {};
    return spool->admit(inner);
  }
};

Sites::Sites(const DataDir& dir, const ServerConfig& config, std::string url)
    : impl_(std::unique_ptr<Impl>(
          new Impl{dir, config, std::move(url), {}, {}, {}, false, {}, {}, {}, {}})) {}

Sites::~Sites() {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->stopping = true;
  }
  impl_->wake.notify_all();
  if (impl_->watcher.joinable()) impl_->watcher.join();
}

void Sites::Start() {
  impl_->watcher = std::thread([this] { impl_->Watch(); });
}

void Sites::Mount(http::Router& router) {
  router.AddProtocol(objects::S3Protocol(
      [](const http::Request& request) {
        if (!objects::IsS3Request(request)) return false;
        const std::string bucket = objects::BucketOf(request);
        return bucket != Site::Place().bucket && IsWorkspaceName(bucket);
      },
      [this](http::Request& request) { return impl_->AnswerBucket(request); }));
  for (const char* method : {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}) {
    router.Add(method, "/w/{workspace}/{path...}",
               [this](http::Request& request) { return impl_->Answer(request); });
  }
  router.Add("GET", "/w/{workspace}", [this](http::Request& request) {
    const std::string name(request.Parameter("workspace"));
    const auto [site, why] = impl_->Find(name);
    if (site == nullptr) return NoWorkspace(name, why);
    http::Response response = http::Response::Empty(308);
    response.headers.Set("Location", site->prefix() + "/");
    return response;
  });
  router.SetBodyLimit("/w", rest::import_body_bytes_max);
  router.SpoolBodies("/w",
                     {impl_->dir.imports_path(), rest::upload_body_bytes_max,
                      [this](const http::Request& request) { return impl_->Admit(request); }});
}

}  // namespace boathouse::app
