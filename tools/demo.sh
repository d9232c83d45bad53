#!/bin/bash
# Builds the demo service and the local ingest server, and runs them through the demo's story.
set -euo pipefail
cd "$(dirname "$0")/.."

tools/setup.sh
log="$(mktemp)"
trap 'rm -f "$log"' EXIT
echo "demo: building (preset release)"
{ cmake --preset release && cmake --build --preset release --target picket-demo; } \
  >"$log" 2>&1 </dev/null || { cat "$log" >&2; exit 1; }
tools/demo/run "$@"
