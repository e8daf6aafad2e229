#pragma once
// Records that mean the same thing as others: found when one is created, for one that is there, and among
// all of an object. docs/duplicates.md is the manual. Safe to call from many threads.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crm/crm.h"
#include "crm/duplicate_rules.h"
#include "crm/rule.h"

namespace boathouse::crm {

inline constexpr size_t duplicates_told_max = 50;       // for one record
inline constexpr size_t created_duplicates_max = 10;    // for one that is created
inline constexpr size_t duplicate_scan_records = 2000;  // looked at for one page of groups
inline constexpr size_t duplicate_group_max = 50;       // records of a group

struct Duplicate {
  std::optional<Id> id;  // nullopt: a record that the caller cannot see
  std::string title;
  std::vector<std::string> rules;  // the ids of the rules that found it
};

struct CheckedCreate {
  model::Record record;
  std::vector<Duplicate> duplicates;  // as rules that warn have it; without titles
};

// Crm::Create, and what the new record looks like a duplicate of. A rule that blocks makes every create,
// here and elsewhere, kConflict with an error for each record that is there, unless
// caller.allow_duplicates is set.
Result<CheckedCreate> CreateChecked(Crm& crm, const Caller& caller, const model::Object& object,
                                    const Json& fields);

// The records that look like this one, by all active rules of its object.
Result<std::vector<Duplicate>> DuplicatesOf(Crm& crm, const Caller& caller,
                                            const model::Object& object, const Id& id);

struct DuplicateGroups {
  std::vector<std::vector<Duplicate>> groups;  // each of two records or more
  size_t scanned = 0;
  std::string next_page_token;  // "" when all records were looked at
};

// The next part of the object's records, in the order of their creation, with the groups that begin in
// it. Every group is told once, by its oldest record.
Result<DuplicateGroups> FindDuplicates(Crm& crm, const Caller& caller, const model::Object& object,
                                       std::string_view page_token);

// The record that a row of an import means: the first in the caller's reach that a rule finds for these
// values, whatever the rule does about it. nullopt: none. Without an id when all that is found is out of
// reach. Within the transaction of the edit.
Result<std::optional<Duplicate>> FindDuplicate(Crm& crm, RuleEdit& edit,
                                               const model::Object& object, const Json& fields);

// The rules, for everybody who may read the object they are about; and for administrators to change.
Result<DuplicateRuleList> ListDuplicateRules(Crm& crm, const Caller& caller);
Result<DuplicateRule> AddDuplicateRule(Crm& crm, const Caller& caller, const Json& rule);
// A merge patch.
Result<DuplicateRule> ChangeDuplicateRule(Crm& crm, const Caller& caller, std::string_view id,
                                          const Json& patch);
Status RemoveDuplicateRule(Crm& crm, const Caller& caller, std::string_view id);

// Refuses creates, for rules that block. For the Crm itself.
std::unique_ptr<Rule> MakeDuplicateGuard(Crm& crm);

}  // namespace boathouse::crm
