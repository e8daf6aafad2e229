#include "crm/export.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "base/temp_folder.h"
#include "crm/csv.h"
#include "crm/import.h"
#include "store/store.h"

namespace boathouse::crm {
namespace {

struct Workspace {
  TempFolder folder;
  SystemClock clock;
  IdSource ids{clock};
  std::unique_ptr<store::Store> store;
  std::unique_ptr<Crm> crm;
  std::unique_ptr<Exports> exports;
  Caller caller{auth::Principal::System(), "rest"};

  Workspace() {
    auto opened =
        store::Store::Open({folder / "records.sqlite", model::Model::Standard(), &clock, 16});
    REQUIRE_MESSAGE(opened.ok(), opened.error().message);
    store = std::move(*opened);
    crm = std::make_unique<Crm>(*store, clock, ids, "secret");
    exports = std::make_unique<Exports>(*crm);
  }

  const model::Object& Object(const char* name) const { return *crm->model()->Find(name); }

  model::Record Create(const char* object, const Json& fields) {
    Result<model::Record> made = crm->Create(caller, Object(object), fields);
    REQUIRE_MESSAGE(made.ok(), made.error().message);
    return *made;
  }

  Result<std::string> Try(const char* object, const ExportRequest& request) {
    ASSIGN(const std::unique_ptr<Export> file, exports->Open(caller, Object(object), request));
    return ReadAll(*file);
  }
  std::string Text(const char* object, const ExportRequest& request = {}) {
    Result<std::string> text = Try(object, request);
    REQUIRE_MESSAGE(text.ok(), text.error().message);
    return *text;
  }
  static Result<std::string> ReadAll(Export& file) {
    std::string all;
    std::string piece;
    for (;;) {
      ASSIGN(const bool more, file.Next(&piece));
      if (!more) return all;
      all += piece;
    }
  }
  ImportFileReport Import(const char* mapping, const std::string& text) {
    const auto report =
        crm::Import(*crm, caller, {*Json::Parse(mapping), "", {{"f", text}}, false});
    REQUIRE_MESSAGE(report.ok(), report.error().message);
    return report->files[0];
  }
};

ExportRequest Of(std::vector<std::string> fields) {
  ExportRequest request;
  request.fields = std::move(fields);
  return request;
}

TEST_CASE(
    "the records that the filter finds, in the order and with the columns that were asked for") {
  Workspace workspace;
  workspace.Create("account", Json::Object({{"name", "Beta, Inc."}, {"number_of_employees", 5}}));
  workspace.Create("account", Json::Object({{"name", "Acme"}, {"annual_revenue", "12.5"}}));
  workspace.Create("account", Json::Object({{"name", "Zeta"}, {"number_of_employees", 50}}));
  ExportRequest request = Of({"name", "annual_revenue", "number_of_employees"});
  request.order_by = "name desc";
  request.filter = "number_of_employees != 50";
  CHECK(workspace.Text("account", request) ==
        "name,annual_revenue,number_of_employees\r\n\"Beta, Inc.\",,5\r\nAcme,12.50,\r\n");
  request.separator = ';';
  CHECK(workspace.Text("account", request).find("\r\nBeta, Inc.;;5\r\n") != std::string::npos);
  // All columns, those of the system too.
  CHECK(workspace.Text("account").starts_with("id,version,created_at,"));
}

TEST_CASE("what is wrong is told before the file begins") {
  Workspace workspace;
  const auto refused = [&](const ExportRequest& request) {
    const auto text = workspace.Try("account", request);
    REQUIRE_FALSE(text.ok());
    return text.error().fields.empty() ? "" : text.error().fields[0].field;
  };
  CHECK(refused(Of({"nmae"})) == "fields");
  CHECK(refused(Of({"name", "name"})) == "fields");
  ExportRequest filtered;
  filtered.filter = "name ==";
  CHECK(refused(filtered) == "filter");
  ExportRequest ordered;
  ordered.order_by = "nope";
  CHECK(refused(ordered) == "order_by");
}

TEST_CASE("titles stand for related records when they are asked for") {
  Workspace workspace;
  const model::Record parent = workspace.Create("account", Json::Object({{"name", "Parent"}}));
  workspace.Create("account",
                   Json::Object({{"name", "Kid"}, {"parent_id", parent.id().ToString()}}));
  ExportRequest request = Of({"name", "parent_id"});
  request.order_by = "name";
  CHECK(workspace.Text("account", request) ==
        "name,parent_id\r\nKid," + parent.id().ToString() + "\r\nParent,\r\n");
  request.titles = true;
  CHECK(workspace.Text("account", request) == "name,parent_id\r\nKid,Parent\r\nParent,\r\n");
}

TEST_CASE("texts that a spreadsheet would run are made harmless, numbers stay numbers") {
  Workspace workspace;
  for (const char* name : {"=1+1", "+49 30", "-x", "@sum", "plain", "a=b"}) {
    workspace.Create("account", Json::Object({{"name", name}, {"annual_revenue", "-5"}}));
  }
  ExportRequest request = Of({"name", "annual_revenue"});
  request.order_by = "name";
  CHECK(workspace.Text("account", request).find("\r\n=1+1,-5.00\r\n") != std::string::npos);
  request.for_spreadsheet = true;
  const std::string safe = workspace.Text("account", request);
  CHECK(safe.starts_with("\xEF\xBB\xBFname,annual_revenue\r\n"));
  for (const char* cell :
       {"\n'=1+1,-5.00", "\n'+49 30,", "\n'-x,", "\n'@sum,", "\nplain,", "\na=b,"}) {
    CHECK(safe.find(cell) != std::string::npos);
  }
}

TEST_CASE("an export is one state, whatever is written meanwhile") {
  Workspace workspace;
  JsonArray many;
  for (int i = 0; i < 900; ++i) many.push_back(Json::Object({{"name", "A" + std::to_string(i)}}));
  REQUIRE(workspace.crm->BatchCreate(workspace.caller, workspace.Object("account"), many).ok());
  auto file = workspace.exports->Open(workspace.caller, workspace.Object("account"), Of({"name"}));
  REQUIRE(file.ok());
  std::string first;
  REQUIRE((*file)->Next(&first).ok());
  CHECK(first == "name\r\n");  // before any record is read
  REQUIRE(workspace.crm->BatchCreate(workspace.caller, workspace.Object("account"), many).ok());
  const auto rest = Workspace::ReadAll(**file);
  REQUIRE(rest.ok());
  CHECK(std::count(rest->begin(), rest->end(), '\n') == 900);
  CHECK((*file)->rows() == 900);
}

TEST_CASE("only so many exports run at one time") {
  Workspace workspace;
  std::vector<std::unique_ptr<Export>> open;
  for (int i = 0; i < exports_max; ++i) {
    auto file = workspace.exports->Open(workspace.caller, workspace.Object("account"), {});
    REQUIRE(file.ok());
    open.push_back(std::move(*file));
  }
  CHECK(workspace.Try("account", {}).error().kind == ErrorKind::kExhausted);
  open.pop_back();
  CHECK(workspace.Try("account", {}).ok());
  // One that is refused takes no place.
  CHECK_FALSE(workspace.Try("account", Of({"nope"})).ok());
  CHECK(workspace.Try("account", {}).ok());
}

TEST_CASE("who may not read may not export") {
  Workspace workspace;
  workspace.caller.principal = auth::Principal();
  workspace.caller.principal.role = "nobody";
  CHECK(workspace.Try("account", {}).error().kind == ErrorKind::kForbidden);
}

constexpr const char* same_names = R"({"object": "account", "key": "external_id", "empty": "null",
    "ignore": ["owner_id", "territory_id", "credit_status"]})";

TEST_CASE("an export imported into an empty workspace is the same, as CSV and as Parquet") {
  Workspace from;
  const model::Record parent =
      from.Create("account", Json::Object({{"name", "Parent"}, {"external_id", "p"}}));
  from.Create(
      "account",
      Json::Object({{"name", "Quotes \" and, commas"},
                    {"external_id", "q"},
                    {"parent_id", parent.id().ToString()},
                    {"description", "  first line\r\nsecond \"line\"\n\n\xF0\x9F\x9A\x80 end "},
                    {"annual_revenue", "99999999999999.9999"},
                    {"number_of_employees", 0}}));
  from.Create("account",
              Json::Object({{"name", "=1+1"}, {"external_id", "000"}, {"description", Json()}}));
  ExportRequest request;
  request.fields = {"name",        "external_id",    "parent_id",          "type",
                    "description", "annual_revenue", "number_of_employees"};
  request.titles = true;
  request.order_by = "external_id";
  const std::string csv = from.Text("account", request);
  for (const ExportFormat format : {ExportFormat::kCsv, ExportFormat::kParquet}) {
    request.format = format;
    Workspace to;
    const ImportFileReport report = to.Import(same_names, from.Text("account", request));
    CHECK(report.counts.created == 3);
    CHECK(report.rejected_csv == "");
    CHECK(report.format == (format == ExportFormat::kCsv ? "csv" : "parquet"));
    request.format = ExportFormat::kCsv;
    CHECK(to.Text("account", request) == csv);
  }
}

TEST_CASE("a Parquet file that is damaged at any byte is refused or read, never a crash") {
  Workspace workspace;
  workspace.Create("account", Json::Object({{"name", "Acme"}, {"external_id", "a"}}));
  ExportRequest request = Of({"name", "external_id"});
  request.format = ExportFormat::kParquet;
  const std::string whole = workspace.Text("account", request);
  const auto imported = [&](const std::string& text) {
    return Import(*workspace.crm, workspace.caller,
                  {*Json::Parse(same_names), "", {{"f", text}}, true});
  };
  CHECK(imported(whole).ok());
  for (size_t at = 4; at < whole.size(); at += 13) {
    CHECK_FALSE(imported(whole.substr(0, at)).ok());
    std::string flipped = whole;
    flipped[at] = static_cast<char>(flipped[at] ^ 0x5A);
    const auto report = imported(flipped);
    if (!report.ok()) CHECK(report.error().kind != ErrorKind::kInternal);
  }
}

}  // namespace
}  // namespace boathouse::crm
