// A mapping and a file: the mapping as JSON, a line of three dashes, the CSV. Whatever stands there, each row is
// taken or has a reason, and what a row became names fields that there are.
#include "base/json.h"
#include "crm/import_mapping.h"
#include "crm/import_rows.h"
#include "tests/fuzz/fuzz.h"

FUZZ_TARGET(input) {
  using namespace boathouse;
  const size_t end = input.find("\n---\n");
  if (end == std::string_view::npos) return;
  const auto json = Json::Parse(input.substr(0, end));
  if (!json.ok()) return;
  const auto mappings = crm::ParseMappings(*json, *model::Model::Standard(), "account");
  if (!mappings.ok()) {
    FUZZ_CHECK(!mappings.error().fields.empty());
    return;
  }
  const crm::Mapping& mapping = mappings->front();
  const auto table = crm::ParseCsv(input.substr(end + 5), mapping.csv);
  if (!table.ok()) return;
  const auto read = crm::ReadRows(mapping, *table);
  if (!read.ok()) return;
  FUZZ_CHECK(read->rows.size() == table->rows.size());
  for (const crm::ImportRow& row : read->rows) {
    FUZZ_CHECK(row.reason.empty() != model::IsNull(row.key));
    for (const auto& [name, value] : row.fields.members()) {
      FUZZ_CHECK(mapping.object->Find(name) != nullptr);
    }
  }
}
