#pragma once
// The changes of the model, kept as documents in order and applied again at every start.

#include <memory>

#include "base/json.h"
#include "base/result.h"
#include "model/model.h"
#include "store/sqlite/connection.h"

namespace boathouse::store::sqlite {

// `standard` with every stored change applied. kCorrupt when one does not apply any more.
Result<std::shared_ptr<const model::Model>> LoadModel(Connection& connection,
                                                      std::shared_ptr<const model::Model> standard);

// Brings the tables from `current` to `next` and keeps the change. Belongs in a transaction. kConflict
// when the records there are do not allow it.
Status WriteModelChange(Connection& connection, const model::Model& current,
                        const model::Model& next, const Json& change);

}  // namespace boathouse::store::sqlite
