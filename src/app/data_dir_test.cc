#include "app/data_dir.h"

#include <sys/stat.h>

#include <doctest/doctest.h>

#include "app/files.h"
#include "app/workspace.h"
#include "base/temp_folder.h"

namespace boathouse::app {
namespace {

unsigned ModeOf(const std::string& path) {
  struct stat info{};
  REQUIRE(stat(path.c_str(), &info) == 0);
  return info.st_mode & 0777u;
}

std::unique_ptr<DataDir> Opened(const std::string& path) {
  Result<std::unique_ptr<DataDir>> dir = DataDir::Open(path);
  REQUIRE_MESSAGE(dir.ok(), dir.error().message);
  return std::move(*dir);
}

TEST_CASE("a new folder is the owner's and keeps its secrets") {
  const TempFolder temp;
  const std::string path = temp / "data";
  std::string page_token_secret, url_signing_key;
  {
    const auto dir = Opened(path);
    page_token_secret = dir->page_token_secret();
    url_signing_key = dir->url_signing_key();
    CHECK(Exists(dir->tables_path()));
    CHECK_FALSE(dir->HasWorkspace());
  }
  CHECK(ModeOf(path) == 0700);
  CHECK(ModeOf(path + "/server.json") == 0600);
  CHECK(page_token_secret.size() >= 32);
  CHECK(page_token_secret != url_signing_key);
  const auto again = Opened(path);
  CHECK(again->page_token_secret() == page_token_secret);
  CHECK(again->url_signing_key() == url_signing_key);
}

TEST_CASE("one process at a time") {
  const TempFolder temp;
  {
    const auto first = Opened(temp / "data");
    const Result<std::unique_ptr<DataDir>> second = DataDir::Open(temp / "data");
    REQUIRE_FALSE(second.ok());
    CHECK(second.error().kind == ErrorKind::kConflict);
    CHECK(second.error().message.find("pid " + std::to_string(getpid())) != std::string::npos);
  }
  CHECK(DataDir::Open(temp / "data").ok());
}

TEST_CASE("a folder from before there was a sealing key gets one, and keeps the rest") {
  const TempFolder temp;
  const std::string file = temp / "data/server.json";
  const std::string before = Opened(temp / "data")->url_signing_key();
  Json json = *ReadJsonFile(file);
  json.Remove("sealing_key");
  REQUIRE(WriteJsonFile(file, json).ok());
  const std::string made = Opened(temp / "data")->sealing_key();
  CHECK(made.size() >= 32);
  const auto again = Opened(temp / "data");
  CHECK(again->sealing_key() == made);
  CHECK(again->url_signing_key() == before);
  CHECK(ModeOf(file) == 0600);
}

TEST_CASE("damaged secrets are told, not replaced") {
  const TempFolder temp;
  Opened(temp / "data");
  for (const char* text :
       {"{}", "nonsense", R"({"page_token_secret": "c2hvcnQ=", "url_signing_key": "x"})"}) {
    REQUIRE(WritePrivateFile(temp / "data/server.json", text).ok());
    const Result<std::unique_ptr<DataDir>> dir = DataDir::Open(temp / "data");
    REQUIRE_FALSE(dir.ok());
    CHECK(dir.error().kind == ErrorKind::kCorrupt);
    CHECK(*ReadFile(temp / "data/server.json") == text);
  }
}

TEST_CASE("a folder that cannot be made is told") {
  const TempFolder temp;
  REQUIRE(WritePrivateFile(temp / "file", "x").ok());
  const Result<std::unique_ptr<DataDir>> dir = DataDir::Open(temp / "file/data");
  REQUIRE_FALSE(dir.ok());
  CHECK(dir.error().kind == ErrorKind::kUnavailable);
}

TEST_CASE("a workspace is known by its records") {
  const TempFolder temp;
  CHECK_FALSE(DataDir::HoldsWorkspace(temp / "data"));
  {
    const auto dir = Opened(temp / "data");
    const Result<std::unique_ptr<Workspace>> workspace = Workspace::Open(*dir);
    REQUIRE_MESSAGE(workspace.ok(), workspace.error().message);
    CHECK(*(*workspace)->auth->SetupNeeded());
  }
  CHECK(DataDir::HoldsWorkspace(temp / "data"));
}

TEST_CASE("a change of the model that cannot be finished does not keep a workspace closed") {
  const TempFolder temp;
  const auto dir = Opened(temp / "data");
  {
    const auto workspace = std::move(Workspace::Open(*dir)).value();
    const model::Object& account = *workspace->store->model()->Find("account");
    REQUIRE(workspace->crm
                ->Create(Workspace::System("test"), account, *Json::Parse(R"({"name":"Acme"})"))
                .ok());
    // Past the CRM, which would look at the filter.
    const Status changed = workspace->store->ChangeModel(*Json::Parse(
        R"({"add_field":{"object":"account","field":{"name":"odd","type":"integer","roll_up":{
            "object":"contact","relation":"account_id","function":"count","filter":"none = 1"}}}})"));
    REQUIRE_MESSAGE(changed.ok(), changed.error().message);
    REQUIRE_FALSE(workspace->crm->FinishModelChanges().ok());
  }
  const Result<std::unique_ptr<Workspace>> again = Workspace::Open(*dir);
  REQUIRE_MESSAGE(again.ok(), again.error().message);
  CHECK((*again)->store->model()->Find("account")->Find("odd") != nullptr);
}

TEST_CASE("files are replaced whole and private") {
  const TempFolder temp;
  const std::string path = temp / "note";
  CHECK(ReadFile(path).error().kind == ErrorKind::kNotFound);
  REQUIRE(WritePrivateFile(path, "one").ok());
  REQUIRE(WritePrivateFile(path, std::string(300'000, 'x')).ok());
  CHECK(ReadFile(path)->size() == 300'000);
  CHECK(ModeOf(path) == 0600);
  CHECK_FALSE(Exists(path + ".new"));
  CHECK(WritePrivateFile(temp / "none/x", "x").error().kind == ErrorKind::kNotFound);
  CHECK(RemoveFolder(path).ok());
  CHECK_FALSE(Exists(path));
}

}  // namespace
}  // namespace boathouse::app
