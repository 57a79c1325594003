#!/usr/bin/env bash
# Installs the missing Debian packages of the named groups: tools/install.sh build [pages] [test] [all].
# Asks the registry only when something is missing, so that a second run needs no network.
set -euo pipefail
cd "$(dirname "$0")/.."

# Node from elsewhere brings its npm along, and Debian's package of it would not go with that.
is_installed() {
  case "$1" in
    nodejs) ! command -v node >/dev/null || return 0 ;;
    npm) ! command -v npm >/dev/null || return 0 ;;
  esac
  [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

missing=()
while read -r package group _; do
  case "$package" in '' | '#'*) continue ;; esac
  for wanted in "$@"; do
    if [ "$group" = "$wanted" ] && ! is_installed "$package"; then missing+=("$package"); fi
  done
done <tools/packages.apt
[ ${#missing[@]} -eq 0 ] && exit 0

if ! command -v apt-get >/dev/null; then
  echo "install: these Debian packages are missing and apt-get is not here: ${missing[*]}" >&2
  exit 1
fi
as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || {
    echo "install: run as root or install sudo; missing: ${missing[*]}" >&2
    exit 1
  }
  as_root=(sudo)
fi
echo "install: ${#missing[@]} packages: ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
