#include "surfaces/rest/rest_fixture.h"

namespace boathouse::rest {
namespace {

Json Mapping() {
  return Json::Object({{"key", "external_id"},
                       {"columns", Json::Object({{"Id", "external_id"}, {"Name", "name"}})}});
}

Json Request(const std::string& csv) {
  return Json::Object({{"object", "account"}, {"mapping", Mapping()}, {"csv", csv}});
}

TEST_CASE_FIXTURE(RestFixture, "an import writes the good rows and gives the bad ones back") {
  const std::string csv = "Id,Name\n1,Acme\n2,\n3,Borg\n";
  const Answer dry = Call("POST", "/imports?dry_run=true", Request(csv).Dump());
  INFO(dry.text);
  REQUIRE(dry.status == 200);
  CHECK(dry.body["created"].AsInt() == 2);
  CHECK(dry.body["dry_run"].AsBool());
  CHECK(Call("GET", "/accounts").body["items"].size() == 0);

  const Answer done = Call("POST", "/imports", Request(csv).Dump());
  CHECK(done.body["created"].AsInt() == 2);
  CHECK(done.body["rejected"].AsInt() == 1);
  CHECK(done.body["rejected_csv"].AsString().find("2,") != std::string::npos);
  CHECK(Call("POST", "/imports", Request(csv).Dump()).body["unchanged"].AsInt() == 2);
  const Answer list = Call("GET", "/accounts?order_by=name");
  REQUIRE(list.body["items"].size() == 2);
  const std::string id(list.body["items"].items()[0]["id"].AsString());
  CHECK(
      Call("GET", "/accounts/" + id + "/history").body["items"].items()[0]["surface"].AsString() ==
      "import");
}

TEST_CASE_FIXTURE(RestFixture, "an import may come as a form with files") {
  const std::string body =
      "--b\r\nContent-Disposition: form-data; name=object\r\n\r\naccount\r\n"
      "--b\r\nContent-Disposition: form-data; name=mapping\r\n\r\n" +
      Mapping().Dump() +
      "\r\n--b\r\nContent-Disposition: form-data; name=file; filename=a.csv\r\n\r\n"
      "Id,Name\r\n1,Acme\r\n\r\n--b--\r\n";
  const HeaderList headers = {{"Authorization", "Bearer " + member},
                              {"Content-Type", "multipart/form-data; boundary=b"}};
  const Answer done = Send("POST", "/imports", headers, body);
  INFO(done.text);
  CHECK(done.status == 200);
  CHECK(done.body["created"].AsInt() == 1);
  CHECK(Send("POST", "/imports", headers, "--b\r\n").status == 400);
  const auto part = [](const std::string& name, const std::string& text) {
    return "--b\r\nContent-Disposition: form-data; name=" + name + "\r\n\r\n" + text + "\r\n";
  };
  CHECK(FirstError(Send("POST", "/imports", headers, part("csv", "x") + "--b--")) ==
        "/csv unknown_field");
  CHECK(FirstError(Send("POST", "/imports", headers, part("file", "x") + "--b--")) ==
        "/mapping required");
  CHECK(FirstError(Send("POST", "/imports", headers, part("mapping", "{}") + "--b--")) ==
        "/file required");
  CHECK(Send("POST", "/imports", headers, part("mapping", "{") + "--b--").status == 400);
}

TEST_CASE_FIXTURE(RestFixture, "a wrong import writes nothing and says what is wrong") {
  const auto error = [&](const Json& body) {
    const Answer answer = Call("POST", "/imports", body.Dump());
    CHECK(answer.status == 400);
    return FirstError(answer);
  };
  Json request = Request("Id,Name\n1,Acme\n");
  CHECK(error(Json(request).Set("csv", 7)) == "/csv wrong_type");
  CHECK(error(Json(request).Set("files", Json::Array())) == "/csv required");
  CHECK(error(Json(request).Set("mapping", "x")) == "/mapping wrong_type");
  CHECK(error(Json(request).Set("object", 1)) == "/object wrong_type");
  CHECK(error(Json(request).Set("mode", 1)) == "/mode unknown_field");
  Json columns = Json::Object({{"Id", "external_id"}, {"Name", "nam"}});
  const std::string unknown =
      error(Json(request).Set("mapping", Mapping().Set("columns", std::move(columns))));
  CHECK(unknown.starts_with("/mapping/columns/Name"));
  request.Remove("csv");
  CHECK(error(request) == "/csv required");
  CHECK(error(Json(request).Set("files", Json::Array({1}))) == "/files/0 wrong_type");
  CHECK(error(Json(request).Set("files", Json::Array())) == "/files wrong_type");
  CHECK(FirstError(Call("POST", "/imports?dry_run=1", request.Dump())) == "dry_run wrong_type");
  CHECK(CallAs(viewer, "POST", "/imports", Request("Id,Name\n1,Acme\n").Dump()).status == 403);
  CHECK(Call("GET", "/accounts").body["items"].size() == 0);
}

}  // namespace
}  // namespace boathouse::rest
