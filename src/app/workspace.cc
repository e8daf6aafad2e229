#include "app/workspace.h"

#include "base/log.h"

#include "crm/upkeep.h"

#include "crm/roles.h"

#include "app/identity_fetch.h"

namespace boathouse::app {

Result<std::unique_ptr<Workspace>> Workspace::Open(const DataDir& dir) {
  auto workspace = std::make_unique<Workspace>();
  store::StoreOptions options;
  options.path = dir.records_path();
  options.model = model::Model::Standard();
  options.clock = &workspace->clock;
  ASSIGN(workspace->store, store::Store::Open(options));
  workspace->auth =
      std::make_unique<auth::Auth>(*workspace->store, workspace->clock, workspace->ids,
                                   auth::AuthOptions{dir.sealing_key(), MakeIdentityFetch()});
  workspace->crm = std::make_unique<crm::Crm>(*workspace->store, workspace->clock, workspace->ids,
                                              dir.page_token_secret());
  workspace->crm->AddRule(std::make_unique<crm::UserRoleAudit>(workspace->auth->audit()));
  workspace->attachments =
      std::make_unique<crm::Attachments>(*workspace->crm, workspace->clock, dir.files_path());
  TRY(crm::BeginWorkspace(*workspace->crm));
  // Tried again at the next start; what is there can be used without.
  if (const Status finished = workspace->crm->FinishModelChanges(); !finished.ok()) {
    Log(LogLevel::kError, "model_changes_unfinished", {{"reason", finished.error().message}});
  }
  workspace->feed = std::make_unique<crm::ChangeFeed>(*workspace->store, *workspace->crm);
  workspace->automations = std::make_unique<crm::Automations>(*workspace->store, *workspace->crm,
                                                              workspace->clock, workspace->ids);
  workspace->exports = std::make_unique<crm::Exports>(*workspace->crm, &workspace->auth->audit());
  crm::ImportJobs::Options imports;
  imports.folder = dir.imports_path();
  imports.principal_of = [&auth = *workspace->auth](const Id& user) {
    return auth.PrincipalOf(user);
  };
  imports.audit = &workspace->auth->audit();
  ASSIGN(workspace->imports, crm::ImportJobs::Open(*workspace->crm, std::move(imports)));
  return workspace;
}

crm::Caller Workspace::System(std::string surface) {
  return {auth::Principal::System(), std::move(surface)};
}

}  // namespace boathouse::app
