// The CRM through its MCP endpoint: a real store behind it, no sockets in front.

#include "surfaces/mcp/mcp_surface.h"

#include <set>

#include "assistant/assistant.h"
#include "base/temp_folder.h"
#include "mcp/mcp.h"
#include "surfaces/mcp/object_tools.h"
#include "surfaces/mcp/sales_tools.h"

#include <doctest/doctest.h>

namespace boathouse::mcp_surface {
namespace {

class Fixture {
 public:
  explicit Fixture(assistant::Assistant* assistant = nullptr) {
    auto opened =
        store::Store::Open({folder / "records.sqlite", model::Model::Standard(), &clock, 4});
    REQUIRE(opened.ok());
    store = std::move(opened).value();
    auth = std::make_unique<auth::Auth>(*store, clock, ids);
    crm = std::make_unique<crm::Crm>(*store, clock, ids, "secret");
    const crm::Caller system{auth::Principal::System(), "test"};
    admin = TokenFor("Dana", "dana@example.com", "admin");
    viewer = TokenFor("Vera", "vera@example.com", "viewer");
    Mount(router, {*crm, *auth, assistant, "0.1.0", {"https://crm.example.com"}});
  }

  std::string TokenFor(const char* name, const char* email, const char* role) {
    const crm::Caller system{auth::Principal::System(), "test"};
    const auto user = crm->FindObject("user");
    REQUIRE(user.ok());
    const auto record = crm->Create(
        system, **user, Json::Object({{"name", name}, {"email", email}, {"role", role}}));
    REQUIRE(record.ok());
    auth::Principal principal;
    principal.user = record->id();
    auto token = auth->CreateApiToken(principal, "test", 0);
    REQUIRE(token.ok());
    return std::move(token).value();
  }

  http::Response Send(const std::string& token, const std::string& method, Json params) {
    http::Request request;
    request.method = "POST";
    request.target = request.path = path;
    request.headers.Set("Content-Type", "application/json");
    if (!token.empty()) request.headers.Set("Authorization", "Bearer " + token);
    request.headers.Set("MCP-Protocol-Version", "2026-07-28");
    request.headers.Set("Mcp-Method", method);
    const std::string_view name = params["name"].AsString(params["uri"].AsString());
    if (!name.empty()) request.headers.Set("Mcp-Name", std::string(name));
    params.Set("_meta",
               Json::Object({{"io.modelcontextprotocol/protocolVersion", "2026-07-28"},
                             {"io.modelcontextprotocol/clientCapabilities", Json::Object()}}));
    request.body =
        Json::Object({{"jsonrpc", "2.0"}, {"id", 1}, {"method", method}, {"params", params}})
            .Dump();
    return router.Dispatch(request);
  }
  Json Ask(const std::string& method, Json params = Json::Object()) {
    const http::Response response = Send(admin, method, std::move(params));
    REQUIRE_MESSAGE(response.status == 200, response.body);
    return std::move(Json::Parse(response.body)).value()["result"];
  }
  // Page by page.
  Json AllTools() {
    Json all = Json::Array();
    Json params = Json::Object();
    for (;;) {
      const Json page = Ask("tools/list", params);
      for (const Json& tool : page["tools"].items()) all.Append(tool);
      if (!page["nextCursor"].is_string()) return all;
      params.Set("cursor", page["nextCursor"]);
    }
  }
  // The whole result of a call, which may be a failure.
  Json CallAs(const std::string& token, const std::string& tool, const std::string& arguments) {
    auto parsed = Json::Parse(arguments);
    REQUIRE(parsed.ok());
    const http::Response response =
        Send(token, "tools/call", Json::Object({{"name", tool}, {"arguments", *parsed}}));
    REQUIRE_MESSAGE(response.status == 200, response.body);
    return std::move(Json::Parse(response.body)).value()["result"];
  }
  // The structured content of a call that succeeds; it fits the tool's outputSchema.
  Json Call(const std::string& tool, const std::string& arguments) {
    const Json result = CallAs(admin, tool, arguments);
    REQUIRE_MESSAGE(!result["isError"].AsBool(), result.Dump());
    CHECK(result["content"].items()[0]["text"].AsString() == result["structuredContent"].Dump());
    const Json tools = AllTools();
    for (const Json& one : tools.items()) {
      if (one["name"].AsString() != tool) continue;
      const Status fits = mcp::ValidateSchema(one["outputSchema"], result["structuredContent"]);
      CHECK_MESSAGE(fits.ok(), fits.error().message);
    }
    return result["structuredContent"];
  }
  // The message of a call that fails.
  std::string Fail(const std::string& tool, const std::string& arguments,
                   const std::string& token) {
    const Json result = CallAs(token, tool, arguments);
    REQUIRE_MESSAGE(result["isError"].AsBool(), result.Dump());
    return std::string(result["content"].items()[0]["text"].AsString());
  }
  std::string Fail(const std::string& tool, const std::string& arguments) {
    return Fail(tool, arguments, admin);
  }

  TempFolder folder;
  ManualClock clock{1'700'000'000'000'000};
  IdSource ids{clock, 1};
  std::unique_ptr<store::Store> store;
  std::unique_ptr<auth::Auth> auth;
  std::unique_ptr<crm::Crm> crm;
  http::Router router;
  std::string admin;
  std::string viewer;
};

bool Has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TEST_CASE("every object has its five tools, with schemas") {
  Fixture f;
  const Json tools = f.AllTools();
  std::set<std::string> names;
  for (const Json& tool : tools.items()) {
    CAPTURE(tool["name"].AsString());
    CHECK(names.insert(std::string(tool["name"].AsString())).second);
    CHECK(tool["description"].AsString().size() > 40);
    CHECK(tool["inputSchema"]["type"].AsString() == "object");
    CHECK(tool["inputSchema"]["additionalProperties"].AsBool(true) == false);
    CHECK(tool["outputSchema"]["type"].AsString() == "object");
  }
  const auto model = model::Model::Standard();
  for (const auto& object : model->objects()) {
    for (const Verb verb : verbs) CHECK(names.count(ToolName(verb, object)) == 1);
  }
  for (const char* name : {"whoami", "list_objects", "describe_object", "search", "get_history"}) {
    CHECK(names.count(name) == 1);
  }
  CHECK(names.count("ask_lakehouse") == 0);
  CHECK(names.size() == model->objects().size() * 5 + 5 + SalesTools(*model).size());
  CHECK(f.AllTools() == tools);
}

TEST_CASE("records are created, read, changed and found") {
  Fixture f;
  const Json created = f.Call(
      "create_account",
      R"({"name":"Acme","annual_revenue":"4821.5","type":"customer","billing_city":"Cleveland"})");
  const Json& account = created["record"];
  const std::string id(account["id"].AsString());
  CHECK(account["version"].AsInt() == 1);
  CHECK(account["annual_revenue"].AsString() == "4821.50");
  CHECK(account["industry"].is_null());

  const Json got = f.Call("get_account", R"({"id":")" + id + R"("})");
  CHECK(got["record"] == account);
  const std::string creator(account["created_by"].AsString());
  CHECK(got["related"][creator]["title"].AsString() == "Dana");
  CHECK(got["related"][creator]["object"].AsString() == "user");

  const Json updated =
      f.Call("update_account",
             R"({"id":")" + id + R"(","expected_version":1,"rating":"hot","billing_city":null})");
  CHECK(updated["record"]["version"].AsInt() == 2);
  CHECK(updated["record"]["rating"].AsString() == "hot");
  CHECK(updated["record"]["billing_city"].is_null());
  CHECK(updated["record"]["name"].AsString() == "Acme");

  const std::string stale =
      f.Fail("update_account", R"({"id":")" + id + R"(","expected_version":1,"rating":"cold"})");
  CHECK(Has(stale, "conflict"));
  CHECK(Has(stale, "version 2"));

  CHECK(f.Call("search_accounts", R"({"query":"acme"})")["items"].size() == 1);
  CHECK(f.Call("search_accounts", R"({"query":"nothing like it"})")["items"].size() == 0);
  const Json hits = f.Call("search", R"({"query":"acme"})")["items"];
  REQUIRE(hits.size() == 1);
  CHECK(hits.items()[0]["object"].AsString() == "account");
  CHECK(hits.items()[0]["id"].AsString() == id);
  CHECK(f.Call("search", R"({"query":"acme","objects":["contact"]})")["items"].size() == 0);
}

TEST_CASE("the history of a record tells who changed what") {
  Fixture f;
  const std::string id(
      f.Call("create_opportunity", R"({"name":"Press"})")["record"]["id"].AsString());
  f.Call("update_opportunity", R"({"id":")" + id + R"(","stage":"won","amount":12.5})");
  const std::string whose = R"({"object":"opportunity","id":")" + id + R"(")";
  const Json all = f.Call("get_history", whose + "}");
  REQUIRE(all["items"].size() == 2);
  const Json& newest = all["items"].items()[0];
  CHECK(newest["op"].AsString() == "update");
  CHECK(newest["actor"].AsString() == "Dana");
  CHECK(newest["surface"].AsString() == "mcp");
  CHECK(newest["changes"]["stage"].Dump() == R"({"from":"prospecting","to":"won"})");
  CHECK(newest["changes"]["amount"].Dump() == R"({"from":null,"to":"12.50"})");
  const Json first = f.Call("get_history", whose + R"(,"page_size":1})");
  const std::string token(first["next_page_token"].AsString());
  const Json second = f.Call("get_history", whose + R"(,"page_token":")" + token + R"("})");
  REQUIRE(second["items"].size() == 1);
  CHECK(second["items"].items()[0]["op"].AsString() == "create");
  CHECK(Has(f.Fail("get_history", R"({"object":"opportunity","id":"x"})"), "/id"));
  CHECK(
      Has(f.Fail("get_history", R"({"object":"lead","id":"01890000-0000-7000-8000-000000000000"})"),
          "not_found"));
}

TEST_CASE("lists are filtered, sorted, paged and cut to fields") {
  Fixture f;
  for (const char* name : {"Delta", "Alpha", "Charlie", "Bravo"}) {
    f.Call("create_opportunity", std::string(R"({"name":")") + name + R"(","amount":)" +
                                     (name[0] < 'C' ? "5000" : "\"100.25\"") + "}");
  }
  const Json first = f.Call(
      "list_opportunities",
      R"({"order_by":"name","page_size":3,"fields":["name","amount"],"include_total":true,"include_related":true})");
  REQUIRE(first["items"].size() == 3);
  CHECK(first["total_size"].AsInt() == 4);
  const Json& alpha = first["items"].items()[0];
  CHECK(alpha["name"].AsString() == "Alpha");
  CHECK(alpha.size() == 4);             // id, version, name, amount
  CHECK(first["related"].size() == 3);  // who owns them, their pipeline and their stage
  const std::string token(first["next_page_token"].AsString());
  const Json second = f.Call(
      "list_opportunities", R"({"order_by":"name","page_size":3,"page_token":")" + token + R"("})");
  REQUIRE(second["items"].size() == 1);
  CHECK(second["items"].items()[0]["name"].AsString() == "Delta");
  CHECK(second.Find("next_page_token") == nullptr);
  CHECK(f.Call("list_opportunities",
               R"({"filter":"amount >= 1000 AND stage = \"prospecting\""})")["items"]
            .size() == 2);
}

TEST_CASE("failures name the argument and what to do") {
  Fixture f;
  CHECK(Has(f.Fail("create_account", "{}"), "/name [required]"));
  const std::string wrong = f.Fail("create_account", R"({"name":7,"typ":"x","type":"friend"})");
  CHECK(Has(wrong, "/name [wrong_type]: expected string, got number"));
  CHECK(Has(wrong, "/typ [unknown_field]"));
  CHECK(Has(wrong, "must be one of \"prospect\", \"customer\""));
  CHECK(
      Has(f.Fail("create_account", R"({"name":"x","annual_revenue":"a lot"})"), "/annual_revenue"));
  CHECK(Has(f.Fail("create_contact", R"({"last_name":"x","email":"nowhere"})"), "/email"));
  CHECK(Has(f.Fail("create_contact", R"({"last_name":"x","name":"y"})"), "/name [unknown_field]"));
  CHECK(Has(f.Fail("create_opportunity", R"({"name":"x","close_date":"soon"})"), "/close_date"));
  CHECK(Has(f.Fail("create_opportunity", R"({"name":"x","probability":101})"), "at most 100"));
  CHECK(Has(f.Fail("create_contact",
                   R"({"last_name":"x","account_id":"01890000-0000-7000-8000-000000000000"})"),
            "/account_id [not_found]"));
  CHECK(Has(f.Fail("get_account", R"({"id":"Acme"})"), "search_accounts"));
  CHECK(
      Has(f.Fail("get_account", R"({"id":"01890000-0000-7000-8000-000000000000"})"), "not_found"));
  CHECK(Has(f.Fail("list_accounts", R"({"filter":"nmae = \"x\""})"), "name"));
  CHECK(Has(f.Fail("list_accounts", R"({"filter":"name = "})"), "filter"));
  CHECK(Has(f.Fail("list_accounts", R"({"order_by":"nmae"})"), "order_by"));
  CHECK(Has(f.Fail("list_accounts", R"({"page_size":0})"), "at least 1"));
  CHECK(Has(f.Fail("list_accounts", R"({"page_token":"forged"})"), "page_token"));
  CHECK(Has(f.Fail("list_accounts", R"({"fields":["nmae"]})"), "/fields/0 [not_an_option]"));
  CHECK(Has(f.Fail("search", R"({"query":"x","objects":["cars"]})"), "/objects/0"));
  CHECK(Has(f.Fail("update_account", R"({"rating":"hot"})"), "/id [required]"));
}

TEST_CASE("the token decides what may be done") {
  Fixture f;
  CHECK(f.Send("", "tools/list", Json::Object()).status == 401);
  CHECK(f.Send("wrong", "tools/list", Json::Object()).status == 401);
  const std::string refused = f.Fail("create_account", R"({"name":"x"})", f.viewer);
  CHECK(Has(refused, "forbidden"));
  CHECK(f.Call("list_accounts", "{}")["items"].size() == 0);
  CHECK_FALSE(f.CallAs(f.viewer, "list_accounts", "{}")["isError"].AsBool());
  const Json me = f.CallAs(f.viewer, "whoami", "{}")["structuredContent"];
  CHECK(me["user"]["email"].AsString() == "vera@example.com");
  CHECK(me["user"]["role"].AsString() == "viewer");
}

// Knows one answer of three rows, and nothing when it is away.
class FakeAssistant : public assistant::Assistant {
 public:
  Result<assistant::Answer> Ask(const assistant::Question& question,
                                assistant::Sink* sink) override {
    if (away) return Error(ErrorKind::kUnavailable, std::string(sources::lakehouse_away));
    asked_by = question.asked_by;
    assistant::Answer answer;
    answer.plan.headline = "Gross margin by account";
    answer.plan.sql = "SELECT 1";
    answer.plan.source = "lakehouse";
    answer.answer = "Gross margin by account: 3 accounts.";
    answer.columns = {{"account", "Account", "text"}, {"gross_margin", "Gross margin", "money"}};
    answer.row_count = 3;
    answer.elapsed_ms = 12;
    REQUIRE(sink != nullptr);
    const JsonArray rows = {Json::Array({"Acme", "12.50"}), Json::Array({"Bolt", "3.00"}),
                            Json::Array({"Crane", Json()})};
    if (!sink->OnPlan(answer.plan) || !sink->OnColumns(answer.columns) || !sink->OnRows(rows)) {
      return Error(ErrorKind::kCancelled, "cancelled");
    }
    return answer;
  }
  Json Describe(const Cancellation&) override {
    return Json::Object({{"metrics", Json::Array({"gross_margin"})}});
  }
  std::vector<assistant::ConversationEntry> Conversation(std::string_view,
                                                         std::string_view) override {
    return {};
  }

  bool away = false;
  std::string asked_by;
};

TEST_CASE("the lakehouse is asked, and said to be away when it is") {
  FakeAssistant assistant;
  Fixture f(&assistant);
  CHECK(Has(f.Ask("server/discover")["instructions"].Dump(), "ask_lakehouse"));
  const Json answer = f.Call("ask_lakehouse", R"({"question":"gross margin by account?"})");
  CHECK(
      answer.Dump() ==
      R"({"question":"gross margin by account?","answer":"Gross margin by account: 3 accounts.",)"
      R"("columns":[{"name":"account","label":"Account","type":"text"},{"name":"gross_margin","label":"Gross margin","type":"money"}],)"
      R"("rows":[["Acme","12.50"],["Bolt","3.00"],["Crane",null]],"sql":"SELECT 1","source":"lakehouse",)"
      R"("elapsed_ms":12,"row_count":3,"truncated":false})");
  CHECK(Id::Parse(assistant.asked_by).has_value());
  const Json cut = f.Call("ask_lakehouse", R"({"question":"x","max_rows":2})");
  CHECK(cut["rows"].size() == 2);
  CHECK(cut["row_count"].AsInt() == 3);
  CHECK(cut["truncated"].AsBool());
  CHECK(f.Call("describe_lakehouse", "{}")["metrics"].size() == 1);
  CHECK(Has(f.Fail("ask_lakehouse", R"({"question":""})"), "/question"));
  assistant.away = true;
  CHECK(f.Fail("ask_lakehouse", R"({"question":"x"})") ==
        "unavailable: the lakehouse is currently unavailable");
}

TEST_CASE("the model is told") {
  Fixture f;
  const Json objects = f.Call("list_objects", "{}")["objects"];
  CHECK(objects.size() == model::Model::Standard()->objects().size());
  const Json lead = f.Call("describe_object", R"({"object":"lead"})");
  CHECK(lead["tools"].items()[0].AsString() == "list_leads");
  bool found = false;
  for (const Json& field : lead["fields"].items()) {
    if (field["name"].AsString() != "status") continue;
    found = true;
    CHECK(field["required"].AsBool());
    CHECK(field["default"].AsString() == "new");
    CHECK(field["options"].size() == 5);
  }
  CHECK(found);
  CHECK(Has(f.Fail("describe_object", R"({"object":"car"})"), "account"));

  const Json resources = f.Ask("resources/list")["resources"];
  CHECK(resources.size() == model::Model::Standard()->objects().size() + 1);
  const Json contents =
      f.Ask("resources/read", Json::Object({{"uri", "boathouse://model/lead"}}))["contents"];
  CHECK(*Json::Parse(contents.items()[0]["text"].AsString()) == lead);
  CHECK(
      f.Send(f.admin, "resources/read", Json::Object({{"uri", "boathouse://model/car"}})).status ==
      400);
}

TEST_CASE("the example in each list tool is a filter that the CRM takes") {
  constexpr std::string_view mark = "Example: `";
  Fixture f;
  size_t lists = 0;
  const Json tools = f.AllTools();
  for (const Json& tool : tools.items()) {
    const std::string name(tool["name"].AsString());
    if (!name.starts_with("list_") || name == "list_objects") continue;
    CAPTURE(name);
    ++lists;
    const std::string help(tool["description"].AsString());
    const size_t begin = help.rfind(mark);
    const size_t end = help.rfind('`');
    REQUIRE(begin != std::string::npos);
    REQUIRE(end > begin + mark.size());
    const std::string example = help.substr(begin + mark.size(), end - begin - mark.size());
    CAPTURE(example);
    const auto arguments = [](const std::string& filter) {
      return Json::Object({{"filter", filter}}).Dump();
    };
    CHECK(f.CallAs(f.admin, name, arguments(example))["isError"].AsBool(true) == false);
    CHECK(Has(f.Fail(name, arguments(example + " AND nmae = 1")), "nmae"));
  }
  CHECK(lists == model::Model::Standard()->objects().size());
}

}  // namespace
}  // namespace boathouse::mcp_surface
