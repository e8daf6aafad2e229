#include "surfaces/web/web.h"

#include <doctest/doctest.h>

#include <array>
#include <string>

namespace boathouse::web {
namespace {

constexpr std::array<EmbeddedFile, 3> files = {{
    {"assets/app-1a2b.js", "run()", "\"js\""},
    {"favicon.svg", "<svg/>", "\"svg\""},
    {"index.html", "<html>", "\"html\""},
}};

http::Response Get(const http::Router& router, const std::string& target,
                   const std::string& tags = "") {
  http::Request request;
  request.method = "GET";
  request.target = target;
  if (!tags.empty()) request.headers.Add("If-None-Match", tags);
  return router.Dispatch(request);
}

http::Router Mounted(std::span<const EmbeddedFile> served) {
  http::Router router;
  Mount(router, {.files = served});
  router.Add("POST", "/api/v1/deals", [](http::Request&) { return http::Response::Empty(201); });
  return router;
}

}  // namespace

TEST_CASE("files are served with their type and the right patience") {
  const http::Router router = Mounted(files);
  const http::Response script = Get(router, "/assets/app-1a2b.js");
  CHECK(script.status == 200);
  CHECK(script.body == "run()");
  CHECK(script.headers.Get("content-type") == "text/javascript; charset=utf-8");
  CHECK(script.headers.Get("cache-control") == "public, max-age=31536000, immutable");
  const http::Response icon = Get(router, "/favicon.svg");
  CHECK(icon.headers.Get("content-type") == "image/svg+xml");
  CHECK(icon.headers.Get("cache-control") == "no-cache");
}

TEST_CASE("the application answers wherever no surface does") {
  const http::Router router = Mounted(files);
  for (const char* target : {"/", "/index.html", "/accounts/7", "/apiary", "/deals?stage=won"}) {
    const http::Response page = Get(router, target);
    CHECK_MESSAGE(page.status == 200, target);
    CHECK(page.body == "<html>");
    CHECK(page.headers.Get("content-type") == "text/html; charset=utf-8");
  }
  for (const char* target :
       {"/api/none", "/api", "/mcp", "/mcp/x", "/delta-sharing/shares", "/iceberg/v1/config",
        "/files/x", "/.well-known/none", "/assets/old-9z.js", "/%61pi/none"}) {
    CHECK_MESSAGE(Get(router, target).status == 404, target);
  }
  http::Request post;
  post.method = "POST";
  post.target = "/accounts";
  CHECK(router.Dispatch(post).status == 404);
  CHECK(Get(router, "/api/v1/deals").status == 405);
}

TEST_CASE("a page that the browser has already is not sent again") {
  const http::Router router = Mounted(files);
  for (const char* tags :
       {"\"html\"", "W/\"html\"", "\"old\", \"html\"", "\"old\",\"html\"", "*"}) {
    const http::Response response = Get(router, "/", tags);
    CHECK_MESSAGE(response.status == 304, tags);
    CHECK(response.body.empty());
    CHECK(response.headers.Get("etag") == "\"html\"");
    CHECK(response.headers.Find("cache-control") != nullptr);
  }
  for (const char* tags : {"\"old\"", "html", ",", "\"htm"}) {
    CHECK_MESSAGE(Get(router, "/", tags).status == 200, tags);
  }
}

TEST_CASE("every answer says what the page may load") {
  const http::Router with_pages = Mounted(files);
  const http::Router without = Mounted({});
  for (const http::Router* router : {&with_pages, &without}) {
    const http::Response response = Get(*router, "/");
    const std::string_view policy = response.headers.Get("content-security-policy");
    for (const char* rule : {"default-src 'self'", "frame-ancestors 'none'", "base-uri 'none'",
                             "form-action 'self'", "img-src 'self' data:"}) {
      CHECK_MESSAGE(policy.find(rule) != std::string_view::npos, rule);
    }
    CHECK(response.headers.Get("referrer-policy") == "no-referrer");
    CHECK(response.headers.Get("x-content-type-options") == "nosniff");
  }
}

TEST_CASE("without pages a page says so") {
  const http::Response response = Get(Mounted({}), "/accounts");
  CHECK(response.status == 404);
  CHECK(response.headers.Get("content-type") == "text/html; charset=utf-8");
  CHECK(response.body.find("built without its web pages") != std::string::npos);
}

TEST_CASE("what is embedded has a path, bytes and a quoted tag") {
  for (const EmbeddedFile& file : EmbeddedFiles()) {
    CHECK_FALSE(file.path.empty());
    CHECK(file.etag.starts_with('"'));
    CHECK(file.etag.ends_with('"'));
    CHECK(file.etag.size() > 2);
  }
}

}  // namespace boathouse::web
