#!/usr/bin/env bash
# Builds the .deb and tries it in a bare Debian (debootstrap in a folder that is removed again): installs it with what
# it depends on, starts it as its own user, asks it, stops it, removes and purges it, and looks whether something stays.
# Needs root, debootstrap and the package mirror that apt uses. Prints `N passed, 0 failed` or what failed.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ "$(id -u)" -ne 0 ] || ! command -v debootstrap >/dev/null; then
  echo "0 passed, 0 failed, 1 skipped (needs root and debootstrap)" && exit 0
fi
cmake --build --preset release --target ml-analytics --target package -- --quiet >build/release-package.log 2>&1 ||
  { cat build/release-package.log && exit 1; }
deb=$(ls -t build/release/ml-analytics_*.deb | head -1)
root=$(mktemp -d)
chmod 755 "$root" # the service's user has to reach it
port=18653
server=
cleanup() {
  [ -z "$server" ] || kill "$server" 2>/dev/null || true
  mountpoint -q "$root/proc" && umount "$root/proc"
  rm -rf --one-file-system "$root"
}
trap cleanup EXIT
passed=0
ok() { passed=$((passed + 1)); }
fail() {
  echo "check_package: $1" >&2
  echo "$passed passed, 1 failed"
  exit 1
}
inside() { chroot "$root" env PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive LC_ALL=C "$@"; }

# The keys and addresses of this machine's apt, wherever its packages come from.
site=$(apt-get indextargets --format '$(SITE) $(RELEASE)' | awk '$2 == "bookworm" { print $1; exit }')
debootstrap --variant=minbase bookworm "$root" "$site" >"$root.log" 2>&1 ||
  { tail -5 "$root.log" && rm -f "$root.log" && fail "debootstrap did not work"; }
rm -f "$root.log"
rm -f "$root/etc/apt/sources.list"
for part in sources.list sources.list.d apt.conf.d auth.conf.d trusted.gpg.d; do
  [ ! -e "/etc/apt/$part" ] || cp -rT "/etc/apt/$part" "$root/etc/apt/$part"
done
mount -t proc proc "$root/proc" 2>/dev/null || true

cp "$deb" "$root/tmp/package.deb"
inside sh -c 'apt-get -qq update && apt-get -qq install -y --no-install-recommends /tmp/package.deb' \
  >build/release-package.log 2>&1 || { tail -20 build/release-package.log && fail "it does not install"; }
ok
inside getent passwd ml-analytics >/dev/null || fail "it made no user"
[ "$(inside stat -c %U /var/lib/ml-analytics)" = ml-analytics ] || fail "its folder is not its user's"
ok
inside ml-analytics --help >/dev/null || fail "the program does not start"
as_service() { inside setpriv --reuid ml-analytics --regid ml-analytics --clear-groups "$@"; }
config=/etc/ml-analytics/config.yaml
as_service ml-analytics import demo --config "$config" >/dev/null || fail "no demo"
as_service ml-analytics train --config "$config" --model-type recommendation --algorithm item_knn >/dev/null ||
  fail "no training"
ok
grep -q "^ExecStart=/usr/bin/ml-analytics serve --config $config$" "$root/usr/lib/systemd/system/ml-analytics.service" ||
  fail "the unit starts something else"
grep -q '^ExecReload=/bin/kill -HUP $MAINPID$' "$root/usr/lib/systemd/system/ml-analytics.service" ||
  fail "the unit does not reload"
(exec setsid chroot "$root" setpriv --reuid ml-analytics --regid ml-analytics --clear-groups \
  /usr/bin/ml-analytics serve --config "$config" --port "$port" >"$root/tmp/log" 2>&1) &
server=$!
for _ in $(seq 100); do
  curl -sf "http://127.0.0.1:$port/health/ready" >/dev/null && break
  sleep 0.1
done
token=$(as_service ml-analytics token create --user admin --config "$config") || fail "no token"
curl -sf "http://127.0.0.1:$port/ml-analytics/recommendations" -H 'Content-Type: application/json' \
  -H "Authorization: Bearer $token" \
  -d '{"user_id": "demo-listener-001", "limit": 3}' | grep -q track_id || { cat "$root/tmp/log" && fail "no answer"; }
ok
kill -HUP "$server" # what systemctl reload sends: without TLS nothing changes
curl -sf "http://127.0.0.1:$port/health/live" >/dev/null || fail "a reload ended it"
kill -TERM "$server"
wait "$server" || fail "it did not stop well"
server=
ok
echo "# mine" >>"$root$config"
inside apt-get -qq remove -y ml-analytics >/dev/null 2>&1 || fail "it cannot be removed"
[ ! -e "$root/usr/bin/ml-analytics" ] || fail "the program is still there"
{ grep -q mine "$root$config" && [ -e "$root/var/lib/ml-analytics/music.db" ]; } || fail "removing took data or settings"
ok
inside apt-get -qq purge -y ml-analytics >/dev/null 2>&1 || fail "it cannot be purged"
left=$(find "$root" -xdev -name '*ml-analytics*' -not -path "$root/var/log/*" -not -path "$root/var/cache/*" \
  -not -path "$root/proc/*" -not -path "$root/tmp/*")
[ -z "$left" ] || fail "left behind: $left"
inside getent passwd ml-analytics >/dev/null && fail "its user is still there"
ok
echo "$passed passed, 0 failed"
