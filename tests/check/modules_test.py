#!/usr/bin/env python3
"""Each module below the front door has unit tests of its own, and they build without it.

Follows the includes of every unit test: none may lead to a header of the front door or of what
stands behind it.
"""

import re
import sys
import tempfile
from pathlib import Path

# The modules that `picket.hpp` and the manager are made of, or that are made of those.
FRONT = ("sdk", "service", "integrations", "testing")
FRONT_HEADERS = ("picket/picket.hpp", "picket/captures.hpp", "picket/manager.hpp")
FRONT_FOLDERS = tuple(f"{module}/" for module in FRONT if module != "testing")
FIXTURES = ("picket/testing/client_override.hpp", "picket/testing/scoped_client.hpp")

INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)


def is_front(name):
    return name in FRONT_HEADERS + FIXTURES or name.startswith(FRONT_FOLDERS)


def way_to_the_front(root, file, seen):
    """The includes that lead from a file to the front door; nothing: none do."""
    for name in INCLUDE.findall(file.read_text()):
        if is_front(name):
            return [name]
        folders = [root / "include", root / "src", root / "tests", root / "tools", file.parent]
        found = next((d / name for d in folders if (d / name).is_file()), None)
        if found is None or found in seen:
            continue
        seen.add(found)
        if way := way_to_the_front(root, found, seen):
            return [name, *way]
    return []


# S2.4: every module below the front door has unit tests, which build without it
def faults(root):
    modules = [d.name for d in sorted((root / "src").iterdir()) if d.is_dir()]
    for module in modules:
        if module in FRONT:
            continue
        tests = sorted((root / "tests/unit" / module).glob("*_test.cpp"))
        if not tests:
            yield f"src/{module} has no unit tests"
        for test in tests:
            if way := way_to_the_front(root, test, set()):
                yield f"{test.relative_to(root)} needs the front door: {' -> '.join(way)}"


ROWS = [
    ("a test", {"tests/unit/json/a_test.cpp": '#include "json/writer.hpp"'}, ""),
    ("no test", {}, "src/json has no unit tests"),
    ("the door", {"tests/unit/json/a_test.cpp": '#include "picket/picket.hpp"'}, "picket.hpp"),
    (
        "by a header",
        {
            "tests/unit/json/a_test.cpp": '#include "support/b.hpp"',
            "tests/support/b.hpp": '#include "sdk/current_client.hpp"',
        },
        "support/b.hpp -> sdk/current_client.hpp",
    ),
]


def self_faults():
    for name, files, expected in ROWS:
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            for file, text in {**files, "src/json/writer.hpp": "", "src/sdk/a.hpp": ""}.items():
                (root / file).parent.mkdir(parents=True, exist_ok=True)
                (root / file).write_text(text + "\n")
            found = "\n".join(faults(root))
            if bool(found) != bool(expected) or expected not in found:
                yield f"{name}: expected {expected!r}, got {found!r}"


def main():
    found = [*self_faults(), *faults(Path(__file__).resolve().parents[2])]
    print("\n".join(found) if found else "modules: ok")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
