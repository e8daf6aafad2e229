#include "lakehouse/catalogs.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "base/bytes.h"
#include "base/temp_folder.h"
#include "lakehouse/lakehouse.h"

namespace boathouse::lakehouse {
namespace {

struct Fixture {
  TempFolder folder;
  std::string path = folder / "catalogs.json";

  Result<std::vector<AttachedCatalog>> Read(const std::string& text) const {
    std::ofstream(path) << text;
    return ReadCatalogs(path);
  }
};

TEST_CASE("catalogs are what the file names") {
  const Fixture f;
  REQUIRE(ReadCatalogs(f.path).ok());
  CHECK(ReadCatalogs(f.path)->empty());
  const auto read = f.Read(
      R"({"crm":{"uri":"http://127.0.0.1:1/iceberg/","warehouse":"w","token":"t",)"
      R"("files":"s3://b/","namespace":"n"},)"
      R"("erp":{"uri":"https://erp/iceberg","warehouse":"","token":"","files":"s3://c/","more":1}})");
  REQUIRE_MESSAGE(read.ok(), read.error().message);
  REQUIRE(read->size() == 2);
  CHECK(read->at(0) ==
        AttachedCatalog{"crm", "http://127.0.0.1:1/iceberg", "w", "t", "n", "s3://b/"});
  CHECK(read->at(1).name_space.empty());
}

TEST_CASE("a file that cannot be understood says what is wrong") {
  const Fixture f;
  const std::string good =
      R"({"crm":{"uri":"http://h/iceberg","warehouse":"w","token":"t","files":"s3://b/"}})";
  CHECK(f.Read(good).ok());
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    const size_t at = text.find(from);
    REQUIRE(at != std::string::npos);
    const auto read = f.Read(text.replace(at, from.size(), to));
    REQUIRE(!read.ok());
    CHECK(read.error().kind == ErrorKind::kInvalid);
    return read.error().message;
  };
  CHECK(with("http://h/", "file:///").find("uri of crm") != std::string::npos);
  CHECK(with(R"("warehouse":"w")", R"("warehouse":1)").find("warehouse") != std::string::npos);
  CHECK(with(R"("token":"t",)", "").find("token") != std::string::npos);
  CHECK(with("s3://b/", "s3://b").find("files of crm") != std::string::npos);
  CHECK(with("s3://b/", "/etc/").find("files of crm") != std::string::npos);
  CHECK(with(R"("crm":{)", R"("crm":[{)").find("catalogs.json") != std::string::npos);
  CHECK(!f.Read("[]").ok());
  CHECK(!f.Read(std::string(catalogs_bytes_max + 1, ' ')).ok());
  std::string many = "{";
  for (size_t i = 0; i <= catalogs_max; ++i) {
    many += (i == 0 ? "\"" : ",\"") + std::to_string(i) + R"(":{})";
  }
  CHECK(f.Read(many + "}").error().message.find("16") != std::string::npos);
}

TEST_CASE("a catalog whose server is away leaves the other tables alone") {
  const TempFolder root;
  std::filesystem::create_directories(root / "tables");
  std::ofstream(root / "catalogs.json")
      << R"({"crm":{"uri":"http://127.0.0.1:1/iceberg","warehouse":"w","token":"t","files":"s3://b/"}})";
  LakehouseOptions options;
  options.root = root / ".";
  const auto lakehouse = Lakehouse::Open(options);
  REQUIRE_MESSAGE(lakehouse.ok(), lakehouse.error().message);
  const auto answer = (*lakehouse)->Query("SELECT 42", 1, {});
  REQUIRE(answer.ok());
  CHECK((*answer)["rows"].Dump() == "[[42]]");
  CHECK(!(*lakehouse)->Query("SELECT * FROM crm.accounts", 1, {}).ok());
}

TEST_CASE("files are not read by their address, whatever is attached") {
  const TempFolder root;
  std::filesystem::create_directories(root / "tables");
  LakehouseOptions options;
  options.root = root / ".";
  const auto lakehouse = Lakehouse::Open(options);
  REQUIRE(lakehouse.ok());
  for (const char* sql : {"SELECT * FROM 's3://b/x.parquet'", "FROM \"https://h/x.csv\"",
                          "SELECT 1 WHERE EXISTS (SELECT 1 FROM 's3://b/x.parquet')",
                          "WITH a AS (FROM 'http://h/a.csv') SELECT * FROM a"}) {
    CAPTURE(sql);
    const auto answer = (*lakehouse)->Query(sql, 1, {});
    REQUIRE(!answer.ok());
    CHECK(answer.error().kind == ErrorKind::kForbidden);
  }
}

}  // namespace
}  // namespace boathouse::lakehouse
