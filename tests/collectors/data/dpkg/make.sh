#!/usr/bin/env bash
# Makes root.tar.gz with dpkg: two packages built here by dpkg-deb and installed into a root file system of their own.
set -euo pipefail
cd "$(dirname "$0")"
top=$(mktemp -d)
trap 'rm -rf "$top"' EXIT
export SOURCE_DATE_EPOCH=1760000000
build() { # name, version
  mkdir -p "$top/$1/DEBIAN"
  printf 'Package: %s\nVersion: %s\nArchitecture: all\nMaintainer: Nobody <nobody@example.com>\nDescription: sample\n' \
    "$1" "$2" > "$top/$1/DEBIAN/control"
  find "$top/$1" -exec touch -d @$SOURCE_DATE_EPOCH {} +
  dpkg-deb --root-owner-group -b "$top/$1" "$top/$1.deb" > /dev/null
}
mkdir -p "$top"/fraud-base/{bin,etc,usr/share/fraud} "$top"/fraud-scorer/usr/lib/python3/dist-packages "$top"/fraud-scorer/DEBIAN \
  "$top"/fraud-base/DEBIAN
printf '#!/bin/sh\necho score the claims of this month\n' > "$top/fraud-base/bin/score"
printf 'limit = 100 # the share of claims that people look at\n' > "$top/fraud-base/etc/fraud.conf"
printf '/etc/fraud.conf\n' > "$top/fraud-base/DEBIAN/conffiles"
head -c 100000 /dev/zero > "$top/fraud-base/usr/share/fraud/table.bin"
printf 'def score(claim):\n    return claim.amount > 100\n' > "$top/fraud-scorer/usr/lib/python3/dist-packages/fraud.py"
(cd "$top/fraud-base" && md5sum bin/score usr/share/fraud/table.bin > DEBIAN/md5sums)
build fraud-base 1.2-3
build fraud-scorer 2.0
mkdir -p "$top/root/var/lib/dpkg"/{info,updates,triggers} "$top/root/usr/bin"
touch "$top/root/var/lib/dpkg/status" "$top/root/var/lib/dpkg/available"
ln -s usr/bin "$top/root/bin"
dpkg --root="$top/root" --force-not-root --force-script-chrootless --log=/dev/null -i "$top"/fraud-base.deb "$top"/fraud-scorer.deb > /dev/null
printf 'ID=debian\nVERSION_ID="12"\n' > "$top/root/etc/os-release"
tar --sort=name --owner=0 --group=0 --mtime=@$SOURCE_DATE_EPOCH -C "$top/root" -cf - . | gzip -9nc > root.tar.gz
