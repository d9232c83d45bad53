#!/usr/bin/env python3
"""extract.py <folder> <document>...: writes each C++ block of the documents to a file.

A block with a main is a program as it stands, one that is marked `cpp file` a file as it stands. Of
the others, includes stay at the top and the rest becomes the body of a function, as if it stood in
the middle of a host.
"""

import re
import shutil
import sys
from pathlib import Path

BLOCK = re.compile(r"^```cpp( file)?\n(.*?)^```", re.DOTALL | re.MULTILINE)


def as_snippet(block, name):
    lines = block.splitlines()
    includes = [line for line in lines if line.startswith("#include")]
    body = [line for line in lines if not line.startswith("#include")]
    head = ["#include <picket/picket.hpp>", "#include <cstdio>", *includes, f"void {name}();"]
    return "\n".join([*head, f"void {name}() {{", *body, "}", ""])


def extract(document, folder):
    """How many blocks there are."""
    stem = document.stem.lower().replace("-", "_")
    blocks = BLOCK.findall(document.read_text())
    for number, (is_file, block) in enumerate(blocks, start=1):
        name = f"{stem}_{number}"
        if re.search(r"^int main\(", block, re.MULTILINE):
            (folder / f"program_{name}.cpp").write_text(block)
        elif is_file:
            (folder / f"snippet_{name}.cpp").write_text(block)
        else:
            (folder / f"snippet_{name}.cpp").write_text(as_snippet(block, f"snippet_{name}"))
    return len(blocks)


def main():
    folder, documents = Path(sys.argv[1]), [Path(name) for name in sys.argv[2:]]
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for document in documents:
        if extract(document, folder) == 0:
            sys.exit(f"{document} shows no C++")


if __name__ == "__main__":
    main()
