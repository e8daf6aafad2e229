// What users and administrators do to passwords and second steps, and what is asked of everybody.
#include "auth/auth_impl.h"
#include "auth/totp.h"

namespace boathouse::auth {
namespace {

std::string UserKey(const Id& user) { return "user:" + user.ToString(); }

Json OfUser(const Id& user) { return Json::Object({{"user", user.ToString()}}); }

}  // namespace

Status CheckPassword(std::string_view password) {
  if (password.size() < password_chars_min || password.size() > password_chars_max) {
    return Error::Field("/password", "out_of_range",
                        "the password must have between " + std::to_string(password_chars_min) +
                            " and " + std::to_string(password_chars_max) + " characters");
  }
  return Status::Ok();
}

Status Auth::Impl::StorePassword(store::Transaction& transaction, const Id& id,
                                 std::string_view hash) const {
  return transaction.PutDocument(documents::passwords, id.ToString(),
                                 Json::Object({{"hash", hash}}));
}

Status Auth::Impl::Reauthenticate(const Actor& self, std::string_view password) {
  std::string hash;
  {
    ASSIGN(const std::unique_ptr<store::Snapshot> snapshot, store.Read());
    ASSIGN(const std::optional<Json> body,
           snapshot->GetDocument(documents::passwords, self.principal.user.ToString()));
    // Who signs in through a provider only has none to type.
    if (!body) return Status::Ok();
    hash = (*body)["hash"].AsString();
  }
  // Not counted with sign-ins: who took over a session must not lock its user out as well.
  const std::string lock_key = UserKey(self.principal.user);
  if (!lockout.Begin(lock_key)) {
    return Locked(lock_key, AuditEntry::By(self.principal, self.surface, AuditKind::kSignIn,
                                           "password asked for again"));
  }
  if (password.size() <= password_chars_max && VerifyPassword(hash, password)) {
    lockout.Succeeded(lock_key);
    return Status::Ok();
  }
  AuditEntry entry =
      AuditEntry::By(self.principal, self.surface, AuditKind::kSignIn, "password asked for again");
  entry.outcome = AuditOutcome::kFailed;
  NoteFailure(std::move(entry));
  return Error::Field("/password", "wrong_password", "the password is wrong");
}

Status Auth::SetPassword(const Id& user, std::string_view password, const Actor& by) {
  TRY(CheckPassword(password));
  const std::string hash = HashPassword(password);
  TRY(impl_->store.Write([&](store::Transaction& transaction) -> Status {
    TRY(transaction.Get(*impl_->user, user));
    TRY(impl_->EndSessions(transaction, user));
    TRY(impl_->StorePassword(transaction, user, hash));
    return impl_->audit.Record(transaction,
                               AuditEntry::By(by.principal, by.surface, AuditKind::kPasswordChanged,
                                              "password set by another", OfUser(user)));
  }));
  impl_->Forget();
  return Status::Ok();
}

Status Auth::ChangePassword(const Actor& self, std::string_view current, std::string_view next) {
  TRY(CheckPassword(next));
  TRY(impl_->Reauthenticate(self, current));
  const std::string hash = HashPassword(next);
  const Id& user = self.principal.user;
  TRY(impl_->store.Write([&](store::Transaction& transaction) -> Status {
    TRY(transaction.Get(*impl_->user, user));
    TRY(impl_->EndSessions(transaction, user, self.principal.credential));
    TRY(impl_->StorePassword(transaction, user, hash));
    return impl_->audit.Record(
        transaction, AuditEntry::By(self.principal, self.surface, AuditKind::kPasswordChanged,
                                    "own password", OfUser(user)));
  }));
  impl_->Forget();
  return Status::Ok();
}

Result<TotpState> Auth::Totp(const Id& user) {
  ASSIGN(const std::unique_ptr<store::Snapshot> snapshot, impl_->store.Read());
  ASSIGN(const SecondFactor::State kept, impl_->second_factor.StateOf(*snapshot, user));
  ASSIGN(const std::optional<Json> password,
         snapshot->GetDocument(documents::passwords, user.ToString()));
  return TotpState{kept.enabled, kept.enabled_at, kept.recovery_codes_left, password.has_value()};
}

Result<Auth::TotpEnrolment> Auth::BeginTotp(const Actor& self, std::string_view password) {
  TRY(impl_->Reauthenticate(self, password));
  ASSIGN(const Json workspace, Workspace());
  const std::string secret = RandomBytes(totp_secret_bytes);
  TRY(impl_->store.Write([&](store::Transaction& transaction) {
    return impl_->second_factor.Begin(transaction, self.principal.user, secret);
  }));
  return TotpEnrolment{Base32Encode(secret), OtpauthUri(workspace["name"].AsString("Boathouse"),
                                                        self.principal.email, secret)};
}

Result<std::vector<std::string>> Auth::ConfirmTotp(const Actor& self, std::string_view code) {
  const std::vector<std::string> codes = NewRecoveryCodes();
  const std::string lock_key = UserKey(self.principal.user);
  AuditEntry entry = AuditEntry::By(self.principal, self.surface, AuditKind::kTotpEnabled,
                                    "two-step sign-in", OfUser(self.principal.user));
  if (!impl_->lockout.Begin(lock_key)) return impl_->Locked(lock_key, std::move(entry));
  TRY(impl_->store.Write([&](store::Transaction& transaction) -> Status {
    TRY(impl_->second_factor.Confirm(transaction, self.principal.user, code, codes));
    return impl_->audit.Record(transaction, entry);
  }));
  impl_->lockout.Succeeded(lock_key);
  impl_->Forget();  // a session that was good for this only reaches everything now
  return codes;
}

Result<std::vector<std::string>> Auth::MakeRecoveryCodes(const Actor& self,
                                                         std::string_view password,
                                                         std::string_view code) {
  TRY(impl_->Reauthenticate(self, password));
  const std::vector<std::string> codes = NewRecoveryCodes();
  const Id& user = self.principal.user;
  const std::string lock_key = UserKey(user);
  AuditEntry entry = AuditEntry::By(self.principal, self.surface, AuditKind::kRecoveryCodesMade,
                                    "recovery codes", OfUser(user));
  if (!impl_->lockout.Begin(lock_key)) return impl_->Locked(lock_key, std::move(entry));
  TRY(impl_->store.Write([&](store::Transaction& transaction) -> Status {
    TRY(impl_->second_factor.Accept(transaction, user, code));
    TRY(impl_->second_factor.ReplaceRecoveryCodes(transaction, user, codes));
    return impl_->audit.Record(transaction, entry);
  }));
  impl_->lockout.Succeeded(lock_key);
  return codes;
}

Status Auth::DisableTotp(const Actor& self, std::string_view password, std::string_view code) {
  TRY(impl_->Reauthenticate(self, password));
  const Id& user = self.principal.user;
  const std::string lock_key = UserKey(user);
  AuditEntry entry = AuditEntry::By(self.principal, self.surface, AuditKind::kTotpDisabled,
                                    "two-step sign-in", OfUser(user));
  if (!impl_->lockout.Begin(lock_key)) return impl_->Locked(lock_key, std::move(entry));
  TRY(impl_->store.Write([&](store::Transaction& transaction) -> Status {
    TRY(impl_->second_factor.Accept(transaction, user, code));
    TRY(impl_->second_factor.Remove(transaction, user));
    return impl_->audit.Record(transaction, entry);
  }));
  impl_->lockout.Succeeded(lock_key);
  impl_->Forget();
  return Status::Ok();
}

Status Auth::ResetTotp(const Id& user, const Actor& by) {
  TRY(impl_->store.Write([&](store::Transaction& transaction) -> Status {
    TRY(transaction.Get(*impl_->user, user));
    ASSIGN(const SecondFactor::State state, impl_->second_factor.StateOf(transaction, user));
    if (!state.enabled) {
      return Error(ErrorKind::kConflict, "that user has no two-step sign-in to reset");
    }
    TRY(impl_->second_factor.Remove(transaction, user));
    TRY(impl_->EndSessions(transaction, user));
    return impl_->audit.Record(transaction,
                               AuditEntry::By(by.principal, by.surface, AuditKind::kTotpDisabled,
                                              "reset by an administrator", OfUser(user)));
  }));
  impl_->Forget();
  return Status::Ok();
}

Result<SecurityPolicy> Auth::Impl::ReadPolicy(store::Reader& reader) const {
  ASSIGN(const std::optional<Json> body,
         reader.GetDocument(documents::workspace, documents::policy_key));
  SecurityPolicy policy;
  if (!body) return policy;
  policy.totp_required = (*body)["totp_required"].AsBool();
  policy.audit_retention_days =
      (*body)["audit_retention_days"].AsInt().value_or(audit_retention_days_default);
  return policy;
}

Result<SecurityPolicy> Auth::Policy() {
  ASSIGN(const std::unique_ptr<store::Snapshot> snapshot, impl_->store.Read());
  return impl_->ReadPolicy(*snapshot);
}

Status Auth::SetPolicy(const SecurityPolicy& policy, const Actor& by) {
  if (policy.audit_retention_days < audit_retention_days_min ||
      policy.audit_retention_days > audit_retention_days_max) {
    return Error::Field("/audit_retention_days", "out_of_range",
                        "the audit log is kept for " + std::to_string(audit_retention_days_min) +
                            " to " + std::to_string(audit_retention_days_max) + " days");
  }
  const Json body = Json::Object({{"totp_required", policy.totp_required},
                                  {"audit_retention_days", policy.audit_retention_days}});
  TRY(impl_->store.Write([&](store::Transaction& transaction) -> Status {
    TRY(transaction.PutDocument(documents::workspace, documents::policy_key, body));
    return impl_->audit.Record(transaction,
                               AuditEntry::By(by.principal, by.surface, AuditKind::kSettingsChanged,
                                              "security policy", body));
  }));
  impl_->Forget();
  return Status::Ok();
}

}  // namespace boathouse::auth
