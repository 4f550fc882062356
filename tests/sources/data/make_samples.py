"""Writes the archives of this folder with 7-Zip and py7zr; run by hand, never by the tests.

    python make_samples.py OUT

Needs the command ``7zz`` (7-Zip 26.02 was used) and py7zr (1.1.4). ``payload.pkl`` would call ``os.system("echo")``.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

FILES = {"payload.pkl": b"cos\nsystem\n(S'echo'\ntR.", "dir/text.txt": b"some text " * 40, "empty": b""}
SAMPLES = {
    "lzma": ["-m0=lzma"],
    "lzma2": ["-m0=lzma2"],
    "bzip2": ["-m0=bzip2"],
    "deflate": ["-m0=deflate"],
    "copy": ["-m0=copy"],
    "delta": ["-m0=Delta:4", "-m1=lzma2"],
    "bcj": ["-m0=BCJ", "-m1=lzma2"],
    "separate": ["-ms=off"],
    "plain_header": ["-mhc=off", "-m0=copy"],
    "ppmd": ["-m0=ppmd"],
    "encrypted": ["-psecret"],
    "encrypted_header": ["-psecret", "-mhe=on"],
}


def main(out: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for name, content in FILES.items():
            Path(name).parent.mkdir(exist_ok=True)
            Path(name).write_bytes(content)
            os.utime(name, (1_000_000_000, 1_000_000_000))
        for name, options in SAMPLES.items():
            target = out / f"{name}.7z"
            target.unlink(missing_ok=True)
            command = ["7zz", "a", "-bd", "-mtm=off", str(target), "dir", "empty", "payload.pkl", *options]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        import py7zr

        with py7zr.SevenZipFile(out / "zstd.7z", "w", filters=[{"id": py7zr.FILTER_ZSTD, "level": 3}]) as archive:
            for name in sorted(FILES):
                archive.write(name)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
