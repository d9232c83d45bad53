#!/bin/bash
# Builds picket and runs all its tests; run it again and only what changed is built.
#
#   tools/test.sh [ctest arguments, such as -L unit or -R queue]
set -euo pipefail
cd "$(dirname "$0")/.."

tools/setup.sh
tools/check/build dev "$@"
