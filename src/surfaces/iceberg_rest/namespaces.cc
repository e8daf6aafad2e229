// Namespaces, the lists of what they hold, and views, of which there are none.

#include <algorithm>
#include <utility>

#include "surfaces/iceberg_rest/call.h"

namespace boathouse::iceberg_rest {
namespace {

Refusal Miss(Error error, std::string_view missing) { return {std::move(error), missing}; }

// The refusal of a namespace that cannot be found: what is missing is the warehouse when that is.
Refusal NamespaceMiss(const Call& call, Error error) {
  return Miss(std::move(error), call.FindWarehouse().ok() ? no_such_namespace : no_such_warehouse);
}

Json LevelsJson(std::string_view schema) { return Json::Array({Json(schema)}); }

}  // namespace

Outcome ListNamespaces(Call& call) {
  const Result<sharing::Share> share = call.FindWarehouse();
  if (!share.ok()) return Miss(share.error(), no_such_warehouse);
  call.usage.share = share->name;
  const Result<std::vector<std::string>> schemas =
      call.services().sharing.Schemas(call.reader, share->name);
  if (!schemas.ok()) return Miss(schemas.error(), no_such_warehouse);
  JsonArray items;
  const auto parent = call.request.Query("parent");
  if (parent && !parent->empty()) {
    // Namespaces have one level: below a known one there is nothing.
    const Levels levels = ParseNamespace(*parent);
    if (levels.size() != 1 ||
        std::find(schemas->begin(), schemas->end(), levels[0]) == schemas->end()) {
      return Miss({ErrorKind::kNotFound, "Namespace does not exist: " + ShowNamespace(levels)},
                  no_such_namespace);
    }
  } else {
    for (const std::string& schema : *schemas) items.push_back(LevelsJson(schema));
  }
  return Page(call, "namespaces", std::move(items));
}

Outcome GetNamespace(Call& call) {
  if (Status found = call.FindNamespace(); !found.ok()) {
    return NamespaceMiss(call, std::move(found.error()));
  }
  const Result<sharing::Share> share = call.FindWarehouse();
  if (!share.ok()) return Miss(share.error(), no_such_warehouse);
  Json properties = Json::Object();
  if (!share->comment.empty()) properties.Set("comment", share->comment);
  return http::Response::JsonBody(
      200, Json::Object({{"namespace", LevelsJson(call.request.Parameter("namespace"))},
                         {"properties", std::move(properties)}}));
}

Outcome HasNamespace(Call& call) {
  if (Status found = call.FindNamespace(); !found.ok()) {
    return NamespaceMiss(call, std::move(found.error()));
  }
  return http::Response::Empty(204);
}

Outcome ListTables(Call& call) {
  if (Status found = call.FindNamespace(); !found.ok()) {
    return NamespaceMiss(call, std::move(found.error()));
  }
  const std::string_view schema = call.request.Parameter("namespace");
  call.usage.share = call.request.Parameter("prefix");
  call.usage.schema = schema;
  const Result<std::vector<sharing::SharedTable>> tables =
      call.services().sharing.Tables(call.reader, call.usage.share, schema);
  if (!tables.ok()) return Miss(tables.error(), no_such_namespace);
  JsonArray items;
  for (const sharing::SharedTable& table : *tables) {
    items.push_back(Json::Object({{"namespace", LevelsJson(table.schema)}, {"name", table.name}}));
  }
  return Page(call, "identifiers", std::move(items));
}

Outcome HasTable(Call& call) {
  const Result<sharing::SharedTable> table = call.FindTable();
  if (!table.ok()) return table.error();
  return http::Response::Empty(204);
}

Outcome ListViews(Call& call) {
  if (Status found = call.FindNamespace(); !found.ok()) {
    return NamespaceMiss(call, std::move(found.error()));
  }
  return Page(call, "identifiers", {});
}

Outcome GetView(Call& call) {
  const Levels levels = ParseNamespace(call.request.Parameter("namespace"));
  return Miss({ErrorKind::kNotFound, "View does not exist: " + ShowNamespace(levels) + "." +
                                         std::string(call.request.Parameter("view"))},
              no_such_view);
}

}  // namespace boathouse::iceberg_rest
