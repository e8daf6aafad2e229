// The description of second steps, sessions, identity providers, the security policy and the audit log.
#include "auth/auth.h"
#include "surfaces/rest/credentials.h"
#include "surfaces/rest/openapi.h"
#include "surfaces/rest/openapi_operation.h"
#include "surfaces/rest/openapi_words.h"

namespace boathouse::rest {
namespace {

Json Filled(std::string_view description) { return Text(description).Set("minLength", 1); }
Json Secret(std::string_view description) { return Filled(description).Set("writeOnly", true); }
Json InPath(const char* name, std::string_view description) {
  return Json::Object({{"name", name},
                       {"in", "path"},
                       {"required", true},
                       {"description", description},
                       {"schema", Json::Object({{"type", "string"}, {"minLength", 1}})}});
}

Json NewPassword() {
  return Secret("The new one.")
      .Set("minLength", auth::password_chars_min)
      .Set("maxLength", auth::password_chars_max);
}

Json Enum(std::string_view description, Json values) {
  return Text(description).Set("enum", std::move(values));
}

Json AuditKindNames() {
  Json names = Json::Array();
  for (const auth::AuditKind kind : auth::AuditKinds()) names.Append(auth::AuditKindName(kind));
  return names;
}

Json AuditOutcomeNames() { return Json::Array({"ok", "failed", "denied", "locked", "pending"}); }

void AddSignInPaths(Json* paths) {
  paths->Set(
      "/auth/sign-in/code",
      Json::Object({{"post", Operation("signInWithCode", "session", "Sign in: the second step")
                                 .Says("With the challenge of a sign-in that answered 401 with the "
                                       "type " +
                                       std::string(code_required_type) +
                                       ". A code is good once; a recovery code is used up.")
                                 .Public()
                                 .Body(SchemaRef("CodeRequest"))
                                 .Answers(200, "Signed in.", Told("Session"))
                                 .MayFail({401, 429})
                                 .Build()}}));
  paths->Set("/auth/methods",
             Json::Object({{"get", Operation("listSignInMethods", "session", "Ask how to sign in")
                                       .Public()
                                       .Answers(200, "The ways in.", Told("SignInMethods"))
                                       .Build()}}));
  const Json provider = InPath("provider", "The provider's name.");
  const Json location = Json::Object({{"Location", TextHeader("Where to go on.")}});
  const Json text = Json::Object({{"type", "string"}});
  paths->Set(
      "/auth/oidc/{provider}/start",
      Json::Object(
          {{"parameters", Json::Array({provider})},
           {"get",
            Operation("startProviderSignIn", "session", "Sign in through a provider")
                .Says("For browsers: sets a cookie and sends them to the provider.")
                .Takes({QueryParameter("return_to", "The path to come back to.", text)})
                .Public()
                .Answers(302, "To the provider, or back to the page with an error.", {}, location)
                .MayFail({404})
                .Build()}}));
  paths->Set(
      "/auth/oidc/{provider}/callback",
      Json::Object(
          {{"parameters", Json::Array({provider})},
           {"get", Operation("finishProviderSignIn", "session", "Come back from a provider")
                       .Says("Sets the session cookie. Other parameters are ignored.")
                       .Takes({QueryParameter("code", "The authorization code.", text),
                               QueryParameter("state", "As it was sent there.", text),
                               QueryParameter("iss", "The provider (RFC 9207).", text),
                               QueryParameter("error", "Why there is no code.", text)})
                       .Public()
                       .Answers(302, "Signed in, or back to the page with an error.", {}, location)
                       .Build()}}));
}

void AddOwnPaths(Json* paths) {
  const auto own = [](const char* id, const char* summary) {
    return Operation(id, "security", summary);
  };
  paths->Set("/auth/password",
             Json::Object({{"post", own("changePassword", "Change one's password")
                                        .Says("Ends all other sessions. Not with an API token.")
                                        .Body(SchemaRef("PasswordChange"))
                                        .Answers(204, "Changed.")
                                        .MayFail({429})
                                        .Build()}}));
  paths->Set(
      "/auth/totp",
      Json::Object({{"get", own("getTotp", "Read the state of one's two-step sign-in")
                                .Answers(200, "The state.", Told("TotpState"))
                                .Build()},
                    {"post", own("beginTotp", "Ask for a secret for an authenticator app")
                                 .Says("It counts once a code of it was confirmed.")
                                 .Body(SchemaRef("PasswordRequest"))
                                 .Answers(200, "The secret, told only here.", Told("TotpEnrolment"))
                                 .MayFail({409, 429})
                                 .Build()}}));
  paths->Set("/auth/totp/confirm",
             Json::Object({{"post", own("confirmTotp", "Turn two-step sign-in on")
                                        .Body(SchemaRef("CodeOnly"))
                                        .Answers(200, "On. The recovery codes are told only here.",
                                                 Told("RecoveryCodes"))
                                        .MayFail({409, 429})
                                        .Build()}}));
  paths->Set("/auth/totp/recovery-codes",
             Json::Object({{"post", own("makeRecoveryCodes", "Replace one's recovery codes")
                                        .Body(SchemaRef("PasswordAndCode"))
                                        .Answers(200, "The new ones; the earlier ones are void.",
                                                 Told("RecoveryCodes"))
                                        .MayFail({409, 429})
                                        .Build()}}));
  paths->Set("/auth/totp/disable",
             Json::Object({{"post", own("disableTotp", "Turn two-step sign-in off")
                                        .Body(SchemaRef("PasswordAndCode"))
                                        .Answers(204, "Off.")
                                        .MayFail({409, 429})
                                        .Build()}}));
  paths->Set("/auth/sessions",
             Json::Object({{"get", own("listSessions", "List one's sessions")
                                       .Answers(200, "Newest first.", Told("SessionList"))
                                       .Build()},
                           {"delete", own("endOtherSessions", "End all other sessions")
                                          .Answers(200, "How many there were.", Told("Ended"))
                                          .Build()}}));
  paths->Set("/auth/sessions/{id}",
             Json::Object({{"parameters", Json::Array({InPath("id", "The session's id.")})},
                           {"delete", own("endSession", "End one of one's sessions")
                                          .Answers(204, "Ended.")
                                          .MayFail({404})
                                          .Build()}}));
}

void AddUserPaths(Json* paths) {
  const Json user = ParameterRef("id");
  const auto admin = [](const char* id, const char* summary) {
    return Operation(id, "security", summary).Says("For administrators.").MayFail({404});
  };
  paths->Set("/auth/users/{id}/security",
             Json::Object({{"parameters", Json::Array({user})},
                           {"get", admin("getUserSecurity", "Read how a user signs in")
                                       .Answers(200, "That.", Told("UserSecurity"))
                                       .Build()}}));
  paths->Set("/auth/users/{id}/password",
             Json::Object({{"parameters", Json::Array({user})},
                           {"post", admin("setUserPassword", "Give a user a new password")
                                        .Body(SchemaRef("NewPassword"))
                                        .Answers(204, "Set; the user's sessions have ended.")
                                        .MayFail({409})
                                        .Build()}}));
  paths->Set("/auth/users/{id}/totp",
             Json::Object({{"parameters", Json::Array({user})},
                           {"delete", admin("resetUserTotp", "Reset a user's two-step sign-in")
                                          .Answers(204, "Off; the user's sessions have ended.")
                                          .MayFail({409})
                                          .Build()}}));
  paths->Set("/auth/users/{id}/sessions",
             Json::Object({{"parameters", Json::Array({user})},
                           {"delete", admin("endUserSessions", "End all sessions of a user")
                                          .Answers(200, "How many there were.", Told("Ended"))
                                          .Build()}}));
  paths->Set(
      "/auth/users/{id}/sessions/{session}",
      Json::Object(
          {{"parameters", Json::Array({user, InPath("session", "The session's id.")})},
           {"delete",
            admin("endUserSession", "End one session of a user").Answers(204, "Ended.").Build()}}));
}

void AddWorkspacePaths(Json* paths) {
  const auto admin = [](const char* id, const char* summary) {
    return Operation(id, "security", summary).Says("For administrators.");
  };
  paths->Set(
      "/auth/policy",
      Json::Object({{"get", admin("getSecurityPolicy", "Read what is asked of everybody")
                                .Answers(200, "The policy.", Told("SecurityPolicy"))
                                .Build()},
                    {"patch", admin("changeSecurityPolicy", "Change what is asked of everybody")
                                  .Body(SchemaRef("SecurityPolicyPatch"),
                                        {"application/json", "application/merge-patch+json"})
                                  .Answers(200, "The policy.", Told("SecurityPolicy"))
                                  .MayFail({409})
                                  .Build()}}));
  paths->Set("/auth/providers",
             Json::Object({{"get", admin("listProviders", "List the sign-in providers")
                                       .Answers(200, "By name.", Told("ProviderList"))
                                       .Build()},
                           {"post", admin("addProvider", "Add a sign-in provider")
                                        .Body(SchemaRef("ProviderDefinition"))
                                        .Answers(201, "Added; it has answered.", Told("Provider"))
                                        .MayFail({409})
                                        .Build()}}));
  paths->Set(
      "/auth/providers/{provider}",
      Json::Object({{"parameters", Json::Array({InPath("provider", "The provider's name.")})},
                    {"patch", admin("changeProvider", "Change a sign-in provider")
                                  .Body(SchemaRef("ProviderPatch"),
                                        {"application/json", "application/merge-patch+json"})
                                  .Answers(200, "As it is now; it has answered.", Told("Provider"))
                                  .MayFail({404})
                                  .Build()},
                    {"delete", admin("removeProvider", "Remove a sign-in provider")
                                   .Answers(204, "Gone. Sessions that began there go on.")
                                   .MayFail({404})
                                   .Build()}}));
}

void AddAuditPaths(Json* paths) {
  const auto time = [](const char* name, const char* description) {
    return QueryParameter(name, description,
                          Json::Object({{"type", "string"}, {"format", "date-time"}}));
  };
  const Json from = time("from", "Entries of that time and later.");
  const Json before = time("before", "Entries before that time.");
  const Json actor = QueryParameter("actor", "What that user did.",
                                    Json::Object({{"type", "string"}, {"format", "uuid"}}));
  const Json kind =
      QueryParameter("kind", "Entries of that kind.", Enum("A kind.", AuditKindNames()));
  const Json outcome =
      QueryParameter("outcome", "Entries that ended so.", Enum("An outcome.", AuditOutcomeNames()));
  paths->Set(
      "/audit",
      Json::Object(
          {{"get",
            Operation("listAudit", "audit", "Read the audit log")
                .Says("For administrators. Newest first. A page may hold less than was asked "
                      "for and still have a next one.")
                .Takes({from, before, actor, kind, outcome, ParameterRef("page_size"),
                        ParameterRef("page_token")})
                .Answers(200, "One page.", Told("AuditPage"))
                .Build()}}));
  paths->Set(
      "/audit.csv",
      Json::Object(
          {{"get",
            Operation("exportAudit", "audit", "Take the audit log away as a file")
                .Says("For administrators. All of it, newest first, as RFC 4180 has it.")
                .Takes({from, before, actor, kind, outcome})
                .Answers(200, "The file.", Content("text/csv", Json::Object({{"type", "string"}})))
                .Build()}}));
}

void AddSignInSchemas(Json* schemas) {
  schemas->Set("CodeRequired",
               ClosedSchema(Json::Object({{"type", Json::Object({{"const", code_required_type}})},
                                          {"title", Text("The name of the status.")},
                                          {"status", Json::Object({{"const", 401}})},
                                          {"detail", Text("What to do.")},
                                          {"code", Json::Object({{"const", "unauthenticated"}})},
                                          {"challenge", Text("For the second step.")},
                                          {"challenge_expires_at", Time("Begin again after it.")}}))
                   .Set("description", "The password is right, and a code is due."));
  schemas->Set(
      "SignInProblem",
      Json::Object({{"anyOf", Json::Array({SchemaRef("CodeRequired"), SchemaRef("Problem")})}}));
  schemas->Set("CodeRequest",
               ClosedSchema(Json::Object({{"challenge", Filled("Of the first step.")},
                                          {"code", Secret("Of the app, or a recovery code.")}})));
  schemas->Set(
      "SignInMethods",
      ClosedSchema(Json::Object(
          {{"password", Flag("E-mail and password.")},
           {"providers",
            ListOf(ClosedSchema(Json::Object({{"name", Text("In URLs.")},
                                              {"label", Text("For people.")},
                                              {"url", Text("Where a browser begins.")}})))}})));
  schemas->Set("PasswordChange",
               ClosedSchema(Json::Object({{"current_password", Secret("The present one.")},
                                          {"password", NewPassword()}}),
                            {"current_password"}));
  schemas->Set("NewPassword", ClosedSchema(Json::Object({{"password", NewPassword()}})));
  const Json again = Secret("One's password, unless one has none.");
  const Json code = Secret("Of the app, or a recovery code.");
  schemas->Set("PasswordRequest", ClosedSchema(Json::Object({{"password", again}}), {"password"}));
  schemas->Set("CodeOnly", ClosedSchema(Json::Object({{"code", Secret("Of the app.")}})));
  schemas->Set("PasswordAndCode",
               ClosedSchema(Json::Object({{"password", again}, {"code", code}}), {"password"}));
}

void AddStateSchemas(Json* schemas) {
  schemas->Set("TotpState",
               ClosedSchema(Json::Object(
                   {{"enabled", Flag("Whether a code is asked for.")},
                    {"enabled_at", OrNull(Time("Since when."))},
                    {"recovery_codes_left", Count("Recovery codes that were not used.")},
                    {"has_password", Flag("false: signs in through a provider only.")},
                    {"required", Flag("Whether the workspace asks for it.")}})));
  schemas->Set("TotpEnrolment",
               ClosedSchema(Json::Object({{"secret", Text("Base32, for typing.")},
                                          {"uri", Text("otpauth://..., for a QR code.")}})));
  schemas->Set("RecoveryCodes",
               ClosedSchema(Json::Object(
                   {{"recovery_codes", ListOf(Text("Good once, in place of a code."))}})));
  const Json session = ClosedSchema(
      Json::Object({{"id", Text("Names it without giving it away.")},
                    {"method", Text("password, totp, recovery_code, setup, or oidc:<provider>.")},
                    {"current", Flag("The one of this request.")},
                    {"created_at", Time("When it began.")},
                    {"expires_at", Time("When it ends.")},
                    {"address", Text("Where it began.")},
                    {"agent", Text("The browser or program, as it calls itself.")},
                    {"last_used_at", OrNull(Time("Known to the minute."))},
                    {"last_used_from", OrNull(Text("An address."))}}));
  schemas->Set("SessionInfo", session);
  schemas->Set("SessionList",
               ClosedSchema(Json::Object({{"items", ListOf(SchemaRef("SessionInfo"))}})));
  schemas->Set("Ended", ClosedSchema(Json::Object({{"ended", Count("Sessions that ended.")}})));
  schemas->Set("UserSecurity",
               ClosedSchema(Json::Object({{"has_password", Flag("Whether there is one.")},
                                          {"totp_enabled", Flag("Whether a code is asked for.")},
                                          {"sessions", ListOf(SchemaRef("SessionInfo"))}})));
  const Json policy = Json::Object(
      {{"totp_required", Flag("Who signs in with a password needs an authenticator app.")},
       {"audit_retention_days", Count("How long the audit log goes back.")
                                    .Set("minimum", auth::audit_retention_days_min)
                                    .Set("maximum", auth::audit_retention_days_max)}});
  schemas->Set("SecurityPolicy", ClosedSchema(policy));
  schemas->Set("SecurityPolicyPatch",
               ClosedSchema(policy, {"totp_required", "audit_retention_days"}));
}

void AddProviderSchemas(Json* schemas) {
  const Json name = Filled("In URLs.").Set("pattern", "^[a-z0-9][a-z0-9-]{0,39}$");
  const Json label = Filled("\"Sign in with ...\"").Set("maxLength", 60);
  const Json issuer = Filled("Its https:// URL.").Set("format", "uri");
  const Json client = Filled("As the provider knows this server.");
  const Json domains =
      ListOf(Text("example.com")).Set("description", "E-mail addresses of these only; none: any.");
  const Json role = OrNull(
      Text("The role of those who come for the first time; null: only users there are already."));
  const Json shown = Json::Object({{"name", name},
                                   {"label", label},
                                   {"issuer", issuer},
                                   {"client_id", client},
                                   {"has_secret", Flag("false: a public client.")},
                                   {"email_domains", domains},
                                   {"new_user_role", role},
                                   {"redirect_uri", Text("To be registered with the provider.")}});
  schemas->Set("Provider", ClosedSchema(shown));
  schemas->Set("ProviderList",
               ClosedSchema(Json::Object({{"items", ListOf(SchemaRef("Provider"))}})));
  Json taken = Json::Object({{"label", label},
                             {"issuer", issuer},
                             {"client_id", client},
                             {"client_secret", Secret("Kept encrypted; never told.")},
                             {"email_domains", domains},
                             {"new_user_role", role}});
  schemas->Set("ProviderPatch",
               ClosedSchema(taken, {"label", "issuer", "client_id", "client_secret",
                                    "email_domains", "new_user_role"}));
  taken.Set("name", name);
  schemas->Set("ProviderDefinition",
               ClosedSchema(taken, {"client_secret", "email_domains", "new_user_role"}));
}

void AddAuditSchemas(Json* schemas) {
  schemas->Set(
      "AuditEntry",
      ClosedSchema(Json::Object(
          {{"id", Text("Sorts by time.")},
           {"at", Time("When.")},
           {"kind", Enum("What.", AuditKindNames())},
           {"outcome", Enum("How it ended; pending: a second step is due.", AuditOutcomeNames())},
           {"actor", ClosedSchema(Json::Object(
                         {{"id", OrNull(Text("A user; null: the program, or a stranger."))},
                          {"name", OrNull(Text("As it was called then."))}}))},
           {"address", OrNull(Text("Where from; null: the command line."))},
           {"surface", OrNull(Text("rest, web, mcp, cli ..."))},
           {"subject", OrNull(Text("To what."))},
           {"detail", Json::Object({{"type", Json::Array({"object", "null"})},
                                    {"description", "What else is worth knowing."}})}})));
  schemas->Set(
      "AuditPage",
      ClosedSchema(Json::Object({{"items", ListOf(SchemaRef("AuditEntry"))},
                                 {"next_page_token", Text("Not there on the last page.")}}),
                   {"next_page_token"}));
}

}  // namespace

void AddSecurityPaths(Json* paths) {
  AddSignInPaths(paths);
  AddOwnPaths(paths);
  AddUserPaths(paths);
  AddWorkspacePaths(paths);
  AddAuditPaths(paths);
}

void AddSecuritySchemas(Json* schemas) {
  AddSignInSchemas(schemas);
  AddStateSchemas(schemas);
  AddProviderSchemas(schemas);
  AddAuditSchemas(schemas);
}

}  // namespace boathouse::rest
