#!/usr/bin/env python3
"""The table that embed.py writes, and that it writes only what changed."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

TOOL = Path(__file__).with_name("embed.py")


class Embed(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.files = self.folder / "dist"
        self.assembler = self.folder / "out" / "x.S"
        self.table = self.folder / "out" / "x.cc"

    def embed(self):
        command = [sys.executable, TOOL, "--directory", self.files, "--namespace", "web", "--header", "a/b.h"]
        subprocess.run([*command, "--assembler", self.assembler, "--table", self.table], check=True)
        return self.assembler.read_text(), self.table.read_text()

    def write(self, name, content):
        path = self.files / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    def test_no_folder_makes_an_empty_table(self):
        assembler, table = self.embed()
        self.assertNotIn(".incbin", assembler)
        self.assertIn("return {};", table)

    def test_files_are_listed_by_path_with_their_sizes(self):
        self.write("index.html", b"hello")
        self.write("assets/app.js", b"1")
        self.write("assets/app.js.map", b"{}")
        assembler, table = self.embed()
        self.assertEqual(assembler.count(".incbin"), 2)
        self.assertLess(table.index('"assets/app.js", {'), table.index('"index.html", {'))
        self.assertIn("boathouse_embedded_web_1, 5}", table)
        self.assertNotIn(".map", table)

    def test_the_tag_follows_the_content(self):
        self.write("index.html", b"one")
        first = self.embed()
        self.write("index.html", b"two")
        second = self.embed()
        # Both change: the table for the tag, the assembler file because nothing else says that the bytes did.
        self.assertNotEqual(first[0], second[0])
        self.assertNotEqual(first[1], second[1])

    def test_nothing_is_written_when_nothing_changed(self):
        self.write("index.html", b"one")
        self.embed()
        before = (self.assembler.stat().st_mtime_ns, self.table.stat().st_mtime_ns)
        self.embed()
        self.assertEqual(before, (self.assembler.stat().st_mtime_ns, self.table.stat().st_mtime_ns))


if __name__ == "__main__":
    unittest.main()
