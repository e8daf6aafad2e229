// What recipients of Delta Sharing send: predicate hints, capabilities and query bodies. Nothing of it is
// an error of ours, and a predicate that was read can be read again.
#include "delta/deletion_vector.h"
#include "surfaces/delta_sharing/capabilities.h"
#include "surfaces/delta_sharing/predicate_hints.h"
#include "surfaces/delta_sharing/query.h"
#include "tests/fuzz/fuzz.h"

FUZZ_TARGET(input) {
  using namespace boathouse;
  const tables::Predicate predicate = delta_sharing::ParsePredicateHints(input);
  FUZZ_CHECK(delta_sharing::ParsePredicateHints(input).kind == predicate.kind);

  http::Headers headers;
  headers.Set("delta-sharing-capabilities", std::string(input));
  if (const auto capabilities = delta_sharing::ParseCapabilities(headers); capabilities.ok()) {
    // What a client is told that it got, it may ask for.
    http::Headers again;
    again.Set("delta-sharing-capabilities", capabilities->ToHeader());
    const auto echoed = delta_sharing::ParseCapabilities(again);
    FUZZ_CHECK(echoed.ok() && echoed->format == capabilities->format);
    FUZZ_CHECK(echoed->end_stream_action == capabilities->end_stream_action);
  }

  const auto body = Json::Parse(input);
  if (body.ok() && body->is_object()) {
    const auto query = delta_sharing::ParseQuery(*body);
    if (query.ok() && query->files_max) FUZZ_CHECK(*query->files_max > 0);
    if (!query.ok()) FUZZ_CHECK(query.error().kind == ErrorKind::kInvalid);
  }

  if (const auto bytes = delta::Z85Decode(input)) FUZZ_CHECK(delta::Z85Encode(*bytes) == input);
}
