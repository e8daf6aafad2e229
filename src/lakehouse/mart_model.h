#pragma once
// Private to the mart: what its tables mean, in the shape of Apache Ossie (formerly Open Semantic
// Interchange) 0.2: datasets with fields, many-to-one relationships, metrics, synonyms in ai_context.
// What Ossie has no word for stands in custom_extensions of vendor BOATHOUSE, as a JSON string:
//   on a field:  {"dimension": its name in questions, "key": the column that identifies a value,
//                 "values": true when its distinct values are few and may be looked up}
//   on a metric: {"format": "money" | "percent" | "count" | "date"}

#include "base/json.h"

namespace boathouse::lakehouse {

Json MartSemanticModel();

}  // namespace boathouse::lakehouse
