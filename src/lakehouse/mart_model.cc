#include "lakehouse/mart_model.h"

#include <initializer_list>
#include <string>
#include <string_view>

namespace boathouse::lakehouse {
namespace {

using Words = std::initializer_list<const char*>;

Json Strings(Words words) {
  Json list = Json::Array();
  for (const char* word : words) list.Append(word);
  return list;
}

Json Expression(std::string_view sql) {
  return Json::Object(
      {{"dialects", Json::Array({Json::Object({{"dialect", "ANSI_SQL"}, {"expression", sql}})})}});
}

Json Extension(Json data) {
  return Json::Array({Json::Object({{"vendor_name", "BOATHOUSE"}, {"data", data.Dump()}})});
}

// A column that is only there to join or to be summed.
Json Plain(const char* name, const char* description) {
  return Json::Object(
      {{"name", name}, {"expression", Expression(name)}, {"description", description}});
}

struct Dimension {
  const char* column;
  const char* name;
  const char* label;
  const char* key = nullptr;
  bool values = true;
};

Json DimensionField(const Dimension& dimension, const char* description, Words synonyms) {
  Json extension = Json::Object({{"dimension", dimension.name}, {"values", dimension.values}});
  if (dimension.key != nullptr) extension.Set("key", dimension.key);
  return Json::Object({{"name", dimension.column},
                       {"expression", Expression(dimension.column)},
                       {"dimension", Json::Object({{"is_time", false}})},
                       {"label", dimension.label},
                       {"description", description},
                       {"ai_context", Json::Object({{"synonyms", Strings(synonyms)}})},
                       {"custom_extensions", Extension(std::move(extension))}});
}

Json TimeField(const char* column, const char* label, const char* description) {
  return Json::Object({{"name", column},
                       {"expression", Expression(column)},
                       {"dimension", Json::Object({{"is_time", true}})},
                       {"label", label},
                       {"description", description}});
}

Json Dataset(const char* name, const char* source, const char* key, const char* description,
             Json fields) {
  return Json::Object({{"name", name},
                       {"source", source},
                       {"primary_key", Strings({key})},
                       {"description", description},
                       {"fields", std::move(fields)}});
}

Json Relationship(const char* from, const char* to, const char* column) {
  return Json::Object({{"name", std::string(from) + "_to_" + to},
                       {"from", from},
                       {"to", to},
                       {"from_columns", Strings({column})},
                       {"to_columns", Strings({column})}});
}

Json Metric(const char* name, const char* label, const char* sql, const char* format,
            const char* description, Words synonyms) {
  return Json::Object({{"name", name},
                       {"label", label},
                       {"expression", Expression(sql)},
                       {"description", description},
                       {"ai_context", Json::Object({{"synonyms", Strings(synonyms)}})},
                       {"custom_extensions", Extension(Json::Object({{"format", format}}))}});
}

Json OrderMargin() {
  return Dataset(
      "order_margin", "analytics.order_margin", "line_id",
      "One row per order line, goods that came back as negative quantities: the grain of every "
      "metric.",
      Json::Array({Plain("line_id", "Order number and line number."),
                   Plain("order_number", "The order the line belongs to."),
                   TimeField("order_date", "Order date", "The day the order was placed."),
                   Plain("account_number", "The buyer; joins accounts_dim."),
                   Plain("product_code", "The product; joins products_dim."),
                   Plain("is_return", "True for goods that came back."),
                   Plain("quantity", "Pieces; negative when they came back."),
                   Plain("revenue", "Net amount after discount."),
                   Plain("cost", "Cost of the goods."),
                   Plain("gross_margin", "Revenue less cost.")}));
}

Json AccountsDim() {
  return Dataset(
      "accounts_dim", "analytics.accounts_dim", "account_number", "One row per account.",
      Json::Array({Plain("account_number", "The account's number in the CRM and in the ERP."),
                   DimensionField({"account_name", "account", "Account", "account_number"},
                                  "The account's name.",
                                  {"accounts", "customer", "customers", "client", "clients",
                                   "buyer", "buyers", "account name", "company", "companies"}),
                   DimensionField({"territory", "territory", "Territory"}, "The sales territory.",
                                  {"territories", "sales territory", "sales area", "area", "areas",
                                   "region", "regions"}),
                   DimensionField({"industry", "industry", "Industry"}, "The account's industry.",
                                  {"industries", "sector", "sectors", "vertical", "verticals"}),
                   DimensionField({"city", "city", "City"}, "The account's city.",
                                  {"cities", "town", "towns"}),
                   DimensionField({"state", "state", "State"}, "The account's state.",
                                  {"states", "province", "provinces"})}));
}

Json ProductsDim() {
  return Dataset(
      "products_dim", "analytics.products_dim", "product_code", "One row per product.",
      Json::Array(
          {Plain("product_code", "The product's code."),
           DimensionField({"product", "product", "Product", "product_code"}, "The product's name.",
                          {"products", "item", "items", "sku", "skus", "article", "articles"}),
           DimensionField({"product_family", "product_family", "Product family"},
                          "The family a product belongs to.",
                          {"product families", "family", "families", "product line",
                           "product lines", "product group", "product groups", "category",
                           "categories", "product category", "product categories"})}));
}

Json Metrics() {
  return Json::Array(
      {Metric("revenue", "Revenue", "SUM(order_margin.revenue)", "money",
              "Net sales after discounts and returns.",
              {"sales", "net sales", "net revenue", "turnover", "sales revenue", "sales amount",
               "sales value", "value of sales", "value of orders", "order amount", "amount sold",
               "billings"}),
       Metric("cost", "Cost", "SUM(order_margin.cost)", "money", "Cost of the goods sold.",
              {"costs", "cogs", "cost of goods", "cost of goods sold", "cost of sales"}),
       Metric("gross_margin", "Gross margin", "SUM(order_margin.gross_margin)", "money",
              "Revenue less cost.",
              {"margin", "margins", "gross margins", "gross profit", "profit", "profits",
               "gross margin amount", "gm", "margin dollars"}),
       Metric("gross_margin_percent", "Gross margin %",
              "CAST(ROUND(100 * SUM(order_margin.gross_margin) / "
              "NULLIF(SUM(order_margin.revenue), 0), 2) AS DECIMAL(9,2))",
              "percent", "Gross margin as a percentage of revenue.",
              {"gross margin percent", "gross margin percentage", "margin percent",
               "margin percentage", "margin %", "gm %", "gm percent", "margin rate",
               "gross margin rate", "profitability", "profit margin", "percent margin",
               "percentage margin"}),
       Metric("orders", "Orders",
              "COUNT(DISTINCT order_margin.order_number) FILTER (WHERE NOT order_margin.is_return)",
              "count", "Orders placed; returns are not orders.",
              {"order count", "number of orders", "count of orders", "orders placed",
               "how many orders", "order"}),
       Metric("order_lines", "Order lines", "COUNT(*) FILTER (WHERE NOT order_margin.is_return)",
              "count", "Lines of orders placed.",
              {"order line", "lines", "line items", "number of order lines", "line count",
               "how many order lines", "how many lines"}),
       Metric("units", "Units", "SUM(order_margin.quantity)", "count",
              "Pieces sold, less pieces that came back.",
              {"units sold", "quantity", "quantities", "quantity sold", "volume", "pieces",
               "how many units", "number of units", "pieces sold"}),
       Metric("average_order_value", "Average order value",
              "CAST(SUM(order_margin.revenue) / NULLIF(COUNT(DISTINCT order_margin.order_number) "
              "FILTER (WHERE NOT order_margin.is_return), 0) AS DECIMAL(18,2))",
              "money", "Revenue divided by orders.",
              {"aov", "average order", "average order size", "average sale", "mean order value",
               "average basket", "revenue per order", "average revenue per order"}),
       Metric("returned_amount", "Returned amount",
              "-COALESCE(SUM(order_margin.revenue) FILTER (WHERE order_margin.is_return), 0)",
              "money", "Net amount of goods that came back.",
              {"returns", "returned goods", "value of returned goods", "value of returns",
               "refunds", "returned value", "amount returned", "credits"}),
       Metric("active_accounts", "Active accounts", "COUNT(DISTINCT order_margin.account_number)",
              "count", "Accounts that bought.",
              {"active customers", "buying accounts", "buying customers", "number of accounts",
               "number of customers", "how many accounts", "how many customers", "account count",
               "customer count", "how many active accounts"}),
       Metric("last_order_date", "Last order",
              "MAX(order_margin.order_date) FILTER (WHERE NOT order_margin.is_return)", "date",
              "The day of the latest order.",
              {"last order", "latest order", "most recent order", "latest order date",
               "date of last order"})});
}

}  // namespace

Json MartSemanticModel() {
  Json model = Json::Object(
      {{"name", "sales"},
       {"description", "Orders of a distributor: revenue, cost and margin by account and product."},
       {"ai_context",
        Json::Object(
            {{"instructions",
              "Sum order_margin, one row per order line. Join accounts_dim and products_dim by "
              "their keys; both joins are many to one. Amounts are in the company's currency."},
             {"examples",
              Strings({"What is the lifetime gross margin by account for the Cleveland territory?",
                       "Top 10 accounts by revenue this year",
                       "Gross margin % by product family last quarter",
                       "Revenue by month in 2026"})}})},
       {"datasets", Json::Array({OrderMargin(), AccountsDim(), ProductsDim()})},
       {"relationships",
        Json::Array({Relationship("order_margin", "accounts_dim", "account_number"),
                     Relationship("order_margin", "products_dim", "product_code")})},
       {"metrics", Metrics()}});
  return Json::Object(
      {{"version", "0.2.0.dev0"}, {"semantic_model", Json::Array({std::move(model)})}});
}

}  // namespace boathouse::lakehouse
