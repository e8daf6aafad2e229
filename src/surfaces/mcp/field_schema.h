#pragma once
// Fields of the model as JSON Schema. Pure functions.

#include <string>

#include "base/json.h"
#include "model/model.h"

namespace boathouse::mcp_surface {

// What a schema is for: reading takes what the server writes, the others what it accepts.
enum class Use { kRead, kCreate, kUpdate };

Json FieldSchema(const model::Field& field, Use use);

// True for fields that a caller sets.
bool IsWritable(const model::Field& field);
// True for fields without which create_<object> fails.
bool IsRequiredAtCreation(const model::Field& field);

// "stage (select: prospecting|won)", "owner_id (id of a user)": one field in a line of prose.
std::string FieldInWords(const model::Field& field);

}  // namespace boathouse::mcp_surface
