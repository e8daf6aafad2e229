#pragma once
// Private to crm/: whose records a role reaches, as a condition on them. docs/permissions.md says the
// rules in words:
//
//   own        owner_id is the caller (or created_by, where records have no owner); of users: oneself
//   team       also what belongs to people of the caller's team, of a team that the caller manages, or
//              below the caller in the chain of managers; and what waits in a queue of the caller's team
//   territory  also what lies in the caller's territory or below it, by itself or by its account
//   parts      (Object::belongs_to) follow the record that they are a part of
//   about      (related_object, related_id) who may read the record may read what is about it
//   reference  without owner, territory or parent: everybody who reads any reads all, and changes own

#include <optional>
#include <vector>

#include "base/result.h"
#include "crm/role.h"
#include "model/model.h"
#include "store/query.h"
#include "store/store.h"

namespace boathouse::crm {

// Beyond it people and territories are not listed one by one, and chains are followed only so far.
inline constexpr size_t reach_listed_max = 1000;
inline constexpr int reach_levels_max = 5;

// The people and territories that are somebody's, at one time.
struct Reach {
  Id user;
  std::optional<Id> team, territory;
  std::vector<model::Value> people;       // oneself first
  std::vector<model::Value> territories;  // empty without one
  bool lists_people = true;               // false: there are too many to list
  bool lists_territories = true;
};
Result<Reach> ReachOf(const Id& user, const model::Model& model, store::Reader& reader);

class RecordScope {
 public:
  // All outlive it.
  RecordScope(const Role& role, const model::Model& model, const Reach& reach)
      : role_(role), model_(model), reach_(reach) {}

  // The condition that the role's records of the object meet; nullopt: all of them.
  std::optional<store::Condition> Of(const model::Object& object, Action action) const {
    return Of(object, action, 0);
  }

 private:
  using Condition = store::Condition;

  std::optional<Condition> Of(const model::Object& object, Action action, int depth) const;
  std::optional<Condition> OfPart(const model::Object& object, size_t relation, Action action,
                                  int depth) const;
  // The relation points to one of the people.
  Condition OfPeople(const model::Object& object, size_t relation, Scope scope) const;
  Condition OfTerritories(const model::Object& object, size_t relation) const;
  // What the record is about is readable.
  void AddAbout(const model::Object& object, int depth, std::vector<Condition>* any) const;
  void AddOwn(const model::Object& object, Scope scope, std::vector<Condition>* any) const;
  void AddTerritory(const model::Object& object, std::vector<Condition>* any) const;

  const Role& role_;
  const model::Model& model_;
  const Reach& reach_;
};

// Whether the scope can be told for records of the object; of others everybody who reads any reads all.
bool IsReference(const model::Object& object);

// `condition`, about the record that `relation` of another object leads to.
store::Condition Behind(size_t relation, const model::Object& target, store::Condition condition);

}  // namespace boathouse::crm
