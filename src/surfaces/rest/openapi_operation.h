#pragma once
// Private to surfaces/rest: the words that operations of the OpenAPI document are written in.

#include <initializer_list>
#include <string>
#include <string_view>

#include "base/json.h"
#include "model/model.h"

namespace boathouse::rest {

// {"$ref": "#/components/parameters/<name>"}.
Json ParameterRef(std::string_view name);
// {type: {"schema": schema}}.
Json Content(const std::string& type, Json schema);
// A header of a response that is always there.
Json TextHeader(std::string_view description);
// A parameter of the query that may be left out.
Json QueryParameter(std::string_view name, std::string_view description, Json schema);
// Text in a query: what is longer, or holds a NUL, is refused.
Json TextMax(size_t chars);

// An operation under construction: each word says one thing about it.
class Operation {
 public:
  Operation(std::string_view id, std::string_view tag, std::string_view summary);
  Operation&& Says(std::string_view description) &&;
  Operation&& Takes(std::initializer_list<Json> parameters) &&;
  // A body of `schema` in these media types.
  Operation&& Body(Json schema, std::initializer_list<const char*> types = {"application/json"}) &&;
  Operation&& Answers(int status, std::string_view description, Json content = {},
                      Json headers = {}) &&;
  Operation&& Links(int status, Json links) &&;
  Operation&& MayFail(std::initializer_list<int> statuses) &&;
  Operation&& Public() &&;
  // For anybody; but a credential that is sent must hold.
  Operation&& Anybody() &&;
  Json Build() &&;

 private:
  void Fails(std::initializer_list<int> statuses);

  Json json_ = Json::Object();
  Json parameters_ = Json::Array();
  Json responses_ = Json::Object();
  bool is_public_ = false;
};

// The paths that do not depend on an object: signing in, credentials, the model, imports, the assistant.
void AddFixedPaths(const model::Model& model, Json* paths);
void AddEventPaths(Json* paths);
// Saved views, and the groups of each collection.
void AddViewPaths(const model::Model& model, Json* paths);
// Imports, and the exports of each collection.
void AddTransferPaths(const model::Model& model, Json* paths);
// What is done with several records at once, and attachments. Behind the objects' own paths.
void AddSalesPaths(const model::Model& model, Json* paths);
// Histories, the trash, duplicates and merging.
void AddHistoryPaths(const model::Model& model, Json* paths);
void AddSecurityPaths(Json* paths);
void AddRolePaths(Json* paths);
void AddSharingPaths(Json* paths);

}  // namespace boathouse::rest
