"""The language of .scn files: what a step says, without running it. README.md explains it to people.

A step is one line, or several when the following ones are indented. `#` begins a comment line.
"""

import json
import re
from dataclasses import dataclass, field

REQUEST = re.compile(
    r"^(GET|POST|PATCH|DELETE|PUT) (\S+)"
    r"(?: \? (?P<query>.*?))?"
    r"(?: with (?P<headers>[A-Za-z-]+: .*?))?"
    r"(?: (?P<body>\{.*\}|\[.*\]))?$",
    re.DOTALL,
)
READ_DELTA = re.compile(r"^read delta (?P<table>\w+\.\w+)(?: where (?P<field>\w+)=(?P<value>\S+))?$")
CHECK = re.compile(r"^(?P<path>[\w.*-]+)(?P<operator>!=|=|~)(?P<value>.*)$", re.DOTALL)
CAPTURE = re.compile(r"^\$(?P<name>\w+)=(?P<path>[\w.*-]+)$")


class ScenarioError(Exception):
    """A step that cannot be read, or that went otherwise than it says. The message names file and line."""


@dataclass
class Step:
    line: int
    text: str
    kind: str  # as, request, read
    role: str = ""
    method: str = ""
    path: str = ""
    query: list = field(default_factory=list)  # (name, value)
    headers: list = field(default_factory=list)  # (name, value)
    body: str | None = None  # JSON with variables still in it
    table: str = ""
    where: tuple | None = None  # (field, value)
    outcome: str = ""  # a status, "nothing" or a number of rows
    checks: list = field(default_factory=list)  # (path, operator, value text)
    captures: list = field(default_factory=list)  # (variable, path)


def split_outside_quotes(text, separator):
    """The parts of `text` between separators that stand outside quotes and brackets."""
    parts, depth, quoted, begin, at = [], 0, False, 0, 0
    while at < len(text):
        char = text[at]
        if char == "\\" and quoted:
            at += 1
        elif char == '"':
            quoted = not quoted
        elif not quoted and char in "[{":
            depth += 1
        elif not quoted and char in "]}":
            depth -= 1
        elif not quoted and depth == 0 and text.startswith(separator, at):
            parts.append(text[begin:at])
            at += len(separator)
            begin = at
            continue
        at += 1
    return [*parts, text[begin:]]


def pairs(text, separator):
    found = []
    for part in split_outside_quotes(text, separator):
        name, colon, value = part.strip().partition(":")
        if not colon:
            raise ValueError(f"expected `name: value`, found `{part.strip()}`")
        found.append((name.strip(), value.strip()))
    return found


def read_expectations(step, text):
    outcome, *rest = split_outside_quotes(text.strip(), " ")
    step.outcome = outcome
    remainder = text.strip()[len(outcome) :].strip()
    if step.kind == "read" and not re.fullmatch(r"nothing|\d+", outcome):
        step.outcome, remainder = "1", text.strip()
    elif step.kind == "read":
        remainder = re.sub(r"^rows?\b,?", "", remainder).strip()
    elif not re.fullmatch(r"[1-5]\d\d", outcome):
        raise ValueError(f"expected a status such as 200 behind ->, found `{outcome}`")
    for part in split_outside_quotes(remainder, ",") if remainder else []:
        part = part.strip()
        if match := CAPTURE.match(part):
            step.captures.append((match["name"], match["path"]))
        elif part.startswith("no "):
            step.checks.append((part[3:].strip(), "absent", ""))
        elif match := CHECK.match(part):
            step.checks.append((match["path"], match["operator"], match["value"].strip()))
        else:
            raise ValueError(f"cannot read the expectation `{part}`")


def read_step(line, text):
    if match := re.fullmatch(r"as (admin|member|viewer|nobody)", text):
        return Step(line, text, "as", role=match[1])
    left, *right = split_outside_quotes(text, "->")
    if len(right) != 1:
        raise ValueError("expected one -> with what should happen behind it")
    left = left.strip()
    if match := READ_DELTA.match(left):
        where = (match["field"], match["value"]) if match["field"] else None
        step = Step(line, text, "read", table=match["table"], where=where)
    elif match := REQUEST.match(left):
        step = Step(line, text, "request", method=match[1], path=match[2], body=match["body"])
        step.query = pairs(match["query"], " & ") if match["query"] else []
        step.headers = pairs(match["headers"], ";") if match["headers"] else []
    else:
        raise ValueError("expected `as ROLE`, `METHOD /path ... -> STATUS` or `read delta SCHEMA.TABLE ... -> ...`")
    read_expectations(step, right[0])
    return step


def read_scenario(path):
    """The steps of a file."""
    joined = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        if line[0] in " \t":
            if not joined:
                raise ScenarioError(f"{path.name}:{number}: an indented line continues a step, and there is none")
            joined[-1][1] += " " + line.strip()
        else:
            joined.append([number, line.strip()])
    steps = []
    for number, text in joined:
        try:
            steps.append(read_step(number, text))
        except ValueError as error:
            raise ScenarioError(f"{path.name}:{number}: {error}\n  {text}") from None
    return steps


def substitute(text, variables):
    def value(match):
        if match[1] not in variables:
            raise ValueError(f"nothing was captured as ${match[1]}")
        return str(variables[match[1]])

    return re.sub(r"\$(\w+)", value, text)


def follow(document, path):
    """What stands at a dotted path: items.0.name, items.count, items.*.name. Raises KeyError when nothing does."""
    at = document
    names = path.split(".")
    for index, name in enumerate(names):
        if isinstance(at, list):
            if name == "count":
                at = len(at)
            elif name == "*":
                return [follow(item, ".".join(names[index + 1 :])) for item in at]
            elif name.isdigit() and int(name) < len(at):
                at = at[int(name)]
            else:
                raise KeyError(path)
        elif isinstance(at, dict) and name in at:
            at = at[name]
        else:
            raise KeyError(path)
    return at


def as_text(value):
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def holds(actual, operator, expected):
    """A quoted, bracketed or braced expectation is JSON and compared exactly; a bare word by its text."""
    if operator == "~":
        wanted = json.loads(expected) if expected.startswith('"') else expected
        return wanted in as_text(actual)
    same = actual == json.loads(expected) if expected[:1] in ('"', "[", "{") else as_text(actual) == expected
    return same if operator == "=" else not same
