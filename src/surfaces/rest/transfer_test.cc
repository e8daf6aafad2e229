// Imports in the background and exports, as clients see them.
#include "crm/export.h"
#include "crm/import_jobs.h"
#include "surfaces/rest/rest_fixture.h"

namespace boathouse::rest {
namespace {

Json Request(const std::string& csv) {
  const Json mapping =
      Json::Object({{"key", "external_id"},
                    {"columns", Json::Object({{"Id", "external_id"}, {"Name", "name"}})}});
  return Json::Object({{"object", "account"}, {"mapping", mapping}, {"csv", csv}});
}

// The surface with imports and exports wired to it.
struct TransferFixture : RestFixture {
  TransferFixture() {
    crm::ImportJobs::Options options;
    options.folder = folder / "imports";
    options.principal_of = [this](const Id& user) { return auth.PrincipalOf(user); };
    auto opened = crm::ImportJobs::Open(crm, std::move(options));
    REQUIRE_MESSAGE(opened.ok(), opened.error().message);
    imports = std::move(*opened);
    Services services{crm, auth};
    services.imports = imports.get();
    services.exports = &exports;
    services.upload_folder = folder.path();
    router = http::Router();
    Mount(router, services);
  }

  std::string Start(const std::string& csv) {
    const Answer accepted = Call("POST", "/imports?background=true", Request(csv).Dump());
    INFO(accepted.text);
    REQUIRE(accepted.status == 202);
    const std::string id(accepted.body["id"].AsString());
    CHECK(accepted.headers.Get("location") == "/api/v1/imports/" + id);
    return id;
  }
  Json Finish(const std::string& id) {
    const crm::Caller system{auth::Principal::System(), "test"};
    Result<crm::ImportJob> job = imports->Get(system, *Id::Parse(id));
    while (job.ok() && !job->finished()) job = imports->Wait(system, job->id, *job, 10'000'000);
    return Call("GET", "/imports/" + id).body;
  }
  // Everything that a streamed answer holds.
  std::string Download(const std::string& token, const std::string& path, int* status = nullptr) {
    http::Request request;
    request.method = "GET";
    request.target = "/api/v1" + path;
    request.headers.Add("Authorization", "Bearer " + token);
    http::Response response = router.Dispatch(request);
    if (status != nullptr) *status = response.status;
    if (response.stream == nullptr) return response.body;
    std::string all;
    std::string piece;
    for (;;) {
      const Result<bool> more = response.stream->Next(&piece);
      REQUIRE(more.ok());
      if (!*more) return all;
      CHECK(piece.size() <= 256u << 10);
      all += piece;
    }
  }

  crm::Exports exports{crm, &auth.audit()};
  std::unique_ptr<crm::ImportJobs> imports;
};

TEST_CASE_FIXTURE(RestFixture, "what a server does not offer it says so") {
  for (const char* path : {"/imports",
                           "/imports/"
                           "00000000-0000-7000-8000-000000000000",
                           "/accounts:export"}) {
    CHECK(Call("GET", path).status == 422);
  }
  CHECK(Call("POST", "/imports?background=true", Request("Id,Name\n").Dump()).status == 422);
}

TEST_CASE_FIXTURE(TransferFixture, "an import in the background is followed, and forgotten") {
  const std::string id = Start("Id,Name\n1,Acme\n2,\n");
  CHECK(Call("GET", "/imports/" + id).body["state"].AsString() == "waiting");
  CHECK(Call("DELETE", "/imports/" + id).status == 409);
  imports->Start();
  const Json done = Finish(id);
  CHECK(done["state"].AsString() == "done");
  CHECK(done["created"].AsInt() == 1);
  CHECK(done["rejected"].AsInt() == 1);
  CHECK(Call("GET", "/imports").body["items"].size() == 1);
  CHECK(
      Download(member, "/imports/" + id + "/rejected").starts_with("Id,Name,line,reason\r\n2,,3,"));
  // Others do not know of it; administrators do.
  CHECK(CallAs(viewer, "GET", "/imports/" + id).status == 404);
  CHECK(CallAs(viewer, "GET", "/imports").body["items"].size() == 0);
  CHECK(CallAs(admin, "GET", "/imports").body["items"].size() == 1);
  CHECK(Call("POST", "/imports/" + id + ":cancel").status == 409);
  CHECK(Call("POST", "/imports/" + id + ":resume").status == 409);
  CHECK(Call("DELETE", "/imports/" + id).status == 204);
  CHECK(Call("GET", "/imports/" + id).status == 404);
  CHECK(Call("GET", "/imports/" + id + "/rejected").status == 404);
}

TEST_CASE_FIXTURE(TransferFixture, "an import is cancelled and resumed") {
  const std::string id = Start("Id,Name\n1,Acme\n");
  CHECK(Call("POST", "/imports/" + id + ":cancel").body["state"].AsString() == "cancelled");
  CHECK(Call("POST", "/imports/" + id + ":resume").body["state"].AsString() == "waiting");
  imports->Start();
  CHECK(Finish(id)["created"].AsInt() == 1);
}

TEST_CASE_FIXTURE(TransferFixture, "a wrong mapping is refused at once, in terms of the request") {
  Json request = Request("Id,Name\n1,Acme\n");
  request.Find("mapping")->Set("key", "nope");
  const Answer refused = Call("POST", "/imports?background=true", request.Dump());
  CHECK(refused.status == 400);
  CHECK(FirstError(refused) == "/mapping/key not_found");
  CHECK(CallAs(viewer, "POST", "/imports?background=true", Request("Id,Name\n").Dump()).status ==
        403);
  Json two = Request("");
  two.Remove("csv");
  two.Set("files", Json::Array({Json::Object({{"name", "a"}, {"csv", "Id,Name\n"}}),
                                Json::Object({{"name", "b"}, {"csv", "Id,Name\n"}})}));
  CHECK(Call("POST", "/imports?background=true", two.Dump()).status == 400);
}

TEST_CASE_FIXTURE(TransferFixture, "an export says what it is, and stands in the audit log") {
  Make("accounts", R"({"name": "Acme"})");
  CHECK(Download(admin, "/accounts:export?fields=name,phone") == "name,phone\r\nAcme,\r\n");
  const std::string parquet = Download(admin, "/accounts:export?format=parquet");
  CHECK(parquet.starts_with("PAR1"));
  CHECK(parquet.ends_with("PAR1"));
  const Answer head = CallAs(admin, "GET", "/accounts:export?format=parquet&spreadsheet=true");
  CHECK(head.headers.Get("content-type") == "application/vnd.apache.parquet");
  CHECK(head.headers.Get("content-disposition") == "attachment; filename=\"accounts.parquet\"");
  CHECK(FirstError(CallAs(admin, "GET", "/accounts:export?format=xlsx")) == "format not_an_option");
  CHECK(FirstError(CallAs(admin, "GET", "/accounts:export?fields=")) == "fields unknown_field");
  CHECK(CallAs(admin, "GET", "/nothings:export").status == 404);
  CHECK(CallAs(admin, "POST", "/accounts:export").status == 405);
  auth::AuditLog::Filter filter;
  filter.kind = auth::AuditKind::kExported;
  const auto log = auth.audit().List(filter, 10);
  REQUIRE(log.ok());
  REQUIRE(log->entries.size() == 3);
  CHECK(log->entries[0].subject == "accounts");
  CHECK(log->entries[0].detail["format"].AsString() == "parquet");
}

}  // namespace
}  // namespace boathouse::rest
