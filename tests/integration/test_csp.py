"""The HTTP client against real sockets on loopback, with time-outs of fractions of a second."""

import gzip
import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pydantic import SecretStr

from shared.clock import SystemClock
from shared.errors import NotConfigured
from shared.wire import Request
from workers.csp import Answer, Csp, Limits, Lost, NotSent

KEY = "canary-of-the-api-key"
QUICK = Limits(connect=2.0, read=0.3, total=5.0)
DRIP = Limits(connect=2.0, read=2.0, total=0.4)
GET = Request("GET", "/api/ddi/v1/ipam/subnet", "/api/ddi/v1/ipam/subnet")
POST = Request("POST", "/api/x", "/api/x", body={"name": "ü"}, safe=False)
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 14\r\n\r\n" + (
    b'{"results":[]}'
)
PROXY_VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")

Script = Callable[["Server", socket.socket], bool | None]


class Jumping(SystemClock):
    """The machine's clock, and a leap that a test adds."""

    leap = 0.0

    def steady(self) -> float:
        return super().steady() + self.leap


class Server:
    """Answers every request by a script; a script that returns False closes the connection."""

    def __init__(self, script: Script, *, prepare: Callable[[socket.socket], socket.socket]):
        self.script = script
        self.prepare = prepare
        self.requests: list[bytes] = []
        self.connections = 0
        self.stopped = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self._open: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def stop(self) -> None:
        self.stopped.set()
        with suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for thread in self._threads:
            thread.join(5)
        assert not any(thread.is_alive() for thread in self._threads)

    def drip(self, sock: socket.socket, *, byte: bytes = b" ") -> None:
        """Send a byte now and then, until the client has gone or the test is over."""
        while not self.stopped.wait(0.02):
            sock.sendall(byte)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                sock, _ = self.listener.accept()
                self.connections += 1
                thread = threading.Thread(target=self._serve, args=(sock,), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _serve(self, raw: socket.socket) -> None:
        with suppress(OSError), raw:
            raw.settimeout(5)
            with self.prepare(raw) as sock:
                while request := self._request(sock):
                    self.requests.append(request)
                    if self.script(self, sock) is False:
                        return

    def _request(self, sock: socket.socket) -> bytes:
        data = b""
        while b"\r\n\r\n" not in data or len(data) < _whole(data):
            try:
                part = sock.recv(65_536)
            except TimeoutError:
                return b""
            if not part:
                return b""
            data += part
        return data


def _whole(data: bytes) -> int:
    head, _, _ = data.partition(b"\r\n\r\n")
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    return len(head) + 4 + (int(lengths[0].split(b":")[1]) if lengths else 0)


Serve = Callable[..., Server]
Client = Callable[..., Csp]


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PROXY_VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def serve() -> Iterator[Serve]:
    with ExitStack() as stack:

        def start(
            script: Script, *, prepare: Callable[[socket.socket], socket.socket] = lambda raw: raw
        ) -> Server:
            server = Server(script, prepare=prepare)
            stack.callback(server.stop)
            return server

        yield start


@pytest.fixture
def client() -> Iterator[Client]:
    with ExitStack() as stack:

        def make(base_url: str, *, clock: SystemClock | None = None, **options: Any) -> Csp:
            options = {"pool_size": 4, "max_body_bytes": 1_000_000} | options
            csp = Csp(
                base_url=base_url,
                api_key=SecretStr(KEY),
                clock=clock or SystemClock(),
                **options,
            )
            stack.callback(csp.close)
            return csp

        yield make


def reply(body: bytes, *, status: str = "200 OK", headers: str = "") -> bytes:
    head = f"HTTP/1.1 {status}\r\n{headers}Content-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def answering(data: bytes) -> Script:
    def script(server: Server, sock: socket.socket) -> None:
        sock.sendall(data)

    return script


def closing_after(data: bytes) -> Script:
    def script(_: Server, sock: socket.socket) -> bool:
        sock.sendall(data)
        return False

    return script


def first_only(server: Server, sock: socket.socket) -> bool:
    if len(server.requests) > 1:
        return False
    sock.sendall(OK)
    return True


def all_but_the_second(server: Server, sock: socket.socket) -> bool:
    if len(server.requests) == 2:
        return False
    sock.sendall(OK)
    return True


def reset(_: Server, sock: socket.socket) -> bool:
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()
    return False


@contextmanager
def within(seconds: float) -> Iterator[None]:
    started = monotonic()
    yield
    assert monotonic() - started < seconds


def test_a_good_answer_is_parsed_and_the_request_is_complete(serve: Serve, client: Client) -> None:
    server = serve(answering(OK))
    answer = client(server.url).send(POST, limits=QUICK)
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert answer == Answer(200, {"results": []})
    assert answer.ok
    assert lines[0] == "POST /api/x HTTP/1.1"
    assert f"Authorization: Token {KEY}" in lines
    assert "Content-Type: application/json" in lines
    assert "Accept: application/json" in lines
    assert any(line.startswith("User-Agent: infoblox-mq/") for line in lines)
    assert json.loads(body) == {"name": "ü"}


@pytest.mark.parametrize("request_", [GET, Request("DELETE", "/api/x/1", "/x")])
def test_no_content_type_goes_where_there_is_no_body(
    serve: Serve, client: Client, request_: Request
) -> None:
    server = serve(answering(OK))
    client(server.url).send(request_, limits=QUICK)
    assert b"content-type" not in server.requests[0].lower()


def test_a_delete_of_several_has_a_body_and_says_what_it_is(serve: Serve, client: Client) -> None:
    server = serve(answering(OK))
    request = Request("DELETE", "/api/x", "/x", body={"ids": [1]})
    client(server.url).send(request, limits=QUICK)
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert b"content-type: application/json" in head.lower()
    assert json.loads(body) == {"ids": [1]}


def test_a_secret_of_the_path_is_not_repeated(serve: Serve, client: Client) -> None:
    told = b'{"error": {"message": "code s3cret is unknown"}}'
    server = serve(answering(reply(told, status="404 Not Found")))
    request = Request("GET", "/api/x/s3cret", "/x/{code}", secrets=("s3cret",))
    answer = client(server.url).send(request, limits=QUICK)
    assert answer.text == "code *** is unknown"


def test_a_refused_connection_means_not_sent(client: Client) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(NotSent, match="refused") as caught:
        client(f"http://127.0.0.1:{port}").send(POST, limits=QUICK)
    assert not caught.value.late


def test_an_unknown_host_means_not_sent(client: Client) -> None:
    with pytest.raises(NotSent, match="cannot be resolved"):
        client("http://no-such-host.invalid").send(POST, limits=QUICK)


def test_every_address_of_a_host_is_tried(serve: Serve, client: Client) -> None:
    server = serve(answering(OK))
    found = [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, server.port))
        for address in ("127.0.0.2", "127.0.0.1")
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", _resolver(found))
        assert client(f"http://csp.test:{server.port}").send(POST, limits=QUICK).ok


def _resolver(found: list[Any]) -> Callable[..., list[Any]]:
    def resolve(host: str, *_: object, **__: object) -> list[Any]:
        return [item for item in found if host in ("csp.test", item[4][0])]

    return resolve


def test_without_any_time_nothing_is_sent(serve: Serve, client: Client) -> None:
    server = serve(answering(OK))
    with pytest.raises(NotSent, match="too long") as caught:
        client(server.url).send(POST, limits=Limits(connect=1, read=1, total=0))
    assert not caught.value.late
    assert server.requests == []


def test_a_failed_tls_handshake_means_not_sent(serve: Serve, client: Client) -> None:
    def not_tls(raw: socket.socket) -> socket.socket:
        raw.recv(1)
        raw.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        return raw

    server = serve(answering(OK), prepare=not_tls)
    with pytest.raises(NotSent, match="TLS failed"):
        client(server.url.replace("http:", "https:")).send(POST, limits=QUICK)


def test_a_tls_handshake_that_hangs_means_not_sent(serve: Serve, client: Client) -> None:
    def silent(raw: socket.socket) -> socket.socket:
        server.stopped.wait(5)
        return raw

    server = serve(answering(OK), prepare=silent)
    url = server.url.replace("http:", "https:")
    with within(2), pytest.raises(NotSent, match="too long"):
        client(url).send(POST, limits=Limits(connect=0.2, read=2, total=5))
    with within(2), pytest.raises(NotSent, match="too long"):
        client(url).send(POST, limits=Limits(connect=4, read=2, total=0.2))
    server.stopped.set()


def test_silence_after_the_request_is_lost_by_time_out(serve: Serve, client: Client) -> None:
    server = serve(lambda server, _: server.stopped.wait(5) and None)
    with within(2), pytest.raises(Lost) as caught:
        client(server.url).send(POST, limits=QUICK)
    assert caught.value.timed_out
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "beginning",
    [
        b"HTTP/1.1 200 OK\r\nX-Slow: ",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n",
    ],
    ids=["headers", "body", "body of a connection that closes"],
)
def test_dripping_bytes_end_at_the_total_time_out(
    serve: Serve, client: Client, beginning: bytes
) -> None:
    def script(server: Server, sock: socket.socket) -> None:
        sock.sendall(beginning)
        server.drip(sock)

    server = serve(script)
    with within(2), pytest.raises(Lost) as caught:
        client(server.url).send(GET, limits=DRIP)
    assert caught.value.timed_out


def test_endless_interim_answers_end_at_the_total_time_out(serve: Serve, client: Client) -> None:
    server = serve(lambda server, sock: server.drip(sock, byte=b"HTTP/1.1 100 Continue\r\n\r\n"))
    with within(2), pytest.raises(Lost) as caught:
        client(server.url).send(GET, limits=DRIP)
    assert caught.value.timed_out


def test_a_reset_after_the_request_is_lost_but_not_by_time_out(
    serve: Serve, client: Client
) -> None:
    server = serve(reset)
    with pytest.raises(Lost, match="closed") as caught:
        client(server.url).send(GET, limits=QUICK)
    assert not caught.value.timed_out
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n" + b'{"results": [',
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nnot gzip",
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n" + b"[" * 200_000,
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Ty",
        b"SSH-2.0-OpenSSH_9.9\r\n",
    ],
    ids=[
        "length",
        "chunk",
        "chunk size",
        "json",
        "gzip",
        "deep json",
        "headers",
        "another protocol",
    ],
)
def test_an_incomplete_answer_is_lost(serve: Serve, client: Client, data: bytes) -> None:
    server = serve(closing_after(data))
    with pytest.raises(Lost) as caught:
        client(server.url).send(POST, limits=QUICK)
    assert not caught.value.timed_out


def test_a_redirect_is_an_answer_and_is_not_followed(serve: Serve, client: Client) -> None:
    elsewhere = serve(answering(OK))
    moved = f"Location: {elsewhere.url}/api/x\r\n"
    server = serve(answering(reply(b"", status="307 Temporary Redirect", headers=moved)))
    answer = client(server.url).send(POST, limits=QUICK)
    assert answer.status == 307
    assert not answer.ok
    assert elsewhere.connections == 0


@pytest.mark.parametrize("packed", [True, False], ids=["gzip bomb", "plain"])
def test_a_body_over_the_cap_is_lost(serve: Serve, client: Client, packed: bool) -> None:
    body = gzip.compress(b" " * 50_000_000) if packed else b" " * 2_000_000
    headers = "Content-Encoding: gzip\r\n" if packed else ""
    server = serve(answering(reply(body, headers=headers)))
    csp = client(server.url)
    with pytest.raises(Lost, match="too long"):
        csp.send(GET, limits=QUICK)
    server.script = answering(OK)
    assert csp.send(GET, limits=QUICK).ok


def test_a_packed_answer_is_unpacked(serve: Serve, client: Client) -> None:
    packed = reply(gzip.compress(b'{"a": 1}'), headers="Content-Encoding: gzip\r\n")
    server = serve(answering(packed))
    assert client(server.url).send(GET, limits=QUICK).body == {"a": 1}


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b'{"error": [{"message": "Unknown field: x"}]}', "Unknown field: x"),
        (b'{"error": [{"message": "one"}, {"message": "two"}]}', "one; two"),
        (b'{"error": {"status": "not_found", "code": 404, "message": "gone"}}', "gone"),
        (b'{"error": "bad key"}', "bad key"),
        (b'{"message": "slow down"}', "slow down"),
        (b'{"detail": "insight not found"}', "insight not found"),
        (b'"just a text"', "just a text"),
        (b"17", "17"),
        (b'{"other": 1}', '{"other": 1}'),
        (b"HTTP interceptor error:\n  not supported", "HTTP interceptor error: not supported"),
        (b"<html><head><title>502 Bad\nGateway</title></head><p>x</html>", "502 Bad Gateway"),
        (b"<p>Sorry</p><script>evil()</script><b>down</b>", "Sorry down"),
        (b"", ""),
        (b"\xff" * 3, "\ufffd" * 3),
        (b"x" * 10_000, "x" * 500),
        (f"key {KEY} is wrong".encode(), "key *** is wrong"),
    ],
)
def test_every_shape_of_error_yields_its_message(
    serve: Serve, client: Client, body: bytes, text: str
) -> None:
    server = serve(answering(reply(body, status="502 Bad Gateway")))
    answer = client(server.url).send(GET, limits=QUICK)
    assert (answer.status, answer.text) == (502, text)


def test_what_the_headers_of_an_answer_say_is_kept(serve: Serve, client: Client) -> None:
    headers = "Retry-After: Wed, 21 Oct 2026 07:28:00 GMT\r\nx-request-id: abc\r\n"
    server = serve(answering(reply(b"", status="429 Too Many Requests", headers=headers)))
    answer = client(server.url).send(GET, limits=QUICK)
    assert answer.retry_after == "Wed, 21 Oct 2026 07:28:00 GMT"
    assert answer.request_id == "abc"
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("data", "body"),
    [
        (b"HTTP/1.1 204 No Content\r\n\r\n", None),
        (reply(b""), None),
        (reply(b" \n", headers="Content-Type: application/json\r\n"), None),
        (reply(b"17"), 17),
        (
            reply(b"<html><title>Sign in</title></html>", headers="Content-Type: text/html\r\n"),
            None,
        ),
    ],
)
def test_a_good_answer_needs_no_object(
    serve: Serve, client: Client, data: bytes, body: object
) -> None:
    server = serve(answering(data))
    csp = client(server.url)
    answer = csp.send(POST, limits=QUICK)
    assert (answer.ok, answer.body) == (True, body)
    assert csp.send(POST, limits=QUICK).ok
    assert server.connections == 1


def test_threads_share_as_many_connections_as_there_are_threads(
    serve: Serve, client: Client
) -> None:
    together = threading.Barrier(4, timeout=5)

    def script(server: Server, sock: socket.socket) -> None:
        together.wait()
        sock.sendall(OK)

    server = serve(script)
    csp = client(server.url)
    with ThreadPoolExecutor(4) as threads:
        answers = [threads.submit(csp.send, GET, limits=QUICK) for _ in range(40)]
    assert all(answer.result().ok for answer in answers)
    assert server.connections == 4


def test_no_cookie_is_taken(serve: Serve, client: Client) -> None:
    server = serve(answering(reply(b"{}", headers="Set-Cookie: session=1; Path=/\r\n")))
    csp = client(server.url)
    csp.send(GET, limits=QUICK)
    csp.send(GET, limits=QUICK)
    assert b"cookie:" not in server.requests[1].lower()


def test_the_netrc_file_is_ignored(
    serve: Serve, client: Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login someone password something\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    server = serve(answering(OK))
    client(server.url).send(GET, limits=QUICK)
    assert f"Authorization: Token {KEY}".encode() in server.requests[0]
    assert b"Basic" not in server.requests[0]


def test_the_proxy_variables_are_honoured(
    serve: Serve, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = serve(answering(OK))
    monkeypatch.setenv("http_proxy", proxy.url)
    client("http://csp.invalid").send(GET, limits=QUICK)
    assert proxy.requests[0].startswith(b"GET http://csp.invalid/api/ddi/v1/ipam/subnet HTTP/1.1")


def test_path_and_query_arrive_as_they_were_given(serve: Serve, client: Client) -> None:
    server = serve(answering(OK))
    request = Request(
        "GET",
        "/api/a%2eb/%7Ec//d%2fe",
        "/api/{x}",
        query=(("_filter", "name==\"a&b#é/..\" and x~'+%41'"), ("_limit", "5")),
    )
    client(f"{server.url}/prefix/").send(request, limits=QUICK)
    assert server.requests[0].split(b" ")[1] == (
        b"/prefix/api/a%2eb/%7Ec//d%2fe?_filter=name%3D%3D%22a%26b%23%C3%A9%2F..%22%20and%20"
        b"x~%27%2B%2541%27&_limit=5"
    )


@pytest.mark.parametrize(
    "path",
    [
        "/a/../b",
        "/a/%2e%2E/b",
        "/a/..",
        "/./a",
        "/a%2f..%2fb",
        "a",
        "",
        "/a?b",
        "/a#b",
        "/a b",
        "/%4",
        "/é",
        "/a\\b",
        "/a\r\nX: y",
    ],
)
def test_a_path_that_could_mean_another_one_is_refused(client: Client, path: str) -> None:
    with pytest.raises(ValueError, match="the path"):
        client("http://127.0.0.1:9").send(Request("GET", path, "/x"), limits=QUICK)


@pytest.mark.parametrize("request_", [GET, POST])
def test_nothing_is_written_after_the_permit_on_a_kept_connection(
    serve: Serve, client: Client, request_: Request
) -> None:
    server = serve(answering(OK))
    clock = SystemClock()
    csp = client(server.url, clock=clock)
    assert csp.send(GET, limits=QUICK, send_before=clock.steady() + 5).ok
    with pytest.raises(NotSent, match="ran out") as caught:
        csp.send(request_, limits=QUICK, send_before=clock.steady())
    assert caught.value.late
    assert len(server.requests) == 1


def test_nothing_is_written_when_the_permit_runs_out_while_connecting(
    serve: Serve, client: Client, tls: ssl.SSLContext
) -> None:
    clock = Jumping()

    def slow(raw: socket.socket) -> socket.socket:
        clock.leap = 3.0
        return tls.wrap_socket(raw, server_side=True)

    server = serve(answering(OK), prepare=slow)
    csp = client(server.url.replace("http:", "https:"), clock=clock)
    with pytest.raises(NotSent, match="ran out") as caught:
        csp.send(POST, limits=QUICK, send_before=clock.steady() + 2)
    assert caught.value.late
    assert server.requests == []


def test_a_read_on_a_connection_given_up_by_the_server_is_repeated_once(
    serve: Serve, client: Client
) -> None:
    server = serve(all_but_the_second)
    csp = client(server.url)
    assert csp.send(GET, limits=QUICK).ok
    assert csp.send(GET, limits=QUICK).ok
    assert (server.connections, len(server.requests)) == (2, 3)


def test_a_read_is_not_repeated_twice(serve: Serve, client: Client) -> None:
    server = serve(first_only)
    csp = client(server.url)
    assert csp.send(GET, limits=QUICK).ok
    with pytest.raises(Lost, match="closed"):
        csp.send(GET, limits=QUICK)
    assert len(server.requests) == 3


def test_a_write_on_a_connection_given_up_by_the_server_is_lost(
    serve: Serve, client: Client
) -> None:
    server = serve(first_only)
    csp = client(server.url)
    assert csp.send(GET, limits=QUICK).ok
    with pytest.raises(Lost, match="closed"):
        csp.send(POST, limits=QUICK)
    assert len(server.requests) == 2


def test_an_idle_connection_that_was_closed_is_replaced(serve: Serve, client: Client) -> None:
    gone = threading.Event()

    def script(server: Server, sock: socket.socket) -> bool:
        sock.sendall(OK)
        sock.shutdown(socket.SHUT_RDWR)
        gone.set()
        return False

    server = serve(script)
    csp = client(server.url)
    assert csp.send(POST, limits=QUICK).ok
    assert gone.wait(5)
    assert csp.send(POST, limits=QUICK).ok
    assert server.connections == 2


def test_a_write_does_not_trust_a_connection_that_was_idle_for_long(
    serve: Serve, client: Client
) -> None:
    server = serve(answering(OK))
    clock = Jumping()
    csp = client(server.url, clock=clock)
    assert csp.send(POST, limits=QUICK).ok
    clock.leap = 10.0
    assert csp.send(GET, limits=QUICK).ok
    assert server.connections == 1
    clock.leap = 20.0
    assert csp.send(POST, limits=QUICK).ok
    assert server.connections == 2


def test_tls_connections_are_kept_and_their_drips_end(
    serve: Serve, client: Client, tls: ssl.SSLContext
) -> None:
    server = serve(answering(OK), prepare=lambda raw: tls.wrap_socket(raw, server_side=True))
    csp = client(server.url.replace("http:", "https:"))
    assert csp.send(GET, limits=QUICK).ok

    def script(server: Server, sock: socket.socket) -> None:
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        server.drip(sock)

    server.script = script
    with within(2), pytest.raises(Lost) as caught:
        csp.send(GET, limits=DRIP)
    assert caught.value.timed_out
    assert server.connections == 1


def test_an_untrusted_certificate_means_not_sent(
    serve: Serve, client: Client, tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    server = serve(answering(OK), prepare=lambda raw: tls.wrap_socket(raw, server_side=True))
    with pytest.raises(NotSent, match="not trusted"):
        client(server.url.replace("http:", "https:")).send(POST, limits=QUICK)


def test_the_key_is_in_no_error_and_no_repr(serve: Serve, client: Client) -> None:
    server = serve(lambda *_: False)
    csp = client(server.url)
    with pytest.raises(Lost) as caught:
        csp.send(POST, limits=QUICK)
    assert caught.value.__context__ is None
    assert caught.value.__cause__ is None
    assert KEY not in f"{csp!r} {vars(csp)} {caught.value!r}"


@pytest.mark.parametrize("key", ["", f"{KEY}\r\nX-Other: 1", f"{KEY}\n", "ключ"])
def test_a_key_that_cannot_stand_in_a_header_is_refused_unseen(key: str) -> None:
    with pytest.raises(NotConfigured, match="INFOBLOX_API_KEY") as caught:
        Csp(
            base_url="http://127.0.0.1:9",
            api_key=SecretStr(key),
            clock=SystemClock(),
            pool_size=1,
        )
    assert not key or key not in str(caught.value)


@pytest.fixture
def tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """Return a server's context; its certificate is trusted through the usual variable."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "loopback")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = tmp_path / "server.pem"
    pem.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(pem))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context
