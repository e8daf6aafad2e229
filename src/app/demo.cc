// The verb demo: an invented distributor, made at the first start and used again at every later one,
// with a lakehouse of its orders beside it.
//
//   DIR/demo.creating           stands while the workspace is being made; one left behind by a crash
//                               means that it has to be made anew
//   DIR/demo-credentials.json   what was made: passwords and tokens, mode 0600
//   DIR/demo.json               what runs at the moment, for programs; written when all of it answers
//   DIR/demo.share              a Delta Sharing profile for the running server

#include <unistd.h>

#include <cstdio>
#include <functional>

#include "app/child_process.h"
#include "app/data_dir.h"
#include "app/demo_data.h"
#include "app/files.h"
#include "app/server.h"
#include "app/signals.h"
#include "app/verbs.h"
#include "app/workspace.h"
#include "base/bytes.h"
#include "base/log.h"
#include "lakehouse/mart.h"
#include "sharing/profile.h"
#include "sharing/sharing.h"

namespace boathouse::app {
namespace {

constexpr uint16_t port_default = 8080;
constexpr int lakehouse_ready_ms = 30'000;
constexpr size_t password_random_bytes = 12;
constexpr Micros day_micros = 24LL * 3600 * 1'000'000;
constexpr const char* admin_email = "demo@example.com";
constexpr const char* viewer_email = "viewer@example.com";
constexpr const char* recipient_name = "demo";

std::string NewPassword() { return Base64UrlEncode(RandomBytes(password_random_bytes)); }

void Say(const std::string& text) {
  std::printf("%s\n", text.c_str());
  std::fflush(stdout);
}

class Demo {
 public:
  Demo(DataDir& dir, const DemoOptions& options) : dir_(dir), options_(options) {}

  // Opens the workspace, making it first where it is not there yet.
  Result<std::unique_ptr<Workspace>> OpenWorkspace() {
    const bool torn = Exists(MarkerPath());
    if (dir_.HasWorkspace() && !torn) {
      if (!Exists(CredentialsPath())) {
        return Error(ErrorKind::kConflict,
                     dir_.path() + " holds a workspace that is not a demo; choose another folder");
      }
      ASSIGN(credentials_, ReadJsonFile(CredentialsPath()));
      NoteOtherOptions();
      ASSIGN(std::unique_ptr<Workspace> workspace, Workspace::Open(dir_));
      TRY(FindRecipient(*workspace));
      return workspace;
    }
    if (torn) Say("The last start was cut short while it made the demo; making it anew.");
    return Create();
  }

  const Json& credentials() const { return credentials_; }
  std::string LakehouseRoot() const { return dir_.path() + "/lakehouse"; }

 private:
  std::string MarkerPath() const { return dir_.path() + "/demo.creating"; }
  std::string CredentialsPath() const { return dir_.path() + "/demo-credentials.json"; }

  void NoteOtherOptions() const {
    const bool same = credentials_["seed"].AsInt() == static_cast<int64_t>(options_.seed) &&
                      credentials_["scale"].AsInt() == options_.scale;
    if (!same) Say("The demo of the first start is used; --seed and --scale count only then.");
  }

  Result<std::unique_ptr<Workspace>> Create() {
    TRY(WritePrivateFile(MarkerPath(), "\n"));
    TRY(RemoveFolder(dir_.workspace_path()));
    TRY(RemoveFolder(LakehouseRoot()));
    TRY(MakeFolder(dir_.tables_path()));
    ASSIGN(std::unique_ptr<Workspace> workspace, Workspace::Open(dir_));
    options_.today = static_cast<int32_t>(workspace->clock.Now() / day_micros);
    TRY(CreateCredentials(*workspace));
    ASSIGN(const DemoContent content,
           LoadDemo(*workspace->crm, Workspace::System("demo"), options_,
                    [](std::string_view part) { Say("  making " + std::string(part)); }));
    Say("  making the sales mart of the lakehouse");
    TRY(CreateMart(content));
    TRY(WriteJsonFile(CredentialsPath(), credentials_));
    TRY(RemoveFolder(MarkerPath()));
    return workspace;
  }

  Status CreateCredentials(Workspace& workspace) {
    const std::string password = NewPassword();
    ASSIGN(const std::string setup_token, workspace.auth->IssueSetupToken());
    ASSIGN(const auth::Session session,
           workspace.auth->CompleteSetup({setup_token, "Lakefront Industrial Supply",
                                          "Dana Whitfield", admin_email, password}));
    ASSIGN(const std::string api_token,
           workspace.auth->CreateApiToken(session.principal, "demo", 0));
    const std::string viewer_password = NewPassword();
    ASSIGN(const std::string viewer_token, CreateViewer(workspace, viewer_password));
    ASSIGN(const std::unique_ptr<sharing::Sharing> sharing, OpenSharing(workspace));
    ASSIGN(const sharing::Delivered recipient,
           sharing->recipients().Create(
               Workspace::System("demo"),
               Json::Object({{"name", recipient_name},
                             {"shares", Json::Array({sharing::built_in_share})},
                             {"expires_in_days", nullptr}}),
               sharing::ServerUrl{}));
    credentials_ = Json::Object({{"email", admin_email},
                                 {"password", password},
                                 {"api_token", api_token},
                                 {"viewer_email", viewer_email},
                                 {"viewer_password", viewer_password},
                                 {"viewer_api_token", viewer_token},
                                 {"recipient_id", recipient.recipient.id.ToString()},
                                 {"recipient_token", (*recipient.profile)["bearerToken"]},
                                 {"seed", options_.seed},
                                 {"scale", options_.scale}});
    return {};
  }

  // The server is not running yet: nothing is read here, so that no tables are needed.
  Result<std::unique_ptr<sharing::Sharing>> OpenSharing(Workspace& workspace) const {
    return sharing::Sharing::Open({*workspace.store, *workspace.crm, workspace.auth->audit(),
                                   workspace.clock, workspace.ids, nullptr,
                                   dir_.page_token_secret()});
  }

  // Of a demo that an earlier version made, which did not note it.
  Status FindRecipient(Workspace& workspace) {
    if (!credentials_["recipient_id"].is_null()) return {};
    ASSIGN(const std::unique_ptr<sharing::Sharing> sharing, OpenSharing(workspace));
    ASSIGN(const sharing::Recipient found,
           sharing->recipients().Get(Workspace::System("demo"), recipient_name));
    credentials_.Set("recipient_id", found.id.ToString());
    return {};
  }

  static Result<std::string> CreateViewer(Workspace& workspace, const std::string& password) {
    ASSIGN(const model::Object* user, workspace.crm->FindObject("user"));
    ASSIGN(const model::Record record,
           workspace.crm->Create(Workspace::System("demo"), *user,
                                 Json::Object({{"name", "Vera Lindholm"},
                                               {"email", viewer_email},
                                               {"role", "viewer"},
                                               {"title", "Controller"}})));
    TRY(workspace.auth->SetPassword(record.id(), password));
    auth::Principal viewer;
    viewer.user = record.id();
    viewer.role = auth::viewer_role;
    return workspace.auth->CreateApiToken(viewer, "demo viewer", 0);
  }

  Status CreateMart(const DemoContent& content) const {
    lakehouse::MartOptions mart;
    mart.seed = options_.seed;
    mart.today = options_.today;
    for (const DemoAccount& each : content.customers) {
      mart.accounts.push_back(
          {each.account_number, each.name, each.territory, each.industry, each.city, each.state});
    }
    return lakehouse::GenerateMart(LakehouseRoot(), mart);
  }

  DataDir& dir_;
  DemoOptions options_;
  Json credentials_;
};

struct RunningLakehouse {
  std::unique_ptr<ChildProcess> process;  // null: it could not be started
  std::string mcp_url;
};

// Where the lakehouse looks for catalogs to attach (lakehouse.h).
std::string CatalogsPath(const Demo& demo) { return demo.LakehouseRoot() + "/catalogs.json"; }

// The CRM works without a lakehouse, so that one which does not start is only reported. It wants no
// token, whatever the environment holds: it listens on this machine only, and demo.json invites to
// try it.
RunningLakehouse StartLakehouse(const std::string& root) {
  RunningLakehouse running;
  Result<std::unique_ptr<ChildProcess>> started =
      ChildProcess::Start({"lakehouse", "--root", root, "--port", "0", "--token=", "--parent-pid",
                           std::to_string(getpid())},
                          lakehouse_ready_ms);
  if (!started.ok()) {
    Say("The lakehouse did not start: " + started.error().message);
    return running;
  }
  const std::string& line = (*started)->first_line();
  const size_t url = line.find("http://");
  if (url != std::string::npos) running.mcp_url = line.substr(url);
  running.process = std::move(*started);
  return running;
}

Status WriteState(const DataDir& dir, const Demo& demo, const Server& server,
                  const RunningLakehouse& lakehouse) {
  const Json& known = demo.credentials();
  const std::string profile = dir.path() + "/demo.share";
  TRY(WriteJsonFile(
      profile, sharing::BearerProfile({server.url()}, known["recipient_token"].AsString(), 0)));
  const std::string token(known["recipient_token"].AsString());
  const Json iceberg =
      Json::Object({{"uri", server.url() + "/iceberg"},
                    {"warehouse", sharing::built_in_share},
                    {"token", token},
                    {"credential", std::string(known["recipient_id"].AsString()) + ":" + token}});
  // The lakehouse attaches it as soon as it finds it there.
  Json attached = iceberg;
  attached.Remove("credential");
  attached.Set("namespace", sharing::default_schema);
  attached.Set("files", "s3://boathouse/");
  TRY(WriteJsonFile(CatalogsPath(demo), Json::Object({{"crm", std::move(attached)}})));
  Json state = Json::Object({{"url", server.url()},
                             {"email", known["email"]},
                             {"password", known["password"]},
                             {"api_token", known["api_token"]},
                             {"viewer_email", known["viewer_email"]},
                             {"viewer_password", known["viewer_password"]},
                             {"viewer_api_token", known["viewer_api_token"]},
                             {"mcp_url", server.url() + "/mcp"},
                             {"delta_sharing_profile", profile},
                             {"iceberg", iceberg},
                             {"lakehouse_mcp_url", Json()},
                             {"lakehouse_root", demo.LakehouseRoot()},
                             {"lakehouse_pid", Json()},
                             {"pid", getpid()}});
  if (lakehouse.process != nullptr) {
    state.Set("lakehouse_mcp_url", lakehouse.mcp_url);
    state.Set("lakehouse_pid", lakehouse.process->pid());
  }
  return WriteJsonFile(dir.path() + "/demo.json", state);
}

void PrintGuide(const DataDir& dir, const Demo& demo, const Server& server) {
  const Json& known = demo.credentials();
  const std::string url = server.url();
  const std::string token(known["api_token"].AsString());
  std::printf(
      "\nBoathouse demo: Lakefront Industrial Supply\n\n"
      "  open      %s\n"
      "  sign in   %s  /  %s\n\n"
      "Ask on the Assistant page: What is the lifetime gross margin by account for the Cleveland "
      "territory?\n\n"
      "Or read it from elsewhere:\n"
      "  REST      curl -H 'Authorization: Bearer %s' '%s/api/v1/accounts?page_size=3'\n"
      "  Python    python3 -c 'import delta_sharing as d; "
      "print(d.load_as_pandas(\"%s/demo.share#%s.crm.accounts\"))'\n"
      "  Iceberg   %s/iceberg, warehouse %s, credential in %s/demo.json\n"
      "  MCP       %s/mcp, with the same Authorization header\n\n"
      "Ctrl-C stops it. %s/demo.json has all of this for programs.\n",
      url.c_str(), std::string(known["email"].AsString()).c_str(),
      std::string(known["password"].AsString()).c_str(), token.c_str(), url.c_str(),
      dir.path().c_str(), sharing::built_in_share, url.c_str(), sharing::built_in_share,
      dir.path().c_str(), url.c_str(), dir.path().c_str());
  std::fflush(stdout);
}

Status RunDemo(const Arguments& arguments) {
  ServerConfig config;
  config.address = arguments.Get("address", config.address);
  ASSIGN(config.port, PortOf(arguments, port_default));
  config.public_url = arguments.Get("public-url");
  DemoOptions options;
  ASSIGN(const int64_t scale, arguments.GetInteger("scale", 1, 1, demo_scale_max));
  ASSIGN(const int64_t seed, arguments.GetInteger("seed", 1, 0, INT64_MAX));
  options.scale = static_cast<int>(scale);
  options.seed = static_cast<uint64_t>(seed);

  BlockSignals();
  ASSIGN(const std::unique_ptr<DataDir> dir, DataDir::Open(arguments.Get("data")));
  // Whoever waits for this file must not find the one of an earlier run.
  TRY(RemoveFolder(dir->path() + "/demo.json"));
  Demo demo(*dir, options);
  ASSIGN(const std::unique_ptr<Workspace> workspace, demo.OpenWorkspace());
  // Nor may the lakehouse attach the server of an earlier run.
  TRY(RemoveFolder(CatalogsPath(demo)));
  RunningLakehouse lakehouse = StartLakehouse(demo.LakehouseRoot());
  config.lakehouse_mcp_url = lakehouse.mcp_url;
  ASSIGN(const std::unique_ptr<Server> server, Server::Start(*dir, *workspace, config));
  TRY(WriteState(*dir, demo, *server, lakehouse));
  PrintGuide(*dir, demo, *server);

  while (WaitForSignal() != Wake::kEnd) {
    if (lakehouse.process != nullptr && lakehouse.process->Ended()) {
      Log(LogLevel::kWarning, "lakehouse_ended", {{"pid", lakehouse.process->pid()}});
    }
  }
  Log(LogLevel::kInfo, "server_stopping");
  return RemoveFolder(dir->path() + "/demo.json");
}

}  // namespace

int DemoVerb(const Arguments& arguments) {
  const Status status = RunDemo(arguments);
  return status.ok() ? 0 : Fail(status.error());
}

}  // namespace boathouse::app
