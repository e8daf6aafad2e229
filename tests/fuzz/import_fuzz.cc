// A mapping and a file: the mapping as JSON, a line of three dashes, the CSV. Whatever stands there, each row is
// taken or has a reason, and what a row became names fields that there are.
#include "base/json.h"
#include "crm/import_mapping.h"
#include "crm/import_rows.h"
#include "crm/import_source.h"
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
  crm::Mapping mapping = mappings->front();
  const std::string_view file = input.substr(end + 5);
  // Parquet is another library's parser.
  const auto source = crm::OpenRows(crm::OpenMemory(file), mapping.csv);
  if (file.starts_with("PAR1") || !source.ok()) return;
  const auto model = model::Model::Standard();
  if (!crm::CompleteMapping(*model, (*source)->header(), &mapping).ok()) return;
  const crm::RowReader reader(mapping, (*source)->header());
  if (!reader.CheckColumns().ok()) return;
  crm::CsvRow row;
  for (;;) {
    const auto more = (*source)->Next(&row);
    if (!more.ok() || !*more) return;
    const crm::ImportRow read = reader.Read(row);
    FUZZ_CHECK(read.line == row.line);
    FUZZ_CHECK(read.reason.empty() != model::IsNull(read.key));
    for (const auto& [name, value] : read.fields.members()) {
      FUZZ_CHECK(mapping.object->Find(name) != nullptr);
    }
  }
}
