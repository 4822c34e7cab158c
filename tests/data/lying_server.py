"""A web server on 127.0.0.1 that serves one file, truthfully or not: each request takes the next trick of a list."""

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class LyingServer:
    """Serves `content` under any path.

    Args:
        content: the bytes of the file.
        tricks: of the requests to come, in order; when they are used up, the last one repeats. A trick is
            "ok", "break N" (N bytes, then the connection is cut), "stall N" (N bytes, then silence), "length N"
            (announces N bytes more than there are), "short N" (announces and sends N bytes fewer), "wrong" (right
            length, wrong bytes), "no ranges" (answers 200 to a range), "wrong range" (another range than asked
            for), "too much N" (N bytes more than the file has), "html", "loop" (redirects to itself), "slow" (in
            small pieces), or a status code.
        etag: of the file.
    """

    def __init__(self, content: bytes, tricks: list[str], etag: str | None = '"1"'):
        self.content, self.tricks, self.etag = content, list(tricks), etag
        self.ranges: list[str | None] = []
        self._done = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/file"

    def __enter__(self) -> "LyingServer":
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._server.shutdown()
        self._server.server_close()

    def next_trick(self) -> tuple[str, int]:
        """(trick, its number)."""
        trick = self.tricks.pop(0) if len(self.tricks) > 1 else self.tricks[0]
        word, _, number = trick.rpartition(" ")
        return (word, int(number)) if number.isdigit() and word else (trick, 0)

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        """Plays the next trick."""
        trick, n = self.next_trick()
        asked = request.headers.get("Range")
        self.ranges.append(asked)
        if trick.isdigit():
            request.send_error(int(trick))
        elif trick == "loop":
            request.send_response(302)
            request.send_header("Location", self.url)
            request.send_header("Content-Length", "0")
            request.end_headers()
        else:
            self._file(request, trick, n, asked)

    def _file(self, request: BaseHTTPRequestHandler, trick: str, n: int, asked: str | None) -> None:
        content = self.content[:-n] if trick == "short" else self.content
        content = b"<html>log in first</html>" if trick == "html" else content
        content += b"x" * (n if trick == "too much" else 0)
        whole = len(content)
        same = request.headers.get("If-Range") in (None, self.etag)
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and same and trick != "no ranges" else 0
        if trick == "wrong range":
            start = max(0, start - 10)
        if start >= whole:
            request.send_response(416)
            request.send_header("Content-Range", f"bytes */{whole}")
            request.send_header("Content-Length", "0")
            request.end_headers()
            return
        body = content[start:]
        if trick == "wrong":
            body = bytes(b ^ 1 for b in body)
        request.send_response(206 if start or (asked and same and trick != "no ranges") else 200)
        if start:
            request.send_header("Content-Range", f"bytes {start}-{whole - 1}/{whole}")
        if self.etag:
            request.send_header("ETag", self.etag)
        request.send_header("Content-Length", str(len(body) + (n if trick == "length" else 0)))
        request.end_headers()
        self._send(request, body, trick, n)

    def _send(self, request: BaseHTTPRequestHandler, body: bytes, trick: str, n: int) -> None:
        if trick in ("break", "stall"):
            body = body[:n]
        pieces = [body[i : i + 4096] for i in range(0, len(body), 4096)] if trick == "slow" else [body]
        for piece in pieces:
            request.wfile.write(piece)
            request.wfile.flush()
            if trick == "slow":
                time.sleep(0.005)
        if trick == "stall":
            self._done.wait(5)
        request.close_connection = True


def _handler(server: LyingServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            try:
                server.answer(self)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    return Handler
