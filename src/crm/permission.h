#pragma once
// Who may do what: the one place where permissions are decided. Every verb of the CRM enters an object
// here and gets an Access, which says what the caller sees of it and which records it reaches; nothing
// else in the tree needs to know about roles. Safe to use from many threads.

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "crm/caller.h"
#include "crm/record_scope.h"
#include "crm/role.h"
#include "model/model.h"
#include "store/query.h"
#include "store/store.h"

namespace boathouse::crm {

// What the holders of a role (with a token of some scopes) see of one version of the model.
struct Sight {
  std::shared_ptr<const Role> role;
  std::shared_ptr<const model::Model> whole;
  std::shared_ptr<const model::Model> seen;  // the whole one itself when nothing is hidden
  bool reaches_all = false;  // no record is out of reach of what the role may do at all
};

// One caller's way into one object, for one action. Three shapes of the object play a part: the one that
// was handed in (records are answered in its layout), the one that the role sees (what people write is
// read by it), and the whole one that the store knows. For most callers they are one and the same.
class Access {
 public:
  const model::Object& whole() const { return *whole_; }
  const model::Object& seen() const { return *seen_; }
  const model::Model& seen_model() const { return *sight_->seen; }
  // Records go out as they are.
  bool shows_all() const { return given_ == whole_ && seen_ == whole_; }

  // Some records, of whichever object, are out of the caller's reach.
  bool limits_records() const { return people_ != nullptr; }
  // The records that the action reaches; nullopt: all of them.
  const std::optional<store::Condition>& reach() const { return reach_; }
  // The condition AND-ed with it.
  void Narrow(std::optional<store::Condition>* where) const;
  // Whether the action reaches this (whole) record.
  Result<bool> Reaches(const model::Record& record, store::Reader& reader) const;

  // A field, a condition, an order of the seen object as one of the whole object.
  size_t WholeField(size_t seen_field) const {
    return seen_->whole != nullptr ? seen_->whole_fields.at(seen_field) : seen_field;
  }
  store::Condition WholeCondition(store::Condition condition) const;
  store::OrderBy WholeOrder(store::OrderBy order) const;
  // What a related record must meet to be seen by the caller (see FilterScope and store::Step); nullopt:
  // all are.
  std::optional<store::Condition> Visible(const model::Object& related) const;

  // A whole record in the layout that was asked for, without what is denied.
  model::Record Show(model::Record record) const;
  // The members of a change that are fields the caller sees.
  Json ShowChanges(Json changes) const;

 private:
  friend class Permissions;

  std::shared_ptr<const Sight> sight_;
  std::shared_ptr<const Reach> people_;  // nullptr when every record is in reach
  Action action_ = Action::kRead;
  const model::Object* given_ = nullptr;
  const model::Object* seen_ = nullptr;
  const model::Object* whole_ = nullptr;
  std::optional<store::Condition> reach_;
};

class Permissions {
 public:
  explicit Permissions(store::Store& store);

  // The model as the caller sees it (see Crm::model).
  std::shared_ptr<const model::Model> ModelOf(const Caller& caller) const {
    return SightOf(caller)->seen;
  }
  std::shared_ptr<const Role> RoleOf(const Caller& caller) const { return SightOf(caller)->role; }

  // Whether the caller may do that with the object at all: its role, and the scopes of its token.
  // kForbidden names the action, the object and the role.
  Status Allow(const Caller& caller, const model::Object& object, Action action) const;

  // Allow, and what follows from it for the object's records. `object` may be of the caller's model or
  // of the whole one. In two steps where a snapshot is opened in between (see store::Store::model): what
  // the caller sees, and then which records it reaches.
  Result<Access> Enter(const Caller& caller, const model::Object& object, Action action) const;
  Status SetReach(const Caller& caller, store::Reader& reader, Access* access) const;
  Result<Access> Enter(const Caller& caller, const model::Object& object, Action action,
                       store::Reader& reader) const {
    ASSIGN(Access access, Enter(caller, object, action));
    TRY(SetReach(caller, reader, &access));
    return access;
  }
  // The program itself: sees and reaches everything.
  Access EnterAsProgram(const model::Object& object) const;

  // Roles were written: they count from the next request on. An error leaves things as they were.
  Status Reload();

 private:
  struct KnownReach {
    std::shared_ptr<const Reach> reach;
    store::Sequence changes = 0;  // of users, teams and territories
  };

  std::shared_ptr<const Sight> SightOf(const Caller& caller) const;
  std::shared_ptr<const Sight> MakeSight(const Caller& caller,
                                         const std::shared_ptr<const model::Model>& whole) const;
  Result<std::shared_ptr<const Reach>> PeopleOf(const Caller& caller, const model::Model& model,
                                                store::Reader& reader) const;
  void Retire(std::shared_ptr<const Sight> sight) const;  // mutex_ is held

  store::Store& store_;
  std::mutex reload_mutex_;
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const Role>, std::less<>> roles_;
  mutable std::map<std::string, std::shared_ptr<const Sight>, std::less<>> sights_;
  // Models that requests under way may still use.
  mutable std::vector<std::pair<Micros, std::shared_ptr<const Sight>>> retired_;
  mutable std::mutex reach_mutex_;
  mutable std::unordered_map<std::string, KnownReach> reaches_;  // by user
};

// What belongs to administrators; `what` completes "may not ...".
Status AllowAdministration(const Caller& caller, std::string_view what);

inline constexpr std::string_view role_documents = "crm.role";  // the collection, by name

}  // namespace boathouse::crm
