#include "app/workspaces.h"

#include <doctest/doctest.h>

#include "app/files.h"
#include "app/workspace.h"
#include "base/temp_folder.h"

namespace boathouse::app {
namespace {

using Names = std::vector<std::string>;

TEST_CASE("names of workspaces are words for a path") {
  for (const char* good : {"a", "acme", "acme-2", "a1234567890123456789012345678901234567-9"}) {
    CHECK(IsWorkspaceName(good));
  }
  for (const char* bad : {"", "Acme", "-a", "1a", "a_b", "a/b", "..", ".new-a", "a b", "é",
                          "a12345678901234567890123456789012345678901"}) {
    CHECK_FALSE(IsWorkspaceName(bad));
  }
}

TEST_CASE("workspaces are made and moved aside while another process has the folder") {
  const TempFolder temp;
  const std::string data = temp / "data";
  CHECK(CreateWorkspace(data, "acme").error().kind == ErrorKind::kNotFound);
  const auto lock = std::move(DataDir::Open(data)).value();
  const auto main = std::move(Workspace::Open(*lock)).value();
  const Result<std::string> token = CreateWorkspace(data, "acme");
  REQUIRE_MESSAGE(token.ok(), token.error().message);
  CHECK_FALSE(token->empty());
  CHECK(ListWorkspaces(data) == Names{"acme", "main"});
  CHECK(CreateWorkspace(data, "acme").error().kind == ErrorKind::kConflict);
  CHECK(CreateWorkspace(data, "main").error().kind == ErrorKind::kConflict);
  CHECK(CreateWorkspace(data, "../x").error().kind == ErrorKind::kInvalid);

  const Result<std::string> aside = RemoveWorkspace(data, "acme");
  REQUIRE(aside.ok());
  CHECK(Exists(*aside + "/records.sqlite"));
  CHECK(ListWorkspaces(data) == Names{"main"});
  CHECK(RemoveWorkspace(data, "acme").error().kind == ErrorKind::kNotFound);
  CHECK(RemoveWorkspace(data, "main").error().kind == ErrorKind::kConflict);
  // The name is free again, and so is that of what was moved aside.
  REQUIRE(CreateWorkspace(data, "acme").ok());
  CHECK(RemoveWorkspace(data, "acme").value() != *aside);
}

TEST_CASE("each workspace has secrets of its own, and keeps them") {
  const TempFolder temp;
  const std::string data = temp / "data";
  const auto lock = std::move(DataDir::Open(data)).value();
  REQUIRE(CreateWorkspace(data, "a").ok());
  REQUIRE(CreateWorkspace(data, "b").ok());
  const auto a = std::move(OpenWorkspaceFolder(data, "a")).value();
  const auto b = std::move(OpenWorkspaceFolder(data, "b")).value();
  CHECK(a->page_token_secret() != b->page_token_secret());
  CHECK(a->url_signing_key() != lock->url_signing_key());
  CHECK(a->sealing_key() != b->sealing_key());
  CHECK(a->records_path() != b->records_path());
  CHECK(std::move(OpenWorkspaceFolder(data, "a")).value()->page_token_secret() ==
        a->page_token_secret());
  CHECK(OpenWorkspaceFolder(data, "c").error().kind == ErrorKind::kNotFound);
}

}  // namespace
}  // namespace boathouse::app
