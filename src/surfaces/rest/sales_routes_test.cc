#include "surfaces/rest/rest_fixture.h"

#include "crm/attachments.h"

namespace boathouse::rest {
namespace {

struct SalesRoutesFixture : RestFixture {
  crm::Attachments attachments{crm, clock, folder / "files"};
  http::Router with_files;

  SalesRoutesFixture() {
    Services services{crm, auth};
    services.attachments = &attachments;
    Mount(with_files, services);
  }

  http::Response Send(const std::string& method, const std::string& path, const HeaderList& headers,
                      std::string body = {}) {
    http::Request request;
    request.method = method;
    request.target = "/api/v1" + path;
    request.headers.Add("Authorization", "Bearer " + member);
    for (const auto& [name, value] : headers) request.headers.Add(name, value);
    request.body = std::move(body);
    return with_files.Dispatch(request);
  }
  Json Upload(const std::string& disposition, const std::string& content) {
    const http::Response sent =
        Send("POST", "/attachments", {{"Content-Type", "multipart/form-data; boundary=b"}},
             "--b\r\nContent-Disposition: form-data; " + disposition +
                 "\r\nContent-Type: text/html\r\n\r\n" + content + "\r\n--b--\r\n");
    INFO(sent.body);
    REQUIRE(sent.status == 201);
    return *Json::Parse(sent.body);
  }
  static std::string Body(http::Response& response) {
    std::string all, piece;
    for (;;) {
      const Result<bool> more = response.stream->Next(&piece);
      REQUIRE(more.ok());
      if (!*more) return all;
      all += piece;
    }
  }
};

TEST_CASE_FIXTURE(SalesRoutesFixture, "files are sent as forms and read with their media type") {
  const Json made = Upload("name=\"file\"; filename=\"a\\\"b.html\"", "<b>hi</b>");
  CHECK(made["content_type"].AsString() == "text/html");
  const std::string path = "/attachments/" + std::string(made["id"].AsString()) + "/content";
  http::Response got = Send("GET", path, {});
  CHECK(got.status == 200);
  CHECK(Body(got) == "<b>hi</b>");
  CHECK(got.headers.Get("content-type") == "text/html");
  CHECK(got.headers.Get("content-disposition").starts_with("attachment; filename=\"a_b.html\""));
  CHECK(got.headers.Get("content-security-policy").find("sandbox") != std::string::npos);
  http::Response part = Send("GET", path, {{"Range", "bytes=3-4"}});
  CHECK(part.status == 206);
  CHECK(part.headers.Get("content-range") == "bytes 3-4/9");
  CHECK(Body(part) == "hi");
  CHECK(Send("GET", path, {{"Range", "bytes=9-"}}).status == 416);
  const std::string etag(got.headers.Get("etag"));
  CHECK(Send("GET", path, {{"If-None-Match", etag}}).status == 304);
  http::Response changed = Send("GET", path, {{"Range", "bytes=3-4"}, {"If-Range", "\"other\""}});
  CHECK(changed.status == 200);
}

TEST_CASE_FIXTURE(SalesRoutesFixture, "the collection of files has its other verbs") {
  CHECK(Send("GET", "/attachments", {}).status == 200);
  CHECK(Send("POST", "/attachments", {{"Content-Type", "application/json"}}, "{}").status == 415);
  CHECK(Send("POST", "/attachments", {{"Content-Type", "multipart/form-data; boundary=b"}}, "--b--")
            .status == 400);
  // A server without files says so.
  const Answer none = CallAs(member, "GET", "/attachments/" + member.substr(0, 1) + "/content");
  CHECK(none.status == 422);
}

TEST_CASE_FIXTURE(SalesRoutesFixture, "a lead is converted, a deal quoted, a quote accepted") {
  const std::string lead = Make("leads", R"({"last_name":"Jansen","company":"Erie"})");
  const Answer done = Call("POST", "/leads/" + lead + "/convert", R"({"opportunity":{}})");
  REQUIRE(done.status == 200);
  const std::string deal(done.body["opportunity_id"].AsString());
  const Answer quote = Call("POST", "/opportunities/" + deal + "/quote", "{}");
  REQUIRE(quote.status == 201);
  CHECK(quote.body["quote_number"].AsString() == "Q-000001");
  const std::string path = "/quotes/" + std::string(quote.body["id"].AsString());
  CHECK(Call("POST", path + "/sync").status == 409);
  CHECK(Call("POST", path + "/accept", R"({"sink":true})").status == 400);
  CHECK(Call("POST", path + "/accept", "{}").body["status"].AsString() == "accepted");
  CHECK(Call("POST", path + "/sync").body["id"].AsString() == deal);
  CHECK(CallAs(viewer, "POST", path + "/sync").status == 403);
}

TEST_CASE_FIXTURE(SalesRoutesFixture, "hierarchies are of objects that have one") {
  const std::string root = Make("accounts", R"({"name":"Holding"})");
  Make("accounts", R"({"name":"Plant","parent_id":")" + root + "\"}");
  const Answer tree = Call("GET", "/accounts/" + root + "/hierarchy");
  REQUIRE(tree.status == 200);
  CHECK(tree.body["record"]["children"].size() == 1);
  CHECK(Call("GET", "/contacts/" + root + "/hierarchy").status == 404);
  CHECK(Call("GET", "/shoes/" + root + "/hierarchy").status == 404);
  CHECK(Call("POST", "/territories/assign", R"({"object":"account"})").body["changed"]["account"] ==
        Json(0));
}

}  // namespace
}  // namespace boathouse::rest
