#include "app/sites.h"

#include <sys/stat.h>

#include <doctest/doctest.h>

#include <atomic>
#include <fstream>
#include <thread>
#include <vector>

#include "app/workspace.h"
#include "app/workspaces.h"
#include "base/temp_folder.h"

namespace boathouse::app {
namespace {

struct SitesTest {
  const TempFolder temp;
  const std::string data = temp / "data";
  const std::unique_ptr<DataDir> lock = std::move(DataDir::Open(data)).value();
  const std::unique_ptr<Workspace> main = std::move(Workspace::Open(*lock)).value();
  Sites sites{*lock, ServerConfig{}, "http://crm.test"};
  http::Router router;

  SitesTest() { sites.Mount(router); }

  void Make(const std::string& name) {
    const Result<std::string> token = CreateWorkspace(data, name);
    REQUIRE_MESSAGE(token.ok(), token.error().message);
  }
  http::Response Get(const std::string& target) const {
    http::Request request;
    request.method = "GET";
    request.target = target;
    return router.Dispatch(request);
  }
};

TEST_CASE_FIXTURE(SitesTest, "signing in through a provider keeps to the workspace's paths") {
  Make("acme");
  {
    const auto dir = std::move(OpenWorkspaceFolder(data, "acme")).value();
    const auto workspace = std::move(Workspace::Open(*dir)).value();
    const Json provider = Json::Object({{"name", "id"},
                                        {"label", "ID"},
                                        {"issuer", "https://id.test"},
                                        {"client_id", "crm"},
                                        {"email_domains", Json::Array()},
                                        {"new_user_role", ""}});
    REQUIRE(workspace->store
                ->Write([&](store::Transaction& transaction) {
                  return transaction.PutDocument("auth.provider", "id", provider);
                })
                .ok());
  }
  const http::Response methods = Get("/w/acme/api/v1/auth/methods");
  REQUIRE(methods.status == 200);
  const Json told = std::move(Json::Parse(methods.body)).value();
  CHECK(told["providers"].items().at(0)["url"].AsString() == "/w/acme/api/v1/auth/oidc/id/start");
  const http::Response back = Get("/w/acme/api/v1/auth/oidc/id/callback?state=x&code=y");
  CHECK(back.status == 302);
  CHECK(back.headers.Get("Location") == "/w/acme/sign-in?provider_error=expired");
  CHECK(back.headers.Get("Set-Cookie").find("; Path=/w/acme/api/v1/auth/oidc/;") !=
        std::string_view::npos);
}

TEST_CASE_FIXTURE(SitesTest, "a workspace that cannot be opened is not tried all the time") {
  Make("good");
  const std::string folder = data + "/workspaces/bad";
  REQUIRE(mkdir(folder.c_str(), 0700) == 0);
  CHECK(Get("/w/bad/api/v1/setup").status == 404);  // nothing in it
  std::ofstream(folder + "/records.sqlite") << std::string(8192, 'x');
  const http::Response refused = Get("/w/bad/api/v1/setup");
  CHECK(refused.status == 503);
  CHECK(refused.headers.Get("Retry-After") == "30");
  CHECK(refused.body.find("cannot be opened") != std::string::npos);
  CHECK(Get("/w/good/api/v1/setup").status == 200);
  // It would open now, but is not looked at again so soon.
  REQUIRE(remove((folder + "/records.sqlite").c_str()) == 0);
  CHECK(Get("/w/bad").status == 503);
  // Another folder of that name is another workspace.
  REQUIRE(rename(folder.c_str(), (data + "/workspaces/.broken").c_str()) == 0);
  CHECK(Get("/w/bad").status == 404);
  Make("bad");
  CHECK(Get("/w/bad/api/v1/setup").status == 200);
}

TEST_CASE_FIXTURE(SitesTest, "many who come while a workspace is opened find one, or come again") {
  Make("a");
  Make("b");
  std::atomic<int> answered = 0;
  std::atomic<int> told_to_wait = 0;
  std::atomic<int> other = 0;
  std::vector<std::jthread> visitors;
  for (int i = 0; i < 16; ++i) {
    visitors.emplace_back([&, i] {
      const http::Response response = Get(i % 2 == 0 ? "/w/a/api/v1/setup" : "/w/b/api/v1/setup");
      if (response.status == 200) {
        ++answered;
      } else if (response.status == 503 && response.headers.Get("Retry-After") == "5" &&
                 response.body.find("is being opened") != std::string::npos) {
        ++told_to_wait;
      } else {
        ++other;
      }
    });
  }
  visitors.clear();
  // Of each workspace at least the one who opens it and the four who may wait.
  CHECK(answered >= 10);
  CHECK(answered + told_to_wait == 16);
  CHECK(other == 0);
  CHECK(Get("/w/a/api/v1/setup").status == 200);
  CHECK(Get("/w/b").headers.Get("Location") == "/w/b/");
}

}  // namespace
}  // namespace boathouse::app
