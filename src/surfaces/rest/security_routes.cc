// What people do about their own security (password, second step, sessions), and what administrators do
// about that of others and ask of everybody.
#include "surfaces/rest/credentials.h"
#include "surfaces/rest/input.h"
#include "surfaces/rest/route.h"

namespace boathouse::rest {
namespace {

Json TimeOrNull(Micros at) { return at == 0 ? Json() : Json(FormatDateTime(at)); }

Json SessionJson(const auth::SessionInfo& info, std::string_view own_id) {
  return Json::Object({{"id", info.id},
                       {"method", info.method},
                       {"current", info.id == own_id},
                       {"created_at", FormatDateTime(info.created_at)},
                       {"expires_at", FormatDateTime(info.expires_at)},
                       {"address", info.address},
                       {"agent", info.agent},
                       {"last_used_at", TimeOrNull(info.used_at)},
                       {"last_used_from", info.used_from.empty() ? Json() : Json(info.used_from)}});
}

Json SessionsJson(const std::vector<auth::SessionInfo>& sessions, std::string_view own_id) {
  Json items = Json::Array();
  for (const auth::SessionInfo& session : sessions) items.Append(SessionJson(session, own_id));
  return items;
}

Json CodesJson(const std::vector<std::string>& codes) {
  Json list = Json::Array();
  for (const std::string& code : codes) list.Append(code);
  return Json::Object({{"recovery_codes", std::move(list)}});
}

// "" where it is not there: who signs in through a provider only has no password.
Result<std::string> ReadPassword(const Json& body, std::string_view name) {
  if (body.Find(name) == nullptr) return std::string();
  return ReadText(body, name);
}

Result<http::Response> ChangePassword(Call& call) {
  TRY(AllowSession(call));
  TRY(CheckMembers(call.body, {"current_password", "password"}));
  ASSIGN(const std::string current, ReadPassword(call.body, "current_password"));
  ASSIGN(const std::string next, ReadText(call.body, "password"));
  Status changed = call.services.auth.ChangePassword(ActorOf(call), current, next);
  if (!changed.ok()) {
    for (FieldError& field : changed.error().fields) {
      if (field.code == "wrong_password") field.field = "/current_password";
    }
    return changed.error();
  }
  return http::Response::Empty(204);
}

Result<http::Response> GetTotp(Call& call) {
  ASSIGN(const auth::TotpState state, call.services.auth.Totp(call.caller.principal.user));
  ASSIGN(const auth::SecurityPolicy policy, call.services.auth.Policy());
  return http::Response::JsonBody(200,
                                  Json::Object({{"enabled", state.enabled},
                                                {"enabled_at", TimeOrNull(state.enabled_at)},
                                                {"recovery_codes_left", state.recovery_codes_left},
                                                {"has_password", state.has_password},
                                                {"required", policy.totp_required}}));
}

Result<http::Response> BeginTotp(Call& call) {
  TRY(AllowSession(call));
  TRY(CheckMembers(call.body, {"password"}));
  ASSIGN(const std::string password, ReadPassword(call.body, "password"));
  ASSIGN(const auth::Auth::TotpEnrolment enrolment,
         call.services.auth.BeginTotp(ActorOf(call), password));
  return http::Response::JsonBody(
      200, Json::Object({{"secret", enrolment.secret}, {"uri", enrolment.uri}}));
}

Result<http::Response> ConfirmTotp(Call& call) {
  TRY(AllowSession(call));
  TRY(CheckMembers(call.body, {"code"}));
  ASSIGN(const std::string code, ReadText(call.body, "code"));
  ASSIGN(const std::vector<std::string> codes, call.services.auth.ConfirmTotp(ActorOf(call), code));
  return http::Response::JsonBody(200, CodesJson(codes));
}

Result<http::Response> MakeRecoveryCodes(Call& call) {
  TRY(AllowSession(call));
  TRY(CheckMembers(call.body, {"password", "code"}));
  ASSIGN(const std::string password, ReadPassword(call.body, "password"));
  ASSIGN(const std::string code, ReadText(call.body, "code"));
  ASSIGN(const std::vector<std::string> codes,
         call.services.auth.MakeRecoveryCodes(ActorOf(call), password, code));
  return http::Response::JsonBody(200, CodesJson(codes));
}

Result<http::Response> DisableTotp(Call& call) {
  TRY(AllowSession(call));
  TRY(CheckMembers(call.body, {"password", "code"}));
  ASSIGN(const std::string password, ReadPassword(call.body, "password"));
  ASSIGN(const std::string code, ReadText(call.body, "code"));
  TRY(call.services.auth.DisableTotp(ActorOf(call), password, code));
  return http::Response::Empty(204);
}

Result<http::Response> ListSessions(Call& call) {
  const auth::Principal& self = call.caller.principal;
  ASSIGN(const std::vector<auth::SessionInfo> sessions, call.services.auth.ListSessions(self.user));
  return http::Response::JsonBody(
      200, Json::Object({{"items", SessionsJson(sessions, self.credential)}}));
}

Result<http::Response> EndOtherSessions(Call& call) {
  TRY(AllowSession(call));
  const auth::Principal& self = call.caller.principal;
  ASSIGN(const size_t ended,
         call.services.auth.EndSessions(self.user, self.credential, ActorOf(call)));
  return http::Response::JsonBody(200, Json::Object({{"ended", ended}}));
}

Result<http::Response> EndSession(Call& call) {
  TRY(AllowSession(call));
  TRY(call.services.auth.EndSession(call.caller.principal.user, call.request.Parameter("id"),
                                    ActorOf(call)));
  return http::Response::Empty(204);
}

// The user of the path, for administrators.
Result<Id> ReadOther(const Call& call) {
  TRY(call.services.crm.AllowAdministration(call.caller, "look after the security of others"));
  ASSIGN(const Id id, ReadId(call.request));
  TRY(call.services.crm.Get(call.caller, *call.model->Find("user"), id));
  return id;
}

Result<http::Response> GetUserSecurity(Call& call) {
  ASSIGN(const Id id, ReadOther(call));
  ASSIGN(const auth::TotpState totp, call.services.auth.Totp(id));
  ASSIGN(const std::vector<auth::SessionInfo> sessions, call.services.auth.ListSessions(id));
  return http::Response::JsonBody(
      200, Json::Object({{"has_password", totp.has_password},
                         {"totp_enabled", totp.enabled},
                         {"sessions", SessionsJson(sessions, call.caller.principal.credential)}}));
}

Result<http::Response> EndUserSessions(Call& call) {
  ASSIGN(const Id id, ReadOther(call));
  ASSIGN(const size_t ended, call.services.auth.EndSessions(id, {}, ActorOf(call)));
  return http::Response::JsonBody(200, Json::Object({{"ended", ended}}));
}

Result<http::Response> EndUserSession(Call& call) {
  ASSIGN(const Id id, ReadOther(call));
  TRY(call.services.auth.EndSession(id, call.request.Parameter("session"), ActorOf(call)));
  return http::Response::Empty(204);
}

Result<http::Response> ResetUserTotp(Call& call) {
  ASSIGN(const Id id, ReadOther(call));
  TRY(call.services.auth.ResetTotp(id, ActorOf(call)));
  return http::Response::Empty(204);
}

Result<http::Response> SetUserPassword(Call& call) {
  ASSIGN(const Id id, ReadOther(call));
  // One's own goes the other way, where the present one is asked for.
  if (id == call.caller.principal.user) {
    return Error(ErrorKind::kConflict, "change your own password with POST /api/v1/auth/password");
  }
  TRY(CheckMembers(call.body, {"password"}));
  ASSIGN(const std::string password, ReadText(call.body, "password"));
  TRY(call.services.auth.SetPassword(id, password, ActorOf(call)));
  return http::Response::Empty(204);
}

Json PolicyJson(const auth::SecurityPolicy& policy) {
  return Json::Object({{"totp_required", policy.totp_required},
                       {"audit_retention_days", policy.audit_retention_days}});
}

Result<http::Response> GetPolicy(Call& call) {
  TRY(call.services.crm.AllowAdministration(call.caller, "see the security policy"));
  ASSIGN(const auth::SecurityPolicy policy, call.services.auth.Policy());
  return http::Response::JsonBody(200, PolicyJson(policy));
}

Result<http::Response> ChangePolicy(Call& call) {
  TRY(call.services.crm.AllowAdministration(call.caller, "change the security policy"));
  TRY(CheckMembers(call.body, {"totp_required", "audit_retention_days"}));
  ASSIGN(auth::SecurityPolicy policy, call.services.auth.Policy());
  if (const Json* required = call.body.Find("totp_required"); required != nullptr) {
    if (!required->is_bool()) {
      return Error::Field("/totp_required", "wrong_type", "totp_required is true or false");
    }
    policy.totp_required = required->AsBool();
  }
  if (const Json* days = call.body.Find("audit_retention_days"); days != nullptr) {
    const auto count = days->AsInt();
    if (!count) {
      return Error::Field("/audit_retention_days", "wrong_type",
                          "audit_retention_days must be a whole number");
    }
    policy.audit_retention_days = *count;
  }
  // Who asks for a second step must have one: otherwise they lock themselves out with the rest.
  if (policy.totp_required) {
    ASSIGN(const auth::TotpState own, call.services.auth.Totp(call.caller.principal.user));
    if (!own.enabled && own.has_password) {
      return Error(ErrorKind::kConflict,
                   "set up two-step sign-in for yourself first, then require it of everybody");
    }
  }
  TRY(call.services.auth.SetPolicy(policy, ActorOf(call)));
  return http::Response::JsonBody(200, PolicyJson(policy));
}

}  // namespace

std::vector<Route> SecurityRoutes() {
  using enum Access;
  return {
      {"POST", "/auth/password", kSignedIn, Body::kJson, {}, ChangePassword},
      {"GET", "/auth/totp", kEnrolling, Body::kNone, {}, GetTotp},
      {"POST", "/auth/totp", kEnrolling, Body::kJson, {}, BeginTotp},
      {"POST", "/auth/totp/confirm", kEnrolling, Body::kJson, {}, ConfirmTotp},
      {"POST", "/auth/totp/recovery-codes", kSignedIn, Body::kJson, {}, MakeRecoveryCodes},
      {"POST", "/auth/totp/disable", kSignedIn, Body::kJson, {}, DisableTotp},
      {"GET", "/auth/sessions", kSignedIn, Body::kNone, {}, ListSessions},
      {"DELETE", "/auth/sessions", kSignedIn, Body::kNone, {}, EndOtherSessions},
      {"DELETE", "/auth/sessions/{id}", kSignedIn, Body::kNone, {}, EndSession},
      {"GET", "/auth/users/{id}/security", kSignedIn, Body::kNone, {}, GetUserSecurity},
      {"POST", "/auth/users/{id}/password", kSignedIn, Body::kJson, {}, SetUserPassword},
      {"DELETE", "/auth/users/{id}/totp", kSignedIn, Body::kNone, {}, ResetUserTotp},
      {"DELETE", "/auth/users/{id}/sessions", kSignedIn, Body::kNone, {}, EndUserSessions},
      {"DELETE", "/auth/users/{id}/sessions/{session}", kSignedIn, Body::kNone, {}, EndUserSession},
      {"GET", "/auth/policy", kSignedIn, Body::kNone, {}, GetPolicy},
      {"PATCH", "/auth/policy", kSignedIn, Body::kMergePatch, {}, ChangePolicy},
  };
}

}  // namespace boathouse::rest
