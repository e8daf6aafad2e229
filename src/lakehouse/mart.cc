#include "lakehouse/mart.h"

#include <filesystem>
#include <fstream>
#include <memory>

#include "lakehouse/delta_table.h"
#include "lakehouse/duck.h"
#include "lakehouse/mart_model.h"
#include "lakehouse/mart_orders.h"

namespace boathouse::lakehouse {
namespace {

constexpr int64_t ms_per_day = 86'400'000;

Status StageAccounts(Duck& duck, const MartOptions& options) {
  TRY(
      duck.Execute("CREATE TABLE stage_accounts (account_number VARCHAR, account_name VARCHAR, "
                   "territory VARCHAR, industry VARCHAR, city VARCHAR, state VARCHAR)"));
  Duck::Appender appender(duck, "stage_accounts");
  for (const MartAccount& account : options.accounts) {
    appender.Text(account.account_number).Text(account.name).Text(account.territory);
    appender.Text(account.industry).Text(account.city).Text(account.state).EndRow();
  }
  return appender.Close();
}

Status StageProducts(Duck& duck) {
  TRY(
      duck.Execute("CREATE TABLE stage_products (product_code VARCHAR, product VARCHAR, "
                   "product_family VARCHAR, list_units BIGINT, cost_units BIGINT)"));
  Duck::Appender appender(duck, "stage_products");
  for (const MartProduct& product : MartProducts()) {
    appender.Text(product.code).Text(product.name).Text(product.family);
    appender.Integer(product.list_price).Integer(product.unit_cost).EndRow();
  }
  return appender.Close();
}

Status StageLines(Duck& duck, const MartOptions& options) {
  TRY(duck.Execute(
      "CREATE TABLE stage_lines (order_number VARCHAR, line_number BIGINT, "
      "account_number VARCHAR, order_date DATE, returned BIGINT, product_code VARCHAR, "
      "quantity BIGINT, discount_percent BIGINT, price_units BIGINT, "
      "cost_units BIGINT, net_cents BIGINT, cost_cents BIGINT)"));
  Duck::Appender appender(duck, "stage_lines");
  for (const MartOrder& order : InventOrders(options)) {
    int64_t number = 0;
    for (const MartLine& line : order.lines) {
      appender.Text(order.number).Integer(++number);
      appender.Text(options.accounts[order.account].account_number).Date(order.date);
      appender.Integer(order.is_return ? 1 : 0).Text(MartProducts()[line.product].code);
      appender.Integer(line.quantity).Integer(line.discount_percent).Integer(line.unit_price);
      appender.Integer(line.unit_cost).Integer(line.net_amount).Integer(line.cost_amount).EndRow();
    }
  }
  return appender.Close();
}

// Exact: whole ten-thousandths or cents times a decimal one, never through a double.
std::string Money4(const std::string& column) { return column + " * 0.0001::DECIMAL(5,4)"; }
std::string Money2(const std::string& column) { return column + " * 0.01::DECIMAL(3,2)"; }

DeltaTable AccountsDim() {
  return {"accounts_dim",
          "0193b6a0-0000-7000-8000-000000000001",
          "One row per account.",
          {{"account_number", "string"},
           {"account_name", "string"},
           {"territory", "string"},
           {"industry", "string"},
           {"city", "string"},
           {"state", "string"}},
          "SELECT * FROM stage_accounts ORDER BY account_number"};
}

DeltaTable ProductsDim() {
  return {"products_dim",
          "0193b6a0-0000-7000-8000-000000000002",
          "One row per product.",
          {{"product_code", "string"},
           {"product", "string"},
           {"product_family", "string"},
           {"list_price", "decimal(18,4)"},
           {"standard_cost", "decimal(18,4)"}},
          "SELECT product_code, product, product_family, " + Money4("list_units") +
              " AS list_price, " + Money4("cost_units") +
              " AS standard_cost FROM stage_products ORDER BY product_code"};
}

DeltaTable Orders() {
  return {"orders",
          "0193b6a0-0000-7000-8000-000000000003",
          "One row per order; returns are orders of their own with negative amounts.",
          {{"order_number", "string"},
           {"account_number", "string"},
           {"order_date", "date"},
           {"is_return", "boolean"},
           {"line_count", "long"},
           {"net_amount", "decimal(18,2)"}},
          "SELECT order_number, any_value(account_number) AS account_number, "
          "any_value(order_date) AS order_date, any_value(returned) = 1 AS is_return, "
          "count(*) AS line_count, " +
              Money2("sum(net_cents)::BIGINT") +
              " AS net_amount FROM stage_lines GROUP BY order_number ORDER BY order_date, "
              "order_number"};
}

DeltaTable OrderLines() {
  return {"order_lines",
          "0193b6a0-0000-7000-8000-000000000004",
          "One row per line of an order.",
          {{"order_number", "string"},
           {"line_number", "long"},
           {"product_code", "string"},
           {"quantity", "long"},
           {"discount_percent", "long"},
           {"unit_price", "decimal(18,4)"},
           {"unit_cost", "decimal(18,4)"},
           {"net_amount", "decimal(18,2)"},
           {"cost_amount", "decimal(18,2)"}},
          "SELECT order_number, line_number, product_code, quantity, discount_percent, " +
              Money4("price_units") + " AS unit_price, " + Money4("cost_units") +
              " AS unit_cost, " + Money2("net_cents") + " AS net_amount, " + Money2("cost_cents") +
              " AS cost_amount FROM stage_lines ORDER BY order_date, order_number, line_number"};
}

DeltaTable OrderMargin() {
  return {"order_margin",
          "0193b6a0-0000-7000-8000-000000000005",
          "The margin fact: one row per order line.",
          {{"line_id", "string"},
           {"order_number", "string"},
           {"order_date", "date"},
           {"account_number", "string"},
           {"product_code", "string"},
           {"is_return", "boolean"},
           {"quantity", "long"},
           {"revenue", "decimal(18,2)"},
           {"cost", "decimal(18,2)"},
           {"gross_margin", "decimal(18,2)"}},
          "SELECT order_number || '/' || line_number AS line_id, order_number, order_date, "
          "account_number, product_code, returned = 1 AS is_return, quantity, " +
              Money2("net_cents") + " AS revenue, " + Money2("cost_cents") + " AS cost, " +
              Money2("(net_cents - cost_cents)") +
              " AS gross_margin FROM stage_lines ORDER BY order_date, order_number, line_number"};
}

Status WriteModel(const std::string& root) {
  const std::string path = root + "/semantic.json";
  std::ofstream file(path, std::ios::binary);
  file << MartSemanticModel().Dump(2) << "\n";
  file.close();
  if (!file) return Error(ErrorKind::kUnavailable, "cannot write " + path);
  return {};
}

// The order lines of the largest demos do not fit into the memory that DuckDB may take.
Status WriteTables(const std::string& root, const std::string& spill_folder,
                   const MartOptions& options) {
  DuckOptions duck_options;
  duck_options.spill_folder = spill_folder;
  ASSIGN(const std::unique_ptr<Duck> duck, Duck::Open(duck_options));
  TRY(StageAccounts(*duck, options));
  TRY(StageProducts(*duck));
  TRY(StageLines(*duck, options));
  for (DeltaTable table : {AccountsDim(), ProductsDim(), Orders(), OrderLines(), OrderMargin()}) {
    table.directory = root + "/tables/analytics/" + table.directory;
    TRY(WriteDeltaTable(*duck, table, int64_t{options.today} * ms_per_day));
  }
  return {};
}

}  // namespace

Status GenerateMart(const std::string& root, const MartOptions& options) {
  const std::string spill_folder = root + "/spill";
  const Status written = WriteTables(root, spill_folder, options);
  std::error_code ignored;  // it is in nobody's way
  std::filesystem::remove_all(spill_folder, ignored);
  TRY(written);
  return WriteModel(root);
}

}  // namespace boathouse::lakehouse
