#pragma once
// What an API token may be used for. Scopes only ever narrow: a token reaches where its user may and
// its scopes allow. The grammar is closed:
//
//   admin              everything its user may do; the only scope that makes tokens, users and settings
//   read               reading records of every object, and asking about them
//   write              reading and changing records of every object
//   export             reading and exporting records of every object
//   <plural>:read      the same, of one object: accounts:read, contacts:write, opportunities:export
//
// A value; its functions are pure.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "model/model.h"

namespace boathouse::auth {

enum class ScopeAction { kRead, kWrite, kExport };

inline constexpr size_t scopes_max = 64;  // of one token

class Scopes {
 public:
  // Everything its user may do.
  static Scopes Everything();

  // From the texts of a request. Objects are looked up in `model`. An error names the entry by its
  // pointer below `pointer` ("/scopes" gives "/scopes/2") and says what scopes there are.
  static Result<Scopes> Parse(const Json& list, const model::Model& model,
                              std::string_view pointer);
  // From what ToJson made and the store kept; what is not understood allows nothing.
  static Scopes FromStored(const Json& list);

  // Whether they allow that action on the records of the object of that plural name.
  bool Allows(std::string_view plural, ScopeAction action) const;
  // Whether they allow it on every object there is and will be.
  bool AllowsAll(ScopeAction action) const;
  // Whether they allow what is not about records: tokens, users' security, settings, the model.
  bool AllowsAdmin() const { return admin_; }

  // Sorted, each once, none that another includes.
  const std::vector<std::string>& names() const { return names_; }
  Json ToJson() const;
  bool operator==(const Scopes& other) const { return names_ == other.names_; }

 private:
  void Add(std::string_view name);
  void Tidy();

  bool admin_ = false;
  std::vector<std::string> names_;
};

// Every scope that a workspace with this model knows, the general ones first.
std::vector<std::string> KnownScopes(const model::Model& model);

}  // namespace boathouse::auth
