"""Reads a table with the client of 2023, which runs in an environment of its own: old_client.py PROFILE#SHARE.SCHEMA.TABLE

Prints one JSON object: the client's version, the rows, and the change feed from version 0 on.
"""

import json
import sys

import delta_sharing
import numpy

if not hasattr(numpy, "float_"):
    sys.exit("this client needs numpy 1")

url = sys.argv[1]
told = {
    "client": delta_sharing.__version__,
    "rows": json.loads(delta_sharing.load_as_pandas(url).to_json(orient="records")),
    "limited": len(delta_sharing.load_as_pandas(url, limit=3)),
    "changes": json.loads(
        delta_sharing.load_table_changes_as_pandas(url, starting_version=0).to_json(orient="records")
    ),
    "version": delta_sharing.get_table_version(url),
}
json.dump(told, sys.stdout)
