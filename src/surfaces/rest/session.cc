// Who one is: set-up, signing in and out, and the present user.
#include "crm/roles.h"
#include "surfaces/rest/credentials.h"
#include "surfaces/rest/input.h"
#include "surfaces/rest/problem.h"
#include "surfaces/rest/route.h"

namespace boathouse::rest {
namespace {

Json UserJson(const auth::Principal& principal) {
  return Json::Object({{"id", principal.user.ToString()},
                       {"name", principal.name},
                       {"email", principal.email},
                       {"role", principal.role}});
}

http::Response SessionResponse(const Call& call, const auth::Session& session) {
  http::Response response = http::Response::JsonBody(
      200, Json::Object({{"token", session.token},
                         {"expires_at", FormatDateTime(session.expires_at)},
                         {"user", UserJson(session.principal)}}));
  response.headers.Add("Set-Cookie", SessionCookie(call, session.token, auth::session_micros));
  return response;
}

// A 401 that says how to go on: with the challenge and a code.
http::Response CodeRequired(const auth::SignInResult& result) {
  const Error error(ErrorKind::kUnauthenticated,
                    "the password is right; now send the challenge with a code of the "
                    "authenticator app, or a recovery code, to /api/v1/auth/sign-in/code");
  Json problem = ProblemJson(error);
  problem.Set("type", code_required_type);
  problem.Set("challenge", result.challenge);
  problem.Set("challenge_expires_at", FormatDateTime(result.challenge_expires_at));
  http::Response response = http::Response::JsonBody(401, problem, "application/problem+json");
  response.headers.Set("WWW-Authenticate", "Bearer realm=\"boathouse\"");
  return response;
}

Result<http::Response> GetSetup(Call& call) {
  ASSIGN(const bool needed, call.services.auth.SetupNeeded());
  return http::Response::JsonBody(200, Json::Object({{"needed", needed}}));
}

Result<http::Response> CompleteSetup(Call& call) {
  TRY(CheckMembers(call.body, {"token", "workspace", "name", "email", "password"}));
  auth::Auth::SetupRequest request;
  ASSIGN(request.token, ReadText(call.body, "token"));
  ASSIGN(request.workspace, ReadText(call.body, "workspace"));
  ASSIGN(request.name, ReadText(call.body, "name"));
  ASSIGN(request.email, ReadText(call.body, "email"));
  ASSIGN(request.password, ReadText(call.body, "password"));
  // Asked first: hashing a password costs far more than this, and anybody may call.
  ASSIGN(const bool needed, call.services.auth.SetupNeeded());
  if (!needed) return Error(ErrorKind::kConflict, "the workspace is set up already; sign in");
  ASSIGN(const auth::Session session, call.services.auth.CompleteSetup(request, OriginOf(call)));
  return SessionResponse(call, session);
}

Result<http::Response> SignIn(Call& call) {
  TRY(CheckMembers(call.body, {"email", "password"}));
  ASSIGN(const std::string email, ReadText(call.body, "email"));
  ASSIGN(const std::string password, ReadText(call.body, "password"));
  ASSIGN(const auth::SignInResult result,
         call.services.auth.SignIn(email, password, OriginOf(call)));
  if (!result.session) return CodeRequired(result);
  return SessionResponse(call, *result.session);
}

Result<http::Response> SignInWithCode(Call& call) {
  TRY(CheckMembers(call.body, {"challenge", "code"}));
  ASSIGN(const std::string challenge, ReadText(call.body, "challenge"));
  ASSIGN(const std::string code, ReadText(call.body, "code"));
  ASSIGN(const auth::Session session,
         call.services.auth.SignInWithCode(challenge, code, OriginOf(call)));
  return SessionResponse(call, session);
}

Result<http::Response> SignOut(Call& call) {
  TRY(call.services.auth.SignOut(call.token, OriginOf(call)));
  http::Response response = http::Response::Empty(204);
  response.headers.Add("Set-Cookie", SessionCookie(call, "", 0));
  return response;
}

Result<http::Response> GetMe(Call& call) {
  const auth::Principal& self = call.caller.principal;
  ASSIGN(const Json workspace, call.services.auth.Workspace());
  return http::Response::JsonBody(
      200, Json::Object({{"user", UserJson(self)},
                         {"workspace", Json::Object({{"name", workspace["name"]},
                                                     {"currency", workspace["currency"]}})},
                         {"scopes", self.scopes ? self.scopes->ToJson() : Json()},
                         {"permissions", crm::DescribeRights(call.services.crm, call.caller)},
                         {"must_set_up_totp", self.must_enrol}}));
}

}  // namespace

// HttpOnly keeps the token from scripts, SameSite=Lax from other sites' forms.
std::string SessionCookie(const Call& call, std::string_view token, Micros lifetime) {
  constexpr Micros micros_per_second = 1'000'000;
  std::string cookie = std::string(session_cookie) + "=" + std::string(token);
  cookie +=
      "; Path=/; HttpOnly; SameSite=Lax; Max-Age=" + std::to_string(lifetime / micros_per_second);
  if (call.services.secure_cookies || call.request.secure) cookie += "; Secure";
  return cookie;
}

auth::Origin OriginOf(const Call& call) {
  const bool is_page = call.request.headers.Get("x-boathouse-request") == "1";
  return {call.request.peer_address, is_page ? "web" : "rest",
          std::string(call.request.headers.Get("user-agent"))};
}

auth::Actor ActorOf(const Call& call) { return {call.caller.principal, call.caller.surface}; }

Status AllowSession(const Call& call) {
  if (!call.caller.principal.scopes) return Status::Ok();
  return Error(ErrorKind::kForbidden,
               "an API token may not do this: sign in with e-mail and password");
}

std::vector<Route> SessionRoutes() {
  using enum Access;
  return {
      {"GET", "/setup", kPublic, Body::kNone, {}, GetSetup},
      {"POST", "/setup", kPublic, Body::kJson, {}, CompleteSetup},
      {"POST", "/auth/sign-in", kPublic, Body::kJson, {}, SignIn},
      {"POST", "/auth/sign-in/code", kPublic, Body::kJson, {}, SignInWithCode},
      {"POST", "/auth/sign-out", kEnrolling, Body::kNone, {}, SignOut},
      {"GET", "/me", kEnrolling, Body::kNone, {}, GetMe},
  };
}

}  // namespace boathouse::rest
