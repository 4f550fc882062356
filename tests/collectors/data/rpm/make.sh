#!/usr/bin/env bash
# Makes rpmdb.sqlite.gz with rpm 4.18 of Debian (package rpm): three packages built here and installed into a root of their own.
set -euo pipefail
cd "$(dirname "$0")"
top=$(mktemp -d)
trap 'rm -rf "$top"' EXIT
export SOURCE_DATE_EPOCH=1760000000
cat > "$top/base.spec" <<'S'
Name: fraud-base
Version: 1.2.0
Release: 3.el9
Epoch: 2
Summary: base
License: MIT and BSD
BuildArch: noarch
Provides: fraud-api = 7
%description
base
%install
mkdir -p %{buildroot}/opt/fraud
echo base > %{buildroot}/opt/fraud/base.txt
%files
/opt/fraud/base.txt
S
cat > "$top/app.spec" <<'S'
Name: fraud-scorer
Version: 2.0
Release: 1.el9
Summary: app
License: Apache-2.0
BuildArch: noarch
Requires: fraud-api >= 7, fraud-base
Requires: /opt/fraud/base.txt
%description
app
%package models
Summary: models
Requires: fraud-scorer = 2.0
%description models
models
%install
mkdir -p %{buildroot}/opt/fraud/models
echo score > %{buildroot}/opt/fraud/scorer.txt
head -c 100 /dev/zero > %{buildroot}/opt/fraud/models/model.bin
%files
/opt/fraud/scorer.txt
%files models
/opt/fraud/models/model.bin
S
for spec in base app; do
  rpmbuild -bb --quiet --define "_topdir $top" --define "_buildhost localhost" \
    --define "use_source_date_epoch_as_buildtime 1" --define "_binary_filedigest_algorithm 8" "$top/$spec.spec"
done
mkdir "$top/root"
rpm --root "$top/root" --define "_db_backend sqlite" --define "_dbpath /var/lib/rpm" -i --nosignature "$top"/RPMS/noarch/*.rpm
gzip -9nc "$top/root/var/lib/rpm/rpmdb.sqlite" > rpmdb.sqlite.gz

# The same headers in Berkeley DB, as rpm before version 4.16 kept them; by db5.3_load of Debian (package db5.3-util). Values
# lie in the pages of 4096 bytes, and behind those of 512.
for size in 4096 512; do
  python3 - "$top/root/var/lib/rpm/rpmdb.sqlite" "$size" > "$top/dump" <<'P'
import sqlite3
import struct
import sys

rows = [(0, struct.pack("<I", 3)), *sqlite3.connect(sys.argv[1]).execute("SELECT hnum, blob FROM Packages ORDER BY hnum")]
print(f"VERSION=3\nformat=bytevalue\ntype=hash\ndb_pagesize={sys.argv[2]}\nHEADER=END")
for number, header in rows:
    print(f" {struct.pack('<I', number).hex()}\n {header.hex()}")
print("DATA=END")
P
  rm -f "$top/Packages"
  db5.3_load -f "$top/dump" "$top/Packages"
  gzip -9nc "$top/Packages" > "Packages-$size.gz"
done
