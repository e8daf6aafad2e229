#pragma once
// Private to lakehouse/: the Iceberg catalogs that stand beside the lakehouse's own tables. They are
// somebody else's tables, read live from there: each statement asks for their newest state.

#include <string>
#include <vector>

#include "base/result.h"
#include "lakehouse/duck.h"

namespace boathouse::lakehouse {

struct AttachedCatalog {
  std::string name;  // of the database in SQL: name.namespace.table
  std::string uri;
  std::string warehouse;
  std::string token;
  std::string name_space;  // whose tables can be named without it: name.table; "": none
  std::string files;       // where its files lie: s3://<bucket>/

  bool operator==(const AttachedCatalog&) const = default;
};

inline constexpr size_t catalogs_max = 16;
inline constexpr size_t catalogs_bytes_max = 64u << 10;

// What the file names: {"crm": {"uri": "https://.../iceberg", "warehouse": "boathouse", "token": "...",
// "files": "s3://boathouse/", "namespace": "crm"}}, where the namespace may be left out. Nothing when there
// is no file. kInvalid when it cannot be understood.
Result<std::vector<AttachedCatalog>> ReadCatalogs(const std::string& path);

// Attaches the catalog, whose server must be there: kUnavailable otherwise. The extensions iceberg, avro
// and httpfs must be loaded.
Status Attach(Duck& duck, const AttachedCatalog& catalog);

}  // namespace boathouse::lakehouse
