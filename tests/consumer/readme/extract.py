#!/usr/bin/env python3
"""extract.py <README> <folder>: writes each C++ block as program_N.cpp or snippet_N.cpp.

A block with a main is a program as it stands. Of the others, includes stay at the top and the rest
becomes the body of a function, as if it stood in the middle of a host.
"""

import re
import shutil
import sys
from pathlib import Path


def as_snippet(block, number):
    lines = block.splitlines()
    includes = [line for line in lines if line.startswith("#include")]
    body = [line for line in lines if not line.startswith("#include")]
    head = ["#include <picket/picket.hpp>", *includes, f"void snippet_{number}();"]
    return "\n".join([*head, f"void snippet_{number}() {{", *body, "}", ""])


def main():
    readme, folder = Path(sys.argv[1]), Path(sys.argv[2])
    blocks = re.findall(r"^```cpp\n(.*?)^```", readme.read_text(), re.DOTALL | re.MULTILINE)
    if not blocks:
        sys.exit(f"{readme} shows no C++")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for number, block in enumerate(blocks, start=1):
        if re.search(r"^int main\(", block, re.MULTILINE):
            (folder / f"program_{number}.cpp").write_text(block)
        else:
            (folder / f"snippet_{number}.cpp").write_text(as_snippet(block, number))


if __name__ == "__main__":
    main()
