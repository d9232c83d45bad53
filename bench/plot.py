#!/usr/bin/env python3
"""Draws the results as SVG, from the JSON that `run.py` wrote.

    bench/plot.py [folder of results]
"""

import json
import math
import sys
from pathlib import Path
from xml.sax.saxutils import escape

ROOT = Path(__file__).resolve().parents[1]
COLORS = {"picket": "#1f77b4", "peer": "#d62728", "floor": "#7f7f7f"}
MORE = ["#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e", "#8c564b"]
FONT = 'font-family="sans-serif" font-size="12"'


def load(results, name):
    file = results / f"{name}.json"
    return json.loads(file.read_text()) if file.exists() else None


def time_text(ns):
    for unit, size in [("s", 1e9), ("ms", 1e6), ("µs", 1e3), ("ns", 1)]:
        if ns >= size:
            return f"{ns / size:.3g} {unit}"
    return f"{ns:.2g} ns"


class Drawing:
    def __init__(self, width, height, title):
        self.width, self.height = width, height
        self.parts = []
        self.text(10, 20, title, 'font-weight="bold"')

    def text(self, x, y, text, more=""):
        self.parts.append(f'<text x="{x:.1f}" y="{y:.1f}" {more}>{escape(text)}</text>')

    def line(self, x1, y1, x2, y2, color="#dddddd"):
        self.parts.append(f'<path d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}" stroke="{color}"/>')

    def box(self, x, y, width, height, color):
        self.parts.append(f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 1):.1f}" '
                          f'height="{height:.1f}" fill="{color}"/>')

    def curve(self, points, color):
        way = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
        self.parts.append(f'<path d="M{way}" fill="none" stroke="{color}" stroke-width="2"/>')
        self.parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{color}"/>'
                       for x, y in points]

    def legend(self, names, x, y):
        for name, color in names:
            self.box(x, y - 9, 10, 10, color)
            self.text(x + 14, y, name)
            x += 30 + 7 * len(name)

    def write(self, file):
        body = "\n".join(self.parts)
        file.write_text(f'<svg xmlns="http://www.w3.org/2000/svg" width="{self.width}" '
                        f'height="{self.height}" {FONT}>\n<rect width="100%" height="100%" '
                        f'fill="white"/>\n{body}\n</svg>\n')


def log_bars(file, title, rows, names):
    """Bars of times on a logarithmic axis. rows: (text, [ns or None for each name])."""
    left, right, bar = 320, 90, 12
    group = bar * len(names) + 8
    drawing = Drawing(900, 70 + group * len(rows), title)
    values = [value for _, all_of_row in rows for value in all_of_row if value]
    low = math.floor(math.log10(min(values)))
    high = math.ceil(math.log10(max(values)))

    def place(value):
        share = (math.log10(value) - low) / max(1, high - low)
        return left + share * (drawing.width - left - right)

    for power in range(low, high + 1):
        x = place(10**power)
        drawing.line(x, 40, x, drawing.height - 22)
        drawing.text(x, drawing.height - 8, time_text(10**power), 'text-anchor="middle"')
    for index, (text, all_of_row) in enumerate(rows):
        y = 44 + index * group
        drawing.text(left - 8, y + group / 2, text, 'text-anchor="end"')
        for place_in_group, (value, (_, color)) in enumerate(zip(all_of_row, names)):
            if value:
                top = y + place_in_group * bar
                drawing.box(left, top, place(value) - left, bar - 1, color)
                drawing.text(place(value) + 4, top + bar - 2, time_text(value), 'font-size="10"')
    drawing.legend(names, left, 34)
    drawing.write(file)


def log_curves(file, title, xs, curves, y_text, x_title):
    """Curves over a few places. curves: (name, [value for each x]); the axis is logarithmic."""
    drawing = Drawing(900, 420, title)
    left, top, bottom, right = 90, 60, 60, 230
    values = [value for _, all_values in curves for value in all_values if value]
    low = math.floor(math.log10(min(values)))
    high = max(low + 1, math.ceil(math.log10(max(values))))

    def place(index, value):
        x = left + index * (drawing.width - left - right) / max(1, len(xs) - 1)
        share = (math.log10(value) - low) / (high - low)
        return x, drawing.height - bottom - share * (drawing.height - bottom - top)

    for power in range(low, high + 1):
        _, y = place(0, 10**power)
        drawing.line(left, y, drawing.width - right, y)
        drawing.text(left - 6, y + 4, y_text(10**power), 'text-anchor="end"')
    for index, x in enumerate(xs):
        drawing.text(place(index, 10**low)[0], drawing.height - bottom + 18, str(x),
                     'text-anchor="middle"')
    drawing.text(left, drawing.height - 12, x_title)
    for index, (name, all_values) in enumerate(curves):
        color = MORE[index % len(MORE)]
        points = [place(i, value) for i, value in enumerate(all_values) if value]
        if points:
            drawing.curve(points, color)
            drawing.text(points[-1][0] + 8, points[-1][1] + 4, name, f'fill="{color}"')
    drawing.write(file)


def draw_budget(results):
    found = load(results, "side_by_side")
    rows = [(row["row"], [row["peer"], row["ours"], row["floor"]])
            for row in (found or {"rows": []})["rows"] if row["unit"] == "ns"]
    if rows:
        log_bars(results / "budget.svg", "One call on the calling thread; shorter is better", rows,
                 [("sentry-native", COLORS["peer"]), ("picket", COLORS["picket"]),
                  ("floor", COLORS["floor"])])


def draw_threads(results):
    found = {row["case"]: row.get("calls_per_second") for row in load(results, "suite") or []}
    threads = [1, 2, 4, 8]
    curves = [(case.removeprefix("together_").removesuffix("/threads:1"),
               [found.get(case.replace(":1", f":{count}")) for count in threads])
              for case in found if case.startswith("together") and case.endswith(":1")]
    if curves:
        log_curves(results / "threads.svg", "Calls a second, of all threads together", threads,
                   curves, lambda value: f"{value:,.0f}", "threads")


def draw_latency(results):
    found = load(results, "latency")
    if not found:
        return
    threads = sorted({row["threads"] for row in found["rows"]})
    curves = []
    for server, text in [("answers", "well"), ("accepts and never answers", "hung"),
                         ("is gone", "gone")]:
        of = {row["threads"]: row for row in found["rows"]
              if row["server"] == server and row["call"] == "capture_message"}
        for key in ["p50 ns", "p99 ns"]:
            curves.append((f"{key[:-3]}, server {text}",
                           [of[count][key] if count in of else None for count in threads]))
    log_curves(results / "latency.svg", "One capture under load", [int(count) for count in threads],
               curves, time_text, "threads, on the cores that there are")


def draw_failures(results):
    found = {row["case"]: row for row in (load(results, "failures") or {}).get("captures") or []}
    depths = [10, 20, 50, 100]
    curves = [(text, [found.get(f"stack/{way}/{depth}", {}).get("cpu_time") for depth in depths])
              for way, text in [("unwind_tables", "by unwind tables"),
                                ("frame_pointers", "by frame pointers")]]
    if any(value for _, values in curves for value in values):
        log_curves(results / "failures.svg", "Capturing an exception, by the depth of the stack",
                   depths, curves, time_text, "frames")


def draw_breadcrumbs(results):
    found = {row["row"]: row for row in (load(results, "side_by_side") or {"rows": []})["rows"]}
    counts = [0, 20, 100]
    rows = [found.get(f"capture_message, {count} crumbs") for count in counts]
    if all(rows):
        log_curves(results / "breadcrumbs.svg", "capture_message, by the number of breadcrumbs",
                   counts, [("picket", [row["ours"] for row in rows]),
                            ("sentry-native", [row["peer"] for row in rows])],
                   time_text, "breadcrumbs")


def write_all(results):
    for draw in [draw_budget, draw_threads, draw_latency, draw_failures, draw_breadcrumbs]:
        draw(results)


if __name__ == "__main__":
    write_all(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "bench/results")
