// Signing in and out, and the one-time set-up.
#include "auth/auth_impl.h"

#include "base/signed_token.h"

namespace boathouse::auth {
namespace {

constexpr Micros setup_token_micros = 7LL * 24 * 3600 * 1'000'000;
constexpr Micros minute_micros = 60LL * 1'000'000;
constexpr int failures_told_max = 60;  // a minute
constexpr size_t locks_told_max = 10'000;
constexpr size_t email_chars_max = 320;
constexpr const char* challenge_purpose = "auth.challenge";

// One user's password as it is now: a challenge is for that password only.
std::string StampOf(std::string_view hash) { return HexEncode(Sha256(hash)).substr(0, 16); }

Error BadChallenge() {
  return Error(ErrorKind::kUnauthenticated,
               "this sign-in took too long or was begun elsewhere; begin again with e-mail and "
               "password");
}

AuditEntry SignInEntry(const Origin& origin, AuditOutcome outcome) {
  AuditEntry entry;
  entry.kind = AuditKind::kSignIn;
  entry.outcome = outcome;
  entry.address = origin.address;
  entry.surface = origin.surface;
  return entry;
}

// Of an unknown e-mail only what looks like one is told: people type passwords into the wrong line.
std::string StrangerName(const std::string& email) {
  return email.find('@') == std::string::npos ? "(no e-mail)" : email;
}

}  // namespace

Error BadCredential() {
  return Error(ErrorKind::kUnauthenticated, "the e-mail or the password is wrong");
}

Principal Principal::System() {
  Principal principal;
  principal.name = "System";
  principal.role = admin_role;
  principal.is_system = true;
  return principal;
}

Auth::Impl::Impl(store::Store& the_store, const Clock& the_clock, IdSource& the_ids,
                 AuthOptions options)
    : store(the_store),
      clock(the_clock),
      ids(the_ids),
      seal(options.server_key),
      oidc(store, clock, seal, audit, std::move(options.fetch)) {}

Auth::Auth(store::Store& store, const Clock& clock, IdSource& ids, AuthOptions options)
    : impl_(std::make_unique<Impl>(store, clock, ids, std::move(options))) {}

Auth::~Auth() = default;

AuditLog& Auth::audit() { return impl_->audit; }

OidcProviders& Auth::oidc() { return impl_->oidc; }

void Auth::Impl::NoteFailure(AuditEntry entry) {
  {
    const std::lock_guard lock(failures_mutex);
    const Micros now = clock.Now();
    if (now < failures_since || now - failures_since >= minute_micros) {
      failures_since = now;
      failures_told = 0;
    }
    if (++failures_told > failures_told_max) {
      ++failures_untold;
      return;
    }
    if (failures_untold > 0) {
      entry.detail.Set("more_not_listed", failures_untold);
      failures_untold = 0;
    }
  }
  audit.Record(std::move(entry));
}

Error Auth::Impl::Locked(const std::string& lock_key, AuditEntry entry) {
  bool told = false;
  {
    const std::lock_guard lock(failures_mutex);
    if (lock_told.size() >= locks_told_max) lock_told.clear();
    Micros& last = lock_told[lock_key];
    const Micros now = clock.Now();
    told = last != 0 && now >= last && now - last < minute_micros;
    if (!told) last = now;
  }
  entry.outcome = AuditOutcome::kLocked;
  if (!told) NoteFailure(std::move(entry));
  return Error(ErrorKind::kExhausted,
               "too many wrong passwords or codes: this account is locked for " +
                   std::to_string(sign_in_lock_micros / minute_micros) + " minutes");
}

Session Auth::Impl::NewSession(Principal principal) const {
  Session session;
  session.token = NewToken("bhs_");
  session.expires_at = clock.Now() + session_micros;
  session.principal = std::move(principal);
  session.principal.credential = TokenId(session.token);
  return session;
}

Result<Session> Auth::Impl::StartSession(Principal principal, std::string_view method,
                                         const Origin& origin) {
  Session session = NewSession(std::move(principal));
  session.principal.address = origin.address;
  const AuditEntry entry =
      AuditEntry::By(session.principal, origin.surface, AuditKind::kSignIn, std::string(method));
  TRY(store.Write([&](store::Transaction& transaction) -> Status {
    TRY(PutSession(transaction, session, method, origin));
    return audit.Record(transaction, entry);
  }));
  return session;
}

Result<std::optional<Auth::Impl::Known>> Auth::Impl::FindForSignIn(std::string_view email) {
  ASSIGN(const std::unique_ptr<store::Snapshot> snapshot, store.Read());
  ASSIGN(const std::optional<Id> id,
         snapshot->FindId(*user, email_field, AsciiLower(TrimAscii(email))));
  if (!id) return std::optional<Known>();
  ASSIGN(const std::optional<Json> body,
         snapshot->GetDocument(documents::passwords, id->ToString()));
  Result<Principal> loaded = LoadPrincipal(*snapshot, *id);
  if (!body || !loaded.ok()) return std::optional<Known>();
  ASSIGN(const SecondFactor::State state, second_factor.StateOf(*snapshot, *id));
  return std::optional<Known>(
      Known{std::move(*loaded), std::string((*body)["hash"].AsString()), state.enabled});
}

std::string Auth::Impl::MakeChallenge(const Known& known, const std::string& lock_key,
                                      Micros expires_at) const {
  return MakeSignedToken(seal.SigningKey(challenge_purpose), challenge_purpose,
                         Json::Object({{"user", known.principal.user.ToString()},
                                       {"lock_key", lock_key},
                                       {"password", StampOf(known.hash)},
                                       {"expires_at", expires_at}}));
}

Result<std::optional<Json>> Auth::Impl::OpenChallenge(std::string_view challenge) const {
  const auto opened =
      ReadSignedToken(seal.SigningKey(challenge_purpose), challenge_purpose, challenge);
  if (!opened || (*opened)["expires_at"].AsInt().value_or(0) <= clock.Now()) {
    return std::optional<Json>();
  }
  return opened;
}

Result<SignInResult> Auth::SignIn(std::string_view email, std::string_view password,
                                  const Origin& origin) {
  const std::string key = AsciiLower(TrimAscii(email)).substr(0, email_chars_max);
  AuditEntry entry = SignInEntry(origin, AuditOutcome::kFailed);
  entry.actor_name = StrangerName(key);
  entry.subject = "password";
  if (!impl_->lockout.Begin(key)) return impl_->Locked(key, std::move(entry));
  // The snapshot is gone by now: hashing takes long, and must not hold a reader.
  ASSIGN(const std::optional<Impl::Known> known, impl_->FindForSignIn(email));
  const std::string& hash = known ? known->hash : impl_->decoy_hash;
  const bool right = password.size() <= password_chars_max && VerifyPassword(hash, password);
  if (known) {
    entry.actor = known->principal.user;
    entry.actor_name = known->principal.name;
  }
  if (!known || !right) {
    impl_->NoteFailure(std::move(entry));
    return BadCredential();
  }
  SignInResult result;
  if (known->has_totp) {
    // Counted as a failure until the code was right as well.
    result.challenge_expires_at = impl_->clock.Now() + challenge_micros;
    result.challenge = impl_->MakeChallenge(*known, key, result.challenge_expires_at);
    entry.outcome = AuditOutcome::kPending;
    impl_->audit.Record(std::move(entry));
    return result;
  }
  impl_->lockout.Succeeded(key);
  ASSIGN(result.session, impl_->StartSession(known->principal, "password", origin));
  return result;
}

Result<Session> Auth::SignInWithCode(std::string_view challenge, std::string_view code,
                                     const Origin& origin) {
  ASSIGN(const std::optional<Json> opened, impl_->OpenChallenge(challenge));
  if (!opened) return BadChallenge();
  const std::string lock_key((*opened)["lock_key"].AsString());
  const Id user = Id::Parse((*opened)["user"].AsString()).value_or(Id{});
  AuditEntry entry = SignInEntry(origin, AuditOutcome::kFailed);
  entry.actor = user;
  entry.actor_name = lock_key;
  entry.subject = "code";
  if (!impl_->lockout.Begin(lock_key)) return impl_->Locked(lock_key, std::move(entry));
  // A wrong code takes as long as a wrong password, and cannot be tried faster.
  static_cast<void>(VerifyPassword(impl_->decoy_hash, code.substr(0, password_chars_max)));
  Session session = impl_->NewSession({});
  std::string method;
  const Status done = impl_->store.Write([&](store::Transaction& transaction) -> Status {
    ASSIGN(session.principal, impl_->LoadPrincipal(transaction, user));
    session.principal.credential = TokenId(session.token);
    session.principal.address = origin.address;
    ASSIGN(const std::optional<Json> password,
           transaction.GetDocument(documents::passwords, user.ToString()));
    if (!password || StampOf((*password)["hash"].AsString()) != (*opened)["password"].AsString()) {
      return BadChallenge();
    }
    ASSIGN(method, impl_->second_factor.Accept(transaction, user, code));
    TRY(impl_->PutSession(transaction, session, method, origin));
    return impl_->audit.Record(
        transaction, AuditEntry::By(session.principal, origin.surface, AuditKind::kSignIn, method));
  });
  if (!done.ok()) {
    if (!session.principal.name.empty()) entry.actor_name = session.principal.name;
    impl_->NoteFailure(std::move(entry));
    // The second step was reset meanwhile: what the challenge was for is gone.
    if (done.error().kind == ErrorKind::kConflict) return BadChallenge();
    return done.error();
  }
  impl_->lockout.Succeeded(lock_key);
  return session;
}

Result<Session> Auth::SignInAs(const OidcIdentity& identity, const Origin& origin) {
  const OidcProvider& provider = identity.provider;
  const std::string link = HexEncode(Sha256(provider.issuer + "\n" + identity.subject));
  const std::string method = "oidc:" + provider.name;
  Session session = impl_->NewSession({});
  bool made = false;
  const Status done = impl_->store.Write([&](store::Transaction& transaction) -> Status {
    made = false;
    ASSIGN(const std::optional<Json> known, transaction.GetDocument(documents::identities, link));
    std::optional<Id> user;
    if (known) user = Id::Parse((*known)["user"].AsString());
    if (!user) {
      ASSIGN(user, transaction.FindId(*impl_->user, impl_->email_field, identity.email));
    }
    if (!user && provider.new_user_role.empty()) {
      return OidcError(ErrorKind::kForbidden, "no_user",
                       "there is no user with the e-mail " + identity.email +
                           "; ask an administrator to add you");
    }
    if (!user) {
      ASSIGN(user, impl_->MakeUser(transaction, identity));
      made = true;
    }
    Result<Principal> principal = impl_->LoadPrincipal(transaction, *user);
    if (!principal.ok()) {
      return principal.error().kind == ErrorKind::kUnauthenticated
                 ? OidcError(ErrorKind::kForbidden, "inactive",
                             "your user was deactivated; ask an administrator")
                 : principal.error();
    }
    session.principal = std::move(*principal);
    session.principal.credential = TokenId(session.token);
    session.principal.address = origin.address;
    if (!known) {
      TRY(transaction.PutDocument(documents::identities, link,
                                  Json::Object({{"user", user->ToString()},
                                                {"provider", provider.name},
                                                {"linked_at", transaction.now()}})));
    }
    TRY(impl_->PutSession(transaction, session, method, origin));
    return impl_->audit.Record(
        transaction, AuditEntry::By(session.principal, origin.surface, AuditKind::kSignIn, method,
                                    made ? Json::Object({{"new_user", true}}) : Json()));
  });
  if (done.ok()) return session;
  NoteProviderFailure(provider.name, identity.email, done.error(), origin);
  return done.error();
}

void Auth::NoteProviderFailure(std::string_view provider, std::string_view who, const Error& error,
                               const Origin& origin) {
  AuditEntry entry = SignInEntry(origin, AuditOutcome::kFailed);
  entry.actor_name = who.empty() ? "(not known)" : std::string(who);
  entry.subject = "oidc:" + std::string(provider);
  entry.detail = Json::Object({{"reason", error.message}});
  impl_->NoteFailure(std::move(entry));
}

Result<Id> Auth::Impl::MakeUser(store::Transaction& transaction, const OidcIdentity& identity) {
  const auto value = [&](size_t field, const std::string& text) {
    return model::FromJson(user->fields[field], text, "/" + user->fields[field].name);
  };
  model::Record record;
  record.values.resize(user->fields.size());
  const Id id = ids.Next();
  record.Set(model::kFieldId, id);
  ASSIGN(model::Value email, value(email_field, identity.email));
  record.Set(email_field, std::move(email));
  // A name that would not be taken gives way to the e-mail.
  Result<model::Value> name = value(name_field, identity.name);
  if (!name.ok() || model::IsNull(*name)) name = value(name_field, identity.email);
  if (!name.ok()) return name.error();
  record.Set(name_field, std::move(*name));
  ASSIGN(model::Value role, value(role_field, identity.provider.new_user_role));
  record.Set(role_field, std::move(role));
  record.Set(active_field, true);
  TRY(transaction.Insert(*user, record, {id, "oidc"}));
  return id;
}

Status Auth::SignOut(std::string_view token, const Origin& origin) {
  const std::string key = TokenKey(token);
  TRY(impl_->store.Write([&](store::Transaction& transaction) -> Status {
    ASSIGN(const std::optional<Json> body, transaction.GetDocument(documents::tokens, key));
    if (!body) return Status::Ok();
    if ((*body)["kind"].AsString() != "session") {
      return Error(ErrorKind::kConflict, "an API token has no session that could be ended");
    }
    TRY(transaction.DeleteDocument(documents::uses, key));
    TRY(transaction.DeleteDocument(documents::tokens, key));
    AuditEntry entry = SignInEntry(origin, AuditOutcome::kOk);
    entry.kind = AuditKind::kSignOut;
    entry.actor = Id::Parse((*body)["user"].AsString()).value_or(Id{});
    if (const auto principal = impl_->LoadPrincipal(transaction, entry.actor); principal.ok()) {
      entry.actor_name = principal->name;
    }
    return impl_->audit.Record(transaction, std::move(entry));
  }));
  impl_->Forget();
  return Status::Ok();
}

Result<bool> Auth::SetupNeeded() {
  if (impl_->is_set_up) return false;
  ASSIGN(const std::unique_ptr<store::Snapshot> snapshot, impl_->store.Read());
  ASSIGN(const auto known, snapshot->ListDocuments(documents::passwords));
  impl_->is_set_up = !known.empty();
  return known.empty();
}

Result<std::string> Auth::IssueSetupToken() {
  const std::string token = NewToken("setup_");
  const Json body = Json::Object(
      {{"digest", TokenKey(token)}, {"expires_at", impl_->clock.Now() + setup_token_micros}});
  TRY(impl_->store.Write([&](store::Transaction& transaction) {
    return transaction.PutDocument(documents::workspace, documents::setup_key, body);
  }));
  return token;
}

Result<Session> Auth::CompleteSetup(const SetupRequest& request, const Origin& origin) {
  TRY(CheckPassword(request.password));
  const model::Object& user = *impl_->user;
  ASSIGN(const model::Value name,
         model::FromJson(user.fields[impl_->name_field], request.name, "/name"));
  if (model::IsNull(name)) return Error::Field("/name", "required", "name is required");
  ASSIGN(const model::Value email,
         model::FromJson(user.fields[impl_->email_field], request.email, "/email"));
  if (model::IsNull(email)) return Error::Field("/email", "required", "email is required");
  const std::string_view workspace_name = TrimAscii(request.workspace);
  if (workspace_name.empty() || workspace_name.size() > 100 || !IsUtf8(workspace_name)) {
    return Error::Field("/workspace", "required", "workspace must have 1 to 100 characters");
  }
  const std::string hash = HashPassword(request.password);
  model::Record record;
  record.values.resize(user.fields.size());
  record.Set(model::kFieldId, impl_->ids.Next());
  record.Set(impl_->name_field, name);
  record.Set(impl_->email_field, email);
  record.Set(impl_->role_field, std::string(admin_role));
  record.Set(impl_->active_field, true);
  Principal principal;
  TRY(impl_->store.Write([&](store::Transaction& transaction) -> Status {
    ASSIGN(const std::optional<Json> setup,
           transaction.GetDocument(documents::workspace, documents::setup_key));
    if (!setup || !ConstantTimeEquals((*setup)["digest"].AsString(), TokenKey(request.token)) ||
        (*setup)["expires_at"].AsInt().value_or(0) <= transaction.now()) {
      return Error(
          ErrorKind::kUnauthenticated,
          "the set-up link was used, replaced or expired; restart the server for a new one");
    }
    ASSIGN(const model::Record stored, transaction.Insert(user, record, {record.id(), "setup"}));
    TRY(impl_->StorePassword(transaction, stored.id(), hash));
    TRY(transaction.DeleteDocument(documents::workspace, documents::setup_key));
    ASSIGN(principal, impl_->LoadPrincipal(transaction, stored.id()));
    principal.address = origin.address;
    TRY(impl_->audit.Record(transaction,
                            AuditEntry::By(principal, origin.surface, AuditKind::kWorkspaceCreated,
                                           std::string(workspace_name))));
    return transaction.PutDocument(documents::workspace, documents::settings_key,
                                   Json::Object({{"name", workspace_name}, {"currency", "USD"}}));
  }));
  return impl_->StartSession(std::move(principal), "setup", origin);
}

Result<Json> Auth::Workspace() {
  ASSIGN(const std::unique_ptr<store::Snapshot> snapshot, impl_->store.Read());
  ASSIGN(std::optional<Json> settings,
         snapshot->GetDocument(documents::workspace, documents::settings_key));
  if (settings) return std::move(*settings);
  return Json::Object({{"name", "Boathouse"}, {"currency", "USD"}});
}

Status Auth::SetWorkspace(const Json& settings) {
  return impl_->store.Write([&](store::Transaction& transaction) {
    return transaction.PutDocument(documents::workspace, documents::settings_key, settings);
  });
}

}  // namespace boathouse::auth
