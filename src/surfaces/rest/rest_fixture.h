#pragma once
// For the tests of this folder: the surface mounted on a router over a new store, with a clock that the
// test moves and three people signed in.

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/temp_folder.h"
#include "sharing/sharing.h"
#include "surfaces/rest/rest.h"

namespace boathouse::rest {

struct RestFixture {
  // An answer with its body read.
  struct Answer {
    int status = 0;
    http::Headers headers;
    std::string text;
    Json body;
  };
  using HeaderList = std::vector<std::pair<std::string, std::string>>;

  TempFolder folder;
  ManualClock clock{1'764'000'000'000'000};
  IdSource ids{clock, 1};
  std::unique_ptr<store::Store> store =
      std::move(store::Store::Open({folder / "r.sqlite", model::Model::Standard(), &clock, 4}))
          .value();
  auth::Auth auth{*store, clock, ids};
  crm::Crm crm{*store, clock, ids, "secret"};
  std::unique_ptr<sharing::Sharing> sharing =
      sharing::Sharing::Open({*store, crm, auth.audit(), clock, ids, nullptr, "signing key"})
          .value();
  http::Router router;
  std::string admin = TokenFor("admin");
  std::string member = TokenFor("member");
  std::string viewer = TokenFor("viewer");

  RestFixture() { Mount(router, ServicesOf()); }

  Services ServicesOf() {
    Services services{crm, auth};
    services.sharing = sharing.get();
    return services;
  }

  std::string TokenFor(const std::string& role) {
    const crm::Caller system{auth::Principal::System(), "test"};
    const Result<model::Record> user =
        crm.Create(system, *crm.model()->Find("user"),
                   Json::Object({{"name", role}, {"email", role + "@acme.test"}, {"role", role}}));
    REQUIRE(user.ok());
    auth::Principal principal;
    principal.user = user->id();
    Result<std::string> token = auth.CreateApiToken(principal, role, 0);
    REQUIRE(token.ok());
    return *token;
  }

  // Sends exactly what it is given, with no credential of its own.
  Answer Send(const std::string& method, const std::string& path, const HeaderList& headers,
              std::string_view body = {}) {
    http::Request request;
    request.method = method;
    request.target = "/api/v1" + path;
    for (const auto& [name, value] : headers) request.headers.Add(name, value);
    request.body = body;
    http::Response response = router.Dispatch(request);
    Answer answer{response.status, std::move(response.headers), std::move(response.body), {}};
    if (Result<Json> json = Json::Parse(answer.text); json.ok()) answer.body = *json;
    return answer;
  }

  // As the member, with a JSON body when there is one.
  Answer Call(const std::string& method, const std::string& path, std::string_view body = {},
              HeaderList headers = {}) {
    return CallAs(member, method, path, body, std::move(headers));
  }
  Answer CallAs(const std::string& token, const std::string& method, const std::string& path,
                std::string_view body = {}, HeaderList headers = {}) {
    headers.emplace_back("Authorization", "Bearer " + token);
    if (!body.empty()) headers.emplace_back("Content-Type", "application/json");
    return Send(method, path, headers, body);
  }

  // The id of a new record.
  std::string Make(const std::string& collection, std::string_view body) {
    const Answer answer = CallAs(admin, "POST", "/" + collection, body);
    INFO(answer.text);
    REQUIRE(answer.status == 201);
    return std::string(answer.body["id"].AsString());
  }

  // What the first field error of a problem is about: "/amount wrong_format".
  static std::string FirstError(const Answer& answer) {
    if (answer.body["errors"].size() == 0) return {};
    const Json& first = answer.body["errors"].items()[0];
    return std::string(first["field"].AsString()) + " " + std::string(first["code"].AsString());
  }
};

}  // namespace boathouse::rest
