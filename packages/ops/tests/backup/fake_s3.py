"""A bucket on loopback that speaks as much of S3 as backups need, and fails on demand."""

from __future__ import annotations

import hashlib
import re
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit


class FakeBucket:
    """`budget` is how many bytes pass before the connection breaks; None: no limit.

    `outages` requests are answered with 503 first. While `gate` is not set, parts wait; then `has_part` is set.
    """

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.parts: dict[str, dict[int, bytes]] = defaultdict(dict)
        self.budget: int | None = None
        self.outages = 0
        self.allows_deletion = True
        self.has_part = threading.Event()
        self.gate = threading.Event()
        self.gate.set()
        self.requests = 0
        self.port = 0

    @property
    def environment(self) -> dict[str, str]:
        return {
            "BACKUP_STORE": "s3://backups/crm",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.port}",
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_REGION": "us-east-1",
        }


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    bucket: FakeBucket

    def log_message(self, *_: object) -> None:
        pass

    def _begin(self) -> bool:
        self.bucket.requests += 1
        split = urlsplit(self.path)
        self.query = {name: values[0] for name, values in parse_qs(split.query, keep_blank_values=True).items()}
        self.key = unquote(split.path).removeprefix("/backups").removeprefix("/")
        self.body = self.rfile.read(int(self.headers.get("content-length", 0)))
        if self.bucket.outages:
            self.bucket.outages -= 1
            self._answer(503)
            return False
        return self._spend(len(self.body))

    def _spend(self, count: int) -> bool:
        """Returns False and closes the connection when the budget is used up."""
        if self.bucket.budget is None:
            return True
        self.bucket.budget -= count
        if self.bucket.budget < 0:
            self.close_connection = True
            self.connection.close()
            return False
        return True

    def _answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if "content_length" not in headers:
            self.send_header("content-length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_PUT(self) -> None:
        if not self._begin():
            return
        if "partNumber" in self.query:
            self.bucket.has_part.set()
            self.bucket.gate.wait(60)
            self.bucket.parts[self.query["uploadId"]][int(self.query["partNumber"])] = self.body
        elif self.headers.get("if-none-match") == "*" and self.key in self.bucket.objects:
            self._answer(412)
            return
        else:
            self.bucket.objects[self.key] = self.body
        self._answer(200, ETag=f'"{hashlib.md5(self.body).hexdigest()}"')

    def do_POST(self) -> None:
        if not self._begin():
            return
        if "uploads" in self.query:
            upload = f"u{self.bucket.requests}"
            self._xml(f"<InitiateMultipartUploadResult><UploadId>{upload}</UploadId></InitiateMultipartUploadResult>")
        elif not self.bucket.allows_deletion and "delete" in self.query:
            self._answer(403)
        elif "delete" in self.query:
            keys = re.findall(r"<Key>(.*?)</Key>", self.body.decode())
            for key in keys:
                self.bucket.objects.pop(key, None)
            self._xml(
                "<DeleteResult>" + "".join(f"<Deleted><Key>{key}</Key></Deleted>" for key in keys) + "</DeleteResult>"
            )
        else:
            parts = self.bucket.parts.pop(self.query["uploadId"])
            self.bucket.objects[self.key] = b"".join(parts[number] for number in sorted(parts))
            self._xml('<CompleteMultipartUploadResult><ETag>"whole"</ETag></CompleteMultipartUploadResult>')

    def do_DELETE(self) -> None:
        if not self._begin():
            return
        if "uploadId" in self.query:
            self.bucket.parts.pop(self.query["uploadId"], None)
        elif not self.bucket.allows_deletion:
            self._answer(403)
            return
        else:
            self.bucket.objects.pop(self.key, None)
        self._answer(204)

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        if not self._begin():
            return
        if "list-type" in self.query:
            self._list(self.query.get("prefix", ""), self.query.get("delimiter", ""))
            return
        data = self.bucket.objects.get(self.key)
        if data is None:
            self._answer(404)
            return
        span = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("range", ""))
        start = int(span[1]) if span else 0
        part = data[start : int(span[2]) + 1 if span and span[2] else len(data)]
        rest = {"Content-Range": f"bytes {start}-{start + len(part) - 1}/{len(data)}"} if span else {}
        kept = len(part) if self.bucket.budget is None else min(len(part), max(0, self.bucket.budget))
        self._answer(
            206 if span else 200,
            part[:kept],
            content_length=str(len(part)),
            ETag='"x"',
            Last_Modified="Sun, 01 Nov 2026 10:00:00 GMT",
            **rest,
        )
        if kept < len(part) and self.command == "GET":
            self.bucket.budget = 0
            self.close_connection = True
        else:
            self._spend(len(part))

    def _list(self, prefix: str, delimiter: str) -> None:
        keys = [key for key in sorted(self.bucket.objects) if key.startswith(prefix)]
        folders = dict.fromkeys(
            key[: key.index(delimiter, len(prefix)) + 1]
            for key in keys
            if delimiter and delimiter in key[len(prefix) :]
        )
        listed = [key for key in keys if not any(key.startswith(folder) for folder in folders)]
        rest = "".join(
            f"<Contents><Key>{key}</Key><Size>{len(self.bucket.objects[key])}</Size><ETag>x</ETag>"
            "<LastModified>2026-11-01T10:00:00.000Z</LastModified></Contents>"
            for key in listed
        )
        rest += "".join(f"<CommonPrefixes><Prefix>{folder}</Prefix></CommonPrefixes>" for folder in folders)
        self._xml(f"<ListBucketResult><IsTruncated>false</IsTruncated>{rest}</ListBucketResult>")

    def _xml(self, text: str) -> None:
        self._answer(200, b'<?xml version="1.0" encoding="UTF-8"?>' + text.encode(), Content_Type="application/xml")


@contextmanager
def run_fake_s3() -> Iterator[FakeBucket]:
    bucket = FakeBucket()
    handler = type("Handler", (_Handler,), {"bucket": bucket})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        bucket.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield bucket
        finally:
            bucket.gate.set()
            server.shutdown()
            thread.join()
