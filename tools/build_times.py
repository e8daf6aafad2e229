#!/usr/bin/env python3
"""The slowest steps of the last builds of a folder: build_times.py [FOLDER=build/dev] [COUNT=10]

Reads ninja's own log. A step that ccache answered shows the time that took, so look after a build without the cache
(CCACHE_DISABLE=1 ninja -t clean ...) before blaming a file.
"""

import sys
from pathlib import Path


def steps(log):
    """The newest time of each output, as (seconds, output) pairs."""
    newest = {}
    for line in log.splitlines():
        fields = line.split("\t")
        if len(fields) == 5:
            start, end, _, output, _ = fields
            newest[output] = (int(end) - int(start)) / 1000
    return sorted(((seconds, output) for output, seconds in newest.items()), reverse=True)


def main(arguments):
    folder = Path(arguments[0] if arguments else "build/dev")
    count = int(arguments[1]) if len(arguments) > 1 else 10
    log = folder / ".ninja_log"
    if not log.exists():
        print(f"{folder} was not built yet: ./do build", file=sys.stderr)
        return 1
    compiled = [step for step in steps(log.read_text()) if step[1].endswith(".o")]
    for seconds, output in compiled[:count]:
        print(f"{seconds:7.1f} s  {output.split('.dir/')[-1].removesuffix('.o')}")
    print(f"{sum(seconds for seconds, _ in compiled):7.1f} s  all {len(compiled)} compiled files")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
