#include "crm/import.h"

#include <doctest/doctest.h>

#include "base/temp_folder.h"
#include "crm/csv.h"
#include "store/store.h"

namespace boathouse::crm {
namespace {

// An empty workspace in a folder of its own.
struct Workspace {
  TempFolder folder;
  SystemClock clock;
  IdSource ids{clock};
  std::unique_ptr<store::Store> store;
  std::unique_ptr<Crm> crm;
  Caller caller{auth::Principal::System(), "import"};

  Workspace() { Open(); }

  void Open() {
    crm.reset();
    store.reset();
    Result<std::unique_ptr<store::Store>> opened =
        store::Store::Open({folder / "records.sqlite", model::Model::Standard(), &clock, 4});
    REQUIRE_MESSAGE(opened.ok(), opened.error().message);
    store = std::move(*opened);
    crm = std::make_unique<Crm>(*store, clock, ids, "secret");
  }

  Result<ImportReport> Try(std::string_view mapping, std::string_view csv, bool dry_run = false) {
    Result<Json> json = Json::Parse(mapping);
    REQUIRE_MESSAGE(json.ok(), json.error().message);
    return Import(*crm, caller, {*json, "", {{"file.csv", std::string(csv)}}, dry_run});
  }

  ImportFileReport Run(std::string_view mapping, std::string_view csv, bool dry_run = false) {
    Result<ImportReport> report = Try(mapping, csv, dry_run);
    REQUIRE_MESSAGE(report.ok(), report.error().message);
    REQUIRE(report->files.size() == 1);
    return report->files[0];
  }

  std::string Refused(std::string_view mapping, std::string_view csv) {
    const store::Sequence before = store->committed();
    const Result<ImportReport> report = Try(mapping, csv);
    REQUIRE_FALSE(report.ok());
    CHECK(store->committed() == before);
    return report.error().message;
  }

  // "field=value ..." of the records that the filter finds, one a line, by name.
  std::string Values(const char* object_name, const std::vector<std::string>& fields,
                     const std::string& filter = "") {
    const model::Object* object = *crm->FindObject(object_name);
    ListRequest request;
    request.filter = filter;
    request.order_by = object->title_field;
    Result<ListPage> page = crm->List(caller, *object, request);
    REQUIRE_MESSAGE(page.ok(), page.error().message);
    std::string text;
    for (const model::Record& record : page->records) {
      std::string line;
      for (const std::string& field : fields) {
        line += (line.empty() ? "" : "|") + model::ToText(record.At(*object->IndexOf(field)));
      }
      text += (text.empty() ? "" : "\n") + line;
    }
    return text;
  }
};

constexpr std::string_view accounts = R"({
  "object": "account", "key": "name",
  "columns": {
    "company": "name",
    "millions": {"field": "annual_revenue", "multiply": 1000000},
    "staff": "number_of_employees",
    "parent": {"field": "parent_id", "lookup": {"object": "account", "by": "name"}}
  }
})";

TEST_CASE("rows become records, and a second run changes nothing") {
  Workspace workspace;
  const std::string csv =
      "company,millions,staff,parent\r\nAcme,1100.04,2822,\r\nBeta,0.5,,Acme\r\n";
  const ImportFileReport first = workspace.Run(accounts, csv);
  CHECK(first.counts.created == 2);
  CHECK(first.counts.rejected == 0);
  CHECK(first.rejected_csv.empty());
  CHECK(workspace.Values("account", {"name", "annual_revenue", "number_of_employees"}) ==
        "Acme|1100040000.00|2822\nBeta|500000.00|");

  const store::Sequence before = workspace.store->committed();
  const ImportFileReport second = workspace.Run(accounts, csv);
  CHECK(second.counts.created == 0);
  CHECK(second.counts.updated == 0);
  CHECK(second.counts.unchanged == 2);
  CHECK(workspace.store->committed() == before);

  const ImportFileReport third = workspace.Run(
      accounts, "company,millions,staff,parent\nAcme,1100.04,2823,\nBeta,0.5,,Acme\n");
  CHECK(third.counts.updated == 1);
  CHECK(third.counts.unchanged == 1);
  CHECK(workspace.store->committed() == before + 1);
}

TEST_CASE("a dry run counts and writes nothing") {
  Workspace workspace;
  const ImportFileReport report =
      workspace.Run(accounts, "company,millions,staff,parent\nAcme,1,1,\nBad,x,1,\n", true);
  CHECK(report.counts.created == 1);
  CHECK(report.counts.rejected == 1);
  CHECK(workspace.store->committed() == 0);
  CHECK(workspace.Values("account", {"name"}).empty());
}

TEST_CASE("rejected rows come back with line and reason, the others are taken") {
  Workspace workspace;
  const ImportFileReport report = workspace.Run(
      accounts,
      "company,millions,staff,parent\nAcme,1,1,\n\"Bad, Inc.\",abc,1,\n,1,1,\nShort,1\n"
      "Lost,1,1,Nobody\nAcme,2,2,\nHuge,99999999999999,1,\nLong,1,1,,more\n");
  CHECK(report.counts.created == 1);
  CHECK(report.counts.rejected == 7);
  const Result<CsvTable> back = ParseCsv(report.rejected_csv);
  REQUIRE(back.ok());
  CHECK(back->header ==
        std::vector<std::string>{"company", "millions", "staff", "parent", "line", "reason"});
  REQUIRE(back->rows.size() == 7);
  const auto cell = [&](size_t row, size_t column) { return back->rows[row].cells.at(column); };
  CHECK(cell(0, 0) == "Bad, Inc.");
  CHECK(cell(0, 4) == "3");
  CHECK(cell(0, 5).find("\"abc\" is no number") != std::string::npos);
  CHECK(cell(1, 5).find("the key is empty") != std::string::npos);
  CHECK(cell(2, 5) == "the row has 2 cells, the header 4");
  CHECK(cell(3, 5) == "parent: there is no account with name \"Nobody\"");
  CHECK(cell(4, 5) == "its key \"Acme\" stands in line 2 already");
  CHECK(cell(5, 5).find("no exact value") != std::string::npos);
  CHECK(back->rows[6].cells.size() == 7);
  CHECK(cell(6, 6) == "more");
}

TEST_CASE("a corrected file of rejected rows can be imported as it is") {
  Workspace workspace;
  const ImportFileReport report = workspace.Run(
      accounts,
      "company,millions,staff,parent,line,reason\nBad,1,1,,3,no number\nWorse,x,1,,4,old\n");
  CHECK(report.counts.created == 1);
  CHECK(report.counts.rejected == 1);
  CHECK(report.rejected_csv.find("company,millions,staff,parent,line,reason\r\nWorse,x,1,,3,") ==
        0);
  CHECK(report.rejected_csv.find("old") == std::string::npos);
}

TEST_CASE("a parent may stand behind its children, and each record is written once") {
  Workspace workspace;
  const ImportFileReport report =
      workspace.Run(accounts, "company,millions,staff,parent\nC,1,1,B\nB,1,1,A\nA,1,1,\nD,1,1,C\n");
  CHECK(report.counts.created == 4);
  CHECK(workspace.store->committed() == 4);
  CHECK(workspace.Values("account", {"name", "version"}) == "A|1\nB|1\nC|1\nD|1");
}

TEST_CASE("rows that point to each other in a circle are rejected, not hung on") {
  Workspace workspace;
  const ImportFileReport report = workspace.Run(
      accounts, "company,millions,staff,parent\nA,1,1,B\nB,1,1,A\nS,1,1,S\nOk,1,1,\n");
  CHECK(report.counts.created == 1);
  CHECK(report.counts.rejected == 3);
  CHECK(report.rejected_csv.find("points back to this row") != std::string::npos);
}

TEST_CASE("a long chain of parents needs no stack") {
  Workspace workspace;
  std::string csv = "company,millions,staff,parent\n";
  for (int i = 0; i < 3000; ++i) {
    csv += "N" + std::to_string(i) + ",1,1,N" + std::to_string(i + 1) + "\n";
  }
  const ImportFileReport report = workspace.Run(accounts, csv);
  // The end of the chain is missing, so that all of it is.
  CHECK(report.counts.created == 0);
  CHECK(report.counts.rejected == 3000);
}

constexpr std::string_view deals = R"json({
  "object": "opportunity", "key": "external_id",
  "columns": {
    "id": "external_id",
    "agent": {"field": "owner_id", "lookup": {"object": "user", "by": "name"}},
    "product": {"field": "product_id", "values": {"GTXPro": "GTX Pro"},
                "lookup": {"object": "product", "by": "name", "missing": "create"}},
    "account": {"field": "account_id", "lookup": {"object": "account", "by": "name", "missing": "empty"}},
    "stage": {"field": "stage", "values": {"Won": "won"}, "default": "engaging"},
    "closed": {"field": "close_date", "format": "dd-mm-yy"},
    "value": "amount"
  },
  "constants": {"type": "renewal"},
  "templates": {"name": ["{product} for {account}", "{product} ({id})"]},
  "ignore": ["quarter"]
})json";
constexpr std::string_view deals_header = "id,agent,product,account,stage,closed,value,quarter\n";

TEST_CASE("values, defaults, dates, lookups, constants and templates") {
  Workspace workspace;
  workspace.Run(R"({"object": "user", "key": "name", "columns": {"n": "name"}})", "n\nJo Roe\n");
  workspace.Run(R"({"object": "account", "key": "name", "columns": {"n": "name"}})", "n\nIsdom\n");
  const ImportFileReport report = workspace.Run(
      deals, std::string(deals_header) +
                 "A1,Jo Roe,GTXPro,Isdom,Won,01-03-17,1054,Q1\nA2,Jo Roe,GTX Pro,,,,,\n"
                 "A3,Jo Roe,GTX Pro,Nowhere,Won,1.3.17,5,Q1\nA4,Ann,GTX Pro,,Won,,,\n"
                 "A5,Jo Roe,,,Maybe,,,\nA6,Jo Roe,GTX Pro,Nowhere,Won,02-03-17,,\n");
  CHECK(report.counts.created == 3);
  CHECK(report.counts.related_created == 1);
  CHECK(report.counts.rejected == 3);
  CHECK(workspace.Values("opportunity",
                         {"external_id", "name", "stage", "close_date", "amount", "type"}) ==
        "A2|GTX Pro (A2)|engaging|||renewal\nA1|GTX Pro for Isdom|won|2017-03-01|1054.00|renewal\n"
        "A6|GTX Pro for Nowhere|won|2017-03-02||renewal");
  CHECK(workspace.Values("opportunity", {"external_id"}, "account_id = null") == "A2\nA6");
  CHECK(report.rejected_csv.find("is no date in the mapping's format") != std::string::npos);
  CHECK(report.rejected_csv.find("there is no user with name") != std::string::npos);
  CHECK(report.rejected_csv.find("A5,Jo Roe,,,Maybe") != std::string::npos);
}

TEST_CASE("an empty cell empties the field, and takes the default where there is one") {
  Workspace workspace;
  const std::string_view mapping =
      R"({"object": "opportunity", "key": "external_id",
          "columns": {"id": "external_id", "n": "name", "s": "stage", "v": "amount"}})";
  workspace.Run(mapping, "id,n,s,v\n1,Deal,won,10\n2,Other,,5\n");
  const ImportFileReport again = workspace.Run(mapping, "id,n,s,v\n1,Deal,won,\n2,Other,,5\n");
  CHECK(again.counts.updated == 1);
  CHECK(again.counts.unchanged == 1);
  CHECK(workspace.Values("opportunity", {"name", "stage", "amount"}) ==
        "Deal|won|\nOther|prospecting|5.00");
}

TEST_CASE("a unique field that clashes rejects its row") {
  Workspace workspace;
  const std::string_view mapping = R"({"object": "account", "key": "name",
      "columns": {"n": "name", "no": "account_number"}})";
  const ImportFileReport report = workspace.Run(mapping, "n,no\nA,1\nB,1\nC,2\n");
  CHECK(report.counts.created == 2);
  CHECK(report.counts.rejected == 1);
  CHECK(report.rejected_csv.find("already has this account_number") != std::string::npos);
}

TEST_CASE("a related record that cannot be made rejects its row, not the import") {
  Workspace workspace;
  const std::string_view mapping = R"({"object": "opportunity", "key": "external_id",
      "columns": {"id": "external_id", "n": "name", "no": {"field": "account_id",
        "lookup": {"object": "account", "by": "account_number", "missing": "create"}}}})";
  const ImportFileReport report =
      workspace.Run(mapping, "id,n,no\n1,Deal,A-1\n2,Other,\n3,Third,A-1\n");
  CHECK(report.counts.created == 1);
  CHECK(report.counts.related_created == 0);
  CHECK(report.counts.rejected == 2);
  CHECK(report.rejected_csv.find("no: the account \"\"A-1\"\" cannot be made: name is required") !=
        std::string::npos);
  CHECK(workspace.Values("opportunity", {"name"}) == "Other");
  CHECK(workspace.Values("account", {"name"}).empty());
}

TEST_CASE("a key and a lookup without an index find what they should, row after row") {
  Workspace workspace;
  const std::string_view mapping = R"({"object": "account", "key": "website",
      "columns": {"w": "website", "n": "name", "p": {"field": "parent_id",
        "lookup": {"object": "account", "by": "billing_country"}}, "c": "billing_country"}})";
  std::string csv = "w,n,p,c\n";
  for (int i = 0; i < 200; ++i) {
    const std::string number = std::to_string(i);
    csv += "https://x.example/" + number + ",Account " + number + ",";
    csv += (i == 0 ? "" : "land " + std::to_string(i - i % 7 - (i % 7 == 0 ? 7 : 0))) + ",land " +
           number + "\n";
  }
  const ImportFileReport first = workspace.Run(mapping, csv);
  CHECK(first.counts.created == 200);
  CHECK(first.counts.rejected == 0);
  CHECK(workspace.Values("account", {"name"}, "parent_id = null") == "Account 0");
  const ImportFileReport second = workspace.Run(mapping, csv);
  CHECK(second.counts.unchanged == 200);
  CHECK(second.counts.rejected == 0);
}

TEST_CASE("hard errors write nothing at all") {
  Workspace workspace;
  CHECK(workspace.Refused(accounts, "company,millions,staff,parent,colour\nA,1,1,,red\n")
            .find("\"colour\" is not mapped") != std::string::npos);
  CHECK(
      workspace.Refused(accounts, "company,millions,staff\nA,1,1\n").find("no column \"parent\"") !=
      std::string::npos);
  CHECK(workspace.Refused(accounts, "company,millions,staff,parent\nA,1,1,\n\"torn")
            .find("file.csv: line 3") == 0);
  CHECK(workspace
            .Refused(R"({"object": "account", "key": "name", "columns": {"a": "nmae"}})", "a\nx\n")
            .find("/columns/a") != std::string::npos);
}

TEST_CASE("who may not write may not import") {
  Workspace workspace;
  auth::Principal viewer;
  viewer.role = auth::viewer_role;
  workspace.caller = {viewer, "import"};
  const Result<ImportReport> report =
      workspace.Try(accounts, "company,millions,staff,parent\nA,1,1,\n");
  REQUIRE_FALSE(report.ok());
  CHECK(report.error().kind == ErrorKind::kForbidden);
}

constexpr std::string_view two_files = R"({"imports": [
  {"file": "teams.csv", "object": "user", "key": "name", "columns": {
     "agent": "name",
     "office": {"field": "territory_id", "lookup": {"object": "territory", "by": "name", "missing": "create"}}}},
  {"file": "accounts.csv", "object": "account", "key": "name", "columns": {
     "name": "name", "rep": {"field": "owner_id", "lookup": {"object": "user", "by": "name"}}}}
]})";

TEST_CASE("several files are one whole, and later ones find what earlier ones made") {
  Workspace workspace;
  const Json mapping = *Json::Parse(two_files);
  ImportRequest request{mapping,
                        "",
                        {{"accounts.csv", "name,rep\nAcme,Jo\nBeta,Ann\n"},
                         {"teams.csv", "agent,office\nJo,East\nEd,East\n"}},
                        true};
  for (const bool dry_run : {true, false}) {
    request.dry_run = dry_run;
    const Result<ImportReport> report = Import(*workspace.crm, workspace.caller, request);
    REQUIRE_MESSAGE(report.ok(), report.error().message);
    REQUIRE(report->files.size() == 2);
    CHECK(report->files[0].file == "teams.csv");
    CHECK(report->files[0].counts.created == 2);
    CHECK(report->files[0].counts.related_created == 1);
    CHECK(report->files[1].counts.created == 1);
    CHECK(report->files[1].counts.rejected == 1);
    CHECK((workspace.store->committed() == 0) == dry_run);
  }
  const Result<ImportReport> again = Import(*workspace.crm, workspace.caller, request);
  REQUIRE(again.ok());
  const Json json = again->ToJson();
  CHECK(json["created"].AsInt() == 0);
  CHECK(json["unchanged"].AsInt() == 3);
  CHECK(json["rejected"].AsInt() == 1);
  CHECK(json["rejected_csv"].AsString().empty());
  CHECK(json["files"].items()[1]["rejected_csv"].AsString().find("Beta") != std::string::npos);

  // A torn second file must not leave the first one imported.
  request.files[0].text = "name,rep\n\"torn";
  request.files[1].text = "agent,office\nNew,West\n";
  const store::Sequence before = workspace.store->committed();
  CHECK_FALSE(Import(*workspace.crm, workspace.caller, request).ok());
  request.files.pop_back();
  const Result<ImportReport> missing = Import(*workspace.crm, workspace.caller, request);
  REQUIRE_FALSE(missing.ok());
  CHECK(missing.error().message == "the file teams.csv is missing");
  CHECK(workspace.store->committed() == before);
}

TEST_CASE("what was imported is there after a restart") {
  Workspace workspace;
  workspace.Run(accounts, "company,millions,staff,parent\nAcme,1,1,\n");
  workspace.Open();
  CHECK(workspace.Values("account", {"name"}) == "Acme");
}

}  // namespace
}  // namespace boathouse::crm
