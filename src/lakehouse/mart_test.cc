#include "lakehouse/mart.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/json.h"
#include "lakehouse/duck.h"
#include "lakehouse/mart_orders.h"

namespace boathouse::lakehouse {
namespace {

namespace fs = std::filesystem;

// A folder of its own that goes away with the test.
class ScratchFolder {
 public:
  ScratchFolder()
      : path_((fs::temp_directory_path() / ("boathouse_mart_" + HexEncode(RandomBytes(8))))
                  .string()) {
    fs::create_directories(path_);
  }
  ~ScratchFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

MartOptions Options(size_t accounts) {
  MartOptions options;
  options.seed = 7;
  options.today = ParseDate("2026-11-24").value();
  for (size_t i = 0; i < accounts; ++i) {
    options.accounts.push_back({"A-" + std::to_string(1000 + i), "Account " + std::to_string(i),
                                i % 3 == 0 ? "Cleveland" : "Akron", "metals", "Town's End", "OH"});
  }
  return options;
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string TablePath(const std::string& root, const std::string& table) {
  return root + "/tables/analytics/" + table;
}

std::string Ask(const std::string& sql) {
  const auto duck = Duck::Open(DuckOptions{});
  REQUIRE(duck.ok());
  const auto table = (*duck)->Query(sql, QueryLimits{});
  if (!table.ok()) return table.error().message;
  Json rows = Json::Array();
  for (const JsonArray& row : table->rows) rows.Append(Json(row));
  return rows.Dump();
}

std::string Files(const std::string& root, const std::string& table) {
  return "read_parquet(" + SqlLiteral(TablePath(root, table) + "/*.parquet") + ")";
}

TEST_CASE("orders look like a distributor's") {
  const MartOptions options = Options(300);
  const std::vector<MartOrder> orders = InventOrders(options);
  std::set<size_t> buyers;
  std::set<std::string> numbers;
  size_t lines = 0;
  size_t losses = 0;
  size_t returns = 0;
  for (const MartOrder& order : orders) {
    buyers.insert(order.account);
    CHECK(numbers.insert(order.number).second);
    CHECK(order.date <= options.today);
    CHECK(order.date > options.today - 3 * 366);
    if (order.is_return) ++returns;
    REQUIRE_FALSE(order.lines.empty());
    for (const MartLine& line : order.lines) {
      ++lines;
      CHECK((line.quantity < 0) == order.is_return);
      if (!order.is_return && line.net_amount < line.cost_amount) ++losses;
    }
  }
  CHECK(buyers.size() > 250);
  CHECK(buyers.size() < 300);  // some never bought
  CHECK(lines > 15 * buyers.size());
  CHECK(lines < 45 * buyers.size());
  CHECK(losses > lines / 200);
  CHECK(losses < lines / 5);
  CHECK(returns > 0);
  CHECK(std::is_sorted(orders.begin(), orders.end(),
                       [](const auto& a, const auto& b) { return a.date < b.date; }));
}

TEST_CASE("the seed decides everything") {
  const ScratchFolder first;
  const ScratchFolder second;
  const ScratchFolder third;
  MartOptions options = Options(20);
  REQUIRE(GenerateMart(first.path(), options).ok());
  REQUIRE(GenerateMart(second.path(), options).ok());
  options.seed = 8;
  REQUIRE(GenerateMart(third.path(), options).ok());
  const auto bytes = [](const ScratchFolder& folder) {
    return Sha256(ReadFile(TablePath(folder.path(), "order_margin") + "/part-00000.zstd.parquet"));
  };
  CHECK(bytes(first) == bytes(second));
  CHECK(bytes(first) != bytes(third));
}

TEST_CASE("the tables agree with each other") {
  const ScratchFolder folder;
  const std::string& root = folder.path();
  REQUIRE(GenerateMart(root, Options(60)).ok());
  REQUIRE(GenerateMart(root, Options(50)).ok());  // replaces, never adds
  CHECK(Ask("SELECT count(*) FROM " + Files(root, "accounts_dim")) == "[[50]]");
  CHECK(Ask("SELECT count(*) FROM " + Files(root, "order_margin") +
            " m WHERE m.gross_margin <> "
            "m.revenue - m.cost") == "[[0]]");
  CHECK(Ask("SELECT (SELECT sum(net_amount) FROM " + Files(root, "orders") +
            ") = (SELECT "
            "sum(revenue) FROM " +
            Files(root, "order_margin") + "), (SELECT sum(net_amount) FROM " +
            Files(root, "order_lines") + ") = (SELECT sum(revenue) FROM " +
            Files(root, "order_margin") + ")") == "[[true,true]]");
  CHECK(Ask("SELECT count(*) FROM " + Files(root, "order_margin") + " m ANTI JOIN " +
            Files(root, "accounts_dim") + " a USING (account_number)") == "[[0]]");
  CHECK(Ask("SELECT count(*) FROM " + Files(root, "order_margin") + " m ANTI JOIN " +
            Files(root, "products_dim") + " p USING (product_code)") == "[[0]]");
  CHECK(Ask("SELECT DISTINCT typeof(revenue), typeof(quantity), typeof(order_date) FROM " +
            Files(root, "order_margin")) == R"x([["DECIMAL(18,2)","BIGINT","DATE"]])x");
  CHECK(Ask("SELECT DISTINCT typeof(unit_price) FROM " + Files(root, "order_lines")) ==
        R"x([["DECIMAL(18,4)"]])x");
}

TEST_CASE("the Delta log names the file, its size and its bounds") {
  const ScratchFolder folder;
  REQUIRE(GenerateMart(folder.path(), Options(30)).ok());
  const std::string table = TablePath(folder.path(), "orders");
  std::istringstream lines(ReadFile(table + "/_delta_log/00000000000000000000.json"));
  Json actions = Json::Object();
  for (std::string line; std::getline(lines, line);) {
    const auto action = Json::Parse(line);
    REQUIRE(action.ok());
    for (const auto& [name, value] : action->members()) actions.Set(name, value);
  }
  CHECK(actions["protocol"]["minReaderVersion"].AsInt() == 1);
  const Json& add = actions["add"];
  CHECK(add["size"].AsInt() ==
        static_cast<int64_t>(fs::file_size(table + "/" + std::string(add["path"].AsString()))));
  const auto stats = Json::Parse(add["stats"].AsString());
  REQUIRE(stats.ok());
  CHECK((*stats)["numRecords"].AsInt().value_or(0) > 100);
  CHECK((*stats)["nullCount"]["order_number"].AsInt() == 0);
  CHECK((*stats)["maxValues"]["order_date"].AsString() <= "2026-11-24");
  CHECK((*stats)["minValues"]["net_amount"].is_number());
  const auto schema = Json::Parse(actions["metaData"]["schemaString"].AsString());
  REQUIRE(schema.ok());
  CHECK((*schema)["fields"].size() == 6);
  CHECK((*schema)["fields"].items()[5]["type"].AsString() == "decimal(18,2)");
}

TEST_CASE("a mart without accounts is a mart without orders") {
  const ScratchFolder folder;
  REQUIRE(GenerateMart(folder.path(), Options(0)).ok());
  CHECK(Ask("SELECT count(*) FROM " + Files(folder.path(), "order_margin")) == "[[0]]");
}

TEST_CASE("a folder that cannot be written is an error, not a crash") {
  const Status status = GenerateMart("/proc/nowhere", Options(1));
  REQUIRE_FALSE(status.ok());
  CHECK(status.error().kind == ErrorKind::kUnavailable);
}

TEST_CASE("the assistant's golden questions are asked of this very model") {
  const ScratchFolder folder;
  REQUIRE(GenerateMart(folder.path(), Options(0)).ok());
  CHECK(ReadFile(folder.path() + "/semantic.json") == ReadFile("tests/golden/semantic.json"));
}

TEST_CASE("the semantic model speaks of columns that exist") {
  const ScratchFolder folder;
  REQUIRE(GenerateMart(folder.path(), Options(5)).ok());
  const auto document = Json::Parse(ReadFile(folder.path() + "/semantic.json"));
  REQUIRE(document.ok());
  const Json& model = (*document)["semantic_model"].items().at(0);
  std::string from;
  for (const Json& dataset : model["datasets"].items()) {
    const std::string name(dataset["name"].AsString());
    std::string columns;
    for (const Json& field : dataset["fields"].items()) {
      columns += (columns.empty() ? "" : ", ") + std::string(field["name"].AsString());
    }
    CHECK(Ask("SELECT " + columns + " FROM " + Files(folder.path(), name) + " LIMIT 0") == "[]");
    from += (from.empty() ? "" : ", ") + Files(folder.path(), name) + " AS " + name;
  }
  for (const Json& metric : model["metrics"].items()) {
    const std::string sql(metric["expression"]["dialects"].items().at(0)["expression"].AsString());
    CAPTURE(sql);
    CHECK(Ask("SELECT (" + sql + ") IS NULL FROM " + from + " WHERE false").starts_with("[["));
  }
}

}  // namespace
}  // namespace boathouse::lakehouse
