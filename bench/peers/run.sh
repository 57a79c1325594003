#!/usr/bin/env bash
# Our models beside the same ones of PyPI packages: same data, threads and run, medians of 5, a Markdown table.
#   bench/peers/run.sh [--data gowalla|hetrec] [--repeats 5] [--tune]
set -euo pipefail
cd "$(dirname "$0")/../.."
venv=$(bench/peers/install.sh) || { echo "$venv" && exit 0; }
[ -x build/release/ml-analytics ] || { echo "build first: cmake --build --preset release --target ml-analytics" >&2; exit 1; }
OPENBLAS_NUM_THREADS=1 exec "$venv/bin/python" bench/peers/compare.py "$@"
