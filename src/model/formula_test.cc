#include "model/formula.h"

#include <doctest/doctest.h>

#include "model/change.h"
#include "model/computed.h"

namespace boathouse::model {
namespace {

const Object& Deal() { return *Model::Standard()->Find("opportunity"); }

Record SomeDeal() {
  Record record;
  const auto set = [&](const char* field, const char* text) {
    const size_t index = *Deal().IndexOf(field);
    record.Set(index, *FromText(Deal().fields[index], text, "/"));
  };
  set("name", "Größe Ünit");
  set("stage", "won");
  set("amount", "1000.50");
  set("probability", "30");
  set("close_date", "2026-02-28");
  set("engage_date", "2026-01-31");
  set("tags", "press;vip");
  set("stage_changed_at", "2026-03-01T23:30:00Z");
  return record;
}

// The formula's value for SomeDeal in a field of that type; "null"; or the position and code of the error.
std::string Gives(FieldType type, const std::string& text) {
  Field field;
  field.name = "made";
  field.type = type;
  field.length_max = 255;
  field.formula = text;
  const auto formula = Formula::Parse(Deal(), field, "/formula");
  if (!formula.ok()) {
    const FieldError& error = formula.error().fields.at(0);
    CHECK(error.field == "/formula");
    const size_t colon = error.detail.find(':');
    const bool placed = error.code == "invalid_formula" && colon != std::string::npos;
    return placed ? error.detail.substr(9, colon - 9) : error.code;
  }
  const Value value = (*formula)->Evaluate(SomeDeal());
  return IsNull(value) ? "null" : ToText(value);
}
std::string Number(const std::string& text) { return Gives(FieldType::kDecimal, text); }
std::string Words(const std::string& text) { return Gives(FieldType::kText, text); }
std::string Truth(const std::string& text) { return Gives(FieldType::kBoolean, text); }
std::string Day(const std::string& text) { return Gives(FieldType::kDate, text); }

TEST_CASE("numbers are exact and rounded once") {
  CHECK(Number("amount * probability / 100") == "300.15");
  CHECK(Number("1 / 3 * 3") == "1.00");
  CHECK(Number("0.1 + 0.2") == "0.30");
  CHECK(Number("10 / 8") == "1.25");
  CHECK(Number("2 / 3") == "0.6667");
  CHECK(Number("-2 / 3") == "-0.6667");
  CHECK(Number("7 % 4") == "3.00");
  CHECK(Number("-7 % 4") == "-3.00");
  CHECK(Number("2 + 3 * 4 - 1") == "13.00");
  CHECK(Number("(2 + 3) * 4") == "20.00");
  CHECK(Number("- - 2") == "2.00");
  CHECK(Number("round(2.345, 2)") == "2.35");
  CHECK(Number("round(-2.5)") == "-3.00");
  CHECK(Number("abs(-2.5)") == "2.50");
  CHECK(Number("min(3, null, 2) + max(1, 5)") == "7.00");
  CHECK(Gives(FieldType::kInteger, "2.5") == "3");
  CHECK(Gives(FieldType::kMoney, "amount") == "1000.50");
  CHECK(Number("12345678901234 * 1000 / 1000") == "12345678901234.00");
}

TEST_CASE("what cannot be reckoned is null") {
  CHECK(Number("1 / 0") == "null");
  CHECK(Number("1 % 0") == "null");
  CHECK(Number("99999999999999 * 10") == "null");
  CHECK(Number("99999999999999 * 99999999999999 * 99999999999999") == "null");
  CHECK(Gives(FieldType::kInteger, "99999999999999 * 1000000") == "null");
  CHECK(Number("null + 1") == "null");
  CHECK(Number("coalesce(null, amount)") == "1000.50");
  CHECK(Words("left(null, 2)") == "null");
  CHECK(Day("date_add(close_date, 100000, \"years\")") == "null");
  CHECK(Day("date_add(\"0001-01-01\", -1, \"days\")") == "null");
  CHECK(Number("year(null)") == "null");
}

TEST_CASE("texts are joined, cut and compared") {
  CHECK(Words("name & \" (\" & probability & \")\"") == "Größe Ünit (30)");
  CHECK(Words("upper(name)") == "GRÖßE ÜNIT");
  CHECK(Words("lower(\"ÄŽΣ\")") == "äžσ");
  CHECK(Words("left(name, 3) & right(name, 2)") == "Gröit");
  CHECK(Words("trim(\"  a \")") == "a");
  CHECK(Words("\"a\nb\"") == "a b");
  CHECK(Words("'it\\'s'") == "it's");
  CHECK(Words("amount & \"/\" & close_date & \"/\" & null & true") == "1000.50/2026-02-28/true");
  CHECK(Number("length(name)") == "10.00");
  CHECK(Truth("contains(name, \"GR\")") == "true");
  CHECK(Truth("starts_with(name, \"nit\")") == "false");
  CHECK(Truth("has(tags, \"vip\") and not has(tags, \"vi\")") == "true");
}

TEST_CASE("conditions know null") {
  CHECK(Truth("stage = \"won\" and amount >= 1000") == "true");
  CHECK(Truth("is_null(next_step)") == "true");
  CHECK(Truth("next_step = null") == "true");
  CHECK(Truth("amount != null") == "true");
  CHECK(Truth("null < 1 or null >= 1") == "false");
  CHECK(Truth("not (null < 1)") == "true");
  CHECK(Truth("if(null, true, false)") == "false");
  CHECK(Words("if(amount > 500, \"big\", \"small\")") == "big");
  CHECK(Words("IF(amount > 5000, \"big\", null)") == "null");
}

TEST_CASE("dates are reckoned with by the calendar") {
  CHECK(Number("days_between(engage_date, close_date)") == "28.00");
  CHECK(Number("days_between(close_date, stage_changed_at)") == "1.00");
  CHECK(Day("date_add(engage_date, 1, \"months\")") == "2026-02-28");
  CHECK(Day("date_add(close_date, -2, \"years\")") == "2024-02-28");
  CHECK(Day("date_add(close_date, 1, \"days\")") == "2026-03-01");
  CHECK(Gives(FieldType::kDateTime, "date_add(stage_changed_at, 1, \"days\")") ==
        "2026-03-02T23:30:00.000000Z");
  CHECK(Number("year(close_date) * 100 + month(close_date)") == "202602.00");
  CHECK(Truth("close_date < \"2026-03-01\"") == "true");
  CHECK(Day("min(close_date, \"2026-01-01\")") == "2026-01-01");
}

TEST_CASE("what is wrong is told with its place") {
  CHECK(Number("") == "character 1");
  CHECK(Number("amount +") == "character 9");
  CHECK(Number("amount probability") == "character 8");
  CHECK(Number("amont") == "character 1");
  CHECK(Number("2 * made") == "character 5");
  CHECK(Number("version") == "character 1");
  CHECK(Number("(1") == "character 3");
  CHECK(Number("1 == 1") == "character 3");
  CHECK(Number("#") == "character 1");
  CHECK(Number("1.2.3") == "character 1");
  CHECK(Number("0.00001") == "character 1");
  CHECK(Words("\"a") == "character 1");
  CHECK(Number("name + 1") == "character 6");
  CHECK(Number("amount + stage") == "character 8");
  CHECK(Number("close_date - engage_date") == "character 12");
  CHECK(Truth("amount = name") == "character 1");
  CHECK(Truth("account_id < contact_id") == "character 12");
  CHECK(Truth("close_date = \"soon\"") == "character 14");
  CHECK(Number("if(1, 2, 3)") == "character 4");
  CHECK(Number("if(true, 2)") == "character 1");
  CHECK(Number("if(true, 2, \"a\")") == "character 13");
  CHECK(Number("round(1, 9)") == "character 10");
  CHECK(Number("nothing(1)") == "character 1");
  CHECK(Number("round") == "character 1");
  CHECK(Day("date_add(close_date, 1, \"weeks\")") == "character 25");
  CHECK(Number("name") == "wrong_type");
  CHECK(Gives(FieldType::kSelect, "name") == "unsupported");
  CHECK(Number(std::string(60, '(') + "1" + std::string(60, ')')) == "character 51");
  CHECK(Number(std::string(100, '-') + "1") == "character 51");
  CHECK(Number(std::string(formula_chars_max + 1, ' ')) == "too_long");
  std::string chain = "1";
  for (int i = 0; i < 900; ++i) chain += "+1";
  CHECK(Number(chain) == "901.00");
}

std::string Change(std::shared_ptr<const Model>* model, const std::string& change) {
  auto next = Apply(**model, *Json::Parse(change));
  if (!next.ok()) {
    if (next.error().fields.empty()) return std::string(ErrorKindName(next.error().kind));
    return next.error().fields[0].field + " " + next.error().fields[0].code;
  }
  *model = *next;
  return "ok";
}

TEST_CASE("computed fields are defined, ordered and kept from needing themselves") {
  auto model = Model::Standard();
  const auto add = [&](const std::string& field) {
    return Change(&model, R"({"add_field":{"object":"account","field":)" + field + "}}");
  };
  CHECK(add(R"({"name":"won_total","type":"money","roll_up":{"object":"opportunity",
      "relation":"account_id","function":"sum","field":"amount","filter":"stage = \"won\""}})") ==
        "ok");
  CHECK(add(R"({"name":"share","type":"decimal","formula":"won_total / annual_revenue"})") == "ok");
  CHECK(model->Find("account")->Find("share")->read_only);
  // Standard fields: read-only ones that follow from others.
  Record line;
  const Object& lines = *model->Find("opportunity_line");
  const auto set = [&](const char* field, const char* value) {
    line.Set(*lines.IndexOf(field), *FromText(*lines.Find(field), value, "/"));
  };
  set("quantity", "3");
  set("unit_price", "19.99");
  set("discount", "10");
  Compute(lines, line);
  CHECK(ToText(line.At(*lines.IndexOf("total_price"))) == "53.97");

  CHECK(add(R"({"name":"x","type":"decimal","formula":"x + 1"})") == "/formula invalid_formula");
  CHECK(add(R"({"name":"x","type":"decimal","formula":7})") == "/formula wrong_type");
  CHECK(add(R"({"name":"x","type":"decimal","formula":"1","required":true})") ==
        "/required unsupported");
  CHECK(add(R"({"name":"x","type":"decimal","formula":"1","roll_up":{}})") ==
        "/roll_up unsupported");
  const auto roll = [&](const std::string& type, const std::string& roll_up) {
    return add(R"({"name":"x","type":")" + type + R"(","roll_up":)" + roll_up + "}");
  };
  CHECK(roll("money", R"({"object":"nothing","relation":"account_id","function":"count"})") ==
        "/roll_up/object not_found");
  CHECK(roll("integer", R"({"object":"contact","relation":"owner_id","function":"count"})") ==
        "/roll_up/relation not_found");
  CHECK(roll("money", R"({"object":"contact","relation":"account_id","function":"count"})") ==
        "/type wrong_type");
  CHECK(roll("money", R"({"object":"contact","relation":"account_id","function":"avg"})") ==
        "/roll_up/function not_an_option");
  CHECK(roll("text", R"({"object":"contact","relation":"account_id","function":"max",
      "field":"name"})") == "/roll_up/field wrong_type");
  CHECK(roll("text", R"({"object":"opportunity","relation":"account_id","function":"max",
      "field":"close_date"})") == "/type wrong_type");
  // A hierarchy that sums itself, and one in a circle over two objects.
  CHECK(roll("money", R"({"object":"account","relation":"parent_id","function":"sum",
      "field":"x"})") == "/roll_up cycle");
  CHECK(
      Change(&model, R"({"add_field":{"object":"opportunity","field":{"name":"acc","type":"integer",
      "formula":"line_count * 2"}}})") == "ok");
  CHECK(Change(&model, R"({"alter_field":{"object":"opportunity","field":"acc",
      "formula":"acc + 1"}})") == "/formula invalid_formula");
  CHECK(Change(&model, R"({"add_object":{"name":"loop","plural":"loops","fields":[
      {"name":"a","type":"integer","formula":"b + 1"},
      {"name":"b","type":"integer","formula":"a + 1"}]}})") == "/fields/0/formula cycle");
  CHECK(Change(&model, R"({"add_object":{"name":"chain","plural":"chains","fields":[
      {"name":"a","type":"integer","formula":"b + 1"},{"name":"b","type":"integer","formula":"c + 1"},
      {"name":"c","type":"integer"}]}})") == "ok");
  const Object& chain = *model->Find("chain");
  Record record;
  record.Set(*chain.IndexOf("c"), int64_t{1});
  Compute(chain, record);
  CHECK(ToText(record.At(*chain.IndexOf("a"))) == "3");
}

TEST_CASE("fields are altered as far as they may be") {
  auto model = Model::Standard();
  CHECK(Change(&model, R"({"add_field":{"object":"account","field":{"name":"grade","type":"select",
      "options":["a","b"],"default":"a"}}})") == "ok");
  const auto alter = [&](const std::string& field, const std::string& members) {
    return Change(&model, R"({"alter_field":{"object":"account","field":")" + field + R"(",)" +
                              members + "}}");
  };
  CHECK(alter("grade", R"("required":true,"options":["a",{"value":"c","label":"Third"}])") == "ok");
  const Field& grade = *model->Find("account")->Find("grade");
  CHECK(grade.required);
  CHECK(grade.options[1].label == "Third");
  CHECK(alter("grade", R"("options":["c"])") == "/default not_an_option");
  CHECK(alter("grade", R"("unique":true)") == "/default unsupported");
  CHECK(alter("grade", R"("type":"text")") == "/type unknown_field");
  CHECK(alter("grade", R"("minimum":3)") == "/minimum unsupported");
  CHECK(alter("grade", R"("required":"yes")") == "/required wrong_type");
  CHECK(alter("nothing", R"("label":"x")") == "not_found");
  CHECK(alter("industry", R"("label":"Branch","indexed":false,"searchable":true)") == "ok");
  CHECK_FALSE(model->Find("account")->Find("industry")->indexed);
  CHECK(alter("industry", R"("required":true)") == "/required unsupported");
  CHECK(alter("rating", R"("options":["hot","warm","cold","icy"])") == "ok");
  CHECK(alter("rating", R"("options":["hot"])") == "/options unsupported");
  CHECK(alter("version", R"("indexed":true)") == "/indexed unsupported");
}

}  // namespace
}  // namespace boathouse::model
