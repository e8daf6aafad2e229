#include "crm/crm.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/bytes.h"
#include "crm/crm_impl.h"
#include "crm/filter.h"
#include "crm/list_position.h"
#include "crm/page_token.h"
#include "crm/permission.h"

namespace boathouse::crm {
namespace {

// In the order in which they see an edit.
Rules StandardRules() {
  Rules rules;
  return rules;
}

Status CheckSearchText(std::string_view text) {
  if (text.size() > search_chars_max) {
    return Error::Field("q", "too_long",
                        "q may have at most " + std::to_string(search_chars_max) + " characters");
  }
  if (!IsUtf8(text) || text.find('\0') != std::string_view::npos) {
    return Error::Field("q", "wrong_format", "q must be UTF-8 without NUL characters");
  }
  return Status::Ok();
}

// What a page token is bound to. Unit separators keep the parts apart.
std::string DescribeList(const model::Object& object, const ListRequest& request) {
  return object.name + '\x1f' + request.filter + '\x1f' + request.order_by + '\x1f' + request.text;
}

std::string SubtitleOf(const model::Object& object, const model::Record& record) {
  const size_t title = object.title_index();
  for (size_t i = 0; i < object.fields.size(); ++i) {
    const model::Field& field = object.fields[i];
    if (i == title || !field.searchable || field.type == model::FieldType::kLongText) continue;
    std::string text = model::ToText(record.At(i));
    if (!text.empty()) return text;
  }
  return {};
}

bool StartsWithFolded(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() &&
         AsciiLower(text.substr(0, prefix.size())) == AsciiLower(prefix);
}

}  // namespace

Status CheckPageSize(size_t page_size) {
  if (page_size >= 1 && page_size <= page_size_max) return Status::Ok();
  return Error::Field("page_size", "out_of_range",
                      "page_size must be between 1 and " + std::to_string(page_size_max));
}

Crm::Crm(store::Store& store, const Clock& clock, IdSource& ids, std::string page_token_secret)
    : impl_(std::unique_ptr<Impl>(new Impl{store, clock, ids, std::move(page_token_secret), StandardRules()})) {}

Crm::~Crm() = default;

std::shared_ptr<const model::Model> Crm::model() const { return impl_->store.model(); }

std::shared_ptr<const model::Model> Crm::model(const Caller&) const { return impl_->store.model(); }

Status Crm::Allow(const Caller& caller, const model::Object& object, Action action) const {
  return crm::Allow(caller, object, action);
}

Status Crm::AllowAdministration(const Caller& caller, std::string_view what) const {
  return crm::AllowAdministration(caller, what);
}

Result<const model::Object*> Crm::FindObject(const Caller& caller, std::string_view name) const {
  ASSIGN(const model::Object* object, FindObject(name));
  TRY(crm::Allow(caller, *object, Action::kRead));
  return object;
}

Status Crm::ChangeModel(const Caller& caller, const Json& change) {
  TRY(AllowAdministration(caller, "change objects and fields"));
  return impl_->store.ChangeModel(change);
}

Result<const model::Object*> Crm::FindObject(std::string_view name) const {
  const std::shared_ptr<const model::Model> model = impl_->store.model();
  const model::Object* object = model->Find(name);
  if (object == nullptr) object = model->FindPlural(name);
  if (object != nullptr) return object;
  std::string known;
  for (const model::Object& candidate : model->objects()) {
    known += (known.empty() ? "" : ", ") + candidate.plural;
  }
  return Error(ErrorKind::kNotFound, "there is no object \"" + std::string(name.substr(0, 60)) +
                                         "\"; there are: " + known);
}

Result<model::Record> Crm::Get(const Caller& caller, const model::Object& object, const Id& id) {
  TRY(crm::Allow(caller, object, Action::kRead));
  ASSIGN(const std::unique_ptr<store::Snapshot> snapshot, impl_->store.Read());
  return snapshot->Get(object, id);
}

Result<ListPage> Crm::List(const Caller& caller, const model::Object& object,
                           const ListRequest& request) {
  TRY(crm::Allow(caller, object, Action::kRead));
  TRY(CheckPageSize(request.page_size));
  TRY(CheckSearchText(request.text));
  const std::shared_ptr<const model::Model> model = this->model(caller);
  const FilterScope scope{caller.principal.user, impl_->clock.Now(), {}};
  store::Query query;
  query.object = &object;
  query.text = request.text;
  if (!request.filter.empty()) {
    ASSIGN(query.where, ParseFilter(*model, object, request.filter, scope));
  }
  ASSIGN(query.order, ParseOrderBy(*model, object, request.order_by, scope));
  const std::string list = DescribeList(object, request);
  if (!request.page_token.empty()) {
    ASSIGN(const Json position, ReadPageToken(impl_->secret, list, request.page_token));
    ASSIGN(query.after, ReadPosition(query, position));
  }
  query.limit = request.page_size + 1;  // one more tells whether there is a next page

  ASSIGN(const std::unique_ptr<store::Snapshot> snapshot, impl_->store.Read());
  ListPage page;
  ASSIGN(page.records, snapshot->List(query));
  if (page.records.size() > request.page_size) {
    page.records.pop_back();
    ASSIGN(const Json position, PositionOf(query, page.records.back(), *snapshot));
    page.next_page_token = MakePageToken(impl_->secret, list, position);
  }
  if (request.include_total) {
    ASSIGN(page.total_size, snapshot->Count(query));
  }
  return page;
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

Result<std::vector<SearchHit>> Crm::Search(const Caller& caller, std::string_view text,
                                           const std::vector<const model::Object*>& objects,
                                           size_t limit) {
  TRY(CheckSearchText(text));
  if (TrimAscii(text).empty())
    return Error::Field("q", "required", "q is required: what to look for");
  if (limit < 1 || limit > page_size_max) return CheckPageSize(limit).error();
  const std::shared_ptr<const model::Model> model = impl_->store.model();
  std::vector<const model::Object*> among;
  for (const model::Object* object : objects) {
    if (std::find(among.begin(), among.end(), object) == among.end()) among.push_back(object);
  }
  if (among.empty()) {
    for (const model::Object& object : model->objects()) among.push_back(&object);
  }
  ASSIGN(const std::unique_ptr<store::Snapshot> snapshot, impl_->store.Read());
  std::vector<SearchHit> hits;
  for (const model::Object* object : among) {
    if (!crm::Allow(caller, *object, Action::kRead).ok()) continue;
    ASSIGN(const std::vector<Id> ids, snapshot->Search(*object, text, limit));
    for (const Id& id : ids) {
      ASSIGN(const model::Record record, snapshot->Get(*object, id));
      hits.push_back({object, id, model::TitleOf(*object, record), SubtitleOf(*object, record)});
    }
  }
  // Ranks of different objects do not compare; a title that begins with the text is what people
  // mean.
  const std::string_view wanted = TrimAscii(text);
  std::stable_partition(hits.begin(), hits.end(),
                        [&](const SearchHit& hit) { return StartsWithFolded(hit.title, wanted); });
  if (hits.size() > limit) hits.resize(limit);
  return hits;
}

Result<std::vector<std::pair<Id, Crm::RelatedTitle>>> Crm::RelatedTitles(
    const Caller& caller, const model::Object& object, const std::vector<model::Record>& records,
    const std::vector<size_t>& fields) {
  const std::shared_ptr<const model::Model> model = impl_->store.model();
  std::map<const model::Object*, std::set<Id>> wanted;
  for (const size_t field : fields) {
    const model::Object* related = model->Find(object.fields.at(field).relation_object);
    if (related == nullptr || !crm::Allow(caller, *related, Action::kRead).ok()) continue;
    for (const model::Record& record : records) {
      if (const Id* id = std::get_if<Id>(&record.At(field))) wanted[related].insert(*id);
    }
  }
  std::vector<std::pair<Id, RelatedTitle>> titles;
  ASSIGN(const std::unique_ptr<store::Snapshot> snapshot, impl_->store.Read());
  for (const auto& [related, ids] : wanted) {
    ASSIGN(const std::vector<model::Record> found,
           snapshot->GetMany(*related, std::vector<Id>(ids.begin(), ids.end())));
    for (const model::Record& record : found) {
      titles.emplace_back(record.id(), RelatedTitle{related, model::TitleOf(*related, record)});
    }
  }
  return titles;
}

}  // namespace boathouse::crm
