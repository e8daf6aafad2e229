// Who one is: set-up, signing in and out, and the present user.
#include "surfaces/rest/input.h"
#include "surfaces/rest/route.h"

namespace boathouse::rest {
namespace {

constexpr Micros micros_per_second = 1'000'000;

Json UserJson(const auth::Principal& principal) {
  return Json::Object({{"id", principal.user.ToString()},
                       {"name", principal.name},
                       {"email", principal.email},
                       {"role", principal.role}});
}

// HttpOnly keeps the token from scripts, SameSite=Lax from other sites' forms.
std::string SessionCookie(std::string_view token, Micros lifetime, bool secure) {
  std::string cookie = std::string(session_cookie) + "=" + std::string(token);
  cookie +=
      "; Path=/; HttpOnly; SameSite=Lax; Max-Age=" + std::to_string(lifetime / micros_per_second);
  if (secure) cookie += "; Secure";
  return cookie;
}

http::Response SessionResponse(const Call& call, const auth::Session& session) {
  http::Response response = http::Response::JsonBody(
      200, Json::Object({{"token", session.token},
                         {"expires_at", FormatDateTime(session.expires_at)},
                         {"user", UserJson(session.principal)}}));
  response.headers.Add("Set-Cookie",
                       SessionCookie(session.token, auth::session_micros,
                                     call.services.secure_cookies || call.request.secure));
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
  ASSIGN(const auth::Session session, call.services.auth.CompleteSetup(request));
  return SessionResponse(call, session);
}

Result<http::Response> SignIn(Call& call) {
  TRY(CheckMembers(call.body, {"email", "password"}));
  ASSIGN(const std::string email, ReadText(call.body, "email"));
  ASSIGN(const std::string password, ReadText(call.body, "password"));
  ASSIGN(const auth::Session session, call.services.auth.SignIn(email, password));
  return SessionResponse(call, session);
}

Result<http::Response> SignOut(Call& call) {
  TRY(call.services.auth.SignOut(call.token));
  http::Response response = http::Response::Empty(204);
  response.headers.Add("Set-Cookie",
                       SessionCookie("", 0, call.services.secure_cookies || call.request.secure));
  return response;
}

Result<http::Response> GetMe(Call& call) {
  ASSIGN(const Json workspace, call.services.auth.Workspace());
  return http::Response::JsonBody(
      200, Json::Object({{"user", UserJson(call.caller.principal)},
                         {"workspace", Json::Object({{"name", workspace["name"]},
                                                     {"currency", workspace["currency"]}})}}));
}

}  // namespace

std::vector<Route> SessionRoutes() {
  using enum Access;
  return {
      {"GET", "/setup", kPublic, Body::kNone, {}, GetSetup},
      {"POST", "/setup", kPublic, Body::kJson, {}, CompleteSetup},
      {"POST", "/auth/sign-in", kPublic, Body::kJson, {}, SignIn},
      {"POST", "/auth/sign-out", kSignedIn, Body::kNone, {}, SignOut},
      {"GET", "/me", kSignedIn, Body::kNone, {}, GetMe},
  };
}

}  // namespace boathouse::rest
