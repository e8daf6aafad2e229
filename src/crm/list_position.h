#pragma once
// Where a page of a list ends, as what a page token carries. Private to crm/.

#include "base/json.h"
#include "base/result.h"
#include "store/query.h"
#include "store/store.h"

namespace boathouse::crm {

// The place of `last`, the last record of a page of the query. Records that the order looks at are read
// from `reader`, the one that answered the page.
Result<Json> PositionOf(const store::Query& query, const model::Record& last,
                        store::Reader& reader);

// What PositionOf made, for a query of the same order; kInvalid about "page_token" when it does not fit.
Result<store::Query::Position> ReadPosition(const store::Query& query, const Json& json);

}  // namespace boathouse::crm
