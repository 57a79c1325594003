#!/usr/bin/env bash
# Installs the engine as a library into a temporary folder, builds examples/engine and examples/plugin against it as a
# stranger would, from folders outside this one, and runs the one and has ml-analytics train, evaluate and ask the other.
# Needs build/release built. Prints `N passed, 0 failed` or what failed.
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

program=$PWD/build/release/ml-analytics
cp -r examples/plugin "$work/plugin-source"
cmake -S "$work/plugin-source" -B "$work/plugin" -DCMAKE_PREFIX_PATH="$work/installed" -DCMAKE_BUILD_TYPE=Release \
  -DCMAKE_CXX_FLAGS="-Wall -Wextra -Wpedantic -Werror" >"$work/log" 2>&1 || fail "find_package does not serve a plugin"
cmake --build "$work/plugin" >"$work/log" 2>&1 || fail "the plugin does not build"
ok
ml() {
  (cd "$work" && DATABASE_URL="sqlite:///$work/data/example.db" ML_MODEL_PATH="$work/data/models" \
    "$program" "$@" --config "$work/plugins.yaml") >"$work/log" 2>&1
}
printf 'plugins:\n  allowed:\n    - "%s"\n' "$(sha256sum "$work/plugin/together.so")" >"$work/plugins.yaml"
ml train --model-type recommendation --algorithm together_plugin --params '{"exponent": 0.7}' ||
  fail "the plugin does not learn"
grep -q "^together_plugin: pairs " "$work/log" || fail "its figures are not told"
ok
ml recommend --user ana --algorithm together_plugin --limit 5 || fail "the plugin does not recommend"
[ "$(grep -c "techno" "$work/log")" -ge 5 ] || fail "the plugin recommends otherwise"
ok
(cd "$work" && printf 'user,item\n' >train.csv && cp train.csv test.csv &&
  for user in 1 2 3 4; do printf 'u%s,a\nu%s,b\n' $user $user >>train.csv && printf 'u%s,c\n' $user >>test.csv; done &&
  printf 'v,a\nv,b\nv,c\n' >>train.csv)
ml evaluate --train "$work/train.csv" --test "$work/test.csv" --algorithm together_plugin --at 1 --json ||
  fail "the plugin is not evaluated"
grep -q '"recall@1":1' "$work/log" || fail "it recalls otherwise"
ok
chmod o+w "$work/plugin/together.so"
ml recommend --user ana --algorithm together_plugin && fail "a plugin that anybody may write to is used"
grep -q "chmod o-w" "$work/log" || fail "it does not say why"
ok
echo "$passed passed, 0 failed"
