// Shares, recipients and what they come to, through the routes.
#include "base/bytes.h"
#include "surfaces/rest/rest_fixture.h"

namespace boathouse::rest {
namespace {

constexpr Micros day_micros = 24LL * 3600 * 1'000'000;

struct Fixture : RestFixture {
  // Beside /api/v1, with no credential.
  Answer Open(const std::string& method, const std::string& target, const HeaderList& headers = {},
              std::string_view body = {}) {
    http::Request request;
    request.method = method;
    request.target = target;
    request.peer_address = "192.0.2.1";
    for (const auto& [name, value] : headers) request.headers.Add(name, value);
    request.body = body;
    http::Response response = router.Dispatch(request);
    Answer answer{response.status, std::move(response.headers), std::move(response.body), {}};
    if (Result<Json> json = Json::Parse(answer.text); json.ok()) answer.body = *json;
    return answer;
  }
  Answer Token(const std::string& form, HeaderList headers = {}) {
    headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
    return Open("POST", "/oauth2/token", headers, form);
  }
  Answer Post(const std::string& path, std::string_view body) {
    return CallAs(admin, "POST", path, body, {{"Host", "crm.example:8080"}});
  }
  std::string LinkOf(std::string_view recipient) {
    const Answer made = Post("/recipients", recipient);
    INFO(made.text);
    REQUIRE(made.status == 201);
    const std::string url(made.body["activation_url"].AsString());
    REQUIRE(url.starts_with("http://crm.example:8080/share/activate/"));
    return url.substr(url.find("/share/"));
  }
};

TEST_CASE_FIXTURE(Fixture, "a recipient is told as a profile, once, and revoked at once") {
  const Answer made = Post("/recipients", R"({"name":"Plant","expires_in_days":1})");
  INFO(made.text);
  REQUIRE(made.status == 201);
  CHECK(made.body["shareCredentialsVersion"].AsInt() == 1);
  CHECK(made.body["endpoint"].AsString() == "http://crm.example:8080/delta-sharing/");
  CHECK(made.body["icebergEndpoint"].AsString() == "http://crm.example:8080/iceberg");
  CHECK(made.body["expirationTime"].AsString() == FormatDateTime(clock.Now() + day_micros));
  const std::string secret(made.body["bearerToken"].AsString());
  CHECK(sharing->Authenticate(secret, "").ok());
  CHECK(CallAs(secret, "GET", "/me").status == 401);
  const Answer again = Post("/recipients", R"({"name":"Plant"})");
  CHECK(again.status == 409);
  CHECK(FirstError(again) == "/name duplicate");
  const Answer listed = CallAs(admin, "GET", "/recipients");
  REQUIRE(listed.body["items"].size() == 1);
  CHECK(listed.text.find(secret) == std::string::npos);
  const Json& info = listed.body["items"].items()[0];
  CHECK(info["name"].AsString() == "Plant");
  CHECK(info["shares"] == Json::Array({"boathouse"}));
  CHECK(info["credentials"].size() == 1);
  const std::string path = "/recipients/" + std::string(info["id"].AsString());
  CHECK(made.headers.Get("location") == "/api/v1" + path);
  CHECK(CallAs(admin, "GET", "/recipients/Plant").body["id"] == info["id"]);
  CHECK(CallAs(admin, "DELETE", path).status == 204);
  CHECK_FALSE(sharing->Authenticate(secret, "").ok());
  CHECK(CallAs(admin, "DELETE", path).status == 404);
}

TEST_CASE_FIXTURE(Fixture, "recipients belong to administrators") {
  for (const std::string& token : {member, viewer}) {
    CHECK(CallAs(token, "GET", "/recipients").status == 403);
    CHECK(CallAs(token, "POST", "/recipients", R"({"name":"x"})").status == 403);
    CHECK(CallAs(token, "GET", "/recipients/x").status == 403);
    CHECK(CallAs(token, "PATCH", "/recipients/x", "{}").status == 403);
    CHECK(CallAs(token, "POST", "/recipients/x/rotate", "{}").status == 403);
    CHECK(CallAs(token, "DELETE", "/recipients/0123456789abcdef").status == 403);
    CHECK(CallAs(token, "GET", "/shares/boathouse/recipients").status == 403);
    CHECK(CallAs(token, "PUT", "/shares/boathouse/recipients/x").status == 403);
    CHECK(CallAs(token, "GET", "/sharing/requests").status == 403);
    CHECK(CallAs(token, "GET", "/sharing/usage").status == 403);
  }
  CHECK(CallAs(viewer, "GET", "/shares").status == 403);
  CHECK(CallAs(member, "GET", "/shares").status == 200);
}

TEST_CASE_FIXTURE(Fixture, "a profile names the public URL where there is one") {
  http::Router other;
  Services services = ServicesOf();
  services.public_url = "https://crm.example";
  Mount(other, services);
  http::Request request;
  request.method = "POST";
  request.target = "/api/v1/recipients";
  request.headers.Add("Authorization", "Bearer " + admin);
  request.headers.Add("Content-Type", "application/json");
  request.headers.Add("Host", "elsewhere");
  request.body = R"({"name":"Plant"})";
  const http::Response response = other.Dispatch(request);
  CHECK((*Json::Parse(response.body))["endpoint"].AsString() ==
        "https://crm.example/delta-sharing/");
}

TEST_CASE_FIXTURE(Fixture, "a share and its tables are kept over REST") {
  const Answer made = Post("/shares", R"({"name":"sales","comment":"for the plant"})");
  REQUIRE(made.status == 201);
  CHECK(made.headers.Get("location") ==
        "/api/v1/shares/" + std::string(made.body["id"].AsString()));
  CHECK(CallAs(admin, "GET", "/shares").body["items"].size() == 2);
  const Answer table = Post("/shares/sales/tables",
                            R"({"object":"contact","name":"people","filter":"name:a",
                                "columns":["name",{"field":"email","mask":"sha256"},
                                           "phone:truncate:3"]})");
  INFO(table.text);
  REQUIRE(table.status == 201);
  CHECK(table.body["columns"] ==
        Json::Array({Json::Object({{"field", "name"}, {"mask", "none"}}),
                     Json::Object({{"field", "email"}, {"mask", "sha256"}}),
                     Json::Object({{"field", "phone"}, {"mask", "truncate:3"}})}));
  CHECK(table.body["view_state"].AsString() == "none");
  CHECK(CallAs(admin, "PATCH", "/shares/sales/tables/people", R"({"columns":null})")
            .body["columns"]
            .is_null());
  CHECK(FirstError(CallAs(admin, "PATCH", "/shares/sales/tables/people",
                          R"({"filter":"nmae = 1"})")) == "/filter invalid_filter");
  CHECK(CallAs(admin, "GET", "/shares/sales/tables").body["items"].size() == 1);
  CHECK(CallAs(admin, "PATCH", "/shares/sales", R"({"with_history":false})").body["with_history"] ==
        Json(false));
  CHECK(CallAs(admin, "DELETE", "/shares/sales/tables/people").status == 204);
  CHECK(CallAs(admin, "GET", "/shares/sales/tables/people").status == 404);
  CHECK(CallAs(admin, "DELETE", "/shares/sales").status == 204);
  CHECK(CallAs(admin, "GET", "/shares/sales").status == 404);
}

TEST_CASE_FIXTURE(Fixture, "a share is granted and taken") {
  REQUIRE(Post("/shares", R"({"name":"sales"})").status == 201);
  REQUIRE(Post("/recipients", R"({"name":"Plant","shares":[]})").status == 201);
  CHECK(CallAs(admin, "PUT", "/shares/sales/recipients/Plant").status == 204);
  CHECK(CallAs(admin, "GET", "/shares/sales/recipients").body["items"].size() == 1);
  CHECK(CallAs(admin, "GET", "/shares/sales").body["recipients"].AsInt() == 1);
  CHECK(CallAs(admin, "DELETE", "/shares/sales/recipients/Plant").status == 204);
  CHECK(CallAs(admin, "GET", "/shares/sales/recipients").body["items"].size() == 0);
  CHECK(CallAs(admin, "PUT", "/shares/none/recipients/Plant").status == 404);
  CHECK(CallAs(admin, "PUT", "/shares/sales/recipients/none").status == 404);
}

TEST_CASE_FIXTURE(Fixture, "a link shows a page, and its button hands out the file once") {
  const std::string link = LinkOf(R"({"name":"Acme <&> Co.","deliver":"link"})");
  const Answer page = Open("GET", link, {{"Accept", "text/html,*/*"}});
  CHECK(page.status == 200);
  CHECK(page.text.find("Acme &lt;&amp;&gt; Co.") != std::string::npos);
  CHECK(page.text.find("<form method=\"post\">") != std::string::npos);
  CHECK(page.headers.Get("referrer-policy") == "no-referrer");
  CHECK(page.headers.Get("content-security-policy").find("default-src 'none'") == 0);
  CHECK(Open("GET", link).body["recipient"].AsString() == "Acme <&> Co.");
  const Answer file = Open("POST", link, {{"Host", "crm.example"}});
  REQUIRE(file.status == 200);
  CHECK(file.headers.Get("content-disposition") == "attachment; filename=\"Acme_Co.share\"");
  CHECK(file.body["endpoint"].AsString() == "http://crm.example/delta-sharing/");
  CHECK(sharing->Authenticate(file.body["bearerToken"].AsString(), "").ok());
  CHECK(Open("POST", link).status == 404);
  CHECK(Open("GET", link).status == 404);
  const Answer gone = Open("GET", link, {{"Accept", "text/html"}});
  CHECK(gone.status == 404);
  CHECK(gone.text.find("used already") != std::string::npos);
}

TEST_CASE_FIXTURE(Fixture, "a rotation hands out a new credential while the old one still works") {
  const std::string old(Post("/recipients", R"({"name":"r"})").body["bearerToken"].AsString());
  const Answer rotated = Post("/recipients/r/rotate", R"({"grace_hours":1,"deliver":"link"})");
  REQUIRE(rotated.status == 201);
  CHECK_FALSE(rotated.body["link_expires_at"].is_null());
  CHECK(sharing->Authenticate(old, "").ok());
  clock.Advance(day_micros / 24);
  CHECK_FALSE(sharing->Authenticate(old, "").ok());
}

TEST_CASE_FIXTURE(Fixture, "the token endpoint takes a form or Basic, and any scope") {
  const Answer made = Post("/recipients", R"({"name":"r","authentication":"oauth"})");
  CHECK(made.body["tokenEndpoint"].AsString() == "http://crm.example:8080/oauth2/token");
  const std::string id(made.body["clientId"].AsString());
  const std::string secret(made.body["clientSecret"].AsString());
  const std::string grant = "grant_type=client_credentials";
  const Answer by_form =
      Token(grant + "&client_id=" + id + "&client_secret=" + UrlEncode(secret) + "&scope=all+x");
  REQUIRE(by_form.status == 200);
  CHECK(by_form.body["token_type"].AsString() == "Bearer");
  CHECK(by_form.body["expires_in"].AsInt() == 3600);
  CHECK(by_form.body["scope"].AsString() == "all x");
  CHECK(by_form.headers.Get("cache-control") == "no-store");
  const std::string token(by_form.body["access_token"].AsString());
  CHECK(sharing->Authenticate(token, "").ok());
  const std::string basic = "Basic " + Base64Encode(UrlEncode(id) + ":" + UrlEncode(secret));
  CHECK(Token(grant, {{"Authorization", basic}}).status == 200);
  const Answer exchanged =
      Token("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange&subject_token=" +
            token);
  CHECK(exchanged.status == 200);
  CHECK(exchanged.body["issued_token_type"].AsString() ==
        "urn:ietf:params:oauth:token-type:access_token");
}

TEST_CASE_FIXTURE(Fixture, "the token endpoint says what is wrong as RFC 6749 does") {
  const auto error = [&](const std::string& form, HeaderList headers = {}) {
    const Answer answer = Token(form, std::move(headers));
    return std::to_string(answer.status) + " " + std::string(answer.body["error"].AsString());
  };
  const std::string grant = "grant_type=client_credentials";
  CHECK(error("") == "400 invalid_request");
  CHECK(error("grant_type=password") == "400 unsupported_grant_type");
  CHECK(error(grant) == "401 invalid_client");
  CHECK(error(grant + "&client_id=x&client_secret=y") == "401 invalid_client");
  CHECK(error(grant + "&" + grant) == "400 invalid_request");
  CHECK(error(grant + "&client_id=%zz") == "400 invalid_request");
  CHECK(error(grant, {{"Authorization", "Basic !!"}}) == "400 invalid_request");
  CHECK(error(grant + "&client_secret=y", {{"Authorization", "Basic eDp5"}}) ==
        "400 invalid_request");
  CHECK(error("grant_type=urn:ietf:params:oauth:grant-type:token-exchange") ==
        "400 invalid_request");
  CHECK(Token(grant).headers.Get("www-authenticate").starts_with("Basic"));
  CHECK(Open("POST", "/oauth2/token", {{"Content-Type", "application/json"}}, "{}")
            .body["error"]
            .AsString() == "invalid_request");
  const Answer made = Post("/recipients", R"({"name":"r","addresses":["10.0.0.0/8"]})");
  const std::string id(CallAs(admin, "GET", "/recipients/r").body["id"].AsString());
  CHECK(error(grant + "&client_id=" + id + "&client_secret=" +
              std::string(made.body["bearerToken"].AsString())) == "403 access_denied");
}

TEST_CASE_FIXTURE(Fixture, "what recipients read is listed and counted") {
  REQUIRE(Post("/recipients", R"({"name":"r"})").status == 201);
  const std::string id(CallAs(admin, "GET", "/recipients/r").body["id"].AsString());
  for (int i = 0; i < 3; ++i) {
    sharing::Usage usage;
    usage.recipient = *Id::Parse(id);
    usage.surface = "delta_sharing";
    usage.what = sharing::Reading::kQuery;
    usage.share = "boathouse";
    usage.table = i == 0 ? "contacts" : "accounts";
    usage.version = i;
    usage.files = 1;
    usage.bytes = 1000;
    usage.rows = 10;
    sharing->Record(usage);
  }
  const Answer all = CallAs(admin, "GET", "/sharing/requests?page_size=2");
  REQUIRE(all.body["items"].size() == 2);
  const Json& newest = all.body["items"].items()[0];
  CHECK(newest["recipient_name"].AsString() == "r");
  CHECK(newest["what"].AsString() == "query");
  CHECK(newest["version"].AsInt() == 2);
  const std::string next(all.body["next_page_token"].AsString());
  CHECK(CallAs(admin, "GET", "/sharing/requests?page_token=" + next).body["items"].size() == 1);
  CHECK(CallAs(admin, "GET", "/sharing/requests?table=Accounts&recipient=" + id)
            .body["items"]
            .size() == 2);
  CHECK(FirstError(CallAs(admin, "GET", "/sharing/requests?what=x")) == "what not_an_option");
  CHECK(FirstError(CallAs(admin, "GET", "/sharing/requests?table=" + std::string(256, 'x'))) ==
        "table too_long");
  CHECK(CallAs(admin, "GET", "/sharing/requests?table=" + std::string(255, 'x')).status == 200);
  CHECK(FirstError(CallAs(admin, "GET", "/sharing/requests?from=x")) == "from wrong_format");
  CHECK(FirstError(CallAs(admin, "GET", "/sharing/requests?recipient=x")) ==
        "recipient wrong_format");
  const Answer days = CallAs(admin, "GET", "/sharing/usage?recipient=" + id);
  REQUIRE(days.body["items"].size() == 1);
  CHECK(days.body["items"].items()[0]["bytes"].AsInt() == 3000);
  CHECK(CallAs(admin, "GET", "/sharing/usage?to=2001-01-01").body["items"].size() == 0);
  CHECK(FirstError(CallAs(admin, "GET", "/sharing/usage?from=today")) == "from wrong_format");
}

}  // namespace
}  // namespace boathouse::rest
