#pragma once
// Private to surfaces/rest: the parts the OpenAPI document is put together from. Pure functions.

#include <string>
#include <string_view>

#include "base/json.h"
#include "model/model.h"

namespace boathouse::rest {

// "purchase_order" as PurchaseOrder: what an object's schemas and operations are called by.
std::string TypeNameOf(std::string_view snake_case);

// {"$ref": "#/components/schemas/<name>"}.
Json SchemaRef(std::string_view name);

// A value of the field as the server writes it.
Json OutputSchema(const model::Field& field);
// A value of the field as clients may write it. Never null where the field is required.
Json InputSchema(const model::Field& field);

// Adds the schemas of one object: Account, AccountCreate, AccountPatch, AccountPage, AccountBatch and
// AccountBatchResult.
void AddObjectSchemas(const model::Object& object, Json* schemas);
// Adds what does not depend on an object: Problem, Session, HistoryPage ...
void AddCommonSchemas(const model::Model& model, Json* schemas);

// A record as somebody might create it, for the documentation. Null when there is none for the object.
Json CreateExample(const model::Object& object);

}  // namespace boathouse::rest
