// Bodies and headers of the REST surface: what is read as a field's value is written as JSON that reads
// as the same value again, and entity tags never crash.
#include "surfaces/rest/input.h"

#include "model/model.h"
#include "tests/fuzz/fuzz.h"

namespace {

using boathouse::Json;

void RoundTrip(const boathouse::model::Field& field, const Json& json) {
  const auto value = boathouse::model::FromJson(field, json, "/field");
  if (!value.ok()) return;
  std::string written;
  boathouse::model::AppendJson(*value, &written);
  const auto read = Json::Parse(written);
  FUZZ_CHECK(read.ok());
  const auto again = boathouse::model::FromJson(field, *read, "/field");
  FUZZ_CHECK(again.ok() && *again == *value);
}

}  // namespace

FUZZ_TARGET(input) {
  boathouse::http::Request request;
  request.headers.Add("If-Match", std::string(input));
  const auto tags = boathouse::rest::ReadEntityTags(request, "If-Match");
  FUZZ_CHECK(!tags.ok() || tags->has_value());

  const auto body = Json::Parse(input);
  if (!body.ok()) return;
  for (const auto& object : boathouse::model::Model::Standard()->objects()) {
    for (const auto& field : object.fields) {
      RoundTrip(field, *body);
      RoundTrip(field, (*body)[field.name]);
    }
  }
}
