#pragma once
// Rules that say which records mean the same thing: data of the workspace, changed by administrators.
//
//   {"id": "contact-phone", "object": "contact", "action": "warn", "is_active": true,
//    "match": [{"field": "phone", "method": "phone"}, {"field": "last_name", "method": "name"}]}
//
// Records match when all members of "match" do (see model/match_key.h); a rule has an index of its own.
// docs/duplicates.md is the manual. Values; safe to use from many threads.

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "model/match_key.h"
#include "model/model.h"
#include "store/store.h"

namespace boathouse::crm {

inline constexpr size_t duplicate_rules_max = 200;  // of a workspace
inline constexpr size_t match_fields_max = 5;       // of a rule

enum class DuplicateAction { kWarn, kBlock };

struct DuplicateRule {
  struct Term {
    std::string field;
    model::MatchMethod method = model::MatchMethod::kExact;
  };
  std::string id;
  std::string object;
  std::vector<Term> match;
  DuplicateAction action = DuplicateAction::kWarn;
  bool is_active = true;

  // From a whole rule; what is wrong is said by JSON pointers into it. `id` may be missing.
  static Result<DuplicateRule> Parse(const Json& json, const model::Model& model);
  Json ToJson() const;
  // The terms as the store takes them.
  std::vector<store::MatchTerm> TermsOf(const model::Object& whole) const;
};

using DuplicateRuleList = std::vector<DuplicateRule>;

// The rules that every workspace begins with.
DuplicateRuleList StandardDuplicateRules();

// The rules as they are now.
class DuplicateRuleBook {
 public:
  explicit DuplicateRuleBook(store::Store& store);

  std::shared_ptr<const DuplicateRuleList> rules() const;

  // Replaces them by what `change` makes of them, with the indexes that they need, durably. An error
  // leaves things as they were.
  Status Change(const std::function<Status(DuplicateRuleList&)>& change);

 private:
  void Set(DuplicateRuleList rules);

  store::Store& store_;
  std::mutex change_mutex_;
  mutable std::mutex mutex_;
  std::shared_ptr<const DuplicateRuleList> rules_;
};

}  // namespace boathouse::crm
