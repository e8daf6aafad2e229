#include "crm/hierarchy.h"

#include <map>

#include "crm/sales/fields.h"

namespace boathouse::crm {
namespace {

using model::Object;
using model::Record;

constexpr std::string_view parent_field = "parent_id";
constexpr size_t parents_of_query = 100;  // asked for at once; a filter's length is limited

HierarchyNode NodeOf(const Object& object, const Record& record) {
  return {record.id(), model::TitleOf(object, record), 0};
}

Json NodeJson(const HierarchyNode& node) {
  return Json::Object({{"id", node.id.ToString()}, {"title", node.title}});
}

// The children of some records, in the order of their titles.
Status AppendChildren(Crm& crm, const Caller& caller, const Object& object,
                      const std::map<Id, size_t>& parents, Hierarchy* tree) {
  auto next = parents.begin();
  while (next != parents.end() && !tree->truncated) {
    ListRequest request;
    for (size_t count = 0; count < parents_of_query && next != parents.end(); ++count, ++next) {
      request.filter += (request.filter.empty() ? "" : " OR ") + std::string(parent_field) +
                        " = \"" + next->first.ToString() + "\"";
    }
    request.order_by = object.title_field;
    request.page_size = page_size_max;
    ASSIGN(const ListPage page, crm.List(caller, object, request));
    tree->truncated = !page.next_page_token.empty();
    for (const Record& child : page.records) {
      if (tree->descendants.size() == descendants_max) {
        tree->truncated = true;
        break;
      }
      HierarchyNode node = NodeOf(object, child);
      const auto parent = IdOf(object, child, parent_field);
      node.parent = parent ? parents.at(*parent) : 0;
      tree->descendants.push_back(std::move(node));
    }
  }
  return Status::Ok();
}

}  // namespace

bool HasHierarchy(const Object& object) {
  const model::Field* parent = object.Find(parent_field);
  return parent != nullptr && parent->relation_object == object.name;
}

Json Hierarchy::ToJson() const {
  // Children stand behind their parents, so that each is whole when its parent takes it.
  std::vector<Json> nodes;
  nodes.push_back(NodeJson(record));
  for (const HierarchyNode& node : descendants) nodes.push_back(NodeJson(node));
  for (Json& node : nodes) node.Set("children", Json::Array());
  std::vector<std::vector<size_t>> children(nodes.size());
  for (size_t i = 0; i < descendants.size(); ++i) children[descendants[i].parent].push_back(i + 1);
  for (size_t i = nodes.size(); i-- > 0;) {
    for (const size_t child : children[i]) {
      nodes[i].Find("children")->Append(std::move(nodes[child]));
    }
  }
  Json above = Json::Array();
  for (const HierarchyNode& node : ancestors) above.Append(NodeJson(node));
  return Json::Object(
      {{"ancestors", std::move(above)}, {"record", std::move(nodes[0])}, {"truncated", truncated}});
}

Result<Hierarchy> GetHierarchy(Crm& crm, const Caller& caller, const Object& object, const Id& id) {
  if (!HasHierarchy(object)) {
    return Error(ErrorKind::kUnsupported, object.plural + " have no hierarchy");
  }
  ASSIGN(Record at, crm.Get(caller, object, id));
  Hierarchy tree;
  tree.record = NodeOf(object, at);
  for (size_t level = 0; level < ancestors_max; ++level) {
    const auto parent = IdOf(object, at, parent_field);
    if (!parent) break;
    Result<Record> above = crm.Get(caller, object, *parent);
    if (!above.ok() && above.error().kind == ErrorKind::kNotFound) break;
    if (!above.ok()) return std::move(above.error());
    at = std::move(*above);
    tree.ancestors.insert(tree.ancestors.begin(), NodeOf(object, at));
  }
  std::map<Id, size_t> parents = {{id, 0}};
  for (size_t level = 0; !parents.empty() && !tree.truncated; ++level) {
    if (level == descendant_levels_max) {
      tree.truncated = true;
      break;
    }
    const size_t known = tree.descendants.size();
    TRY(AppendChildren(crm, caller, object, parents, &tree));
    parents.clear();
    for (size_t i = known; i < tree.descendants.size(); ++i) {
      parents.emplace(tree.descendants[i].id, i + 1);
    }
  }
  return tree;
}

}  // namespace boathouse::crm
