#include "surfaces/rest/openapi_operation.h"

namespace boathouse::rest {
namespace {

Json ResponseRef(std::string_view name) {
  return Json::Object({{"$ref", "#/components/responses/" + std::string(name)}});
}

}  // namespace

Json ParameterRef(std::string_view name) {
  return Json::Object({{"$ref", "#/components/parameters/" + std::string(name)}});
}

Json Content(const std::string& type, Json schema) {
  return Json::Object({{type, Json::Object({{"schema", std::move(schema)}})}});
}

Json TextHeader(std::string_view description) {
  return Json::Object({{"description", description},
                       {"required", true},
                       {"schema", Json::Object({{"type", "string"}})}});
}

Json QueryParameter(std::string_view name, std::string_view description, Json schema) {
  return Json::Object({{"name", name},
                       {"in", "query"},
                       {"description", description},
                       {"schema", std::move(schema)}});
}

Json TextMax(size_t chars) {
  return Json::Object({{"type", "string"}, {"maxLength", chars}, {"pattern", "^[^\\x00]*$"}});
}

Operation::Operation(std::string_view id, std::string_view tag, std::string_view summary) {
  json_.Set("operationId", id);
  json_.Set("tags", Json::Array({tag}));
  json_.Set("summary", summary);
  // What any call may meet.
  Fails({400, 431, 500, 503});
}

Operation&& Operation::Says(std::string_view description) && {
  json_.Set("description", description);
  return std::move(*this);
}

Operation&& Operation::Takes(std::initializer_list<Json> parameters) && {
  for (const Json& parameter : parameters) parameters_.Append(parameter);
  return std::move(*this);
}

Operation&& Operation::Body(Json schema, std::initializer_list<const char*> types) && {
  Json content = Json::Object();
  for (const char* type : types) content.Set(type, Json::Object({{"schema", schema}}));
  json_.Set("requestBody", Json::Object({{"required", true}, {"content", std::move(content)}}));
  Fails({413, 415});
  return std::move(*this);
}

Operation&& Operation::Answers(int status, std::string_view description, Json content,
                               Json headers) && {
  Json response = Json::Object({{"description", description}});
  if (!headers.is_null()) response.Set("headers", std::move(headers));
  if (!content.is_null()) response.Set("content", std::move(content));
  responses_.Set(std::to_string(status), std::move(response));
  return std::move(*this);
}

Operation&& Operation::Links(int status, Json links) && {
  responses_.Find(std::to_string(status))->Set("links", std::move(links));
  return std::move(*this);
}

Operation&& Operation::MayFail(std::initializer_list<int> statuses) && {
  Fails(statuses);
  return std::move(*this);
}

Operation&& Operation::Public() && {
  is_public_ = true;
  return std::move(*this);
}

Operation&& Operation::Anybody() && {
  const Json none = Json::Object();
  json_.Set("security", Json::Array({none, Json::Object({{"bearer", Json::Array()}}),
                                     Json::Object({{"cookie", Json::Array()}})}));
  return std::move(*this);
}

Json Operation::Build() && {
  if (is_public_) {
    json_.Set("security", Json::Array());
  } else {
    Fails({401, 403});
  }
  if (parameters_.size() > 0) json_.Set("parameters", std::move(parameters_));
  json_.Set("responses", std::move(responses_));
  return std::move(json_);
}

void Operation::Fails(std::initializer_list<int> statuses) {
  for (const int status : statuses) {
    responses_.Set(std::to_string(status), ResponseRef("Error" + std::to_string(status)));
  }
}

}  // namespace boathouse::rest
