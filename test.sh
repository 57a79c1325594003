#!/usr/bin/env bash
# Installs what is missing, builds, runs the tests; see ./test.sh --help.
set -euo pipefail
cd "$(dirname "$0")"

usage() {
  cat <<'TEXT'
usage: ./test.sh [--all]

Installs what is missing (tools/packages.apt), builds build/release, runs every test that needs no server or long time,
and ends with the line `N passed, N failed[, N skipped]`. Exits 1 if a test failed or none ran.

  --all    also: slow end-to-end tests, benchmarks built, what holds a database once more on a PostgreSQL of its own, the
           adapter of Redis on a Redis of its own, that of MongoDB on a FerretDB of its own (which is built, in two
           minutes the first time, where there is Go 1.24; else what needs it is skipped), the Debian package and the
           installed library tried, everything by clang 16 with address and undefined-behaviour sanitizers, fuzz targets
           over their seeds, the thread sanitizer over rooms with threads and over a server under load, clang-tidy on what
           changed last, clang-format
  --help   this text

Environment: MLA_JOBS=N processes at once (default: one for each core); MLA_TIDY_ALL=1 clang-tidy on every file,
MLA_TIDY_BASE=REVISION on files changed since then; MLA_TIDY_SECONDS=N time for clang-tidy (default 300).
TEXT
}

all=false
for argument in "$@"; do
  case "$argument" in
    --all) all=true ;;
    --help | -h) usage && exit 0 ;;
    *) echo "test.sh: unknown option '$argument'; see ./test.sh --help" >&2 && exit 2 ;;
  esac
done

jobs=${MLA_JOBS:-$(nproc)}
counts=$(mktemp)
trap 'rm -f "$counts"' EXIT
times=()
export ASAN_OPTIONS="detect_stack_use_after_return=1:strict_string_checks=1:allocator_may_return_null=1"
export LSAN_OPTIONS="suppressions=$PWD/tools/sanitizers/lsan.supp:print_suppressions=0"
export UBSAN_OPTIONS="print_stacktrace=1:halt_on_error=1"
export TSAN_OPTIONS="suppressions=$PWD/tools/sanitizers/tsan.supp:halt_on_error=0:exitcode=66:second_deadlock_stack=1"

# build PRESET "TARGET…" [CMAKE_OPTION…]
build() {
  local preset=$1 log
  local -a targets
  read -ra targets <<<"$2"
  shift 2
  log=build/$preset-configure.log
  mkdir -p build
  cmake --preset "$preset" -DMLA_BUILD_TESTS=ON "$@" >"$log" 2>&1 || { cat "$log" && return 1; }
  cmake --build --preset "$preset" --target "${targets[@]}" -j "$jobs" -- --quiet
}

# run_tests PRESET CTEST_OPTION…: adds what became of each test to $counts. $beside: what runs ctest.
run_tests() {
  local preset=$1 rc=0
  shift
  rm -rf "build/$preset/test-results"
  mkdir -p "build/$preset/test-results"
  ${beside:-} ctest --test-dir "build/$preset" -j "$jobs" --output-on-failure --no-tests=error --no-label-summary \
    --output-junit "$PWD/build/$preset/ctest.xml" "$@" || rc=$?
  python3 tools/test_summary.py "build/$preset/ctest.xml" "build/$preset/test-results" "$counts" |
    sed "s/^\([0-9]* passed\)/   $preset: \1/" || rc=1
  return $rc
}

release() {
  build release mla_tests && run_tests release
}

release_all() {
  tools/mongo.py --build || echo "test.sh: goes on without FerretDB, and so without what is tested on a MongoDB" >&2
  build release all -DMLA_BUILD_BENCH=ON && MLA_SLOW=1 run_tests release
}

# What holds a database once more, on a PostgreSQL server of its own.
postgres() {
  local rooms="store postgres catalog training recommend experiments jobs security pipelines engine http"
  beside=tools/postgres.py run_tests release -R "^(${rooms// /|})\.[12]$"
}

# The adapter on a Redis server of its own.
redis() {
  beside=tools/redis.py run_tests release -R "^redis\.[12]$"
}

# The adapter on a FerretDB server of its own, as far as one could be built.
mongo() {
  if [ -z "$(find build/ferretdb -name 'ferretdb-*' 2>/dev/null)" ]; then
    echo "   skipped: FerretDB is not built"
    echo "0 0 1" >>"$counts"
    return 0
  fi
  beside=tools/mongo.py run_tests release -R "^mongo\.[12]$"
}

# Built by the second compiler, which gives its opinion on everything and brings libFuzzer.
asan_ubsan() {
  build asan-ubsan mla_tests && run_tests asan-ubsan -LE house
}

# The rooms that start threads, lock, or run loops on the pool; the others work on the thread that calls them.
# hnswlib builds a graph on one thread, and locks its elements in any order: no deadlock, but thousands of reports of
# one. What builds graphs is run by itself, without looking for deadlocks.
tsan() {
  local rooms="base math telemetry cache catalog models registry training recommend jobs security experiments pipelines engine http sqlite redis" rc=0
  local graphs="NeighbourGraph.*:*hnsw*:ItemVectors.ALongHistoryIsNotLeftOutAlongTheGraph"
  local -a targets
  read -ra targets <<<"$rooms"
  targets=("${targets[@]/#/mla_}")
  build tsan "${targets[*]/%/_tests}" || return 1
  GTEST_FILTER="-$graphs" run_tests tsan -R "^(${rooms// /|})\.[12]$" || rc=1
  GTEST_FILTER="$graphs" TSAN_OPTIONS="$TSAN_OPTIONS:detect_deadlocks=0" run_tests tsan -R '^(math|models)\.[12]$' || rc=1
  return $rc
}

# The whole program by the thread sanitizer, asked by many at once.
tsan_load() {
  build tsan ml-analytics && bench/tsan_load.sh 40
}

# The .deb in a bare Debian; its last line is `N passed, N failed[, N skipped]` too.
package() {
  local said rc=0
  said=$(tools/check_package.sh) || rc=$?
  echo "   package: $(tail -1 <<<"$said")"
  sed -nE '$s/^([0-9]+) passed, ([0-9]+) failed(, ([0-9]+) skipped.*)?$/\1 \2 0\4/p' <<<"$said" >>"$counts"
  return $rc
}

# The engine as a library, used by an example that was built against what was installed.
library() {
  local said rc=0
  said=$(tools/check_library.sh) || rc=$?
  echo "   library: $(tail -1 <<<"$said")"
  sed -nE '$s/^([0-9]+) passed, ([0-9]+) failed$/\1 \2 0/p' <<<"$said" >>"$counts"
  return $rc
}

layout() {
  git ls-files -z '*.h' '*.cpp' | xargs -0 clang-format-16 --dry-run --Werror
}

# stage NAME FUNCTION: runs it, notes its time; one that fails before it counted a test counts as a failed one.
stage() {
  local name=$1 started=$SECONDS before rc=0
  echo "== $name"
  before=$(wc -l <"$counts")
  "$2" || rc=$?
  if [ "$(wc -l <"$counts")" -eq "$before" ]; then
    if [ $rc -eq 0 ]; then echo "1 0 0" >>"$counts"; else echo "0 1 0" >>"$counts"; fi
  fi
  [ $rc -eq 0 ] || echo "== $name FAILED" >&2
  times+=("$(printf '%5d s  %s' $((SECONDS - started)) "$name")")
}

tools/install.sh pages || echo "test.sh: goes on without Node and npm, and so without the tests of /docs and /redoc" >&2
if $all; then
  tools/install.sh build test all
  stage "layout: clang-format" layout
  stage "release: all tests, benchmarks built" release_all
  stage "PostgreSQL: the rooms that hold a database" postgres
  stage "Redis: the adapter on a server" redis
  stage "MongoDB: the adapter on a FerretDB" mongo
  stage "package: the .deb in a bare Debian" package
  stage "library: an example built against the installed engine" library
  stage "clang 16, address and undefined-behaviour sanitizers, fuzz targets" asan_ubsan
  stage "thread sanitizer" tsan
  stage "thread sanitizer: a server under mixed load" tsan_load
  stage "clang-tidy" tools/tidy.py
else
  tools/install.sh build test
  stage "release: tests" release
fi

printf '%s\n' "${times[@]}"
awk '{ p += $1; f += $2; s += $3 }
     END { printf "%d passed, %d failed", p, f; if (s) printf ", %d skipped", s; print ""; exit f > 0 || p == 0 }' "$counts"
