#!/usr/bin/env python3
"""The house rules, as a test: tidy.py [--ratchet] prints each violation and exits 1 when there is one.

What is checked: which module may include which (LAW), which module may include which foreign library (FOREIGN), no
include cycles, no dead headers, lengths of files and functions, banned calls and names, unfinished work, and that no
file names a path of the machine it was written on or a package registry.

A function that must stay over the limit is listed in tidy_ratchet.txt with its length: it may shrink and leave the list,
and nothing may grow or join it without a line there that a reviewer sees. --ratchet rewrites that file. Without the
file, as now, there is none.
"""

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RATCHET = "tools/tidy_ratchet.txt"

FILE_LINES_MAX = 800
FUNCTION_LINES_MAX = 70
TEST_FUNCTION_LINES_MAX = 120
README_LINES_MAX = 30

# Module -> the modules it may include besides itself. ARCHITECTURE.md gives the reasons.
LAW = {
    "base": [],
    "model": ["base"],
    "http": ["base"],
    "mcp": ["base", "http"],
    "store": ["base", "model"],
    "auth": ["base", "store", "model"],
    "tables": ["base", "model", "store"],
    "delta": ["base", "model", "tables"],
    "iceberg": ["base", "model", "tables"],
    "blobs": ["base", "http", "auth"],
    "crm": ["base", "model", "store", "auth"],
    "sharing": ["base", "model", "store", "auth", "crm", "tables"],
    "events": ["base", "model", "http", "store", "auth", "crm"],
    "sources": ["base", "model", "http", "mcp"],
    "assistant": ["base", "model", "http", "crm", "sources"],
    "surfaces/rest": ["base", "model", "http", "auth", "crm", "events", "sources", "assistant", "sharing"],
    "surfaces/mcp": ["base", "model", "http", "mcp", "auth", "crm", "sources", "assistant"],
    "surfaces/delta_sharing": ["base", "model", "http", "auth", "tables", "delta", "sharing"],
    "surfaces/iceberg_rest": ["base", "model", "http", "auth", "tables", "sharing", "iceberg"],
    "surfaces/objects": ["base", "model", "http", "auth", "tables", "sharing"],
    "surfaces/web": ["base", "http", "auth", "crm"],
    "lakehouse": ["base", "http", "mcp"],
}
LAW["app"] = list(LAW)

# Folders that may include more than their module: (folder, modules).
EXCEPTIONS = [("sources/local/", ["tables"])]

# Folders of a module that app may wire directly; every other subfolder is private to its module.
WIRED = ["sources"]

# Included foreign header (pattern) -> the places that may include it (patterns of paths under src/).
FOREIGN = [
    (r"boost/", [r"http/", r"base/[^/]*\.cc$"]),
    (r"(arrow|parquet)/", [r"tables/", r"crm/(import|export)_parquet\.cc$", r"sources/local/"]),
    (r"duckdb", [r"lakehouse/", r"sources/local/"]),
    (r"sqlite3", [r"store/sqlite/"]),
    (r"curl/", [r"http/"]),
    (r"openssl/", [r"base/[^/]*\.cc$", r"http/", r"auth/"]),
    (r"sodium", [r"auth/"]),
    (r"zlib", [r"http/"]),
]

# (pattern in code without comments and strings, what to say, where it is allowed: pattern of paths)
BANNED = [
    (r"std::w?regex\b", "std::regex is slow and overflows the stack: write the parser", None),
    (r"\bgetenv\s*\(", "only app reads the environment", r"^src/app/"),
    (r"\bstd::(cout|cerr|clog)\b", "only app prints; others log or return a Result", r"^(src/app/|bench/|tests/)"),
    (r"\busing\s+namespace\s+std\b", "names of std are written out", None),
    (r"\b(strcpy|strcat|sprintf|gets|strtok|atoi|atol|atof)\s*\(", "this C call has no bounds or no errors", None),
]
# A factory of a class with a private constructor needs `new`, with its owner on the same line or the one before.
RAW_NEW = re.compile(r"\bnew\s+(\(|[A-Za-z_:])")
OWNED_NEW = re.compile(r"_ptr<|\.reset\(")
RAW_DELETE = re.compile(r"(?<!=)(?<!= )\bdelete(\s*\[\s*\])?\s+[A-Za-z_*(]")
SLEEP = re.compile(r"\b(sleep_for|sleep_until|usleep|nanosleep|time\.sleep)\b|(?<![\w.:])sleep\s*\(")

# A Python test may poll another process for an event, in steps of at most 0.1 s.
POLLING = re.compile(r"sleep\(0\.(0\d*|1)\)")

BAD_NAME = re.compile(r"(^|_)(utils?|helpers?|managers?|common|misc)(_|\.|$)", re.IGNORECASE)
# The words are put together here so that this file does not violate itself.
UNFINISHED = re.compile(r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "X" + "XX"]) + r")\b")
MACHINE_PATH = re.compile(r"(?<![\w.\-])/(work|" + "root" + r"|tmp/team)/|(?<![\w.\-])/home/(?!me\b|user\b)\w")
REGISTRY = re.compile(
    r"https?://[a-z0-9.-]*(registry|py" + r"pi|pythonhosted|crates|debian|maven|golang)[a-z0-9.-]*\.(org|net|io|com)"
)

INCLUDE = re.compile(r'^\s*#\s*include\s+(["<])([^">]+)[">]', re.MULTILINE)


@dataclass(frozen=True)
class Violation:
    path: str
    line: int
    text: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.text}"


def module_of(path):
    """The module of a path under src/ or of an include; None when it is in none."""
    parts = path.split("/")
    for length in (2, 1):
        if len(parts) > length and "/".join(parts[:length]) in LAW:
            return "/".join(parts[:length])
    return None


def closure(module):
    """What a test of the module may include: everything its module is built on, so that it can make real ones."""
    reached = set()
    waiting = [module]
    while waiting:
        for dependency in LAW[waiting.pop()]:
            if dependency not in reached:
                reached.add(dependency)
                waiting.append(dependency)
    return reached


def allowed_modules(inside, module):
    if inside.endswith("_test.cc"):
        allowed = set(closure(module))
    else:
        allowed = set(LAW[module])
    for folder, extra in EXCEPTIONS:
        if inside.startswith(folder):
            allowed.update(extra)
    return allowed | {module}


def includes(text):
    """(line, quote, name) of each include."""
    for match in INCLUDE.finditer(text):
        # The match may begin with the empty lines before it.
        yield text.count("\n", 0, match.start(1)) + 1, match.group(1), match.group(2)


def check_module_includes(path, text):
    inside = path.removeprefix("src/")
    module = module_of(inside)
    if module is None:
        yield Violation(path, 1, "in no module that the law knows; add it to tools/tidy.py and ARCHITECTURE.md")
        return
    allowed = allowed_modules(inside, module)
    for line, _, name in includes(text):
        target = module_of(name)
        if target is not None and target not in allowed:
            yield Violation(path, line, f"{module} may not include {target} ({name})")
        elif target is not None and target != module and "/" in name.removeprefix(target + "/"):
            if not (module == "app" and target in WIRED):
                yield Violation(path, line, f"{name} is private to {target}")
        for pattern, places in FOREIGN:
            if re.match(pattern, name) and not any(re.match(place, inside) for place in places):
                yield Violation(path, line, f"<{name}> may not be included here; see FOREIGN in tools/tidy.py")


def include_graph(tree):
    graph = {}
    for path, text in tree.items():
        if path.startswith("src/") and path.endswith((".h", ".cc")):
            targets = ("src/" + name for _, quote, name in includes(text) if quote == '"')
            graph[path] = [target for target in targets if target in tree]
    return graph


def check_cycles(tree):
    graph = include_graph(tree)
    state = {}

    def visit(path, trail):
        state[path] = "open"
        for target in graph.get(path, []):
            if state.get(target) == "open":
                cycle = [*trail[trail.index(target) :], target] if target in trail else [path, target]
                yield Violation(path, 1, "include cycle: " + " -> ".join(cycle))
            elif target not in state:
                yield from visit(target, [*trail, target])
        state[path] = "done"

    for path in sorted(graph):
        if path not in state:
            yield from visit(path, [path])


def check_dead_headers(tree):
    used = {target for path, targets in include_graph(tree).items() for target in targets if target != path}
    for path in tree:
        if path.startswith("src/") and path.endswith(".h") and path not in used:
            yield Violation(path, 1, "no file includes this header")


LITERALS = re.compile(
    r'R"([^(\s]*)\(.*?\)\1"|//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F])\'(?:\\.|[^\'\\\n])+\'', re.DOTALL
)


def code_only(text):
    """The text with comments and literals blanked; every line keeps its number."""

    def blank(match):
        kept = '""' if match.group(0)[0] in "R\"'" else ""
        return kept + "\n" * match.group(0).count("\n")

    return LITERALS.sub(blank, text)


@dataclass(frozen=True)
class Function:
    name: str
    line: int
    lines: int


FUNCTION_NAME = re.compile(r"([~\w:]+|operator\s*\S+?)\s*\(")
NOT_A_FUNCTION = re.compile(r"\b(namespace|class|struct|union|enum|extern)\b[^()]*$|=\s*$|=[^()]*$")


def functions(text):
    """The functions of a C++ file that stand at namespace or class level, with the lines of their bodies.

    A reader by braces, not a parser: enough to trip over long functions, and wrong only where macros hide braces.
    """
    code = re.sub(r"^\s*#(?:[^\n]*\\\n)*[^\n]*", lambda m: "\n" * m.group(0).count("\n"), code_only(text), flags=re.M)
    stack = []  # per open brace: None, or (name, line) of the function whose body it is
    in_function = 0
    heading = ""
    line = 1
    for char in code:
        if char == "\n":
            line += 1
        if char == "{":
            started = None
            if not in_function and not NOT_A_FUNCTION.search(heading):
                named = FUNCTION_NAME.search(heading)
                started = (named.group(1) if named else "constructor", line)
            stack.append(started)
            in_function += started is not None
            heading = ""
        elif char == "}":
            ended = stack.pop() if stack else None
            if ended is not None:
                in_function -= 1
                yield Function(ended[0], ended[1], line - ended[1] + 1)
            heading = ""
        elif char == ";":
            heading = ""
        else:
            heading += char


def is_test(path):
    return path.endswith("_test.cc") or path.startswith("tests/")


def long_functions(tree):
    """(path, name) -> the longest function of that name that is over its limit."""
    found = {}
    for path, text in tree.items():
        if path.endswith((".cc", ".h")):
            limit = TEST_FUNCTION_LINES_MAX if is_test(path) else FUNCTION_LINES_MAX
            for function in functions(text):
                key = (path, function.name)
                if function.lines > limit and (key not in found or found[key].lines < function.lines):
                    found[key] = function
    return found


def read_ratchet(text):
    entries = {}
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            path, name, lines = line.rsplit(" ", 2)
            entries[(path, name)] = int(lines)
    return entries


def check_functions(tree):
    ratchet = read_ratchet(tree.get(RATCHET, ""))
    found = long_functions(tree)
    for (path, name), function in sorted(found.items()):
        listed = ratchet.get((path, name))
        if listed is None:
            limit = TEST_FUNCTION_LINES_MAX if is_test(path) else FUNCTION_LINES_MAX
            yield Violation(path, function.line, f"{name} has {function.lines} lines, over {limit}: is it one story?")
        elif function.lines > listed:
            yield Violation(
                path, function.line, f"{name} grew from {listed} to {function.lines} lines; it may only shrink"
            )
    for (path, name), listed in sorted(ratchet.items()):
        if (path, name) not in found or found[(path, name)].lines < listed:
            yield Violation(RATCHET, 1, f"{path} {name} is shorter now: run tools/tidy.py --ratchet")


def check_lines(path, text):
    """Rules that look at one line of C++ at a time."""
    before = ""
    for number, line in enumerate(code_only(text).splitlines(), 1):
        for pattern, reason, allowed in BANNED:
            if re.search(pattern, line) and not (allowed and re.search(allowed, path)):
                yield Violation(path, number, reason)
        if RAW_NEW.search(line) and not OWNED_NEW.search(before + line):
            yield Violation(path, number, "raw new: make the unique_ptr that owns it in the same statement")
        if RAW_DELETE.search(line):
            yield Violation(path, number, "raw delete: let the owner do it")
        if is_test(path) and SLEEP.search(line):
            yield Violation(path, number, "tests do not sleep: wait for the event, or move the clock")
        before = line


def check_text(path, text):
    """Rules for every text file of the repository."""
    lock = path.endswith((".lock", "lock.json"))
    if not lock and path.endswith((".cc", ".h", ".py", ".ts", ".tsx", ".css", ".cmake", ".js", ".mjs")):
        lines = text.count("\n")
        if lines > FILE_LINES_MAX:
            yield Violation(path, 1, f"{lines} lines, over {FILE_LINES_MAX}: it does more than one thing")
    for number, line in enumerate(text.splitlines(), 1):
        if not lock and UNFINISHED.search(line):
            yield Violation(path, number, "unfinished work: finish it, or say it under the limits in the documentation")
        if MACHINE_PATH.search(line):
            yield Violation(path, number, "names a path of one machine")
        if REGISTRY.search(line):
            yield Violation(path, number, "names a package registry's host; clients know theirs")


def check_names(path):
    for part in path.split("/"):
        if BAD_NAME.search(part):
            yield Violation(path, 1, f"'{part}' names no job: what is it for?")


def check_readmes(tree):
    for module in LAW:
        folder = f"src/{module}/"
        if not any(path.startswith(folder) and path.endswith(".cc") for path in tree):
            continue
        readme = tree.get(folder + "README.md")
        if readme is None:
            yield Violation(folder + "README.md", 1, "is missing: purpose, public header, invariants, where to look")
        elif readme.count("\n") > README_LINES_MAX:
            yield Violation(folder + "README.md", 1, f"has more than {README_LINES_MAX} lines; a header is the manual")


def check_python_tests(path, text):
    for number, line in enumerate(text.splitlines(), 1):
        code = line.split("#")[0]
        if SLEEP.search(code) and not POLLING.search(code):
            yield Violation(path, number, "tests do not sleep: wait for the event with a deadline")


def check(tree):
    """All violations of a tree: a dictionary from paths to texts."""
    for path, text in sorted(tree.items()):
        yield from check_names(path)
        yield from check_text(path, text)
        if path.endswith((".cc", ".h")):
            yield from check_lines(path, text)
            if path.startswith("src/"):
                yield from check_module_includes(path, text)
        elif path.startswith("tests/") and path.endswith(".py"):
            yield from check_python_tests(path, text)
    yield from check_cycles(tree)
    yield from check_dead_headers(tree)
    yield from check_functions(tree)
    yield from check_readmes(tree)


def read_tree(root):
    """Every text file that is in git, or would be with the next `git add`."""
    names = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\0")
    tree = {}
    for name in filter(None, names):
        path = root / name
        if path.is_file() and not path.is_symlink():
            content = path.read_bytes()
            if b"\0" not in content[:8000]:
                tree[name] = content.decode("utf-8", "replace")
    return tree


def write_ratchet(root, tree):
    lines = [
        "# Functions over the limit: path, name, lines. May shrink, never grow. Written by tools/tidy.py --ratchet."
    ]
    lines += [f"{path} {name} {function.lines}" for (path, name), function in sorted(long_functions(tree).items())]
    (root / RATCHET).write_text("\n".join(lines) + "\n")


def main(arguments):
    tree = read_tree(ROOT)
    if "--ratchet" in arguments:
        write_ratchet(ROOT, tree)
        return 0
    violations = list(check(tree))
    for violation in violations:
        print(violation)
    if violations:
        print(f"{len(violations)} violations")
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
