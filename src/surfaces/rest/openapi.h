#pragma once
// Private to surfaces/rest: the parts the OpenAPI document is put together from. Pure functions.

#include <initializer_list>
#include <string>
#include <string_view>

#include "base/json.h"
#include "model/model.h"

namespace boathouse::rest {

// One line of text with something to read in it.
inline constexpr const char* filled_line_pattern =
    "^[^\\x00-\\x08\\x0A-\\x1F]*[^\\x00-\\x20][^\\x00-\\x08\\x0A-\\x1F]*$";

// "purchase_order" as PurchaseOrder.
std::string TypeNameOf(std::string_view snake_case);
// What an object's schemas and operations are called by. People name custom objects as they like, Session
// or Problem too: theirs are Custom_<name>, which nothing else begins with.
std::string TypeNameOf(const model::Object& object);

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

// A closed object whose members all stand, but for those in `optional`.
Json ClosedSchema(const Json& properties, std::initializer_list<std::string_view> optional = {});
// Adds how the model is changed: ObjectDefinition, FieldDefinition, ObjectLabels, FieldPatch.
void AddDefinitionSchemas(Json* schemas);
// Adds second steps, sessions, identity providers, the security policy and the audit log.
void AddSecuritySchemas(Json* schemas);
// Adds roles, and what a caller may do.
void AddRoleSchemas(Json* schemas);
// Adds conversions of leads, hierarchies, uploads ... of the objects that the model has.
void AddSalesSchemas(const model::Model& model, Json* schemas);
// Adds histories, the trash and duplicates: HistoryPage, TrashPage, Duplicate, AccountMerge ...
void AddHistorySchemas(const model::Model& model, Json* schemas);
// Adds saved views and groups: View, ViewCreate, ViewPatch, GroupPage ...
void AddViewSchemas(const model::Model& model, Json* schemas);
// Adds events, webhooks and automations.
void AddEventSchemas(Json* schemas);
// Adds imports in the background: Import, ImportList.
void AddTransferSchemas(Json* schemas);
// Adds shares, published tables, recipients, what was read: Share, SharedTable, Recipient ...
void AddSharingSchemas(Json* schemas);
// Adds API tokens: ApiToken, NewApiToken.
void AddCredentialSchemas(Json* schemas);

// A record as somebody might create it, for the documentation. Null when there is none for the object.
Json CreateExample(const model::Object& object);

}  // namespace boathouse::rest
