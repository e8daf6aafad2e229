#pragma once
// A role: what those who have it may do, as data. docs/permissions.md is its manual.
//
//   {"name": "sales_rep", "label": "Sales rep", "description": "...",
//    "objects": {"*":       {"read": "all"},
//                "account": {"read": "territory", "create": true, "update": "own", "delete": "none",
//                            "export": true, "share": false, "fields": {"annual_revenue": "none"}}}}
//
// An object that is not named is as "*" says; a member that an entry leaves out is as in "*", and what
// stands nowhere is not allowed. Values; functions are pure.

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "crm/caller.h"
#include "model/model.h"

namespace boathouse::crm {

// Whose records. Each includes those before it.
enum class Scope { kNone, kOwn, kTeam, kTerritory, kAll };
std::string_view ScopeName(Scope scope);  // none, own, team, territory, all

enum class FieldAccess { kNone, kRead, kWrite };

inline constexpr size_t roles_max = 200;
inline constexpr size_t role_name_chars_max = 40;
inline constexpr size_t role_label_chars_max = 80;
inline constexpr size_t role_description_chars_max = 500;

// An entry of "objects"; what it leaves out is as in "*".
struct ObjectRule {
  std::optional<Scope> read, update, remove;
  std::optional<bool> create, may_export, share;
  std::map<std::string, FieldAccess, std::less<>> fields;  // by name; "*": those not named
};

class Role {
 public:
  // From a whole role, checked against the model: names that there are, and sense (what may be changed
  // may be read; who creates may fill in what is required). All that is wrong stands in one error, by
  // JSON pointers into the role.
  static Result<Role> Parse(const Json& json, const model::Model& model);
  // From what ToJson made and the store kept. What is not understood allows nothing.
  static Role FromStored(std::string_view name, const Json& json);
  // admin, member and viewer as every workspace begins with them, or nullopt.
  static std::optional<Role> BuiltIn(std::string_view name);
  static bool IsBuiltIn(std::string_view name);
  // Somebody whose role is gone: may do nothing.
  static Role Nobody(std::string_view name);

  const std::string& name() const { return name_; }
  const std::string& label() const { return label_; }
  bool is_admin() const { return name_ == auth::admin_role; }

  // Whose records of the object the role may read, update or delete; kExport and kShare reach as far as
  // reading; kCreate is kAll or kNone.
  Scope ScopeOf(std::string_view object, Action action) const;
  bool Allows(std::string_view object, Action action) const {
    return ScopeOf(object, action) != Scope::kNone;
  }
  // What it may do with a field. System fields are readable with their record. A computed field that is
  // not named is hidden when something that it is computed from is, and so is a copy in a part.
  FieldAccess AccessTo(const model::Model& model, const model::Object& object,
                       const model::Field& field) const {
    return AccessTo(model, object, field, 0);
  }
  // Whether its model is the whole one: it reads every object and field there is.
  bool SeesAll(const model::Model& model) const;

  // {"name", "label", "description", "built_in", "objects"}.
  Json ToJson() const;

 private:
  const ObjectRule* Entry(std::string_view object) const;
  // What the entry says, or else what "*" says.
  template <typename T>
  std::optional<T> Said(std::string_view object, std::optional<T> ObjectRule::* member) const;
  Scope ReadScope(std::string_view object) const;
  bool Flag(std::string_view object, std::optional<bool> ObjectRule::* member) const;
  FieldAccess AccessTo(const model::Model& model, const model::Object& object,
                       const model::Field& field, int depth) const;
  bool ShowsSources(const model::Model& model, const model::Object& object,
                    const model::Field& field, int depth) const;
  std::vector<FieldError> Nonsense(const model::Model& model) const;
  void CheckRequired(const model::Model& model, const model::Object& object, const std::string& at,
                     std::vector<FieldError>* wrong) const;

  std::string name_, label_, description_;
  std::map<std::string, ObjectRule, std::less<>> objects_;  // with "*"
};

// Fields of a user that only administrators change: who may do what hangs on them.
bool IsSecurityField(const model::Object& object, const model::Field& field);

// The part of `whole` that the role sees: without the objects and fields that it may not read; fields
// that it may not write are read_only. `reads` further says which objects (a token may be for few).
// Each object points to its whole one.
model::Model ModelOf(const Role& role, const model::Model& whole,
                     const std::function<bool(const model::Object&)>& reads);

}  // namespace boathouse::crm
