#!/usr/bin/env python3
"""Runs scenario files against the built program: run.py [FILE or FOLDER]...

Each scenario has a server and an empty workspace of its own. When its steps are through, every object must read the
same over REST and over Delta Sharing. README.md in this folder explains the language.
"""

import argparse
import importlib.util
import json
import sys
import time
from decimal import Decimal
from pathlib import Path
from urllib.parse import quote

from language import ScenarioError, follow, holds, read_scenario, substitute
from workspace import Template

HERE = Path(__file__).resolve().parent
SHARE = "boathouse"


def has_delta_client():
    return importlib.util.find_spec("delta_sharing") is not None


def plain(value):
    """A cell as one writes it: pandas makes integers floats where a column has empty cells, and decimals objects."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return str(value) if isinstance(value, Decimal) else value


def delta_rows(workspace, table):
    """All rows of a shared table, read by the delta-sharing client."""
    import delta_sharing

    frame = delta_sharing.load_as_pandas(f"{workspace.profile_path}#{SHARE}.{table}")
    rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return [{name: plain(value) for name, value in row.items()} for row in rows]


def rest_rows(workspace, collection):
    rows, token = [], ""
    while True:
        page = workspace.call("admin", "GET", f"/{collection}?page_size=1000{token}").json
        rows += page["items"]
        if "next_page_token" not in page:
            return rows
        token = "&page_token=" + page["next_page_token"]


class Run:
    """One scenario on its way."""

    def __init__(self, path, workspace):
        self.path = path
        self.workspace = workspace
        self.role = "nobody"
        self.variables = {}

    def fail(self, step, said):
        raise ScenarioError(f"{self.path.name}:{step.line}: {said}\n  {step.text}")

    def text(self, step, text):
        try:
            return substitute(text, self.variables)
        except ValueError as error:
            self.fail(step, error)

    def step(self, step):
        if step.kind == "as":
            self.role = step.role
        elif step.kind == "request":
            self.request(step)
        else:
            self.read(step)

    def request(self, step):
        path = self.text(step, step.path)
        query = "&".join(f"{name}={quote(self.text(step, value), safe='')}" for name, value in step.query)
        headers = {name: self.text(step, value) for name, value in step.headers}
        body = None if step.body is None else self.text(step, step.body).encode()
        if body is not None:
            headers.setdefault("Content-Type", "application/json")
        role = None if self.role == "nobody" else self.role
        answer = self.workspace.call(role, step.method, path + ("?" + query if query else ""), body, headers)
        said = answer.content.decode(errors="replace")
        if answer.status != int(step.outcome):
            self.fail(step, f"expected status {step.outcome}, got {answer.status}: {said[:1000]}")
        document = json.loads(said) if said else {}
        if isinstance(document, dict):
            document = {**document, "header": {name: answer.headers[name] for name in answer.headers}}
        self.expect(step, document, said)

    def read(self, step):
        if not has_delta_client():
            self.fail(step, "the delta-sharing client is not installed here")
        rows = delta_rows(self.workspace, step.table)
        if step.where:
            name, value = step.where
            wanted = self.text(step, value)
            rows = [row for row in rows if str(row[name]) == wanted]
        count = 0 if step.outcome == "nothing" else int(step.outcome)
        if len(rows) != count:
            self.fail(step, f"expected {count} rows, the client read {len(rows)}: {rows[:3]}")
        if step.checks or step.captures:
            document = rows[0] if count == 1 else {"rows": rows}
            self.expect(step, document, json.dumps(document, default=str))

    def expect(self, step, document, said):
        # What is kept can be expected in the same step.
        for name, path in step.captures:
            try:
                self.variables[name] = follow(document, path)
            except KeyError:
                self.fail(step, f"there is no `{path}` to keep as ${name} in {said[:1000]}")
        for path, operator, expected in step.checks:
            try:
                actual = follow(document, path)
            except KeyError:
                if operator != "absent":
                    self.fail(step, f"there is no `{path}` in {said[:1000]}")
                continue
            if operator == "absent":
                self.fail(step, f"expected no `{path}`, got {actual!r}")
            if not holds(actual, operator, self.text(step, expected)):
                self.fail(step, f"expected {path} {operator} {expected}, got {actual!r}")

    def check_invariant(self):
        """Every object reads the same on each surface."""
        objects = self.workspace.call("admin", "GET", "/objects").json["objects"]
        for collection in (described["plural"] for described in objects):
            over_rest = {(row["id"], row["version"]) for row in rest_rows(self.workspace, collection)}
            over_delta = {
                (str(row["id"]), int(row["version"])) for row in delta_rows(self.workspace, "crm." + collection)
            }
            if over_rest != over_delta:
                differing = sorted(over_rest ^ over_delta)[:3]
                raise ScenarioError(f"{self.path.name}: {collection} read otherwise over Delta Sharing: {differing}")


def run_scenario(path, template):
    """Runs one file; raises ScenarioError at the first step that goes otherwise than it says."""
    steps = read_scenario(path)
    with template.start() as workspace:
        run = Run(path, workspace)
        for step in steps:
            run.step(step)
        if has_delta_client():
            run.check_invariant()
    return len(steps)


def scenario_files(paths):
    for path in paths or [HERE]:
        path = Path(path)
        yield from sorted(path.rglob("*.scn")) if path.is_dir() else [path]


def main():
    parser = argparse.ArgumentParser(description="Runs scenario files against the built program.")
    parser.add_argument("paths", nargs="*", help="files or folders; without one, all of tests/scenarios")
    failures = runs = 0
    template = Template()
    try:
        for path in scenario_files(parser.parse_args().paths):
            started = time.monotonic()
            runs += 1
            try:
                count = run_scenario(path, template)
            except ScenarioError as error:
                failures += 1
                print(f"FAILED  {error}", flush=True)
            else:
                print(f"ok      {path.stem} ({count} steps, {time.monotonic() - started:.1f} s)", flush=True)
    finally:
        template.remove()
    if not has_delta_client():
        print("Delta Sharing was not compared: the delta-sharing client is not installed here")
    print(f"{runs - failures} passed, {failures} failed")
    return 1 if failures or not runs else 0


if __name__ == "__main__":
    sys.exit(main())
