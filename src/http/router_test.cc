#include <doctest/doctest.h>

#include <stdexcept>

#include "http/http.h"

namespace boathouse::http {
namespace {

// Answers with its own name and the parameters it was given.
Handler Named(std::string name) {
  return [name = std::move(name)](Request& request) {
    std::string text = name;
    for (const auto& [key, value] : request.parameters) {
      text.append(" ").append(key).append("=").append(value);
    }
    return Response::Text(200, text);
  };
}

Response Send(const Router& router, const std::string& method, const std::string& target) {
  Request request;
  request.method = method;
  request.target = target;
  return router.Dispatch(request);
}

std::string Get(const Router& router, const std::string& target) {
  const Response response = Send(router, "GET", target);
  return response.status == 200 ? response.body : std::to_string(response.status);
}

Router AllKinds() {
  Router router;
  router.Add("GET", "/{path...}", Named("root-rest"));
  router.Add("GET", "/v1/{collection}", Named("parameter"));
  router.Add("POST", "/v1/{collection}:batchCreate", Named("suffix"));
  router.Add("GET", "/v1/{collection}:batchCreate", Named("suffix"));
  router.Add("GET", "/v1/{collection}:create", Named("short-suffix"));
  router.Add("GET", "/v1/me", Named("literal"));
  router.Add("GET", "/v1/{collection}/{id}", Named("two"));
  router.Add("GET", "/v1/accounts/{id}/history", Named("history"));
  router.Add("GET", "/v1/{collection}/{id}/{rest...}", Named("rest"));
  router.Add("GET", "/", Named("root"));
  return router;
}

}  // namespace

TEST_CASE("literal beats suffix beats parameter beats rest") {
  const Router router = AllKinds();
  CHECK(Get(router, "/v1/me") == "literal");
  CHECK(Get(router, "/v1/accounts:batchCreate") == "suffix collection=accounts");
  CHECK(Get(router, "/v1/accounts") == "parameter collection=accounts");
  CHECK(Get(router, "/v1/accounts/7") == "two collection=accounts id=7");
  CHECK(Get(router, "/v1/accounts/7/history") == "history id=7");
  CHECK(Get(router, "/v1/contacts/7/history") == "rest collection=contacts id=7 rest=history");
  CHECK(Get(router, "/v2/x") == "root-rest path=v2/x");
  CHECK(Get(router, "/") == "root");
}

TEST_CASE("the longest suffix wins, and a suffix alone is a parameter") {
  Router router;
  router.Add("GET", "/{a}:create", Named("short"));
  router.Add("GET", "/{a}:batch:create", Named("long"));
  router.Add("GET", "/{a}", Named("parameter"));
  CHECK(Get(router, "/x:batch:create") == "long a=x");
  CHECK(Get(router, "/x:create") == "short a=x");
  CHECK(Get(router, "/:create") == "parameter a=:create");
  CHECK(Get(router, "/x%3Acreate") == "short a=x");
}

TEST_CASE("a literal that leads nowhere does not hide a parameter") {
  Router router;
  router.Add("GET", "/a/b/c", Named("literal"));
  router.Add("GET", "/{x}/b/d", Named("parameter"));
  router.Add("GET", "/a/{rest...}", Named("rest"));
  CHECK(Get(router, "/a/b/c") == "literal");
  CHECK(Get(router, "/a/b/e") == "rest rest=b/e");
  CHECK(Get(router, "/q/b/d") == "parameter x=q");
  CHECK(Get(router, "/q/b/c") == "404");
}

TEST_CASE("where the best pattern lacks the method, the next one that has it is taken") {
  Router router;
  router.Add("POST", "/deals/search", Named("search"));
  router.Add("GET", "/deals/{id}", Named("get"));
  CHECK(Get(router, "/deals/search") == "get id=search");
  const Response response = Send(router, "DELETE", "/deals/search");
  CHECK(response.status == 405);
  CHECK(response.headers.Get("allow") == "GET, HEAD, OPTIONS, POST");
}

TEST_CASE("parameters are decoded and keep an encoded slash") {
  Router router;
  router.Add("GET", "/files/{key}/end", Named("file"));
  router.Add("GET", "/all/{key...}", Named("rest"));
  CHECK(Get(router, "/files/a%2Fb%20c/end") == "file key=a/b c");
  CHECK(Get(router, "/%66iles/x/end") == "file key=x");
  CHECK(Get(router, "/all/a%20b/c") == "rest key=a b/c");
  CHECK(Get(router, "/all/") == "rest key=");
  CHECK(Get(router, "/all") == "404");
}

TEST_CASE("no segment is resolved, dropped or made up") {
  Router router;
  router.Add("GET", "/a/{id}", Named("a"));
  router.Add("GET", "/secret", Named("secret"));
  router.Add("GET", "/files/{path...}", Named("files"));
  for (const char* target : {"/a/../secret", "/a/..", "/a/%2e%2e", "/a/.", "/files/../secret",
                             "/files/x/%2E%2e/y", "/a/", "//secret", "/secret/", "/a/x/"}) {
    CHECK_MESSAGE(Get(router, target) == "404", target);
  }
  CHECK(Get(router, "/a/...") == "a id=...");
}

TEST_CASE("malformed paths are the client's fault") {
  const Router router = AllKinds();
  for (const char* target : {"/v1/%zz", "/v1/%", "/v1/a%00b", "/v1/%ff", "nothing", "/x?y=%"}) {
    CHECK_MESSAGE(Get(router, target) == "400", target);
  }
}

TEST_CASE("HEAD is answered by GET unless it has a route of its own") {
  Router router;
  router.Add("GET", "/a", Named("get"));
  router.Add("GET", "/b", Named("get"));
  router.Add("HEAD", "/b", Named("head"));
  router.Add("POST", "/c", Named("post"));
  CHECK(Send(router, "HEAD", "/a").body == "get");
  CHECK(Send(router, "HEAD", "/b").body == "head");
  CHECK(Send(router, "HEAD", "/c").status == 405);
}

TEST_CASE("OPTIONS tells the methods of a path") {
  Router router;
  router.Add("GET", "/a", Named("get"));
  router.Add("PUT", "/a", Named("put"));
  router.Add("OPTIONS", "/b", Named("options"));
  const Response response = Send(router, "OPTIONS", "/a");
  CHECK(response.status == 204);
  CHECK(response.headers.Get("allow") == "GET, HEAD, OPTIONS, PUT");
  CHECK(Send(router, "OPTIONS", "/b").body == "options");
  CHECK(Send(router, "OPTIONS", "/none").status == 404);
  CHECK(Send(router, "OPTIONS", "*").status == 204);
}

TEST_CASE("the error renderer of the longest prefix speaks") {
  Router router;
  router.Add("GET", "/api/a", Named("a"));
  const auto renderer = [](std::string name) {
    return [name](const Request&, int status, std::string_view) {
      return Response::Text(status, name);
    };
  };
  router.SetErrorRenderer("/api", renderer("api"));
  router.SetErrorRenderer("/api/v2", renderer("v2"));
  CHECK(Send(router, "GET", "/api/none").body == "api");
  CHECK(Send(router, "GET", "/api/v2/none").body == "v2");
  CHECK(Send(router, "GET", "/%61pi/none").body == "api");
  const Response wrong_method = Send(router, "PUT", "/api/a");
  CHECK(wrong_method.status == 405);
  CHECK(wrong_method.body == "api");
  CHECK(wrong_method.headers.Get("allow") == "GET, HEAD, OPTIONS");
  CHECK(Send(router, "GET", "/api/%zz").body == "api");
  CHECK(Send(router, "GET", "/other").body == "There is nothing at this path.\n");
}

TEST_CASE("what a handler throws becomes a 500") {
  Router router;
  router.Add("GET", "/std", [](Request&) -> Response { throw std::runtime_error("no"); });
  router.Add("GET", "/any", [](Request&) -> Response { throw 1; });
  router.Add("GET", "/renderer/x", [](Request&) -> Response { throw std::runtime_error("no"); });
  router.SetErrorRenderer("/renderer", [](const Request&, int, std::string_view) -> Response {
    throw std::runtime_error("neither");
  });
  for (const char* target : {"/std", "/any", "/renderer/x"}) {
    const Response response = Send(router, "GET", target);
    CHECK(response.status == 500);
    CHECK(response.body.find("no") == std::string::npos);
  }
}

TEST_CASE("the body limit of the longest prefix holds, also for an escaped path") {
  Router router;
  CHECK(router.BodyLimit("/x") == body_bytes_max);
  router.SetBodyLimit("/api", 10);
  router.SetBodyLimit("/api/imports", 20);
  router.SetBodyLimit("/api/imports", 30);
  CHECK(router.BodyLimit("/api/x") == 10);
  CHECK(router.BodyLimit("/%61pi/x") == 10);
  CHECK(router.BodyLimit("/api/imports") == 30);
  CHECK(router.BodyLimit("/other") == body_bytes_max);
}

TEST_CASE("the fallback answers reads that no route matches") {
  Router router;
  router.Add("POST", "/api/a", Named("a"));
  router.SetFallback(Named("page"), {"/api", "/mcp"});
  CHECK(Get(router, "/deals/7") == "page");
  CHECK(Get(router, "/apiary") == "page");
  CHECK(Send(router, "HEAD", "/deals").body == "page");
  CHECK(Send(router, "POST", "/deals").status == 404);
  CHECK(Get(router, "/api") == "404");
  CHECK(Get(router, "/api/none") == "404");
  CHECK(Get(router, "/%61pi/none") == "404");
  CHECK(Get(router, "/api/a") == "405");
}

TEST_CASE("a route added again replaces the first, and a moved router keeps its routes") {
  Router router;
  router.Add("GET", "/a", Named("old"));
  router.Add("GET", "/a", Named("new"));
  Router moved = std::move(router);
  CHECK(Get(moved, "/a") == "new");
}

}  // namespace boathouse::http
