#!/usr/bin/env bash
# Installs the engine as a library into a temporary folder, builds examples/engine against it as a stranger would, from
# a folder outside this one, and runs it. Needs build/release built. Prints `N passed, 0 failed` or what failed.
set -euo pipefail
cd "$(dirname "$0")/.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0
ok() { passed=$((passed + 1)); }
fail() {
  cat "$work/log" >&2
  echo "check_library: $1" >&2
  echo "$passed passed, 1 failed"
  exit 1
}

cmake --install build/release --component dev --prefix "$work/installed" >"$work/log" 2>&1 || fail "it does not install"
ok
! grep -rlF "$PWD" "$work/installed/lib" --include='*.cmake' >"$work/log" || fail "it names the folder it was built in"
ok
cp -r examples/engine "$work/source"
cmake -S "$work/source" -B "$work/build" -DCMAKE_PREFIX_PATH="$work/installed" -DCMAKE_BUILD_TYPE=Release \
  -DCMAKE_CXX_FLAGS="-Wall -Wextra -Werror" >"$work/log" 2>&1 || fail "find_package does not find it"
cmake --build "$work/build" >"$work/log" 2>&1 || fail "the example does not build"
ok
mkdir "$work/data"
"$work/build/engine-example" "$work/data" >"$work/log" 2>&1 || fail "the example does not run"
for model in hybrid/1 together/1; do grep -q "^$model answers from now on" "$work/log" || fail "$model did not learn"; done
[ "$(grep -c " techno " "$work/log")" -ge 6 ] || fail "they answer otherwise"
ok
"$work/build/engine-example" "$work/data" >"$work/log" 2>&1 || fail "it does not run again on what it left"
grep -q "^0 events written" "$work/log" || fail "events were counted twice"
ok
"$work/build/engine-example" /proc/none >"$work/log" 2>&1 && fail "a folder that cannot be written is no error"
grep -q "^engine-example: " "$work/log" || fail "it does not say why"
ok
echo "$passed passed, 0 failed"
