#!/usr/bin/env python3
"""tools/check/layers sees what it is there to see: one row for each rule."""

import importlib.machinery
import importlib.util
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
    ("include/picket/testing/doctest.hpp", "#include <doctest/doctest.h>", ""),
    ("include/picket/testing/gtest.hpp", "#include <gtest/gtest.h>", ""),
    ("include/picket/testing/doctest.hpp", "#include <gtest/gtest.h>", "the door to GoogleTest"),
    ("include/picket/testing/matchers.hpp", "#include <doctest/doctest.h>", "a public header incl"),
    ("src/testing/a.cpp", "#include <gtest/gtest.h>", "the door to GoogleTest"),
    ("tools/demo/a.cpp", '#include "picket/picket.hpp"', ""),
    ("tools/demo/a.cpp", '#include "story.hpp"', ""),
    ("tools/demo/a.cpp", '#include "client/core.hpp"', "a host includes only picket/ headers"),
    ("tools/demo/a.cpp", '#include "../../src/client/core.hpp"', "reaches into another folder"),
    ("bench/a.cpp", '#include "json/writer.hpp"', "a host includes only picket/ headers"),
    ("tests/scenario/a.cpp", '#include "sdk/hub.hpp"', "a host includes only picket/ headers"),
    ("src/transport/curl_flight.hpp", "#include <curl/curl.h>", ""),
    ("include/picket/integrations/curl.hpp", "#include <curl/curl.h>", ""),
    ("src/transport/a.cpp", "#include <curl/curl.h>", "the door to libcurl"),
    ("src/integrations/curl.cpp", "#include <curl/curl.h>", "the door to libcurl"),
    ("include/picket/integrations/httplib_server.hpp", "#include <httplib.h>", ""),
    ("src/integrations/a.cpp", "#include <httplib.h>", "the door to httplib"),
    ("tools/ingest/http_host.cpp", "#include <httplib.h>", ""),
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


def load_layers():
    """The script as a module: one start of Python for all rows."""
    sys.dont_write_bytecode = True
    loader = importlib.machinery.SourceFileLoader("layers", str(LAYERS))
    spec = importlib.util.spec_from_loader("layers", loader)
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


def is_right(faults, path, expected):
    if not expected:
        return not faults
    return any(fault.startswith(f"{path}:2:") and expected in fault for fault in faults)


def script_fails_on_a_bad_tree():
    with tempfile.TemporaryDirectory() as root:
        file = Path(root, "src/base/a.cpp")
        file.parent.mkdir(parents=True)
        file.write_text('#include "json/writer.hpp"\n')
        result = subprocess.run([LAYERS, root], capture_output=True, text=True, check=False)
        return result.returncode == 1 and "src/base/a.cpp:1:" in result.stdout


def main():
    layers = load_layers()
    failures = 0
    for path, text, expected in ROWS:
        faults = list(layers.check_file(path, f"#pragma once\n{text}\n"))
        if not is_right(faults, path, expected):
            failures += 1
            print(f"{path} with {text!r}: expected {expected!r}, got: {faults}")
    if not script_fails_on_a_bad_tree():
        failures += 1
        print("the script does not fail on a bad tree")
    print(f"{len(ROWS)} rows, {failures} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
