#!/usr/bin/env python3
"""tools/check/layers sees what it is there to see: one small tree for each rule."""

import subprocess
import sys
import tempfile
from pathlib import Path

LAYERS = Path(__file__).resolve().parents[2] / "tools/check/layers"

# path, text, what is said about it (empty: nothing)
ROWS = [
    ("src/scope/a.cpp", '#include "protocol/write.hpp"', ""),
    ("src/scope/a.cpp", '#include "scope/merge.hpp"', ""),
    ("src/scope/a.cpp", '#include "picket/testing/manual_clock.hpp"', ""),
    ("src/protocol/a.cpp", '#include "scope/merge.hpp"', "protocol must not include scope"),
    ("src/base/a.hpp", '  #  include "json/writer.hpp"', "base must not include json"),
    ("src/transport/a.cpp", '#include "tracing/span.hpp"', "transport must not include tracing"),
    ("src/scope/a.cpp", '#include "merge.hpp"', 'write "<module>/merge.hpp"'),
    ("src/scope/a.cpp", '#include "helpers/merge.hpp"', "helpers is no module"),
    ("src/helpers/a.cpp", '#include "base/text.hpp"', "helpers is no module"),
    ("src/integrations/a.cpp", '#include "base/text.hpp"', "a host includes only picket/ headers"),
    ("src/integrations/a.cpp", "#include <spdlog/sinks/base_sink.h>", ""),
    ("include/picket/a.hpp", "#include <source_location>", ""),
    ("include/picket/a.hpp", '#include "picket/b.hpp"', ""),
    ("include/picket/a.hpp", '#include "base/text.hpp"', "a public header includes only"),
    ("include/picket/a.hpp", "#include <fmt/format.h>", "a public header includes only"),
    ("include/picket/integrations/spdlog.hpp", "#include <spdlog/spdlog.h>", ""),
    ("tools/demo/a.cpp", '#include "picket/picket.hpp"', ""),
    ("tools/demo/a.cpp", '#include "story.hpp"', ""),
    ("tools/demo/a.cpp", '#include "client/core.hpp"', "a host includes only picket/ headers"),
    ("tools/demo/a.cpp", '#include "../../src/client/core.hpp"', "reaches into another folder"),
    ("bench/a.cpp", '#include "json/writer.hpp"', "a host includes only picket/ headers"),
    ("tests/scenario/a.cpp", '#include "sdk/hub.hpp"', "a host includes only picket/ headers"),
    ("src/transport/curl_http_client.cpp", "#include <curl/curl.h>", ""),
    ("src/transport/a.cpp", "#include <curl/curl.h>", "the door to libcurl"),
    ("src/json/writer.cpp", "#include <simdjson.h>", "the door to simdjson"),
    ("src/base/ids.cpp", "#include <openssl/rand.h>", "the door to OpenSSL"),
    ("src/transport/a.cpp", "#include <zlib.h>", "the door to zlib"),
    ("src/base/text.cpp", 'auto x = std::getenv("HOME");', "the door to the environment"),
    ("src/base/text.cpp", "// ask getenv( for it", ""),
    ("src/base/text.cpp", 'say("getenv(3)");', ""),
    ("src/scope/a.cpp", "auto t = std::chrono::steady_clock::now();", "the door to the real clock"),
    ("src/base/clock.cpp", "auto t = std::chrono::system_clock::now();", ""),
    ("src/base/deadline.hpp", "auto t = std::chrono::steady_clock::now();", ""),
    ("tools/demo/a.cpp", "auto t = std::chrono::steady_clock::now();", ""),
]


def run_on(path, text):
    with tempfile.TemporaryDirectory() as root:
        file = Path(root, path)
        file.parent.mkdir(parents=True)
        file.write_text(f"#pragma once\n{text}\n")
        return subprocess.run([LAYERS, root], capture_output=True, text=True, check=False)


def main():
    failures = 0
    for path, text, expected in ROWS:
        result = run_on(path, text)
        said = result.stdout + result.stderr
        if expected:
            is_right = result.returncode == 1 and f"{path}:2:" in said and expected in said
        else:
            is_right = result.returncode == 0
        if not is_right:
            failures += 1
            print(f"{path} with {text!r}: expected {expected!r}, got: {said}")
    print(f"{len(ROWS) - failures} of {len(ROWS)} rows hold")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
