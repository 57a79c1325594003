#!/usr/bin/env bash
# The peers of requirements.txt in a virtual environment below build/, whose folder it prints; without a network it says
# so and exits 1. The packages are only ever run, nothing of them is linked or kept.
set -euo pipefail
cd "$(dirname "$0")/../.."
venv=build/peers-venv
if ! [ -x "$venv/bin/python" ] || ! cmp -s bench/peers/requirements.txt "$venv/installed.txt"; then
  python3 -m venv "$venv" 2>/dev/null || { echo "skipped: python3 cannot make a virtual environment (apt install python3-venv)"; exit 1; }
  "$venv/bin/pip" install --quiet --disable-pip-version-check -r bench/peers/requirements.txt >"$venv/install.log" 2>&1 ||
    { echo "skipped: the peers do not install (no network?), see $venv/install.log"; exit 1; }
  cp bench/peers/requirements.txt "$venv/installed.txt"
fi
echo "$venv"
