#pragma once
// The only gate to records: every surface reads and writes them here, and permissions, validation
// and history are decided here and nowhere else. Safe to use from many threads.
//
// Filters are a subset of AIP-160: `stage = "won" AND (amount >= 1000 OR name:"acme")`, NOT and
// `-`,
// `= null`, comparisons on every field, `:` has (text contains), `*` wildcards at either end of a
// quoted string. Order is `field [asc|desc], ...`.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.h"
#include "base/json.h"
#include "base/result.h"
#include "crm/caller.h"
#include "model/model.h"
#include "store/store.h"

namespace boathouse::crm {

inline constexpr size_t page_size_default = 50;
inline constexpr size_t page_size_max = 1000;
inline constexpr size_t batch_records_max = 1000;
inline constexpr size_t filter_chars_max = 16384;
inline constexpr size_t filter_depth_max = 50;
inline constexpr size_t filter_terms_max = 500;
inline constexpr size_t order_fields_max = 8;
inline constexpr size_t search_chars_max = 200;

struct ListRequest {
  std::string filter;
  std::string order_by;
  size_t page_size = page_size_default;  // 1 to page_size_max, else kInvalid
  std::string page_token;                // from ListPage; bound to object, filter, order and text
  std::string text;                      // full text within the object
  bool include_total = false;
};

struct ListPage {
  std::vector<model::Record> records;
  std::string next_page_token;  // "" at the end
  std::optional<int64_t> total_size;
};

struct SearchHit {
  const model::Object* object;
  Id id;
  std::string title;
  std::string subtitle;  // the first other non-empty searchable field
};

struct HistoryEntry {
  store::Change change;  // of the record, or of one that was merged into it
  std::string actor_name;
  bool restores = false;  // a create that brought a deleted record back
};
struct HistoryPage {
  std::vector<HistoryEntry> entries;  // newest first
  std::string next_page_token;
};

// Several edits in one transaction, with the same validation and permissions as single ones.
// Belongs to the closure it was handed to.
class Edit {
 public:
  virtual ~Edit() = default;
  // `fields`: a JSON object of writable fields. Errors carry JSON pointers below `pointer`.
  virtual Result<model::Record> Create(const model::Object& object, const Json& fields,
                                       const std::string& pointer = "") = 0;
  // A merge patch: only the members that stand in `fields` change; null empties a field.
  // `expected_version`: kConflict when the record has another.
  virtual Result<model::Record> Update(const model::Object& object, const Id& id,
                                       const Json& fields,
                                       std::optional<int64_t> expected_version = std::nullopt,
                                       const std::string& pointer = "") = 0;
  virtual Status Delete(const model::Object& object, const Id& id,
                        std::optional<int64_t> expected_version = std::nullopt) = 0;
  virtual Result<model::Record> Get(const model::Object& object, const Id& id) = 0;
  // The record whose field equals the value, or nullopt.
  virtual Result<std::optional<Id>> Find(const model::Object& object, std::string_view field,
                                         const model::Value& value) = 0;
};

class Rule;

class Crm {
 public:
  Crm(store::Store& store, const Clock& clock, IdSource& ids, std::string page_token_secret);
  ~Crm();

  // The workspace's whole model: for the program itself.
  std::shared_ptr<const model::Model> model() const;
  // The model as the caller's role sees it: without the objects and fields that it may not read; what it
  // may read but not write is read_only. Surfaces show nothing else and take their objects from it, which
  // is all they need to know about permissions: every verb below answers with records of the object that
  // it was handed. Hold it as long as its objects are in use.
  std::shared_ptr<const model::Model> model(const Caller& caller) const;

  // Whether the caller may do that with the object at all, whichever records it may reach. kForbidden
  // names the action, the object and the role.
  Status Allow(const Caller& caller, const model::Object& object, Action action) const;
  // Administrators only: roles, users, credentials of others, settings, the model. `what` completes
  // "may not ...".
  Status AllowAdministration(const Caller& caller, std::string_view what) const;

  // Adds an object or a field, or changes a label (see model/change.h). Administrators only. The next
  // request sees it everywhere.
  Status ChangeModel(const Caller& caller, const Json& change);
  // Fills computed fields whose records are not all filled: after an upgrade, or a change cut off. Asked at
  // the start, before anybody else.
  Status FinishModelChanges();

  // The object by singular or collection name. kNotFound names the objects there are. With a caller: of
  // the caller's model; kForbidden when there is one that the role may not read.
  Result<const model::Object*> FindObject(std::string_view name) const;
  Result<const model::Object*> FindObject(const Caller& caller, std::string_view name) const;

  Result<model::Record> Get(const Caller& caller, const model::Object& object, const Id& id);
  Result<ListPage> List(const Caller& caller, const model::Object& object,
                        const ListRequest& request);
  Result<model::Record> Create(const Caller& caller, const model::Object& object,
                               const Json& fields);
  // All or none; errors point into the array ("/items/3/amount").
  Result<std::vector<model::Record>> BatchCreate(const Caller& caller, const model::Object& object,
                                                 const JsonArray& items);
  Result<model::Record> Update(const Caller& caller, const model::Object& object, const Id& id,
                               const Json& fields, std::optional<int64_t> expected_version);
  Status Delete(const Caller& caller, const model::Object& object, const Id& id,
                std::optional<int64_t> expected_version);
  Result<std::vector<SearchHit>> Search(const Caller& caller, std::string_view text,
                                        const std::vector<const model::Object*>& objects,
                                        size_t limit);
  Result<HistoryPage> History(const Caller& caller, const model::Object& object, const Id& id,
                              size_t page_size, std::string_view page_token);
  // Titles of the records that `fields` (relation fields of the object) of these records point to.
  struct RelatedTitle {
    const model::Object* object;
    std::string title;
  };
  Result<std::vector<std::pair<Id, RelatedTitle>>> RelatedTitles(
      const Caller& caller, const model::Object& object, const std::vector<model::Record>& records,
      const std::vector<size_t>& fields);

  // Runs `work` in one transaction; an error from it undoes everything. It may be run twice (see
  // store::Store::Write).
  Status Transact(const Caller& caller, const std::function<Status(Edit&)>& work);

  // Adds a rule behind those there are (see rule.h). Before the first edit only.
  void AddRule(std::unique_ptr<Rule> rule);

  // For the other files of crm/ (see crm_impl.h).
  struct Impl;
  Impl& impl() { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace boathouse::crm
