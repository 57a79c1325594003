#!/usr/bin/env bash
# Our models beside the same ones of PyPI packages: same data, threads and run, medians of 5, a Markdown table.
#   bench/peers/run.sh [--data gowalla|hetrec] [--repeats 5] [--tune]
# The packages go into a virtual environment below build/; they are only ever run, nothing of them is linked or kept.
set -euo pipefail
cd "$(dirname "$0")/../.."
venv=build/peers-venv
if ! [ -x "$venv/bin/python" ] || ! cmp -s bench/peers/requirements.txt "$venv/installed.txt"; then
  python3 -m venv "$venv" 2>/dev/null || { echo "skipped: python3 cannot make a virtual environment (apt install python3-venv)"; exit 0; }
  "$venv/bin/pip" install --quiet --disable-pip-version-check -r bench/peers/requirements.txt >"$venv/install.log" 2>&1 ||
    { echo "skipped: the peers do not install (no network?), see $venv/install.log"; exit 0; }
  cp bench/peers/requirements.txt "$venv/installed.txt"
fi
[ -x build/release/ml-analytics ] || { echo "build first: cmake --build --preset release --target ml-analytics" >&2; exit 1; }
OPENBLAS_NUM_THREADS=1 exec "$venv/bin/python" bench/peers/compare.py "$@"
