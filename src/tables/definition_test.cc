#include "tables/definition.h"

#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/bytes.h"
#include "tables/row_source.h"
#include "tables/table_fixture.h"

namespace boathouse::tables {
namespace {

Id DefinitionId(uint8_t number) {
  Id id;
  id.bytes[0] = 0xD0;
  id.bytes[15] = number;
  return id;
}

RowFilter AtLeast(int64_t employees) {
  RowFilter filter;
  filter.text = "number_of_employees >= " + std::to_string(employees);
  filter.bind = [employees](const model::Model& model) -> Result<store::Condition> {
    return store::Condition::Where(*model.Find("account")->IndexOf("number_of_employees"),
                                   store::Condition::Compare::kGreaterOrEqual, employees);
  };
  return filter;
}

// Contacts of accounts of that name.
RowFilter OfAccount(const std::string& name) {
  RowFilter filter;
  filter.text = "account.name = '" + name + "'";
  filter.bind = [name](const model::Model& model) -> Result<store::Condition> {
    const model::Object& contact = *model.Find("contact");
    const model::Object& account = *model.Find("account");
    store::Condition condition =
        store::Condition::Where(*account.IndexOf("name"), store::Condition::Compare::kEqual, name);
    condition.path.push_back({*contact.IndexOf("account_id"), &account});
    return condition;
  };
  return filter;
}

struct DefinedFixture : TableFixture {
  Table& Define(const Definition& definition) {
    const auto defined = catalog->Define(definition);
    REQUIRE_MESSAGE(defined.ok(), (defined.ok() ? "" : defined.error().message));
    return **defined;
  }
  TextRows Shown(Table& table) {
    const auto version = table.Current();
    REQUIRE_MESSAGE(version.ok(), (version.ok() ? "" : version.error().message));
    return RowsOf(table, (*version)->files);
  }
  void SetEmployees(const Id& id, int64_t employees) {
    Write([&](store::Transaction& t) -> Status {
      ASSIGN(const model::Record current, t.Get(object(), id));
      model::Record updated = current;
      updated.Set(*object().IndexOf("number_of_employees"), employees);
      TRY(t.Update(object(), current, updated, {Id{}, "test"}));
      return Status::Ok();
    });
  }
  Id CreateContact(const std::string& name, const Id& account) {
    const model::Object& contact = object("contact");
    model::Record record;
    record.values.resize(contact.fields.size());
    record.Set(model::kFieldId, ids.Next());
    record.Set(*contact.IndexOf("last_name"), name);
    if (!account.is_nil()) record.Set(*contact.IndexOf("account_id"), account);
    const Id id = record.id();
    Write([&](store::Transaction& t) -> Status {
      TRY(t.Insert(contact, record, {Id{}, "test"}));
      return Status::Ok();
    });
    return id;
  }
  // Everything that lies in a table's folder.
  std::string AllBytes(const std::string& name) {
    std::string all;
    const auto path = options.directory + "/" + name;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path)) {
      if (!entry.is_regular_file()) continue;
      std::ifstream in(entry.path(), std::ios::binary);
      all.append(std::istreambuf_iterator<char>(in), {});
    }
    return all;
  }
};

TEST_CASE("a definition shows its columns only, masked as it says") {
  DefinedFixture f;
  const Id id = f.Create(1, "Zoë & Söhne ")[0];
  Definition definition;
  definition.id = DefinitionId(1);
  definition.object = "account";
  definition.columns = {{"name", Mask::kTruncate, 3},
                        {"annual_revenue", Mask::kSha256},
                        {"number_of_employees"},
                        {"billing_city", Mask::kSha256}};
  Table& table = f.Define(definition);
  CHECK(table.name() == "pt-d0000000000000000000000000000001");
  CHECK(table.object() == "account");
  CHECK(*f.catalog->Find(TableNameOf(definition.id)) == &table);
  const auto version = *table.Current();
  std::vector<std::string> columns;
  for (const Column& column : version->schema->columns) columns.push_back(column.name);
  CHECK(columns == std::vector<std::string>{"id", "name", "annual_revenue", "number_of_employees",
                                            "billing_city"});
  CHECK(version->schema->columns[2].type == model::FieldType::kText);
  CHECK(version->schema->columns[2].column_id == f.object().Find("annual_revenue")->column_id);
  CHECK(version->schema->columns[3].type == model::FieldType::kInteger);
  // A null stays one, whatever the mask.
  CHECK(f.Shown(table) == TextRows{{id.ToString(),
                                    {{"id", id.ToString()},
                                     {"name", "Zoë"},
                                     {"annual_revenue", HexEncode(Sha256("12345.00"))},
                                     {"number_of_employees", "42"}}}});
  // The object's own table is another one.
  f.CheckLive();
}

TEST_CASE(
    "what a definition hides is in none of its bytes, and a new field is not shown by itself") {
  DefinedFixture f;
  f.Create(3, "Secret name ");
  Definition definition;
  definition.id = DefinitionId(2);
  definition.object = "account";
  definition.columns = {{"number_of_employees"}};
  Table& table = f.Define(definition);
  CHECK(f.Shown(table).size() == 3);
  // Texts of three rows are not compressed away, but the schema would name the column too.
  const std::string bytes = f.AllBytes(table.name());
  CHECK(bytes.find("number_of_employees") != std::string::npos);
  CHECK(bytes.find("annual_revenue") == std::string::npos);
  CHECK(bytes.find("Secret") == std::string::npos);
  REQUIRE(f.store
              ->ChangeModel(*Json::Parse(R"({"add_field": {"object": "account", "field":
                  {"name": "stars", "type": "integer", "label": "Stars"}}})"))
              .ok());
  CHECK((*table.Current())->schema->columns.size() == 2);
  CHECK(f.Current()->schema->columns.back().name == "stars");
}

TEST_CASE("a filter lets rows in and out as they change, and hides changes of what is hidden") {
  DefinedFixture f;
  const std::vector<Id> ids = f.Create(4);
  Definition definition;
  definition.id = DefinitionId(3);
  definition.object = "account";
  definition.columns = {{"number_of_employees"}};
  definition.filter = AtLeast(100);
  Table& table = f.Define(definition);
  CHECK(f.Shown(table).empty());
  f.SetEmployees(ids[1], 500);
  CHECK(f.Shown(table).size() == 1);
  CHECK(f.Shown(table).contains(ids[1].ToString()));
  f.SetEmployees(ids[2], 100);
  f.SetEmployees(ids[1], 99);
  CHECK(f.Shown(table).size() == 1);
  CHECK(f.Shown(table).contains(ids[2].ToString()));
  f.Delete(ids[2]);
  CHECK(f.Shown(table).empty());
  // A row that was never shown makes no version.
  const int64_t before = (*table.Current())->version;
  f.SetEmployees(ids[3], 7);
  f.Rename(ids[0], "Other");
  CHECK((*table.Current())->version == before);
}

TEST_CASE("a filter over a related record follows that record") {
  DefinedFixture f;
  const std::vector<Id> accounts = f.Create(2, "Firm ");
  const Id one = f.CreateContact("One", accounts[0]), two = f.CreateContact("Two", accounts[1]);
  f.CreateContact("None", Id{});
  Definition definition;
  definition.id = DefinitionId(4);
  definition.object = "contact";
  definition.filter = OfAccount("Firm 0");
  Table& table = f.Define(definition);
  CHECK(f.Shown(table).size() == 1);
  CHECK(f.Shown(table).contains(one.ToString()));
  // No contact changes below.
  f.Rename(accounts[1], "Firm 0");
  CHECK(f.Shown(table).size() == 2);
  CHECK(f.Shown(table).contains(two.ToString()));
  f.Rename(accounts[0], "Gone");
  CHECK(f.Shown(table).size() == 1);
  CHECK(f.Shown(table).contains(two.ToString()));
  CHECK(f.Shown(table).at(two.ToString()).at("last_name") == "Two");
}

TEST_CASE("another definition starts anew, the same one goes on, also after a restart") {
  DefinedFixture f;
  f.Create(2);
  Definition definition;
  definition.id = DefinitionId(5);
  definition.object = "account";
  definition.columns = {{"name"}, {"number_of_employees"}};
  Table* table = &f.Define(definition);
  const Id first = *table->id();
  const auto version = *table->Current();
  const std::string file = version->files[0].id;
  CHECK(&f.Define(definition) == table);
  CHECK(*table->id() == first);

  f.OpenCatalog();
  CHECK(f.catalog->Find(TableNameOf(definition.id)).error().kind == ErrorKind::kNotFound);
  table = &f.Define(definition);
  CHECK(*table->id() == first);
  CHECK(table->OpenFile(file).ok());

  definition.columns[0].mask = Mask::kSha256;
  CHECK(&f.Define(definition) == table);
  CHECK(*table->id() != first);
  CHECK(table->OpenFile(file).error().kind == ErrorKind::kNotFound);
  CHECK((*table->Current())->version == 0);
  CHECK(f.AllBytes(table->name()).find("Account 1") == std::string::npos);

  // Also when it was defined differently while the program was not running.
  const Id second = *table->id();
  definition.filter = AtLeast(1);
  f.OpenCatalog();
  table = &f.Define(definition);
  CHECK(*table->id() != second);
  CHECK(f.Shown(*table).size() == 2);

  CHECK(f.catalog->Forget(table->name()).ok());
  CHECK(f.catalog->Find(table->name()).error().kind == ErrorKind::kNotFound);
  CHECK(table->Current().error().kind == ErrorKind::kNotFound);
  CHECK(!std::filesystem::exists(f.options.directory + "/" + table->name()));
  CHECK(f.catalog->Forget(table->name()).ok());
  // And back again.
  CHECK(&f.Define(definition) == table);
  CHECK(f.Shown(*table).size() == 2);
}

TEST_CASE("a definition that chooses nothing is the object's own table") {
  DefinedFixture f;
  Definition whole;
  whole.id = DefinitionId(6);
  whole.object = "account";
  CHECK(&f.Define(whole) == &f.table());
}

TEST_CASE("definitions that do not hold are told by the field") {
  DefinedFixture f;
  const auto refused = [&](const Definition& definition) {
    const auto defined = f.catalog->Define(definition);
    REQUIRE(!defined.ok());
    CHECK(defined.error().kind == ErrorKind::kInvalid);
    REQUIRE(defined.error().fields.size() == 1);
    return defined.error().fields[0].field;
  };
  Definition definition;
  definition.object = "acount";
  definition.columns = {{"name"}};
  CHECK(refused(definition) == "object");
  definition.object = "account";
  definition.columns = {{"name"}, {"nmae"}};
  CHECK(refused(definition) == "columns/1/field");
  definition.columns = {{"name"}, {"name", Mask::kSha256}};
  CHECK(refused(definition) == "columns/1/field");
  definition.columns = {{"id", Mask::kSha256}};
  CHECK(refused(definition) == "columns/0/mask");
  for (const int length : {0, -1, mask_characters_max + 1}) {
    definition.columns = {{"name", Mask::kTruncate, length}};
    CHECK(refused(definition) == "columns/0/length");
  }
  definition.columns = {{"name"}};
  definition.filter = RowFilter{"nmae = 1", [](const model::Model&) -> Result<store::Condition> {
                                  return Error{ErrorKind::kInvalid, "there is no field nmae"};
                                }};
  CHECK(refused(definition) == "filter");
}

TEST_CASE("a filter that no longer fits the model closes the table") {
  DefinedFixture f;
  f.Create(1);
  Definition definition;
  definition.id = DefinitionId(7);
  definition.object = "account";
  bool fits = true;
  definition.filter = AtLeast(1);
  const auto bind = definition.filter->bind;
  definition.filter->bind = [&fits, bind](const model::Model& model) -> Result<store::Condition> {
    if (!fits) return Error{ErrorKind::kInvalid, "the field is gone"};
    return bind(model);
  };
  Table& table = f.Define(definition);
  CHECK(table.Current().ok());
  fits = false;
  REQUIRE(f.store
              ->ChangeModel(*Json::Parse(R"({"add_field": {"object": "account", "field":
                  {"name": "stars", "type": "integer", "label": "Stars"}}})"))
              .ok());
  CHECK(table.Current().error().kind == ErrorKind::kConflict);
}

TEST_CASE("the digest of a definition tells apart what shows something else") {
  Definition a;
  a.object = "account";
  const std::string whole = DigestOf(a);
  a.columns = {{"name"}};
  const std::string named = DigestOf(a);
  CHECK(named != whole);
  a.columns[0].mask = Mask::kTruncate;
  a.columns[0].length = 3;
  const std::string three = DigestOf(a);
  a.columns[0].length = 4;
  CHECK(DigestOf(a) != three);
  CHECK(three != named);
  a.filter = AtLeast(3);
  CHECK(DigestOf(a) != three);
  Definition b = a;
  b.id = DefinitionId(9);
  CHECK(DigestOf(a) == DigestOf(b));
}

}  // namespace
}  // namespace boathouse::tables
