#include "crm/automation.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <mutex>

#include "auth/deferred_documents.h"
#include "base/log.h"
#include "crm/automation_definition.h"
#include "crm/match.h"
#include "crm/rule.h"
#include "crm/webhook_queue.h"

namespace boathouse::crm {
namespace {

constexpr const char* definitions = "automation";
constexpr const char* runs = "automation.run";
constexpr const char* turns = "automation.turn";  // whose turn it is, of each round robin
constexpr const char* surface = "automation";
constexpr Micros day_micros = 24LL * 3600 * 1'000'000;
constexpr size_t runs_page_max = 1000;
constexpr size_t runs_scanned_max = 10'000;

std::string RunKey(int64_t number) {
  char key[24];
  std::snprintf(key, sizeof key, "%016lld", static_cast<long long>(number));
  return key;
}

}  // namespace

struct Automations::Impl {
  Impl(store::Store& s, Crm& c, const Clock& k, IdSource& i)
      : store(s), crm(c), clock(k), ids(i), failures(s) {}

  store::Store& store;
  Crm& crm;
  const Clock& clock;
  IdSource& ids;
  // Raised after each change of the definitions: the rule reads them again.
  std::atomic<int64_t> revision{1};
  // A run that failed cannot be told of in the transaction that it undid.
  auth::DeferredDocuments failures;

  Status Change(const Caller& caller, const std::function<Status(store::Transaction&)>& change) {
    TRY(crm.AllowAdministration(caller, "see or change automations"));
    Status changed = store.Write(change);
    // Also when it failed: the rule may have read what was undone.
    revision.fetch_add(1);
    return changed;
  }
};

namespace {

// One automation at work on one record.
class Run {
 public:
  Run(RuleEdit& edit, IdSource& ids, const CompiledAutomation& automation, const Id& record)
      : edit_(edit), ids_(ids), automation_(automation), record_(record) {}

  Status Execute() {
    for (const AutomationAction& action : automation_.actions) {
      Status done = Perform(action);
      if (!done.ok()) {
        done.error().message = "the automation \"" + automation_.name + "\" could not " +
                               std::string(ActionName(action.kind)) + ": " + done.error().message;
        // Not the caller's input: its fields would point to what nobody sent.
        done.error().fields.clear();
        if (done.error().kind == ErrorKind::kInvalid) done.error().kind = ErrorKind::kConflict;
        return done;
      }
      performed_.Append(ActionName(action.kind));
    }
    return Status::Ok();
  }

  const Json& performed() const { return performed_; }

 private:
  Status Perform(const AutomationAction& action) {
    ASSIGN(const model::Record record, edit_.transaction().Get(*automation_.object, record_));
    switch (action.kind) {
      case AutomationAction::Kind::kSet:
        return Set(Filled(record, action.fields));
      case AutomationAction::Kind::kAssign:
        return Set(Json::Object({{"owner_id", action.users[0]}}));
      case AutomationAction::Kind::kRoundRobin:
        return AssignNext(action);
      case AutomationAction::Kind::kCreateActivity:
        return CreateActivity(action, record);
      case AutomationAction::Kind::kCallWebhook:
        return CallWebhook(action, record);
    }
    return Status::Ok();
  }

  Json Filled(const model::Record& record, const Json& fields) const {
    Json filled = Json::Object();
    for (const Json::Member& member : fields.members()) {
      filled.Set(member.first, FillPlaceholders(*automation_.object, record,
                                                edit_.transaction().now(), member.second));
    }
    return filled;
  }

  Status Set(const Json& fields) {
    TRY(edit_.Update(*automation_.object, record_, fields));
    return Status::Ok();
  }

  // The next of the users who is still there and active.
  Status AssignNext(const AutomationAction& action) {
    const model::Object& user = *edit_.model().Find("user");
    const size_t active = *user.IndexOf("is_active");
    ASSIGN(const std::optional<Json> turn, edit_.transaction().GetDocument(turns, automation_.id));
    const auto count = static_cast<int64_t>(action.users.size());
    const int64_t first = turn ? (*turn)["next"].AsInt().value_or(0) : 0;
    for (int64_t i = 0; i < count; ++i) {
      const int64_t at = (first + i) % count;
      const std::string& id = action.users[static_cast<size_t>(at)];
      const Result<model::Record> found = edit_.transaction().Get(user, *Id::Parse(id));
      if (!found.ok() && found.error().kind != ErrorKind::kNotFound) return found.error();
      if (!found.ok() || found->At(active) == model::Value(false)) continue;
      TRY(edit_.transaction().PutDocument(turns, automation_.id,
                                          Json::Object({{"next", (at + 1) % count}})));
      return Set(Json::Object({{"owner_id", id}}));
    }
    return Error(ErrorKind::kConflict, "none of its users is active");
  }

  Status CreateActivity(const AutomationAction& action, const model::Record& record) {
    const model::Object& object = *automation_.object;
    const model::Object& activity = *edit_.model().Find("activity");
    Json fields = Filled(record, action.fields);
    if (action.due_in_days) {
      fields.Set("due_at",
                 FormatDateTime(edit_.transaction().now() + *action.due_in_days * day_micros));
    }
    // About the record, by the relation of its own where activities have one.
    const model::Field* relation = activity.Find(object.name + "_id");
    if (relation != nullptr && relation->relation_object == object.name) {
      fields.Set(relation->name, record_.ToString());
    } else {
      fields.Set("related_object", object.name);
      fields.Set("related_id", record_.ToString());
    }
    const auto owner = object.IndexOf("owner_id");
    if (owner && fields.Find("owner_id") == nullptr && !model::IsNull(record.At(*owner))) {
      fields.Set("owner_id", model::ToText(record.At(*owner)));
    }
    TRY(edit_.Create(activity, fields));
    return Status::Ok();
  }

  Status CallWebhook(const AutomationAction& action, const model::Record& record) {
    const model::Object& object = *automation_.object;
    return QueueForWebhook(edit_.transaction(), action.webhook, ids_.Next().ToString(),
                           Json::Object({{"type", "automation.fired"},
                                         {"at", FormatDateTime(edit_.transaction().now())},
                                         {"automation_id", automation_.id},
                                         {"automation", automation_.name},
                                         {"object", object.name},
                                         {"id", record_.ToString()},
                                         {"record", model::RecordToJson(object, record)}}));
  }

  RuleEdit& edit_;
  IdSource& ids_;
  const CompiledAutomation& automation_;
  const Id record_;
  Json performed_ = Json::Array();
};

}  // namespace

class AutomationRule final : public Rule {
 public:
  explicit AutomationRule(std::shared_ptr<Automations::Impl> shared) : shared_(std::move(shared)) {}

  Status Follow(RuleEdit& edit, const model::Object& object, store::Operation operation,
                const model::Record& before, const model::Record& after) override {
    if (operation == store::Operation::kDelete) return Status::Ok();
    TRY(Refresh(edit));
    const auto found = by_object_.find(object.name);
    if (found == by_object_.end()) return Status::Ok();
    // A copy of the pointer: what runs may not vanish below its feet.
    const std::shared_ptr<const List> list = found->second;
    for (const CompiledAutomation& automation : *list) {
      ASSIGN(const bool fires, Fires(edit, automation, operation, before, after));
      if (fires) TRY(Fire(edit, automation, after.id()));
    }
    return Status::Ok();
  }

 private:
  using List = std::vector<CompiledAutomation>;

  // Reads the definitions, when they or the model have changed.
  Status Refresh(RuleEdit& edit) {
    const int64_t revision = shared_->revision.load();
    if (revision == revision_ && &edit.model() == model_) return Status::Ok();
    ASSIGN(const auto documents, edit.transaction().ListDocuments(definitions));
    std::map<std::string, List> lists;
    for (const auto& [id, definition] : documents) {
      Result<CompiledAutomation> compiled = CompileAutomation(edit.model(), id, definition);
      if (!compiled.ok()) {
        Log(LogLevel::kError, "automation_is_broken",
            {{"automation", id}, {"error", compiled.error().message}});
        continue;
      }
      if (compiled->is_active) lists[compiled->object->name].push_back(std::move(*compiled));
    }
    by_object_.clear();
    for (auto& [object, list] : lists) {
      // Ids sort by the time of creation.
      std::stable_sort(list.begin(), list.end(),
                       [](const auto& a, const auto& b) { return a.position < b.position; });
      by_object_.emplace(object, std::make_shared<const List>(std::move(list)));
    }
    revision_ = revision;
    model_ = &edit.model();
    return Status::Ok();
  }

  static Result<bool> Fires(RuleEdit& edit, const CompiledAutomation& automation,
                            store::Operation operation, const model::Record& before,
                            const model::Record& after) {
    const bool is_create = operation == store::Operation::kCreate;
    if (is_create ? !automation.on_create : !automation.on_update) return false;
    const auto differs = [&](size_t field) { return before.At(field) != after.At(field); };
    if (!is_create && !automation.changed.empty() &&
        std::none_of(automation.changed.begin(), automation.changed.end(), differs)) {
      return false;
    }
    if (!automation.condition) return true;
    ASSIGN(const bool holds,
           Matches(*automation.condition, *automation.object, after, edit.transaction()));
    if (!holds || is_create || automation.every_time || !automation.changed.empty()) return holds;
    ASSIGN(const bool held,
           Matches(*automation.condition, *automation.object, before, edit.transaction()));
    return !held;
  }

  Status Fire(RuleEdit& edit, const CompiledAutomation& automation, const Id& record) {
    const std::pair<std::string, Id> work(automation.id, record);
    // What it changes itself is no news to it.
    if (!at_work_.empty() && at_work_.back() == work) return Status::Ok();
    if (std::find(at_work_.begin(), at_work_.end(), work) != at_work_.end()) {
      TRY(NumberRuns(edit));
      return Note(edit, automation, record, "skipped", Json::Array(),
                  "it is at work on this record already: a loop");
    }
    TRY(NumberRuns(edit));
    at_work_.push_back(work);
    const std::string before = edit.WriteThrough(surface);
    Run run(edit, shared_->ids, automation, record);
    Status done = run.Execute();
    [[maybe_unused]] const std::string ours = edit.WriteThrough(before);
    at_work_.pop_back();
    if (done.ok()) return Note(edit, automation, record, "done", run.performed(), "");
    const Json entry =
        Entry(edit, automation, record, "failed", run.performed(), done.error().message);
    // Behind the run that would be next. The same key when the transaction is tried once more.
    shared_->failures.Put(runs, RunKey(next_run_) + "-" + record.ToString(), entry);
    return done;
  }

  static Json Entry(RuleEdit& edit, const CompiledAutomation& automation, const Id& record,
                    const char* outcome, const Json& performed, const std::string& error) {
    Json entry = Json::Object({{"automation_id", automation.id},
                               {"name", automation.name},
                               {"at", FormatDateTime(edit.transaction().now())},
                               {"object", automation.object->name},
                               {"id", record.ToString()},
                               {"outcome", outcome},
                               {"actions", performed}});
    if (!error.empty()) entry.Set("error", error);
    return entry;
  }

  // Finds out what the next run's number is.
  Status NumberRuns(RuleEdit& edit) {
    if (next_run_ > 0) return Status::Ok();
    store::DocumentRange last;
    last.limit = 1;
    last.descending = true;
    ASSIGN(const auto newest, edit.transaction().ListDocuments(runs, last));
    next_run_ = newest.empty() ? 1 : std::stoll(newest[0].first) + 1;
    return Status::Ok();
  }

  // Adds to the log of runs, which is a ring: the oldest make room.
  Status Note(RuleEdit& edit, const CompiledAutomation& automation, const Id& record,
              const char* outcome, const Json& performed, const std::string& error) {
    store::Transaction& transaction = edit.transaction();
    TRY(transaction.PutDocument(runs, RunKey(next_run_),
                                Entry(edit, automation, record, outcome, performed, error)));
    ++next_run_;
    if (next_run_ > static_cast<int64_t>(automation_runs_max)) {
      store::DocumentRange old;
      old.before = RunKey(next_run_ - static_cast<int64_t>(automation_runs_max));
      old.limit = 4;  // one comes, at most these go: the ring shrinks back also after failures
      ASSIGN(const auto oldest, transaction.ListDocuments(runs, old));
      for (const auto& [key, body] : oldest) TRY(transaction.DeleteDocument(runs, key));
    }
    return Status::Ok();
  }

  const std::shared_ptr<Automations::Impl> shared_;
  // Of the writer's thread.
  int64_t revision_ = 0;
  const model::Model* model_ = nullptr;
  std::map<std::string, std::shared_ptr<const List>, std::less<>> by_object_;
  // Automations and their records, the innermost last; empty between edits.
  std::vector<std::pair<std::string, Id>> at_work_;
  int64_t next_run_ = 0;  // 0: not known yet. Numbers of runs that were undone are left out.
};

Automations::Automations(store::Store& store, Crm& crm, const Clock& clock, IdSource& ids)
    : impl_(std::make_shared<Impl>(store, crm, clock, ids)) {
  crm.AddRule(std::make_unique<AutomationRule>(impl_));
}

Automations::~Automations() = default;

Result<Automation> Automations::Create(const Caller& caller, const Json& definition) {
  TRY(impl_->crm.AllowAdministration(caller, "see or change automations"));
  Automation made;
  ASSIGN(made.definition, CompleteAutomation(*impl_->crm.model(), definition));
  made.id = impl_->ids.Next().ToString();
  TRY(impl_->Change(caller, [&](store::Transaction& transaction) -> Status {
    ASSIGN(const auto there, transaction.ListDocuments(definitions));
    if (there.size() >= automations_max) {
      return Error(ErrorKind::kConflict,
                   "there may be at most " + std::to_string(automations_max) + " automations");
    }
    return transaction.PutDocument(definitions, made.id, made.definition);
  }));
  return made;
}

Result<std::vector<Automation>> Automations::List(const Caller& caller) {
  TRY(impl_->crm.AllowAdministration(caller, "see or change automations"));
  ASSIGN(const std::unique_ptr<store::Snapshot> snapshot, impl_->store.Read());
  ASSIGN(const auto documents, snapshot->ListDocuments(definitions));
  std::vector<Automation> list;
  for (const auto& [id, definition] : documents) list.push_back({id, definition});
  std::stable_sort(list.begin(), list.end(), [](const Automation& a, const Automation& b) {
    return a.definition["position"].AsInt() < b.definition["position"].AsInt();
  });
  return list;
}

Result<Automation> Automations::Get(const Caller& caller, std::string_view id) {
  TRY(impl_->crm.AllowAdministration(caller, "see or change automations"));
  ASSIGN(const std::unique_ptr<store::Snapshot> snapshot, impl_->store.Read());
  ASSIGN(const std::optional<Json> definition, snapshot->GetDocument(definitions, id));
  if (!definition) {
    return Error(ErrorKind::kNotFound, "there is no automation " + std::string(id.substr(0, 60)));
  }
  return Automation{std::string(id), *definition};
}

Result<Automation> Automations::Update(const Caller& caller, std::string_view id,
                                       const Json& patch) {
  Automation updated;
  TRY(impl_->Change(caller, [&](store::Transaction& transaction) -> Status {
    ASSIGN(const std::optional<Json> stored, transaction.GetDocument(definitions, id));
    if (!stored) {
      return Error(ErrorKind::kNotFound, "there is no automation " + std::string(id.substr(0, 60)));
    }
    if (!patch.is_object()) {
      return Error::Field("/", "wrong_type", "expected a JSON object with what changes");
    }
    Json merged = *stored;
    for (const Json::Member& member : patch.members()) {
      if (member.second.is_null()) {
        merged.Remove(member.first);  // back to its default
      } else {
        merged.Set(member.first, member.second);
      }
    }
    ASSIGN(updated.definition, CompleteAutomation(*impl_->crm.model(), merged));
    updated.id = id;
    return transaction.PutDocument(definitions, id, updated.definition);
  }));
  return updated;
}

Status Automations::Remove(const Caller& caller, std::string_view id) {
  return impl_->Change(caller, [&](store::Transaction& transaction) -> Status {
    ASSIGN(const std::optional<Json> stored, transaction.GetDocument(definitions, id));
    if (!stored) {
      return Error(ErrorKind::kNotFound, "there is no automation " + std::string(id.substr(0, 60)));
    }
    TRY(transaction.DeleteDocument(turns, id));
    return transaction.DeleteDocument(definitions, id);
  });
}

Result<std::vector<AutomationRun>> Automations::Runs(const Caller& caller,
                                                     std::string_view automation,
                                                     std::string_view before, size_t limit) {
  TRY(impl_->crm.AllowAdministration(caller, "see the runs of automations"));
  if (limit < 1 || limit > runs_page_max) {
    return Error::Field("page_size", "out_of_range",
                        "page_size must be between 1 and " + std::to_string(runs_page_max));
  }
  TRY(impl_->failures.Flush());
  ASSIGN(const std::unique_ptr<store::Snapshot> snapshot, impl_->store.Read());
  store::DocumentRange range;
  range.before = before;
  range.limit = automation.empty() ? limit : runs_scanned_max;
  range.descending = true;
  ASSIGN(auto documents, snapshot->ListDocuments(runs, range));
  std::vector<AutomationRun> page;
  for (auto& [key, entry] : documents) {
    if (!automation.empty() && entry["automation_id"].AsString() != automation) continue;
    page.push_back({key, std::move(entry)});
    if (page.size() == limit) break;
  }
  return page;
}

}  // namespace boathouse::crm
