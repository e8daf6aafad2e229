// What administrators may write as a formula, for every type of result: it parses or says why not, and what
// parses has a value for any record.
#include "model/formula.h"

#include "tests/fuzz/fuzz.h"

FUZZ_TARGET(input) {
  using namespace boathouse::model;
  static const auto model = Model::Standard();
  const Object& object = *model->Find("opportunity");
  Record record;
  record.Set(*object.IndexOf("name"), std::string("Gr\xC3\xB6\xC3\x9F"
                                                  "e"));
  record.Set(*object.IndexOf("amount"), boathouse::Decimal{boathouse::Decimal::units_max});
  record.Set(*object.IndexOf("probability"), int64_t{-7});
  record.Set(*object.IndexOf("close_date"), Date{0});
  record.Set(*object.IndexOf("stage_changed_at"), DateTime{-1});
  for (const FieldType type : {FieldType::kText, FieldType::kInteger, FieldType::kDecimal,
                               FieldType::kBoolean, FieldType::kDate, FieldType::kDateTime}) {
    Field field;
    field.name = "made";
    field.type = type;
    field.formula = input;
    const auto formula = Formula::Parse(object, field, "/formula");
    if (!formula.ok()) {
      FUZZ_CHECK(!formula.error().fields.empty());
      continue;
    }
    const Value value = (*formula)->Evaluate(record);
    FUZZ_CHECK((*formula)->Evaluate(record) == value);
    FUZZ_CHECK((*formula)->Evaluate(Record{}).index() < 8);
  }
}
