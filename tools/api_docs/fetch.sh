#!/usr/bin/env bash
# What the pages /docs and /redoc come from npm with, as the lock file says: tools/api_docs/fetch.sh PAGES FOLDER
# FOLDER/node_modules holds it; FOLDER/fetched changes when something else is there. Run by every build, so that a build
# without npm or a network succeeds, and the next one with them has the pages.
set -euo pipefail
pages=$1
folder=$2
wanted=$(cat "$pages/package.json" "$pages/package-lock.json")
mkdir -p "$folder"
touch -a "$folder/fetched"
[ "$wanted" != "$(cat "$folder/fetched")" ] || exit 0

cp "$pages/package.json" "$pages/package-lock.json" "$pages/.npmrc" "$folder/"
if command -v npm >/dev/null && (cd "$folder" && npm ci --loglevel=error >npm.log 2>&1); then
  echo "$wanted" >"$folder/fetched"
else
  rm -rf "$folder/node_modules"
  # Writing it makes the pages anew: only if there were some.
  if [ -s "$folder/fetched" ]; then : >"$folder/fetched"; fi
  echo "warning: /docs and /redoc are built without what npm has for them: $(
    command -v npm >/dev/null && echo "npm ci failed, see $folder/npm.log" || echo "npm is not installed (tools/install.sh pages)")" >&2
fi
