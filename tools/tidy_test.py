#!/usr/bin/env python3
"""Plants a violation of each house rule and sees it found, and the nearest innocent text and sees it pass."""

import unittest

import tidy

README = "# module\n"


def said(tree):
    return [violation.text for violation in tidy.check(tree)]


class Case(unittest.TestCase):
    def violates(self, tree, words):
        texts = said(tree)
        self.assertTrue(any(words in text for text in texts), f"{words!r} not in {texts}")

    def keeps(self, tree):
        self.assertEqual(said(tree), [])


class Law(Case):
    def one(self, path, line):
        return [v.text for v in tidy.check_module_includes(path, line + "\n")]

    def test_an_allowed_include_passes(self):
        self.assertEqual(self.one("src/crm/x.cc", '#include "store/store.h"'), [])
        self.assertEqual(self.one("src/app/x.cc", '#include "surfaces/rest/rest.h"'), [])

    def test_the_own_module_passes_also_below_it(self):
        self.assertEqual(self.one("src/store/sqlite/x.cc", '#include "store/sqlite/schema.h"'), [])

    def test_sources_never_include_store(self):
        self.assertIn("sources may not include store", self.one("src/sources/x.cc", '#include "store/store.h"')[0])

    def test_surfaces_never_include_store_or_each_other(self):
        for target in ("store/store.h", "surfaces/mcp/mcp.h"):
            self.assertEqual(len(self.one("src/surfaces/rest/x.cc", f'#include "{target}"')), 1)

    def test_nobody_includes_app_or_the_embedded_lakehouse(self):
        for target in ("app/config.h", "lakehouse/lakehouse.h"):
            self.assertEqual(len(self.one("src/sources/x.cc", f'#include "{target}"')), 1)

    def test_base_includes_no_module(self):
        self.assertEqual(len(self.one("src/base/x.cc", '#include "model/model.h"')), 1)

    def test_only_local_sources_include_tables(self):
        self.assertEqual(self.one("src/sources/local/x.cc", '#include "tables/tables.h"'), [])
        self.assertEqual(len(self.one("src/sources/lakehouse/x.cc", '#include "tables/tables.h"')), 1)

    def test_subfolders_are_private_except_to_the_wiring(self):
        self.assertIn("private to store", self.one("src/crm/x.cc", '#include "store/sqlite/schema.h"')[0])
        self.assertEqual(self.one("src/app/x.cc", '#include "sources/lakehouse/lakehouse.h"'), [])
        self.assertEqual(len(self.one("src/assistant/x.cc", '#include "sources/lakehouse/lakehouse.h"')), 1)

    def test_a_unit_test_may_include_what_its_module_is_built_on(self):
        include = '#include "store/store.h"'
        self.assertEqual(self.one("src/surfaces/rest/x_test.cc", include), [])
        self.assertEqual(len(self.one("src/surfaces/rest/x.cc", include)), 1)

    def test_a_unit_test_may_not_include_what_is_above(self):
        self.assertEqual(len(self.one("src/store/x_test.cc", '#include "crm/crm.h"')), 1)

    def test_an_unknown_module_is_reported(self):
        self.assertIn("no module", self.one("src/reports/x.cc", "")[0])

    def test_foreign_libraries_stay_with_their_owner(self):
        allowed = {
            "boost/asio.hpp": "src/http/server.cc",
            "boost/json.hpp": "src/base/json.cc",
            "arrow/api.h": "src/tables/x.cc",
            "duckdb.h": "src/lakehouse/x.h",
            "sqlite3.h": "src/store/sqlite/x.cc",
            "curl/curl.h": "src/http/client.cc",
            "sodium.h": "src/auth/x.cc",
        }
        for header, path in allowed.items():
            self.assertEqual(self.one(path, f"#include <{header}>"), [])
            self.assertEqual(len(self.one("src/crm/x.cc", f"#include <{header}>")), 1, header)
        self.assertEqual(len(self.one("src/base/json.h", "#include <boost/json.hpp>")), 1)
        self.assertEqual(len(self.one("src/store/store.h", "#include <sqlite3.h>")), 1)

    def test_the_line_of_an_include_is_told(self):
        found = list(tidy.check_module_includes("src/base/x.cc", '// a\n\n\n#include "crm/crm.h"\n'))
        self.assertEqual(found[0].line, 4)

    def test_the_law_has_no_circle(self):
        for module in tidy.LAW:
            self.assertNotIn(module, tidy.closure(module))


class Graph(Case):
    def test_a_cycle_is_found_once(self):
        tree = {"src/base/a.h": '#include "base/b.h"\n', "src/base/b.h": '#include "base/a.h"\n'}
        self.assertEqual(len(list(tidy.check_cycles(tree))), 1)

    def test_a_diamond_is_no_cycle(self):
        tree = {
            "src/base/a.h": '#include "base/b.h"\n#include "base/c.h"\n',
            "src/base/b.h": '#include "base/d.h"\n',
            "src/base/c.h": '#include "base/d.h"\n',
            "src/base/d.h": "",
        }
        self.assertEqual(list(tidy.check_cycles(tree)), [])

    def test_a_header_that_nobody_includes_is_dead(self):
        tree = {"src/base/README.md": README, "src/base/a.h": "", "src/base/a.cc": ""}
        self.violates(tree, "no file includes")
        tree["src/base/a.cc"] = '#include "base/a.h"\n'
        self.keeps(tree)


class Lengths(Case):
    def function(self, lines):
        return "int F(int a) {\n" + "  ++a;\n" * (lines - 2) + "}\n"

    def test_a_long_file(self):
        tree = {"src/base/README.md": README, "src/base/a.cc": "int a;\n" * 801}
        self.violates(tree, "801 lines")

    def test_a_function_at_the_limit_passes_and_one_over_does_not(self):
        tree = {"src/base/README.md": README, "src/base/a.cc": self.function(70)}
        self.keeps(tree)
        tree["src/base/a.cc"] = self.function(71)
        self.violates(tree, "F has 71 lines")

    def test_the_ratchet_lets_stand_but_not_grow(self):
        tree = {
            "src/base/README.md": README,
            "src/base/a.cc": self.function(80),
            tidy.RATCHET: "# list\nsrc/base/a.cc F 80\n",
        }
        self.keeps(tree)
        tree["src/base/a.cc"] = self.function(81)
        self.violates(tree, "grew from 80 to 81")
        tree["src/base/a.cc"] = self.function(79)
        self.violates(tree, "shorter now")

    def names(self, text):
        return [(f.name, f.lines) for f in tidy.functions(text)]

    def test_functions_are_told_from_other_braces(self):
        text = (
            "namespace a {\nstruct S {\n  int x = 0;\n  int Get() const {\n    return x;\n  }\n};\n"
            "enum class E { kA };\nconst int kB[] = {1, 2};\nconst std::map<int, int> kC{\n};\n"
            "int T::F() {\n  if (x) {\n    g([] {\n    });\n  }\n}\n}\n"
        )
        names = dict(self.names(text))
        self.assertEqual(names["Get"], 3)
        self.assertEqual(names["T::F"], 6)
        self.assertNotIn("S", names)
        self.assertNotIn("E", names)

    def test_braces_in_literals_and_comments_do_not_count(self):
        text = 'void F() {\n  char c = \'{\';  // {\n  s = "{";\n  r = R"({{\n)";\n  n = 1\'000;\n}\nvoid G() {\n}\n'
        self.assertEqual(self.names(text), [("F", 7), ("G", 2)])

    def test_a_constructor_with_braced_members_is_counted(self):
        text = "A::A(int x)\n    : a_{x},\n      b_{x} {\n" + "  f();\n" * 80 + "}\n"
        self.assertTrue(any(f.lines > 70 for f in tidy.functions(text)))


class Lines(Case):
    def one(self, line, path="src/crm/x.cc"):
        return [v.text for v in tidy.check_lines(path, line + "\n")]

    def test_banned_calls(self):
        for line in (
            "std::regex r;",
            'auto h = std::getenv("HOME");',
            "std::cout << 1;",
            "auto* p = new Thing(1);",
            "delete p;",
            "delete[] p;",
            "using namespace std;",
            "int n = atoi(s);",
        ):
            self.assertEqual(len(self.one(line)), 1, line)

    def test_innocent_neighbours(self):
        for line in (
            "Thing(const Thing&) = delete;",
            "return std::unique_ptr<Thing>(new Thing(1));",
            "return std::unique_ptr<Thing>(\n    new Thing(1));",
            'log("new deal, delete it");',
            "// std::regex would do",
            "int new_count = 1;",
            "Sleeper sleeper;",
        ):
            self.assertEqual(self.one(line), [], line)

    def test_app_may_read_the_environment_and_print(self):
        self.assertEqual(self.one('std::cout << std::getenv("X");', "src/app/main.cc"), [])

    def test_tests_do_not_sleep(self):
        line = "std::this_thread::sleep_for(1ms);"
        self.assertEqual(len(self.one(line, "src/crm/x_test.cc")), 1)
        self.assertEqual(self.one(line, "src/crm/x.cc"), [])
        self.violates({"tests/conformance/test_x.py": "import time\ntime.sleep(1)\n"}, "do not sleep")
        self.keeps({"tests/conformance/test_x.py": "import time\ntime.sleep(0.05)\n"})


class Texts(Case):
    def test_unfinished_work(self):
        word = "TO" + "DO"
        self.violates({"docs/a.md": f"{word}: write\n"}, "unfinished")
        self.keeps({"docs/a.md": "A list to do things.\n"})

    def test_machine_paths(self):
        for path in ("/" + "work/main/x", "/" + "root/.cache", "/" + "home/ann/x"):
            self.violates({"docs/a.md": f"see {path}\n"}, "path of one machine")
        self.keeps({"docs/a.md": "GET /api/homework/ and ~/.cache\n"})

    def test_registry_hosts(self):
        for host in ("py" + "pi.org", "registry.np" + "mjs.org", "deb.debian" + ".org"):
            self.violates({"web/package-lock.json": f'"resolved": "https://{host}/x"\n'}, "registry")
        self.keeps({"docs/a.md": "https://example.com/registry\n"})

    def test_names_without_a_job(self):
        for path in ("src/base/string_utils.h", "web/src/helpers/x.ts", "tools/common.py", "src/crm/deal_manager.cc"):
            self.assertTrue(list(tidy.check_names(path)), path)
        for path in ("src/base/commonmark.h", "src/crm/utility_bill.cc"):
            self.assertEqual(list(tidy.check_names(path)), [], path)

    def test_a_module_explains_itself_in_thirty_lines(self):
        tree = {"src/base/a.cc": ""}
        self.violates(tree, "is missing")
        tree["src/base/README.md"] = "x\n" * 31
        self.violates(tree, "more than 30 lines")
        tree["src/base/README.md"] = "x\n" * 30
        self.keeps(tree)


if __name__ == "__main__":
    unittest.main()
