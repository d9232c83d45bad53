#!/usr/bin/env python3
"""tools/check/spec_table passes a whole tree, and refuses one for each thing that can be missing."""

import importlib.machinery
import importlib.util
import subprocess
import sys
import tempfile
from pathlib import Path

SPEC_TABLE = Path(__file__).resolve().parents[2] / "tools/check/spec_table"

TREE = {
    "tests/spec/requirements.txt": "# a list\nS1.1 Sums\nS1.2 Scripts\nT3 Steps\nT4 Others\n",
    "tests/spec/a_test.cpp": '  TEST_CASE("one and one is two") {  // P1.1, S1.1\n'
    '  TEST_CASE("a name of two "\n            "lines | and \\"marks\\"") {\n    int x;  // S1.1 T4\n    // S1.2\n',
    "tests/unit/b_test.cpp": 'TEST(Sums, AreEven) {  // S1.1\n}\n',
    "tests/consumer/CMakeLists.txt": "# S1.2: the script runs\nadd_test(x)\n",
    "tools/demo/driver/steps.cpp": '    Step{"D1", "what a step does", true, play},  // T3\n',
}

ROWS = [
    "| S1.1 | Sums | `tests/spec/a_test.cpp`: one and one is two<br>"
    '`tests/spec/a_test.cpp`: a name of two lines \\| and "marks"<br>'
    "`tests/unit/b_test.cpp`: Sums.AreEven |",
    "| S1.2 | Scripts | `tests/consumer/CMakeLists.txt`: the script runs |",
    "| T3 | Steps | `tools/demo/driver/steps.cpp`: D1: what a step does |",
]

TABLE = "tests/spec/README.md"

# what is changed after the table was written: file, text, its replacement; what is said (empty: ok)
CHANGES = [
    ("a renamed case", "tests/spec/a_test.cpp", "one and one", "two and two", "names a test that"),
    ("a case that is gone", "tests/unit/b_test.cpp", "TEST(", "TEST_GONE(", "names a test that"),
    ("a comment that is gone", "tests/consumer/CMakeLists.txt", "S1.2: ", "", "S1.2 (Scripts) has"),
    ("a case commented out", "tools/demo/driver/steps.cpp", "Step", "// Step", "T3 (Steps) has no"),
    ("a skipped case", "tests/spec/a_test.cpp", '"") {', '"" * doctest::skip()) {', "T4 (Others)"),
    ("one more requirement", "tests/spec/requirements.txt", "T4", "T5 More\nT4", "T5 (More) has no"),
    ("an unknown one", "tests/unit/b_test.cpp", "S1.1", "S1.7", "shows S1.7, which is no"),
    ("one more test", "tests/unit/b_test.cpp", "}\n", "}\nTEST(A, B) {  // T4\n", "is out of date"),
    ("a hand in the table", TABLE, "one and one", "six and one", "names a test that"),
    ("a strange row", TABLE, "| T3 |", "| T9 |", "T9 is no requirement"),
    ("a new title", "tests/spec/requirements.txt", "Sums", "Adding", "is out of date"),
    ("a test without an id", "tests/unit/b_test.cpp", "}\n", "}\nTEST(A, B) {\n", ""),
    ("a draft", "tests/spec/requirements.txt", "T4", "draft\nT5 More\nT4", ""),
    ("a draft with an unknown one", "tests/spec/requirements.txt", "T3 Steps", "draft", "shows T3"),
]


def load():
    """The script as a module: one start of Python for all changes."""
    sys.dont_write_bytecode = True
    loader = importlib.machinery.SourceFileLoader("spec_table", str(SPEC_TABLE))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("spec_table", loader))
    loader.exec_module(module)
    return module


def grow(root, spec_table):
    for name, text in TREE.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    yield from (f"a whole tree is refused: {line}" for line in spec_table.check(root, True)[0])
    yield from (f"a written table is refused: {line}" for line in spec_table.check(root, False)[0])
    table = (root / TABLE).read_text()
    yield from (f"no row {row!r} in {table}" for row in ROWS if row not in table)


def faults_of(change, spec_table):
    name, file, old, new, expected = change
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        yield from grow(root, spec_table)
        path = root / file
        path.write_text(path.read_text().replace(old, new))
        wrong = "\n".join(spec_table.check(root, False)[0])
        if bool(wrong) != bool(expected) or expected not in wrong:
            yield f"{name}: expected {expected!r}, got {wrong!r}"


def script_fails_on_a_gap(spec_table):
    with tempfile.TemporaryDirectory() as folder:
        list(grow(Path(folder), spec_table))
        Path(folder, "tests/unit/b_test.cpp").unlink()
        result = subprocess.run([SPEC_TABLE, folder], capture_output=True, text=True, check=False)
        return result.returncode == 1 and "names a test that there is not" in result.stdout


def main():
    spec_table = load()
    faults = [fault for change in CHANGES for fault in faults_of(change, spec_table)]
    if not script_fails_on_a_gap(spec_table):
        faults.append("the script does not fail on a gap")
    print("\n".join(faults))
    print(f"{len(CHANGES)} changes, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
