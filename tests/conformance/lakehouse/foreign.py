"""Lakehouses of others, as MCP servers by the official SDK: what warehouses in the cloud answer, over the demo's files.

python foreign.py databricks|snowflake|objects LAKEHOUSE_ROOT PORT
"""

import datetime
import itertools
import json
import sys

from lake import mart
from mcp.server import MCPServer

EPOCH = datetime.date(1970, 1, 1)


def text_cell(value):
    """The warehouses give every cell as text."""
    if value is None:
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)


class Warehouse:
    def __init__(self, root):
        self.connection = mart(root)
        # Settings and views stay, but no statement of a client may reach another file's table by accident.
        self.numbers = itertools.count(1)

    def query(self, sql):
        found = self.connection.cursor().execute(sql)
        columns = [(name, str(kind)) for name, kind, *_ in found.description]
        return columns, found.fetchall()


def databricks(server, warehouse):
    """Statements that are pending at first, cells in objects, the rows by polling."""
    waiting = {}

    @server.tool(structured_output=False)
    def execute_sql(query: str) -> str:
        """Runs any SQL statement. Never to be used: this server has a tool that only reads."""
        raise RuntimeError("the writing tool was called")

    @server.tool(structured_output=False)
    def execute_sql_read_only(query: str) -> str:
        """Runs a SQL statement that only reads."""
        statement = f"01f-{next(warehouse.numbers)}"
        waiting[statement] = query
        return json.dumps({"statement_id": statement, "status": {"state": "PENDING"}})

    @server.tool(structured_output=False)
    def poll_sql_result(statement_id: str) -> str:
        """The result of a statement, or its state."""
        query = waiting.pop(statement_id)
        try:
            columns, rows = warehouse.query(query)
        except Exception as failure:
            status = {"state": "FAILED", "error": {"message": str(failure)}}
            return json.dumps({"statement_id": statement_id, "status": status})
        typed = [
            {"values": [{} if cell is None else {"string_value": text_cell(cell)} for cell in row]} for row in rows
        ]
        schema = {
            "columns": [
                {"name": name, "type_text": kind, "type_name": kind.split("(")[0], "position": place}
                for place, (name, kind) in enumerate(columns)
            ]
        }
        return json.dumps(
            {
                "statement_id": statement_id,
                "status": {"state": "SUCCEEDED"},
                "manifest": {"schema": schema, "total_row_count": len(rows), "truncated": False},
                "result": {"data_array": typed},
            }
        )


def snowflake(server, warehouse):
    """One tool with a name the administrator chose, row types, dates as days since the epoch."""

    def cell(value):
        if isinstance(value, datetime.date):
            return str((value - EPOCH).days)
        return text_cell(value)

    def row_type(name, kind):
        base, _, scale = kind.rstrip(")").replace("(", ",").partition(",")
        if base == "DECIMAL":
            return {"name": name, "type": "fixed", "precision": 38, "scale": int(scale.split(",")[1])}
        names = {"BIGINT": ("fixed", 0), "HUGEINT": ("fixed", 0), "DATE": ("date", 0)}
        found, digits = names.get(base, ("text", 0))
        return {"name": name, "type": found, "scale": digits}

    @server.tool(structured_output=False)
    def sales_sql_query(sql: str) -> str:
        """Runs SQL on the sales warehouse."""
        columns, rows = warehouse.query(sql)
        result = {
            "data": [[cell(value) for value in row] for row in rows],
            "resultSetMetaData": {"numRows": len(rows), "rowType": [row_type(*column) for column in columns]},
        }
        return json.dumps({"query_id": f"q{next(warehouse.numbers)}", "result_set": result})


def objects(server, warehouse):
    """An array of objects in a text, as many small servers give it."""

    @server.tool(structured_output=False)
    def run_select_query(query: str) -> str:
        """Runs a SELECT."""
        columns, rows = warehouse.query(query)
        return json.dumps([dict(zip([name for name, _ in columns], map(text_cell, row), strict=True)) for row in rows])


if __name__ == "__main__":
    flavour, root, port = sys.argv[1:]
    foreign = MCPServer(flavour)
    {"databricks": databricks, "snowflake": snowflake, "objects": objects}[flavour](foreign, Warehouse(root))
    foreign.run("streamable-http", port=int(port))
