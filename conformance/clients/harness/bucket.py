"""As much of S3 as `aws cloudtrail validate-logs` asks for, over the files of a folder."""

import http.server
import json
import pathlib
import threading
import urllib.parse
from xml.sax.saxutils import escape


class Bucket:
    """Serves a folder as one bucket, on a port of its own, until it is ended. What `NAME.metadata.json` holds is the metadata of NAME."""

    def __init__(self, folder: pathlib.Path):
        self.folder = folder
        bucket = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                status, headers, body = bucket.answer(self.path)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def end(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def answer(self, path: str) -> tuple[int, dict, bytes]:
        parts = urllib.parse.urlsplit(path)
        _, name, *rest = urllib.parse.unquote(parts.path).split("/", 2)
        if rest and rest[0]:
            return self.object(rest[0])
        query = urllib.parse.parse_qs(parts.query, keep_blank_values=True)
        if "location" in query:
            return 200, {}, b'<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/"></LocationConstraint>'
        prefix, marker = query.get("prefix", [""])[0], query.get("marker", [""])[0]
        objects = sorted(str(path.relative_to(self.folder)) for path in self.folder.rglob("*.gz"))
        listed = [key for key in objects if key.startswith(prefix) and key > marker]
        items = "".join(f"<Contents><Key>{escape(key)}</Key></Contents>" for key in listed)
        return 200, {}, f"<ListBucketResult><Name>{name}</Name><IsTruncated>false</IsTruncated>{items}</ListBucketResult>".encode()

    def object(self, key: str) -> tuple[int, dict, bytes]:
        path = self.folder / key
        if not path.is_file():
            return 404, {}, b"<Error><Code>NoSuchKey</Code><Message>no such key</Message></Error>"
        metadata = path.with_name(path.name + ".metadata.json")
        known = json.loads(metadata.read_text()) if metadata.exists() else {}
        return 200, {f"x-amz-meta-{name}": value for name, value in known.items()}, path.read_bytes()
