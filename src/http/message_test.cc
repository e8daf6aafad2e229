#include <doctest/doctest.h>

#include "http/http.h"

namespace boathouse::http {

TEST_CASE("headers compare names without case and keep order and repetition") {
  Headers headers;
  headers.Add("Set-Cookie", "a=1");
  headers.Add("X-Other", "x");
  headers.Add("set-cookie", "b=2");
  CHECK(headers.Get("SET-COOKIE") == "a=1");
  CHECK(headers.All("Set-Cookie") == std::vector<std::string_view>{"a=1", "b=2"});
  CHECK(headers.Find("absent") == nullptr);
  CHECK(headers.Get("absent", "fallback") == "fallback");
  headers.Set("SET-cookie", "c=3");
  CHECK(headers.entries().size() == 2);
  CHECK(headers.entries().back().second == "c=3");
  headers.Remove("x-other");
  CHECK(headers.entries().size() == 1);
}

TEST_CASE("the bearer token is what follows the scheme, whatever its case") {
  Request request;
  CHECK(request.BearerToken().empty());
  request.headers.Set("Authorization", "bEaReR  abc.def ");
  CHECK(request.BearerToken() == "abc.def");
  request.headers.Set("Authorization", "Bearer ");
  CHECK(request.BearerToken().empty());
  request.headers.Set("Authorization", "Basic abc");
  CHECK(request.BearerToken().empty());
}

TEST_CASE("cookies are found in any of the cookie headers") {
  Request request;
  request.headers.Add("Cookie", "a=1; boathouse_session=s=x ;flag");
  request.headers.Add("Cookie", "b=2");
  CHECK(request.Cookie("a") == "1");
  CHECK(request.Cookie("boathouse_session") == "s=x");
  CHECK(request.Cookie("b") == "2");
  CHECK(request.Cookie("flag").empty());
  CHECK(request.Cookie("session").empty());
}

TEST_CASE("responses carry what they are made of") {
  const Response json = Response::JsonBody(201, Json::Object({{"a", 1}}));
  CHECK(json.status == 201);
  CHECK(json.body == R"({"a":1})");
  CHECK(json.headers.Get("content-type") == "application/json");
  CHECK(Response::Text(200, "x").headers.Get("content-type") == "text/plain; charset=utf-8");
  CHECK(Response::Empty(204).headers.entries().empty());
  CHECK(ReasonPhrase(404) == "Not Found");
  CHECK(ReasonPhrase(299).empty());
}

}  // namespace boathouse::http
