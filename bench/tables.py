#!/usr/bin/env python3
"""Makes the tables of the results from the JSON that `run.py` wrote.

    bench/tables.py [folder of results] [docs/performance.md]

Each table becomes a file of its own, and goes between the markers `<!-- table: NAME -->` and
`<!-- end -->` of the page.
"""

import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def load(results, name):
    file = results / f"{name}.json"
    return json.loads(file.read_text()) if file.exists() else None


def number(value):
    """Three digits that matter."""
    if value is None:
        return "–"
    if not isinstance(value, (int, float)):
        return str(value)
    size = abs(value)
    if value == int(value) and size < 1e6:
        return str(int(value))
    return f"{value:.{0 if size >= 100 else 1 if size >= 10 else 2}f}"


def size(value):
    """Of bytes."""
    for unit, step in [("MiB", 2**20), ("KiB", 2**10)]:
        if abs(value) >= 10 * step:
            return f"{number(value / step)} {unit}"
    return f"{number(value)} bytes"


def duration(ns):
    if ns is None:
        return "–"
    for unit, size in [("s", 1e9), ("ms", 1e6), ("µs", 1e3)]:
        if abs(ns) >= size:
            return f"{number(ns / size)} {unit}"
    return f"{number(ns)} ns"


def amount(value, unit):
    if value is None:
        return "–"
    times = {"ns": 1, "µs": 1e3, "ms": 1e6}
    sizes = {"bytes": 1, "KiB": 2**10}
    return duration(value * times[unit]) if unit in times else size(value * sizes[unit])


def table(head, rows):
    """The first column is text, the others stand at the right."""
    lines = ["| " + " | ".join(head) + " |", "|---|" + "--:|" * (len(head) - 1)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def budget(results):
    found = load(results, "side_by_side")
    if not found:
        return "The official native SDK was not found."
    rows = []
    for row in found["rows"]:
        unit = row["unit"]
        allowed = row["budget"]
        if allowed.endswith(unit):
            allowed = amount(float(allowed.split()[0]), unit)
        rows.append([row["row"], amount(row["peer"], unit), amount(row["ours"], unit),
                     number(row["peer/ours"]), allowed, row["met"], amount(row["floor"], unit)])
    text = table(["", "peer", "picket", "peer ÷ picket", "budget", "met", "floor"], rows)
    met = [row["met"] for row in found["rows"]]
    return (f'{text}\n\n{met.count("yes")} of {met.count("yes") + met.count("no")} budgets are met. '
            f'The peer is sentry-native {found["peer"]}.')


def macro(results):
    found = load(results, "macro")
    if not found:
        return "There was no SQLite."
    rows = [[row["picket"], number(row["requests/s"]), row["middle half of the losses"],
             number(row["p50 µs"]), number(row["p99 µs"]), number(row["CPU µs/request"]),
             number(row["CPU more, µs"]), number(row["RSS KiB"] / 1024)] for row in found["rows"]]
    return table(["picket", "requests/s", "loss in %, middle half of the rounds", "p50 µs", "p99 µs",
                  "CPU µs/request", "of it picket's", "memory MiB"], rows)


def latency_of(calls):
    """A table of the calls whose name has one of these texts."""

    def make(results):
        rows = []
        for row in (load(results, "latency") or {"rows": []})["rows"]:
            if any(call in row["call"] for call in calls):
                threads = number(row["threads"]) + (" thread" if row["threads"] == 1 else " threads")
                times = [duration(row[key]) for key in ["p50 ns", "p99 ns", "p99.9 ns", "max ns"]]
                rows.append([f'{row["server"]}, {threads}', row["call"], *times,
                             number(row["waits"])])
        return table(["the server", "call", "p50", "p99", "p99.9", "max", "waits"], rows)

    return make


def plain(name):
    """A table as the program printed it."""

    def make(results):
        rows = (load(results, name) or {"rows": []})["rows"]
        head = list(rows[0]) if rows else ["nothing was measured"]
        return table(head, [[number(value) for value in row.values()] for row in rows])

    return make


def memory(results):
    found = load(results, "memory") or {"rows": []}
    return table(["", "takes"], [[row["what"], amount(row["value"], row["unit"])]
                                 for row in found["rows"]])


def suite(results):
    rows = []
    for row in load(results, "suite") or []:
        if "cpu_ns" not in row or "calls_per_second" in row:
            continue
        rows.append([f'`{row["case"]}`', duration(row["cpu_ns"]), duration(row.get("wall_ns")),
                     duration(row.get("floor_ns")), number(row.get("allocations")),
                     number(row.get("bytes")), number(row.get("dropped")),
                     number(row.get("events_per_second"))])
    return table(["case", "CPU", "wall", "floor", "allocations", "bytes", "dropped",
                  "events/s"], rows)


def threads(results):
    """Of all threads together, and the CPU of one call."""
    found = by_case(load(results, "suite"))
    rows = []
    for case in [case for case in found if case.endswith("/threads:1") and "together" in case]:
        name = case.removesuffix("/threads:1")
        of = [found.get(f"{name}/threads:{count}", {}) for count in [1, 2, 4, 8]]
        rows.append([name.removeprefix("together_").replace("_", " "),
                     *(f'{thousands(one.get("calls_per_second"))} ({duration(one.get("cpu_ns"))})'
                       for one in of)])
    return table(["thousands of calls a second (CPU of a call)", "1 thread", "2", "4", "8"], rows)


def thousands(value):
    return "–" if value is None else number(value / 1e3)


def by_case(rows):
    return {row["case"]: row for row in rows or []}


def throws(results):
    found = load(results, "failures") or {}
    traced = by_case(found.get("throws_traced"))
    rows = []
    for case, row in by_case(found.get("throws")).items():
        kind, depth = case.split("/")
        other = traced.get(case, {}).get("cpu_time")
        rows.append([f'{kind.replace("_", " ")}, {depth} frames', duration(row["cpu_time"]),
                     duration(other), number(other / row["cpu_time"]) if other else "–"])
    return table(["a throw", "without `throw_traces`", "with", "factor"], rows)


def captures(results):
    found = by_case((load(results, "failures") or {}).get("captures"))
    rows = []
    for depth in [10, 20, 50, 100]:
        rows.append([f"{depth} frames", *(
            duration(found.get(f"stack/{way}/{depth}", {}).get("cpu_time"))
            for way in ["unwind_tables", "frame_pointers"])])
    rows.append(["without a stack", duration(found.get("floor_without_stack", {}).get("cpu_time")),
                 "–"])
    return table(["a capture", "by unwind tables", "by frame pointers"], rows)


def naming(results):
    found = by_case((load(results, "failures") or {}).get("captures"))
    rows = []
    for case, text in [("name_in_a_new_client", "the first event of a client: its modules are opened"),
                       ("name_known_frames", "the same stack again")]:
        plain, named = found.get(f"{case}/floor_without_stack"), found.get(f"{case}/with_stack")
        if plain and named:
            size = {"ns": 1, "us": 1e3, "ms": 1e6, "s": 1e9}[named["time_unit"]]
            rows.append([text, duration(plain["real_time"] * size),
                         duration(named["real_time"] * size), number(named["peak_kib"] / 1024),
                         number(named["resident_kib"] / 1024)])
    return table(["an event until it is sent", "without a stack", "with 20 frames",
                  "peak of memory, MiB", "kept, MiB"], rows)


def method(results):
    of = load(results, "environment") or {}
    compiler = (load(results, "memory") or {}).get("compiler", "unknown")
    return (f'Measured on {of.get("date")} at commit {of.get("commit")}: {of.get("machine")}, '
            f'{of.get("memory")}, {of.get("system")}, g++ {compiler}, preset `bench` (RelWithDebInfo, no link-time '
            f'optimisation); `bench/run.py` in its {of.get("mode")} mode, the load of the machine '
            f'at the start was {number(of.get("load"))}.')


TABLES = {"budget": budget, "macro": macro, "latency": latency_of([""]), "captures_under_load": latency_of(["capture", "floor"]), "memory": memory, "suite": suite,
          "throws": throws, "captures": captures, "naming": naming, "threads": threads, "outage": plain("outage"), "spool": plain("spool"), "method": method}

# The files of results: title, what it says, and its tables.
FILES = {
    "budget.md": ("Budgets", "Costs on the calling thread beside the official native SDK; how they are "
                  "measured is told in `docs/performance.md`.", ["budget"]),
    "suite.md": ("The suite", "For one call of one thread; see `bench/harness.hpp`.", ["suite", "threads"]),
    "macro.md": ("A whole service", "See `bench/macro_bench.cpp`.", ["macro"]),
    "latency.md": ("Latency under load", "See `bench/latency_bench.cpp`.", ["latency"]),
    "memory.md": ("Memory, size and start", "See `bench/memory_bench.cpp`.", ["memory"]),
    "delivery.md": ("Outages, and starts with a full spool",
                    "5 000 captured exceptions a second, each with a breadcrumb and a context of its own, by "
                    "one thread. All options are at their defaults, there is no spool; the queue "
                    "holds 256 items, so what a server does not take in time is dropped. Then "
                    "`picket::init` while envelopes of a process that is gone lie on disk, each "
                    "start in a process of its own; the budget is 5 ms.", ["outage", "spool"]),
    "failures.md": ("What failures cost", "A throw, a capture by the depth of its stack, and naming the "
                    "frames on the worker.", ["throws", "captures", "naming"]),
}


def fill(page, results):
    def replace(match):
        return f"{match.group(1)}\n{TABLES[match.group(2)](results)}\n{match.group(3)}"

    pattern = r"(<!-- table: (\w+) -->)\n.*?(<!-- end -->)"
    page.write_text(re.sub(pattern, replace, page.read_text(), flags=re.DOTALL))


def write_all(results, page):
    for name, (title, about, which) in FILES.items():
        parts = [f"# {title}", f"{about} {method(results)}", *(TABLES[one](results) for one in which)]
        (results / name).write_text("\n\n".join(parts) + "\n")
    if page.exists():
        fill(page, results)


if __name__ == "__main__":
    arguments = [Path(one) for one in sys.argv[1:]]
    write_all(*(arguments + [ROOT / "bench/results", ROOT / "docs/performance.md"][len(arguments):]))
