#!/usr/bin/env bash
# From a fresh Debian 12 to recommendations in a browser; see ./run.sh --help.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

usage() {
  cat <<'TEXT'
usage: ./run.sh [--port N] [PATH…]

Installs what is missing (tools/packages.apt), builds build/release/ml-analytics, imports each PATH (the program finds
out what kind of data it is), trains, prints three recommendations with their reasons and a token to ask for more, and
serves until Ctrl-C.

  PATH     files or folders with your listening data or catalogue; kept in var/library/
  --port N listen on port N instead of 8000
  --help   this text

Without a PATH it serves what was imported before; if nothing was, a synthetic demo catalogue (in var/demo/).
Environment: DATABASE_URL and ML_MODEL_PATH are used if set; all other settings are those of `ml-analytics config --show`.
TEXT
}

fail() {
  echo "run.sh: $2" >&2
  exit "$1"
}

port=8000
paths=()
while [ $# -gt 0 ]; do
  case "$1" in
    --help | -h) usage && exit 0 ;;
    --port) [ $# -ge 2 ] || fail 2 "--port needs a number" && port=$2 && shift ;;
    --port=*) port=${1#--port=} ;;
    --) shift && paths+=("$@") && break ;;
    -*) fail 2 "unknown option '$1'; see ./run.sh --help" ;;
    *) paths+=("$1") ;;
  esac
  shift
done
[[ $port =~ ^[0-9]+$ ]] && [ "$port" -le 65535 ] || fail 2 "--port '$port' is not a port number (0 to 65535)"
for i in "${!paths[@]}"; do
  [ -e "${paths[$i]}" ] || fail 1 "'${paths[$i]}' does not exist"
  [ -r "${paths[$i]}" ] || fail 1 "'${paths[$i]}' may not be read by $(id -un)"
  paths[i]=$(realpath -- "${paths[$i]}")
done
# Before the long work, not after it.
if [ "$port" -ne 0 ] && (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
  fail 1 "port $port is in use by another program: stop that one, or choose another with --port"
fi

cd "$here"
tools/install.sh build
tools/install.sh pages || echo "run.sh: goes on without Node and npm; /docs and /redoc will say how to get them" >&2

program=build/release/ml-analytics
if [ ! -f build/release/build.ninja ]; then
  mkdir -p build
  # No tests and no benchmarks: their packages may be missing. ./test.sh switches them on.
  cmake --preset release -DMLA_BUILD_TESTS=OFF -DMLA_BUILD_BENCH=OFF >build/release-configure.log 2>&1 ||
    { cat build/release-configure.log >&2 && fail 1 "the build could not be configured"; }
fi
build=(cmake --build --preset release --target ml-analytics -j "$(nproc)" --)
if [ -x $program ]; then
  log=$("${build[@]}" --quiet 2>&1) || { echo "$log" >&2 && fail 1 "the build failed (above)"; }
else
  echo "Building $program: the first time takes some minutes …"
  quiet=(--quiet)
  [ -t 1 ] && quiet=()
  "${build[@]}" "${quiet[@]}" || fail 1 "the build failed (above)"
fi

home=var/library
kind=(auto "${paths[@]}")
if [ ${#paths[@]} -eq 0 ]; then
  kind=()
  if [ ! -e var/library/ml-analytics.db ] && [ -z "${DATABASE_URL:-}" ]; then
    home=var/demo
    kind=(demo)
    echo "No data given: this is a synthetic demo catalogue with invented artists and listeners. Yours: ./run.sh PATH…"
  fi
fi
mkdir -p $home
export DATABASE_URL=${DATABASE_URL:-sqlite:///$home/ml-analytics.db}
export ML_MODEL_PATH=${ML_MODEL_PATH:-$home/models}

# The mark outlives a crash between import and training: it says that the model may be older than the data.
mark=$home/untrained
if [ ! -d "$ML_MODEL_PATH" ]; then : >$mark; fi
if [ ${#kind[@]} -gt 0 ] && { [ $home != var/demo ] || [ -e $mark ]; }; then
  was_marked=false
  [ ! -e $mark ] || was_marked=true
  : >$mark
  counts=$($program import "${kind[@]}") || fail 1 "the import ended with an error (above); nothing was trained"
  echo "$counts"
  if ! $was_marked && ! grep -qE '(added|updated)' <<<"$counts"; then rm $mark; fi
fi
if [ -e $mark ]; then
  $program train --model-type recommendation
  rm $mark
fi
exec $program serve --port "$port" --welcome
