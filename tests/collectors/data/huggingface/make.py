"""Fills a cache with huggingface_hub 2.4.0 from a hub on the loopback interface: ``python make.py FOLDER``.

The sample is the folder of the model in it, as a tar archive that keeps its symbolic links.
"""

import hashlib
import http.server
import os
import sys
import threading

COMMIT = "5" * 40
FILES = {
    "config.json": b'{"model_type": "bert", "architectures": ["BertModel"]}' + b" " * 40,
    "weights/model.safetensors": b"\x08\0\0\0\0\0\0\0{}      " + bytes(range(100)),
    "README.md": b"---\nlicense: mit\npipeline_tag: fill-mask\n---\n# Tiny\n\nA model card of some length, for a test.\n",
}


def etag(name, data):
    if name.endswith(".safetensors"):
        return hashlib.sha256(data).hexdigest()
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


class Hub(http.server.BaseHTTPRequestHandler):
    def do_HEAD(self):
        name = self.path.partition("/resolve/")[2].partition("/")[2]
        data = FILES.get(name)
        self.send_response(404 if data is None else 200)
        if data is not None:
            self.send_header("X-Repo-Commit", COMMIT)
            self.send_header("ETag", f'"{etag(name, data)}"')
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        return data

    def do_GET(self):
        self.wfile.write(self.do_HEAD() or b"")


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hub)
threading.Thread(target=server.serve_forever, daemon=True).start()
os.environ |= {"HF_ENDPOINT": f"http://127.0.0.1:{server.server_port}", "HF_HUB_CACHE": sys.argv[1]}
os.environ |= {"HF_HUB_DISABLE_XET": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}

from huggingface_hub import hf_hub_download  # noqa: E402

for name in FILES:
    hf_hub_download("acme/tiny", name)
