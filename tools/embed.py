#!/usr/bin/env python3
"""Makes the files of a folder part of a program: one assembler file with the bytes, one C++ file with the table.

The C++ file defines `EmbeddedFiles()` as the module's embedded_files.h declares it. Both outputs are written only
when they change, so that a build in which no file changed compiles nothing.
"""

import argparse
import hashlib
import sys
from pathlib import Path

# Source maps are for a debugger, not for the users' browsers.
SKIPPED_SUFFIXES = (".map",)


def files_below(directory):
    if not directory.is_dir():
        return []
    found = [path for path in directory.rglob("*") if path.is_file() and path.suffix not in SKIPPED_SUFFIXES]
    return sorted(found, key=lambda path: path.relative_to(directory).as_posix())


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def symbol(namespace, index):
    return f"boathouse_embedded_{namespace}_{index}"


def assembler(namespace, entries):
    lines = ['    .section .rodata, "a"']
    for index, (path, _, digest) in enumerate(entries):
        name = symbol(namespace, index)
        # The digest stands here so that this file changes when the content does.
        lines += [
            f"    // {digest}",
            "    .balign 16",
            f"    .global {name}",
            f"{name}:",
            f"    .incbin {quoted(str(path))}",
        ]
    lines.append('    .section .note.GNU-stack, "", @progbits')
    return "\n".join(lines) + "\n"


def table(namespace, header, entries):
    lines = ["#include " + quoted(header), "", "#include <array>", ""]
    lines += [f'extern "C" const char {symbol(namespace, index)}[];' for index in range(len(entries))]
    lines += ["", f"namespace boathouse::{namespace} {{", "", "std::span<const EmbeddedFile> EmbeddedFiles() {"]
    if entries:
        lines.append(f"  static const std::array<EmbeddedFile, {len(entries)}> kFiles = {{{{")
        for index, (path, name, digest) in enumerate(entries):
            tag = quoted('"' + digest[:32] + '"')
            lines.append(f"      {{{quoted(name)}, {{{symbol(namespace, index)}, {path.stat().st_size}}}, {tag}}},")
        lines += ["  }};", "  return kFiles;"]
    else:
        lines.append("  return {};")
    lines += ["}", "", f"}}  // namespace boathouse::{namespace}"]
    return "\n".join(lines) + "\n"


def write_if_changed(path, text):
    if path.exists() and path.read_text() == text:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("directory", "assembler", "table"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    for name in ("namespace", "header"):
        parser.add_argument(f"--{name}", required=True)
    options = parser.parse_args()
    entries = [
        (path, path.relative_to(options.directory).as_posix(), hashlib.sha256(path.read_bytes()).hexdigest())
        for path in files_below(options.directory)
    ]
    write_if_changed(options.assembler, assembler(options.namespace, entries))
    write_if_changed(options.table, table(options.namespace, options.header, entries))
    return 0


if __name__ == "__main__":
    sys.exit(main())
