"""The start-up measurement against a small server, and against commands that never get ready."""

import socket
import sys
import threading

import pytest

from benchmarks.startup import NeverReadyError, as_text, is_ready, measure_starts

READY_ON = """
import http.server, sys

class Ready(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/readyz" else 404)
        self.end_headers()

    def log_message(self, *_):
        pass

http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Ready).serve_forever()
"""


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_each_start_is_measured_and_nothing_is_left_running(port: int) -> None:
    url = f"http://127.0.0.1:{port}"
    starts = measure_starts([sys.executable, "-c", READY_ON, str(port)], url, repeats=2)
    assert len(starts) == 2
    assert all(start.seconds > 0 and start.resident_mb > 1 for start in starts)
    assert "of 2" in as_text(starts)
    assert not is_ready(url)


def test_a_command_that_ends_is_reported_with_what_it_printed(port: int) -> None:
    with pytest.raises(NeverReadyError, match="no such configuration"):
        measure_starts([sys.executable, "-c", "raise SystemExit('no such configuration')"], f"http://127.0.0.1:{port}")


def test_another_server_at_the_address_is_not_measured(port: int) -> None:
    with socket.create_server(("127.0.0.1", port)) as other:

        def answer() -> None:
            connection, _ = other.accept()
            with connection:
                connection.recv(1024)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

        answering = threading.Thread(target=answer)
        answering.start()
        with pytest.raises(NeverReadyError, match="something else"):
            measure_starts([sys.executable, "-c", "pass"], f"http://127.0.0.1:{port}")
        answering.join(5)
