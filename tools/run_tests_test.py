#!/usr/bin/env python3
"""How the closing line counts: a failure that no report shows must still be one."""

import tempfile
import unittest
from pathlib import Path

import run_tests

DOCTEST = "[doctest] test cases:  7 |  5 passed |  2 failed | 0 skipped\n"


class Count(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.report = Path(folder.name) / "report.xml"

    def write(self, *cases):
        self.report.write_text(f"<testsuites><testsuite>{''.join(cases)}</testsuite></testsuites>")

    def test_cases_are_told_apart(self):
        self.write("<testcase/>", "<testcase><failure/></testcase>", "<testcase><skipped/></testcase>")
        self.assertEqual(run_tests.count(self.report, 1), (1, 1, 1))

    def test_a_runner_that_failed_without_a_failed_case_is_a_failure(self):
        self.write("<testcase/>")
        self.assertEqual(run_tests.count(self.report, 2), (1, 1, 0))
        self.report.unlink()
        self.assertEqual(run_tests.count(self.report, 1), (0, 1, 0))

    def test_no_report_and_no_failure_is_nothing(self):
        self.assertEqual(run_tests.count(self.report, 0), (0, 0, 0))

    def test_the_cases_inside_a_doctest_program_count(self):
        self.write(
            f'<testcase status="fail"><failure/><system-out>{DOCTEST}</system-out></testcase>',
            '<testcase status="run"><system-out>no summary</system-out></testcase>',
        )
        self.assertEqual(run_tests.count_unit(self.report, 1), (6, 2, 0))

    def test_a_doctest_program_that_crashed_is_one_failure(self):
        self.write('<testcase status="fail"><system-out>Segmentation fault</system-out></testcase>')
        self.assertEqual(run_tests.count_unit(self.report, 8), (0, 1, 0))


if __name__ == "__main__":
    unittest.main()
