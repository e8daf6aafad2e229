#pragma once
// Where a record stands in the tree of its object: above it its ancestors, below it all that descends
// from it. Objects with a relation parent_id to themselves have one: accounts, territories, campaigns ...

#include <string>
#include <vector>

#include "crm/crm.h"

namespace boathouse::crm {

inline constexpr size_t descendants_max = 1000;  // shown; more are only said to be there
inline constexpr size_t ancestors_max = 100;
inline constexpr size_t descendant_levels_max = 25;

struct HierarchyNode {
  Id id;
  std::string title;
  size_t parent = 0;  // where the parent stands in `descendants`, plus 1; 0: the record itself
};

struct Hierarchy {
  HierarchyNode record;
  std::vector<HierarchyNode> ancestors;    // from the root down
  std::vector<HierarchyNode> descendants;  // level by level, each level by title
  bool truncated = false;

  // {"ancestors": [{"id","title"}], "record": {"id", "title", "children": [...]}, "truncated"}
  Json ToJson() const;
};

bool HasHierarchy(const model::Object& object);

// As far as the caller may read it: what is above an ancestor out of reach is left out, and so is what is
// below such a descendant. kUnsupported for an object without a hierarchy.
Result<Hierarchy> GetHierarchy(Crm& crm, const Caller& caller, const model::Object& object,
                               const Id& id);

}  // namespace boathouse::crm
