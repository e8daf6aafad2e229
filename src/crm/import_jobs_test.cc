#include "crm/import_jobs.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>

#include "base/temp_folder.h"
#include "crm/csv.h"
#include "crm/export.h"
#include "crm/import_spool.h"
#include "store/store.h"

namespace boathouse::crm {
namespace {

constexpr Micros patience = 30'000'000;
constexpr size_t portion_rows = 7;

constexpr std::string_view by_name = R"({"object": "account", "key": "name",
    "columns": {"company": "name", "staff": "number_of_employees",
                "parent": {"field": "parent_id", "lookup": {"object": "account", "by": "name"}}}})";

std::string ContentOf(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// A workspace in a folder, which can be closed and opened again as a restart does.
struct Fixture {
  TempFolder folder;
  SystemClock clock;
  IdSource ids{clock};
  std::unique_ptr<store::Store> store;
  std::unique_ptr<Crm> crm;
  // Asked by the runner's thread: set before an import is added.
  std::function<Result<auth::Principal>(const Id&)> principal_of =
      [](const Id&) -> Result<auth::Principal> {
    return Error(ErrorKind::kUnauthenticated, "the user is gone");
  };
  std::unique_ptr<ImportJobs> imports;
  Caller caller{auth::Principal::System(), "import"};

  Fixture() { Open(); }

  void Open() {
    Close();
    auto opened =
        store::Store::Open({folder / "records.sqlite", model::Model::Standard(), &clock, 4});
    REQUIRE_MESSAGE(opened.ok(), opened.error().message);
    store = std::move(*opened);
    crm = std::make_unique<Crm>(*store, clock, ids, "secret");
    OpenImports();
  }
  void OpenImports() {
    imports.reset();
    auto made = ImportJobs::Open(*crm, {folder / "imports", portion_rows,
                                        [this](const Id& user) { return principal_of(user); }});
    REQUIRE_MESSAGE(made.ok(), made.error().message);
    imports = std::move(*made);
  }
  void Close() {
    imports.reset();
    crm.reset();
    store.reset();
  }

  Result<ImportJob> Try(std::string_view mapping, std::string_view text, bool dry_run = false) {
    const auto json = Json::Parse(mapping);
    REQUIRE(json.ok());
    auto writer = imports->Receive();
    REQUIRE_MESSAGE(writer.ok(), writer.error().message);
    REQUIRE((*writer)->Append(text).ok());
    const auto spooled = (*writer)->Finish();
    REQUIRE_MESSAGE(spooled.ok(), spooled.error().message);
    return imports->Add(caller, {*json, "", "file.csv", dry_run}, *spooled);
  }
  ImportJob Add(std::string_view mapping, std::string_view text, bool dry_run = false) {
    Result<ImportJob> job = Try(mapping, text, dry_run);
    REQUIRE_MESSAGE(job.ok(), job.error().message);
    return *job;
  }
  ImportJob Finish(const Id& id) {
    Result<ImportJob> job = imports->Get(caller, id);
    while (job.ok() && !job->finished()) job = imports->Wait(caller, id, *job, patience);
    REQUIRE_MESSAGE(job.ok(), job.error().message);
    return *job;
  }
  ImportJob Run(std::string_view mapping, std::string_view text, bool dry_run = false) {
    const ImportJob job = Add(mapping, text, dry_run);
    if (!started) imports->Start();
    started = true;
    return Finish(job.id);
  }

  // The caller from here on; one whose records have an owner.
  void BecomeMember() {
    const auto user = crm->Create(caller, *crm->model()->Find("user"),
                                  Json::Object({{"name", "Ann"}, {"role", "member"}}));
    REQUIRE_MESSAGE(user.ok(), user.error().message);
    caller.principal = auth::Principal();
    caller.principal.user = user->id();
    caller.principal.role = "member";
  }

  int64_t Count(const char* object) {
    const auto snapshot = store->Read();
    return *(*snapshot)->CountAll(*crm->model()->Find(object));
  }
  std::string RejectedOf(const Id& id) {
    const auto file = imports->Rejected(caller, id);
    if (!file.ok()) return {};
    return ContentOf(file->path).substr(0, file->bytes);
  }
  size_t Files() const {
    return static_cast<size_t>(
        std::distance(std::filesystem::directory_iterator(folder / "imports"),
                      std::filesystem::directory_iterator()));
  }

  bool started = false;
};

std::string Companies(int count) {
  std::string csv = "company,staff,parent\n";
  for (int i = 0; i < count; ++i) csv += "C" + std::to_string(i) + "," + std::to_string(i) + ",\n";
  return csv;
}

TEST_CASE_FIXTURE(Fixture, "an import runs in portions, and tells what became of its rows") {
  const ImportJob job = Run(by_name, Companies(50) + "Bad,many,\nC3,1,\n,1,\nShort\n");
  CHECK(job.state == ImportState::kDone);
  CHECK(job.counts.created == 50);
  CHECK(job.counts.rejected == 4);
  CHECK(job.rows_total == 54);
  CHECK(job.rows_read == 54);
  CHECK(job.bytes_read == job.bytes_total);
  CHECK(job.encoding == "utf-8");
  CHECK(Count("account") == 50);
  const auto rejected = ParseCsv(RejectedOf(job.id));
  REQUIRE(rejected.ok());
  CHECK(rejected->header ==
        std::vector<std::string>{"company", "staff", "parent", "line", "reason"});
  REQUIRE(rejected->rows.size() == 4);
  CHECK(rejected->rows[1].cells[3] == "53");
  CHECK(rejected->rows[1].cells[4] == "its key \"C3\" stands in line 5 already");
  // The upload is of no more use; the rejected rows stay until the import is forgotten.
  CHECK(Files() == 1);
  REQUIRE(imports->Remove(caller, job.id).ok());
  CHECK(Files() == 0);
  CHECK(imports->Get(caller, job.id).error().kind == ErrorKind::kNotFound);
  CHECK(Run(by_name, Companies(50)).counts.unchanged == 50);
}

TEST_CASE_FIXTURE(Fixture, "a restart at any portion goes on where the import stood") {
  std::string csv = Companies(60) + "Late,1,Nobody\n";
  for (int i = 0; i < 20; ++i) csv += "Child" + std::to_string(i) + ",1,Parent\n";
  csv += "Parent,5,\nBad,x,\n";
  ImportJob job = Add(by_name, csv);
  int restarts = 0;
  while (!job.finished()) {
    imports->Start();
    job = *imports->Wait(caller, job.id, job, patience);
    Open();  // what the run held in memory is gone
    job = *imports->Get(caller, job.id);
    REQUIRE(++restarts < 200);
  }
  CHECK(restarts > 3);
  CHECK(job.state == ImportState::kDone);
  CHECK(job.counts.created == 81);
  CHECK(job.counts.rejected == 2);
  CHECK(Count("account") == 81);
  CHECK(store->committed() == 81);  // each record was written once
  const auto rejected = ParseCsv(RejectedOf(job.id));
  REQUIRE(rejected.ok());
  CHECK(rejected->rows.size() == 2);
}

TEST_CASE_FIXTURE(Fixture, "what was written to the files and never committed is written over") {
  const ImportJob job = Run(by_name, "company,staff,parent\nBad,x,\nOk,1,\n");
  const auto file = imports->Rejected(caller, job.id);
  REQUIRE(file.ok());
  REQUIRE(WriteAt(file->path, file->bytes, "more").ok());
  CHECK(RejectedOf(job.id).find("more") == std::string::npos);
  REQUIRE(WriteAt(file->path, file->bytes, "x").ok());
  CHECK(ContentOf(file->path).size() == file->bytes + 1);
}

TEST_CASE_FIXTURE(Fixture, "rows wait for their parents, however deep, and circles are rejected") {
  std::string csv = "company,staff,parent\n";
  for (int i = 40; i > 0; --i) {
    csv += "L" + std::to_string(i) + ",1,L" + std::to_string(i - 1) + "\n";
  }
  csv += "A,1,B\nB,1,A\nS,1,S\nL0,1,\n";
  const ImportJob job = Run(by_name, csv);
  CHECK(job.state == ImportState::kDone);
  CHECK(job.counts.created == 41);
  CHECK(job.counts.rejected == 3);
  CHECK(store->committed() == 41);
  CHECK(RejectedOf(job.id).find("there is no account with name \"\"B\"\"") != std::string::npos);
}

TEST_CASE_FIXTURE(Fixture, "a key without an index finds its records over many portions") {
  constexpr std::string_view by_site = R"({"object": "account", "key": "website",
      "columns": {"site": "website", "company": "name"}})";
  std::string csv = "site,company\n";
  for (int i = 0; i < 60; ++i) {
    const std::string number = std::to_string(i);
    csv += "https://x.example/" + number + ",C" + number + "\n";
  }
  CHECK(Run(by_site, csv).counts.created == 60);
  CHECK(Run(by_site, csv).counts.unchanged == 60);
  csv.replace(csv.find("C7\n"), 2, "Z7");
  const ImportJob third = Run(by_site, csv);
  CHECK(third.counts.updated == 1);
  CHECK(third.counts.unchanged == 59);
  CHECK(Count("account") == 60);
}

TEST_CASE_FIXTURE(Fixture, "a field that is added meanwhile does not disturb an import") {
  const ImportJob job = Add(by_name, Companies(200));
  imports->Start();
  started = true;
  const Json field = Json::Object({{"name", "colour"}, {"type", "text"}});
  const Json change =
      Json::Object({{"add_field", Json::Object({{"object", "account"}, {"field", field}})}});
  REQUIRE(crm->ChangeModel(caller, change).ok());
  const ImportJob done = Finish(job.id);
  CHECK(done.state == ImportState::kDone);
  CHECK(done.counts.created == 200);
  CHECK(store->committed() == 200);
}

TEST_CASE_FIXTURE(Fixture, "a dry run counts and writes nothing") {
  const ImportJob job = Run(
      by_name, Companies(20) + "Kid,1,C19\nEarly,1,Later\nLater,1,\nLost,1,Nobody\nBad,x,\n", true);
  CHECK(job.state == ImportState::kDone);
  CHECK(job.counts.created == 23);
  CHECK(job.counts.rejected == 2);
  CHECK(store->committed() == 0);
}

TEST_CASE_FIXTURE(Fixture, "what is wrong with a file or a mapping is told before it waits") {
  CHECK(Try(R"({"object": "account", "key": "nmae", "columns": {"a": "name"}})", "a\nx\n")
            .error()
            .message.find("/key") != std::string::npos);
  CHECK(Try(by_name, "company,staff\nA,1\n").error().message.find("no column \"parent\"") !=
        std::string::npos);
  CHECK(Try(by_name, "").error().message.find("empty") != std::string::npos);
  CHECK(Try(R"({"imports": []})", "a\n").error().kind == ErrorKind::kInvalid);
  auth::Principal viewer;
  viewer.role = "viewer";
  caller.principal = viewer;
  CHECK(Try(by_name, Companies(1)).error().kind == ErrorKind::kForbidden);
  CHECK(Files() == 0);
  CHECK(imports->List(caller).empty());
}

TEST_CASE_FIXTURE(Fixture, "a file that turns out to be damaged leaves the data as before") {
  const std::string good = Companies(30);
  for (const std::string& bad :
       {good + "Torn,\"x", good + "Torn,1", good + std::string("N\0,1,\n", 6),
        good + "company,staff,parent\n", good + "M\xC3\xBCller,1,\nM\xFC,1,\n"}) {
    const ImportJob job = Run(by_name, bad);
    CHECK(job.state == ImportState::kFailed);
    REQUIRE(job.error);
    CHECK(job.error->kind == ErrorKind::kInvalid);
    CHECK(job.error->message.find("line 3") == 0);
  }
  CHECK(store->committed() == 0);
}

TEST_CASE_FIXTURE(Fixture, "an import is cancelled, and goes on when somebody wants it to") {
  const ImportJob waiting = Add(by_name, Companies(40));
  REQUIRE(imports->Cancel(caller, waiting.id).ok());
  CHECK(imports->Get(caller, waiting.id)->state == ImportState::kCancelled);
  CHECK(imports->Cancel(caller, waiting.id).error().kind == ErrorKind::kConflict);
  imports->Start();
  started = true;
  REQUIRE(imports->Resume(caller, waiting.id).ok());
  const ImportJob done = Finish(waiting.id);
  CHECK(done.state == ImportState::kDone);
  CHECK(done.counts.created == 40);
  CHECK(imports->Resume(caller, waiting.id).error().kind == ErrorKind::kConflict);
}

TEST_CASE_FIXTURE(Fixture, "others do not see an import, and a user who is gone imports nothing") {
  caller.principal = auth::Principal();
  caller.principal.user = ids.Next();
  caller.principal.role = "member";
  const ImportJob job = Run(by_name, Companies(3));
  CHECK(job.state == ImportState::kFailed);
  CHECK(job.error->message.find("was deactivated or deleted") != std::string::npos);
  Caller other = caller;
  other.principal.user = ids.Next();
  CHECK(imports->Get(other, job.id).error().kind == ErrorKind::kNotFound);
  CHECK(imports->List(other).empty());
  CHECK(imports->List(caller).size() == 1);
  CHECK(Count("account") == 0);
}

TEST_CASE_FIXTURE(Fixture, "an import whose file is gone says so, and no path of the server") {
  const ImportJob gone = Add(by_name, Companies(3));
  REQUIRE(std::filesystem::remove(folder / "imports/" + gone.content));
  const ImportJob blocked = Add(by_name, Companies(4) + "Bad,x,\n");
  // Where its rejected rows should go stands a folder.
  std::filesystem::create_directory(folder / "imports/" + blocked.id.ToString() + ".rejected.csv");
  imports->Start();
  const ImportJob first = Finish(gone.id);
  CHECK(first.state == ImportState::kFailed);
  CHECK(first.error->message.find("send it again") != std::string::npos);
  CHECK(imports->Resume(caller, gone.id).error().kind == ErrorKind::kConflict);
  const ImportJob second = Finish(blocked.id);
  CHECK(second.state == ImportState::kFailed);
  CHECK(second.error->kind == ErrorKind::kUnavailable);
  CHECK(second.error->message.find("imports/") == std::string::npos);
  CHECK(Count("account") == 0);  // the portion is as a whole
  std::filesystem::remove(folder / "imports/" + blocked.id.ToString() + ".rejected.csv");
  REQUIRE(imports->Resume(caller, blocked.id).ok());
  CHECK(Finish(blocked.id).counts.created == 4);
}

TEST_CASE_FIXTURE(Fixture, "files that no import knows are cleared away at the next start") {
  std::ofstream(folder / "imports/upload-x") << "half an upload";
  std::ofstream(folder / "imports/0123.waiting.1") << "x";
  const ImportJob job = Add(by_name, Companies(1));
  CHECK(Files() == 3);
  OpenImports();
  CHECK(Files() == 1);
  CHECK(imports->Get(caller, job.id)->content == job.content);
}

TEST_CASE_FIXTURE(Fixture, "a user who loses their rights meanwhile imports no further") {
  BecomeMember();
  bool is_demoted = false;
  SUBCASE("deactivated") { is_demoted = false; }
  SUBCASE("demoted") { is_demoted = true; }
  // Asked as the run begins and before each portion: two of these are written.
  principal_of = [asked = 0, is_demoted,
                  now = caller.principal](const Id&) mutable -> Result<auth::Principal> {
    if (++asked <= 3) return now;
    if (!is_demoted) return Error(ErrorKind::kUnauthenticated, "the user is gone");
    now.role = "viewer";
    return now;
  };
  const ImportJob job = Run(by_name, Companies(50));
  CHECK(job.state == ImportState::kFailed);
  CHECK(job.counts.created == 2 * portion_rows);
  CHECK(Count("account") == 2 * portion_rows);
  CHECK(job.error->message.find(is_demoted ? "viewer" : "deactivated") != std::string::npos);
}

TEST_CASE_FIXTURE(Fixture, "a token changes imports only as far as its scopes go") {
  BecomeMember();
  const ImportJob job = Add(by_name, Companies(3) + "Bad,many,\n");
  Caller token = caller;
  const auto scoped = [&](const char* scope) {
    token.principal.scopes = *auth::Scopes::Parse(Json::Array({scope}), *crm->model(), "/scopes");
    return token;
  };
  CHECK(imports->Cancel(scoped("accounts:read"), job.id).error().kind == ErrorKind::kForbidden);
  REQUIRE(imports->Cancel(scoped("accounts:write"), job.id).ok());
  CHECK(imports->Resume(scoped("contacts:write"), job.id).error().kind == ErrorKind::kForbidden);
  principal_of = [now = caller.principal](const Id&) -> Result<auth::Principal> { return now; };
  imports->Start();
  started = true;
  REQUIRE(imports->Resume(scoped("accounts:write"), job.id).ok());
  CHECK(Finish(job.id).counts.created == 3);
  CHECK(imports->Rejected(scoped("contacts:read"), job.id).error().kind == ErrorKind::kForbidden);
  CHECK(imports->Rejected(scoped("accounts:read"), job.id).ok());
  CHECK(imports->Remove(scoped("accounts:read"), job.id).error().kind == ErrorKind::kForbidden);
  CHECK(imports->Remove(scoped("accounts:write"), job.id).ok());
}

}  // namespace
}  // namespace boathouse::crm
