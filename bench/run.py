#!/usr/bin/env python3
"""Runs all benches and writes down what they found.

    bench/run.py [--quick] [--build build/bench] [--results bench/results] [--docs docs/performance.md]

Within ten minutes, or one with --quick, it runs the programs of the preset `bench`, writes their
results as JSON into the folder of results, makes the tables and plots from them, and puts the
tables between the markers of docs/performance.md. `tables.py` and `plot.py` do the same again from
the JSON that is there.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timezone
from pathlib import Path

import plot
import tables

ROOT = Path(__file__).resolve().parents[1]
NAMES = ["time_unit", "cpu_ns", "wall_ns", "floor_ns", "allocations", "bytes", "dropped", "size",
         "events_per_second", "calls_per_second", "real_time", "cpu_time", "resident_kib", "peak_kib"]

# Of the suite: everything in the long run; in the short one what runs on one thread without HTTP. The
# cases of failures.md have runs of their own.
ALL = "-^(stack|floor_without|name_)"
SHORT = "^(init_close|delivered|serialize|parse|together)|/(off|discarding)/.*threads:1$"
FAILURES = "^(stack|floor_without|name_)"


class Runner:
    def __init__(self, folder, quick):
        self.folder = folder / "bench"
        self.quick = quick
        self.begin = time.monotonic()
        self.most = 60 if quick else 600

    def run(self, program, *arguments):
        """The program's exit is awaited within what is left of the time; None where it is not."""
        path = self.folder / program
        if not path.exists():
            print(f"{program}: not built, left out")
            return None
        left = max(5.0, self.most - (time.monotonic() - self.begin))
        begin = time.monotonic()
        try:
            done = subprocess.run([path, *arguments], capture_output=True, text=True, timeout=left)
        except subprocess.TimeoutExpired:
            print(f"{program}: no time left, left out")
            return None
        if done.returncode != 0:
            sys.exit(f"{program} failed:\n{done.stdout}{done.stderr}")
        print(f"{program}: {time.monotonic() - begin:.1f} s", flush=True)
        return done.stdout

    def table(self, program):
        """For programs of ours that write their table as JSON."""
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "result.json"
            arguments = ["--quick"] if self.quick else []
            if self.run(program, f"--json={file}", *arguments) is None:
                return None
            return json.loads(file.read_text())

    def cases(self, program, pattern, repetitions, min_time=None):
        """For programs of Google Benchmark; medians of the repetitions."""
        arguments = ["--benchmark_format=json", f"--benchmark_repetitions={repetitions}"]
        if pattern:
            arguments.append(f"--benchmark_filter={pattern}")
        if min_time:
            arguments.append(f"--benchmark_min_time={min_time}")
        found = self.run(program, *arguments)
        if found is None:
            return None
        rows = [row for row in json.loads(found)["benchmarks"]
                if repetitions == 1 or row.get("aggregate_name") == "median"]
        return [shorten(row) for row in rows]


def shorten(row):
    name = "/".join(part for part in row["run_name"].split("/")
                    if not part.startswith("iterations:")
                    and part not in ("manual_time", "real_time"))
    return {"case": name} | {key: row[key] for key in NAMES if key in row}


def first_line(path, start, otherwise="unknown"):
    for line in Path(path).read_text().splitlines():
        if line.startswith(start):
            return line[len(start):].strip(' :="\t')
    return otherwise


def git(*arguments):
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else ""


def environment(quick):
    changed = " with changes" if git("status", "--porcelain", "--", "src", "include") else ""
    return {
        "date": datetime.now(timezone.utc).strftime("%Y-%m-%d"),
        "commit": (git("rev-parse", "--short", "HEAD") or "unknown") + changed,
        "machine": f'{os.cpu_count()} cores, {first_line("/proc/cpuinfo", "model name")}',
        "memory": first_line("/proc/meminfo", "MemTotal"),
        "system": f'{first_line("/etc/os-release", "PRETTY_NAME")}, Linux {platform.release()}',
        "load": os.getloadavg()[0],
        "mode": "quick" if quick else "full",
    }


def collect(runner):
    """What is to be written, by the name of the file."""
    quick = runner.quick
    found = {"environment": environment(quick)}
    for name in ["side_by_side", "memory", "latency", "macro", "outage", "spool"]:
        found[name] = runner.table(f"picket_bench_{name}")
    min_time = 0.02 if quick else 0.2
    again = 1 if quick else 5
    found["suite"] = runner.cases("picket_bench", SHORT if quick else ALL, 1 if quick else 2)
    found["failures"] = {
        "throws": runner.cases("picket_bench_throws", "", again, min_time / again),
        "throws_traced": runner.cases("picket_bench_throws_traced", "", again, min_time / again),
        "captures": runner.cases("picket_bench", FAILURES, 1, min_time),
    }
    return found


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--build", type=Path, default=ROOT / "build/bench")
    parser.add_argument("--results", type=Path, default=ROOT / "bench/results")
    parser.add_argument("--docs", type=Path, default=ROOT / "docs/performance.md")
    arguments = parser.parse_args()
    arguments.results.mkdir(parents=True, exist_ok=True)

    runner = Runner(arguments.build, arguments.quick)
    for name, content in collect(runner).items():
        file = arguments.results / f"{name}.json"
        if content:
            file.write_text(json.dumps(content, indent=1) + "\n")
        else:
            file.unlink(missing_ok=True)  # of another run, and so of another program
    tables.write_all(arguments.results, arguments.docs)
    plot.write_all(arguments.results)
    print(f"done in {time.monotonic() - runner.begin:.0f} s, see {arguments.results}")


if __name__ == "__main__":
    main()
