#pragma once
// For tests: the surface through its router, with a clock of its own and a recipient of everything.

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "sharing/sharing_fixture.h"
#include "surfaces/delta_sharing/delta_sharing.h"

namespace boathouse::delta_sharing {

inline constexpr Micros second_micros = 1'000'000;
inline constexpr const char* agent_python = "Delta-Sharing-Python/1.4.2";
// What the Python client says it reads, where it leaves the choice to the server.
inline constexpr const char* python_reads =
    "responseformat=delta,parquet;readerfeatures=deletionvectors,columnmapping,timestampntz";

struct Surface : sharing::SharingFixture {
  http::Router router;
  auth::TableKeys keys{"a secret of the server"};
  std::string token;
  std::string tables_path = "/delta-sharing/shares/boathouse/schemas/crm/tables";

  explicit Surface(bool with_keys = false) {
    Services services{*sharing, clock, {}, "secret"};
    services.sign_file = [](std::string_view table, std::string_view file,
                            std::string_view recipient, Micros expires_at) {
      return "/files/" + std::string(table) + "/" + std::string(file) +
             "?to=" + std::string(recipient) + "&exp=" + std::to_string(expires_at / second_micros);
    };
    if (with_keys) {
      services.table_keys = &keys;
      services.bucket = "boathouse";
    }
    Mount(router, services);
    token = TokenOf(MakeRecipient(R"({"name":"acme"})"));
  }

  // A commit of its own second.
  Id Product(const std::string& name) {
    const Id id = Make("product", {{"name", name}});
    clock.Advance(second_micros);
    return id;
  }
  void Rename(const Id& id, const std::string& name) {
    Patch("product", id, {{"name", name}});
    clock.Advance(second_micros);
  }

  using Headers = std::vector<std::pair<std::string, std::string>>;
  http::Response Send(const std::string& method, const std::string& target,
                      const std::string& body = "", const Headers& headers = {}) {
    http::Request request;
    request.method = method;
    request.target = target;
    request.body = body;
    request.headers.Set("Host", "crm.example:8080");
    if (!token.empty()) request.headers.Set("Authorization", "Bearer " + token);
    for (const auto& [name, value] : headers) request.headers.Set(name, value);
    return router.Dispatch(request);
  }
  http::Response Query(const std::string& body = "{}", const Headers& headers = {},
                       const std::string& table = "products") {
    return Send("POST", tables_path + "/" + table + "/query", body, headers);
  }
  http::Response Changes(const std::string& parameters, const Headers& headers = {}) {
    return Send("GET", tables_path + "/products/changes?" + parameters, "", headers);
  }
  static std::string VersionOf(const http::Response& response) {
    return std::string(response.headers.Get("delta-table-version"));
  }

  // The error code of an answer of that status.
  static std::string Refusal(int status, const http::Response& response) {
    CHECK_MESSAGE(response.status == status, response.body);
    const auto body = Json::Parse(response.body);
    REQUIRE(body.ok());
    CHECK(!(*body)["message"].AsString().empty());
    return std::string((*body)["errorCode"].AsString());
  }
  static std::vector<Json> Lines(const http::Response& response) {
    REQUIRE_MESSAGE(response.status == 200, response.body);
    return LinesOf(response.body);
  }
  static std::vector<Json> LinesOf(std::string_view rest) {
    std::vector<Json> lines;
    while (!rest.empty()) {
      const size_t end = rest.find('\n');
      auto line = Json::Parse(rest.substr(0, end));
      REQUIRE(line.ok());
      lines.push_back(*std::move(line));
      rest.remove_prefix(end + 1);
    }
    return lines;
  }
  // The names of lines in their order: protocol metaData file file
  static std::string Shape(const std::vector<Json>& lines) {
    std::string shape;
    for (const Json& line : lines) {
      if (!shape.empty()) shape += ' ';
      shape += line.members().front().first;
    }
    return shape;
  }
};

}  // namespace boathouse::delta_sharing
