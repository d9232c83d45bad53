#!/usr/bin/env python3
"""Nothing of another SDK is in picket: neither its symbols nor a library it would come from.

    link_test.py <nm> <readelf> <program or library>…
"""

import re
import subprocess
import sys

# Libraries that picket and its demo stand on; whatever else a program asks for is a finding.
LIBRARIES = re.compile(
    r"lib(curl|simdjson|ssl|crypto|fmt|z|zstd|dw|elf|sqlite3|stdc\+\+|gcc_s|c|m|asan|ubsan|tsan|picket"
    r"|brotlicommon|brotlidec|brotlienc|cpp-httplib)(-gnutls)?\.so\.[\d.]+|ld-linux[-\w]*\.so\.\d"
)

# Names of SDKs for errors, traces and crashes: of functions in C, and namespaces of C++.
FOREIGN = re.compile(
    r"^\S*\s+\w _*(?:sentry_|bugsnag|raygun|crashpad|ot_tracer)"
    r"|\b(?:sentry|opentelemetry|opentracing|datadog|crashpad|google_breakpad|bugsnag)::"
)


# S1.1: no symbol and no library of another SDK is in picket or in a program made with it
def faults_of(name, symbols, dynamic):
    for line in symbols.splitlines():
        if FOREIGN.search(line):
            yield f"{name} has a symbol of another SDK: {line.strip()}"
    for library in re.findall(r"\(NEEDED\).*\[(.*)\]", dynamic):
        if not LIBRARIES.fullmatch(library):
            yield f"{name} needs a library that nobody knows: {library}"


# symbols, dynamic section, what is said (empty: nothing)
ROWS = [
    ("0001 T picket::init(picket::Options)", " (NEEDED) Shared library: [libcurl.so.4]", ""),
    ("0001 W picket::IncomingTrace::sentry_trace() const", "", ""),  # a header's name
    ("                 U sentry_init", "", "a symbol of another SDK"),
    ("0001 t sentry__transport_send", "", "a symbol of another SDK"),
    ("0001 W std::vector<opentelemetry::v1::trace::Span>", "", "a symbol of another SDK"),
    ("", "0x01 (NEEDED)   Shared library: [libsentry.so.0]", "libsentry.so.0"),
    ("", "0x01 (NEEDED)   Shared library: [ld-linux-x86-64.so.2]", ""),
]


def self_faults():
    for symbols, dynamic, expected in ROWS:
        found = "\n".join(faults_of("row", symbols, dynamic))
        if bool(found) != bool(expected) or expected not in found:
            yield f"{symbols!r} and {dynamic!r}: expected {expected!r}, got {found!r}"


def output(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def main():
    nm, readelf, *files = sys.argv[1:]
    found = list(self_faults())
    for file in files:
        symbols = output(nm, "--demangle", file)
        if "picket::" not in symbols:
            found.append(f"{file} has nothing of picket either, is it the right one?")
        found += faults_of(file, symbols, output(readelf, "--dynamic", "--wide", file))
    print("\n".join(found) if found else f"link: ok, {len(files)} files")
    return 1 if found or not files else 0


if __name__ == "__main__":
    sys.exit(main())
