#include "crm/crm.h"

#include <algorithm>
#include <map>
#include <set>

#include "crm/crm_impl.h"
#include "crm/duplicates.h"
#include "crm/roles.h"
#include "crm/roll_ups.h"
#include "crm/sales/sales_rules.h"

namespace boathouse::crm {
namespace {

// In the order in which they see an edit.
Rules StandardRules() {
  Rules rules;
  rules.push_back(std::make_unique<UserRoleRule>());
  AddSalesRules(&rules);
  rules.push_back(std::make_unique<RollUpRule>());
  rules.push_back(std::make_unique<PartsRule>());
  return rules;
}

const model::Object* FindIn(const model::Model& model, std::string_view name) {
  const model::Object* object = model.Find(name);
  return object != nullptr ? object : model.FindPlural(name);
}

Error NoSuchObject(const model::Model& model, std::string_view name) {
  std::string known;
  for (const model::Object& candidate : model.objects()) {
    known += (known.empty() ? "" : ", ") + candidate.plural;
  }
  return Error(ErrorKind::kNotFound, "there is no object \"" + std::string(name.substr(0, 60)) +
                                         "\"; there are: " + known);
}

}  // namespace

Status CheckPageSize(size_t page_size) {
  if (page_size >= 1 && page_size <= page_size_max) return Status::Ok();
  return Error::Field("page_size", "out_of_range",
                      "page_size must be between 1 and " + std::to_string(page_size_max));
}

Error NoSuchRecord(const model::Object& object, const Id& id) {
  return Error(ErrorKind::kNotFound, "there is no " + object.name + " " + id.ToString());
}

Crm::Crm(store::Store& store, const Clock& clock, IdSource& ids, std::string page_token_secret)
    : impl_(std::unique_ptr<Impl>(
          new Impl{store, clock, ids, std::move(page_token_secret), StandardRules()})) {
  impl_->rules.push_back(MakeDuplicateGuard(*this));
}

Crm::~Crm() = default;

void Crm::AddRule(std::unique_ptr<Rule> rule) { impl_->rules.push_back(std::move(rule)); }

std::shared_ptr<const model::Model> Crm::model() const { return impl_->store.model(); }

std::shared_ptr<const model::Model> Crm::model(const Caller& caller) const {
  return impl_->permissions.ModelOf(caller);
}

Status Crm::Allow(const Caller& caller, const model::Object& object, Action action) const {
  return impl_->permissions.Allow(caller, object, action);
}

Status Crm::AllowAdministration(const Caller& caller, std::string_view what) const {
  return crm::AllowAdministration(caller, what);
}

Result<const model::Object*> Crm::FindObject(const Caller& caller, std::string_view name) const {
  const std::shared_ptr<const model::Model> seen = model(caller);
  if (const model::Object* object = FindIn(*seen, name)) return object;
  const std::shared_ptr<const model::Model> whole = impl_->store.model();
  if (const model::Object* object = FindIn(*whole, name)) {
    TRY(Allow(caller, *object, Action::kRead));
  }
  return NoSuchObject(*seen, name);
}

Result<const model::Object*> Crm::FindObject(std::string_view name) const {
  const std::shared_ptr<const model::Model> model = impl_->store.model();
  if (const model::Object* object = FindIn(*model, name)) return object;
  return NoSuchObject(*model, name);
}

Result<model::Record> Crm::Get(const Caller& caller, const model::Object& object, const Id& id) {
  // The role's model is older than the snapshot, as it must be (see store::Store::model).
  ASSIGN(Impl::Entrance entrance, impl_->Enter(caller, object, Action::kRead));
  ASSIGN(model::Record record, entrance.snapshot->Get(entrance.access.whole(), id));
  ASSIGN(const bool reached, entrance.access.Reaches(record, *entrance.snapshot));
  if (!reached) return NoSuchRecord(object, id);
  return entrance.access.Show(std::move(record));
}

Status Crm::Transact(const Caller& caller, const std::function<Status(Edit&)>& work) {
  return impl_->Transact(caller, work);
}

Result<model::Record> Crm::Create(const Caller& caller, const model::Object& object,
                                  const Json& fields) {
  model::Record created;
  TRY(impl_->Transact(caller, [&](Edit& edit) -> Status {
    ASSIGN(created, edit.Create(object, fields));
    return Status::Ok();
  }));
  return created;
}

Result<std::vector<model::Record>> Crm::BatchCreate(const Caller& caller,
                                                    const model::Object& object,
                                                    const JsonArray& items) {
  if (items.empty() || items.size() > batch_records_max) {
    return Error::Field("/items", "out_of_range",
                        "items must hold between 1 and " + std::to_string(batch_records_max) +
                            " records; this has " + std::to_string(items.size()));
  }
  std::vector<model::Record> created;
  TRY(impl_->Transact(caller, [&](Edit& edit) -> Status {
    created.clear();
    for (size_t i = 0; i < items.size(); ++i) {
      ASSIGN(model::Record record, edit.Create(object, items[i], "/items/" + std::to_string(i)));
      created.push_back(std::move(record));
    }
    return Status::Ok();
  }));
  return created;
}

Result<model::Record> Crm::Update(const Caller& caller, const model::Object& object, const Id& id,
                                  const Json& fields, std::optional<int64_t> expected_version) {
  model::Record updated;
  TRY(impl_->Transact(caller, [&](Edit& edit) -> Status {
    ASSIGN(updated, edit.Update(object, id, fields, expected_version));
    return Status::Ok();
  }));
  return updated;
}

Status Crm::Delete(const Caller& caller, const model::Object& object, const Id& id,
                   std::optional<int64_t> expected_version) {
  return impl_->Transact(caller,
                         [&](Edit& edit) { return edit.Delete(object, id, expected_version); });
}

Result<std::vector<std::pair<Id, Crm::RelatedTitle>>> Crm::RelatedTitles(
    const Caller& caller, const model::Object& object, const std::vector<model::Record>& records,
    const std::vector<size_t>& fields) {
  const std::shared_ptr<const model::Model> seen = model(caller);
  std::map<const model::Object*, std::set<Id>> wanted;
  for (const size_t field : fields) {
    const model::Object* related = seen->Find(object.fields.at(field).relation_object);
    if (related == nullptr || !Allow(caller, *related, Action::kRead).ok()) continue;
    for (const model::Record& record : records) {
      if (const Id* id = std::get_if<Id>(&record.At(field))) wanted[related].insert(*id);
    }
  }
  std::vector<std::pair<Id, RelatedTitle>> titles;
  for (const auto& [related, ids] : wanted) {
    ASSIGN(Impl::Entrance entrance, impl_->Enter(caller, *related, Action::kRead));
    const Access& access = entrance.access;
    ASSIGN(std::vector<model::Record> found,
           entrance.snapshot->GetMany(access.whole(), std::vector<Id>(ids.begin(), ids.end())));
    for (model::Record& record : found) {
      ASSIGN(const bool reached, access.Reaches(record, *entrance.snapshot));
      if (!reached) continue;
      const Id id = record.id();
      titles.emplace_back(
          id, RelatedTitle{related, model::TitleOf(*related, access.Show(std::move(record)))});
    }
  }
  return titles;
}

}  // namespace boathouse::crm
