#pragma once
// One workspace, opened: its records, its credentials and the CRM over them. Server and command-line
// verbs build it the same way.

#include <memory>

#include "app/data_dir.h"
#include "auth/auth.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/result.h"
#include "crm/attachments.h"
#include "crm/automation.h"
#include "crm/change_feed.h"
#include "crm/crm.h"
#include "crm/export.h"
#include "crm/import_jobs.h"
#include "store/store.h"

namespace boathouse::app {

class Workspace {
 public:
  // `dir` outlives the workspace.
  static Result<std::unique_ptr<Workspace>> Open(const DataDir& dir);

  SystemClock clock;
  IdSource ids{clock};
  std::unique_ptr<store::Store> store;
  std::unique_ptr<auth::Auth> auth;
  std::unique_ptr<crm::Crm> crm;
  std::unique_ptr<crm::Attachments> attachments;
  std::unique_ptr<crm::ChangeFeed> feed;
  std::unique_ptr<crm::Automations> automations;
  std::unique_ptr<crm::Exports> exports;
  // Not started: the server starts it, and who imports from the command line.
  std::unique_ptr<crm::ImportJobs> imports;

  // The program itself, writing through `surface`.
  static crm::Caller System(std::string surface);
};

}  // namespace boathouse::app
