// The standard objects of selling: deals and their stages, products and prices, quotes. See
// standard_objects.cc for the rules of the lists.
#include "model/standard_fields.h"

namespace boathouse::model {
namespace {

const std::vector<std::string>& ForecastCategories() {
  static const std::vector<std::string> categories = {"pipeline", "best_case", "commit", "closed",
                                                      "omitted"};
  return categories;
}

Object Opportunity() {
  return MakeObject(
      "opportunity", "opportunities", "name", "A deal under way, won or lost.",
      {Text("name").Required().Searchable().Indexed(),
       Relation("account_id", "account"),
       Relation("contact_id", "contact"),
       Relation("product_id", "product"),
       Text("stage")
           .Required()
           .Indexed()
           .Default(std::string("prospecting"))
           .Says("The key of a stage of the opportunity's pipeline."),
       Money("amount").Indexed(),
       Integer("probability").Range(0, 100).Says("Percent."),
       DateField("engage_date"),
       DateField("close_date").Indexed(),
       Select("type", {"new_business", "existing_business", "renewal"}),
       Text("lead_source"),
       Text("next_step"),
       LongText("description").Searchable(),
       Owner(),
       ExternalId(),
       Relation("pipeline_id", "pipeline"),
       Relation("stage_id", "stage").ReadOnly().Label("Stage record"),
       Boolean("is_closed").ReadOnly(),
       Boolean("is_won").ReadOnly(),
       Select("forecast_category", ForecastCategories()).ReadOnly(),
       Money("expected_revenue")
           .Formula("amount * probability / 100")
           .Says("The amount, weighted by its probability."),
       Currency(),
       Relation("price_list_id", "price_list"),
       Relation("territory_id", "territory"),
       Relation("campaign_id", "campaign"),
       Text("close_reason").Says("Why it was won or lost."),
       DateTimeField("stage_changed_at").ReadOnly(),
       Integer("line_count")
           .RollsUp({"opportunity_line", "opportunity_id", RollUp::Function::kCount, "", ""}),
       Money("lines_total")
           .RollsUp(
               {"opportunity_line", "opportunity_id", RollUp::Function::kSum, "total_price", ""}),
       Tags()});
}

Object OpportunityLine() {
  return MakePart(
      "opportunity_line", "opportunity_lines", "description",
      "A product on a deal, with its quantity and price.", "opportunity_id",
      {Relation("opportunity_id", "opportunity").Required(),
       Relation("product_id", "product").Required(), Text("description").Searchable(),
       DecimalField("quantity").Required().Default(Decimal{Decimal::unit}), Money("list_price"),
       Money("unit_price"), Percent("discount"), LineTotal(), Position(), ExternalId()});
}

Object OpportunityStageHistory() {
  return MakePart(
      "opportunity_stage_history", "opportunity_stage_histories", "stage",
      "One step of a deal from stage to stage.", "opportunity_id",
      {Relation("opportunity_id", "opportunity").ReadOnly(), Text("from_stage").ReadOnly(),
       Text("stage").ReadOnly().Indexed(), Relation("pipeline_id", "pipeline").ReadOnly(),
       Money("amount").ReadOnly(), Integer("probability").ReadOnly().Says("Percent."),
       DateField("close_date").ReadOnly(), DateTimeField("changed_at").ReadOnly().Indexed(),
       DecimalField("days_in_stage")
           .ReadOnly()
           .Says("How long the deal had stood in the stage before.")});
}

Object Pipeline() {
  return MakeObject(
      "pipeline", "pipelines", "name", "The stages that a kind of deal goes through.",
      {Text("name").Required().Unique().Searchable(), Boolean("is_default").Default(false),
       Boolean("is_active").Default(true), LongText("description"), ExternalId()});
}

Object Stage() {
  return MakePart(
      "stage", "stages", "name", "A step of a pipeline.", "pipeline_id",
      {Relation("pipeline_id", "pipeline").Required(),
       Text("key").Required().Indexed().Says(
           "Lower-case letters, digits and underscores; what an opportunity's stage holds."),
       Text("name").Required().Searchable(), Position(),
       Integer("probability").Range(0, 100).Says("Percent."),
       Select("category", {"open", "won", "lost"}).Required().Default(std::string("open")),
       Select("forecast_category", ForecastCategories())
           .Required()
           .Default(std::string("pipeline")),
       ExternalId()});
}

Object Product() {
  return MakeObject(
      "product", "products", "name", "Something we sell.",
      {Text("name").Required().Unique().Searchable(), Text("product_code").Unique().Searchable(),
       Text("family").Searchable().Indexed(), Text("vendor").Searchable(), Text("unit_of_measure"),
       Money("list_price"), Boolean("is_active").Default(true),
       LongText("description").Searchable(), ExternalId(), Text("stock_keeping_unit"), Tags()});
}

Object PriceList() {
  return MakeObject("price_list", "price_lists", "name", "Prices that hold for some customers.",
                    {Text("name").Required().Unique().Searchable(), Currency(),
                     Boolean("is_standard").Default(false), Boolean("is_active").Default(true),
                     LongText("description"), ExternalId()});
}

Object PriceListEntry() {
  return MakePart("price_list_entry", "price_list_entries", "id",
                  "What a product costs in a price list.", "price_list_id",
                  {Relation("price_list_id", "price_list").Required(),
                   Relation("product_id", "product").Required(), Money("unit_price").Required(),
                   Boolean("is_active").Default(true), ExternalId()});
}

Object Quote() {
  return MakeObject(
      "quote", "quotes", "name", "An offer to a customer.",
      {Text("quote_number").Unique().ReadOnly().Searchable(),
       Text("name").Required().Searchable().Indexed(), Relation("opportunity_id", "opportunity"),
       Relation("account_id", "account"), Relation("contact_id", "contact"),
       Relation("price_list_id", "price_list"),
       Select("status", {"draft", "in_review", "presented", "accepted", "rejected", "expired"})
           .Required()
           .Indexed()
           .Default(std::string("draft")),
       DateField("expiration_date").Indexed(), Currency(), Percent("discount"), Money("tax"),
       Money("shipping"),
       Money("subtotal")
           .RollsUp({"quote_line", "quote_id", RollUp::Function::kSum, "total_price", ""}),
       Money("grand_total")
           .Formula("round(subtotal * (100 - coalesce(discount, 0)) / 100, 2) + coalesce(tax, 0) + "
                    "coalesce(shipping, 0)"),
       LongText("description").Searchable(), Owner(), ExternalId(),
       Integer("line_count").RollsUp({"quote_line", "quote_id", RollUp::Function::kCount, "", ""}),
       Tags()});
}

Object QuoteLine() {
  return MakePart(
      "quote_line", "quote_lines", "description",
      "A product on a quote, with its quantity and price.", "quote_id",
      {Relation("quote_id", "quote").Required(), Relation("product_id", "product").Required(),
       Text("description").Searchable(),
       DecimalField("quantity").Required().Default(Decimal{Decimal::unit}), Money("list_price"),
       Money("unit_price"), Percent("discount"), LineTotal(), Position(), ExternalId()});
}

}  // namespace

std::vector<Object> SalesObjects() {
  return {Opportunity(), OpportunityLine(), OpportunityStageHistory(), Pipeline(), Stage(),
          Product(),     PriceList(),       PriceListEntry(),          Quote(),    QuoteLine()};
}

}  // namespace boathouse::model
