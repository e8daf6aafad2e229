#pragma once
// Writes a Delta table of one Parquet file and one commit (Delta protocol, reader 1, writer 2).

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "lakehouse/duck.h"

namespace boathouse::lakehouse {

struct DeltaColumn {
  std::string name;
  std::string type;  // Delta's primitive: string, integer, long, date, decimal(p,s), boolean
};

struct DeltaTable {
  std::string directory;  // made if it is not there; an older table in it is replaced
  std::string id;         // a UUID
  std::string description;
  std::vector<DeltaColumn> columns;
  // A SELECT with exactly these columns. They are cast to `columns`' types and written in its order.
  std::string select;
};

// `created_ms`: what the log says of its time, so that equal inputs give equal logs.
Status WriteDeltaTable(Duck& duck, const DeltaTable& table, int64_t created_ms);

}  // namespace boathouse::lakehouse
