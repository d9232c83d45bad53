#!/usr/bin/env python3
"""check.py <source> <compiler> <arguments>: compiles what is meant to fail, and what is not.

With MISTAKES defined the compiler has to complain in each line that says `// error: <pattern>`, in
these words, and in no other line; without it there is nothing to complain about.
"""

import os
import re
import subprocess
import sys
from pathlib import Path


def errors(source, compiler, *more):
    """What the compiler refuses, by line of the source."""
    environment = {**os.environ, "LC_ALL": "C"}
    result = subprocess.run(
        [*compiler, *more, source], capture_output=True, text=True, check=False, env=environment
    )
    found = re.findall(r"^(.+?):(\d+):\d+: (?:fatal )?error: (.*)$", result.stderr, re.MULTILINE)
    return [(file, int(line), message) for file, line, message in found], result


def main():
    source, compiler = sys.argv[1], sys.argv[2:]
    expected = {
        number: line.split("// error: ")[1]
        for number, line in enumerate(Path(source).read_text().splitlines(), start=1)
        if "// error: " in line
    }
    found, _ = errors(source, compiler, "-DMISTAKES")
    faults = [
        f"line {line}: not refused as '{pattern}'"
        for line, pattern in expected.items()
        if not any(file == source and at == line and re.search(pattern, text)
                   for file, at, text in found)
    ]
    faults += [
        f"{file}:{at}: unexpected: {text}"
        for file, at, text in found
        if file != source or at not in expected
    ]
    found, result = errors(source, compiler)
    if found or result.returncode != 0:
        faults.append(f"the right forms do not compile:\n{result.stderr}")
    print("\n".join(faults) or f"{len(expected)} mistakes are refused")
    return 1 if faults or not expected else 0


if __name__ == "__main__":
    sys.exit(main())
