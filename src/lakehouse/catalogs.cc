#include "lakehouse/catalogs.h"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>

#include "base/json.h"

namespace boathouse::lakehouse {
namespace {

Error Invalid(const std::string& path, const std::string& what) {
  return {ErrorKind::kInvalid, path + ": " + what};
}

Result<std::string> Text(const std::string& path, const Json& about, const char* member,
                         const char* otherwise) {
  const Json& value = about[member];
  if (value.is_null() && otherwise != nullptr) return std::string(otherwise);
  if (!value.is_string()) return Invalid(path, std::string(member) + " must be a text");
  return std::string(value.AsString());
}

}  // namespace

Result<std::vector<AttachedCatalog>> ReadCatalogs(const std::string& path) {
  std::error_code error;
  const uintmax_t bytes = std::filesystem::file_size(path, error);
  if (error) return std::vector<AttachedCatalog>();
  if (bytes > catalogs_bytes_max) return Invalid(path, "is over 64 KiB");
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  Result<Json> body = Json::Parse(text.str());
  if (!body.ok()) return Invalid(path, body.error().message);
  if (!body->is_object()) return Invalid(path, "must be an object of catalogs by name");
  if (body->size() > catalogs_max) return Invalid(path, "names more than 16 catalogs");
  std::vector<AttachedCatalog> catalogs;
  for (const auto& [name, about] : body->members()) {
    AttachedCatalog catalog;
    catalog.name = name;
    ASSIGN(catalog.uri, Text(path, about, "uri", nullptr));
    ASSIGN(catalog.warehouse, Text(path, about, "warehouse", nullptr));
    ASSIGN(catalog.token, Text(path, about, "token", nullptr));
    ASSIGN(catalog.files, Text(path, about, "files", nullptr));
    ASSIGN(catalog.name_space, Text(path, about, "namespace", ""));
    if (!catalog.uri.starts_with("http://") && !catalog.uri.starts_with("https://")) {
      return Invalid(path, "the uri of " + name + " must begin with http:// or https://");
    }
    if (!catalog.files.starts_with("s3://") || !catalog.files.ends_with('/')) {
      return Invalid(path, "the files of " + name + " must be a place like s3://bucket/");
    }
    while (catalog.uri.ends_with('/')) catalog.uri.pop_back();
    catalogs.push_back(std::move(catalog));
  }
  return catalogs;
}

Status Attach(Duck& duck, const AttachedCatalog& catalog) {
  std::string sql = "ATTACH " + SqlLiteral(catalog.warehouse) + " AS " +
                    SqlIdentifier(catalog.name) + " (TYPE iceberg, READ_ONLY, ENDPOINT " +
                    SqlLiteral(catalog.uri) + ", TOKEN " + SqlLiteral(catalog.token);
  if (!catalog.name_space.empty()) sql += ", DEFAULT_SCHEMA " + SqlLiteral(catalog.name_space);
  if (Status attached = duck.Execute(sql + ")"); !attached.ok()) {
    return Error(ErrorKind::kUnavailable, "the catalog " + catalog.name +
                                              " cannot be attached: " + attached.error().message);
  }
  return {};
}

}  // namespace boathouse::lakehouse
