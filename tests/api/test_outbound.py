"""The service's own requests reach nothing that a client may not reach."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenprint.api._outbound import Rules, check_url, fetch, is_public, resolve, send
from tenprint.model import InputError


@contextmanager
def answering(reply: bytes, pause: float = 0.0) -> Iterator[tuple[str, list[bytes]]]:
    """A server on this machine that answers every connection with the same bytes."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.1)
        stop = threading.Event()

        def serve() -> None:
            while not stop.is_set():
                try:
                    taken, _ = listener.accept()
                except TimeoutError:
                    continue
                with taken:
                    taken.settimeout(2)
                    heard.append(taken.recv(65536))
                    for piece in [reply] if not pause else [reply[i : i + 1] for i in range(40)]:
                        try:
                            taken.sendall(piece)
                        except OSError:
                            break
                        time.sleep(pause)

        thread = threading.Thread(target=serve)
        thread.start()
        host, port = listener.getsockname()
        try:
            yield f"http://{host}:{port}", heard
        finally:
            stop.set()
            thread.join()


def trusting(url: str, **more: float) -> Rules:
    return Rules(frozenset({url.removeprefix("http://")}), **more)  # type: ignore[arg-type]


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello"


def test_an_allowed_host_is_reached() -> None:
    with answering(OK) as (url, heard):
        assert fetch(f"{url}/a?b=c", trusting(url), "imageRef") == b"hello"
    assert heard[0].startswith(b"GET /a?b=c HTTP/1.1")


def test_parameters_are_added_to_those_of_a_callback() -> None:
    with answering(OK) as (url, heard):
        query = [("taskId", "a b&c"), ("x", "ä")]
        sent = send(
            *("POST", f"{url}/cb?x=1", trusting(url)), field="callback", query=query, content=b"1"
        )
        assert asyncio.run(sent) == (200, b"hello")
    assert heard[0].startswith(b"POST /cb?x=1&taskId=a+b%26c&x=%C3%A4 ")


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://10.0.0.8/x",
        "https://169.254.169.254/latest/meta-data",
        "https://[::ffff:10.0.0.1]/",
        "https://[fe80::1%25eth0]/",
        "https://[64:ff9b::7f00:1]/",
        "https://0.0.0.0/",
        "https://224.0.0.1/",
        "https://user:secret@example.org/",
        "file:///etc/passwd",
        "gopher://example.org/",
        "//example.org/",
        "https://",
        "https://example.org:99999/",
        "https://exa mple.org/",
        "https://example.org\\@127.0.0.1/",
        "https://example.org/" + "a" * 2000,
    ],
)
def test_addresses_that_are_refused_at_once(url: str) -> None:
    with pytest.raises(InputError) as caught:
        check_url(url, Rules(), "callback")
    assert caught.value.field == "callback"
    assert url not in str(caught.value)


@pytest.mark.parametrize("host", ["localhost", "127.1", "2130706433", "0x7f.0.0.1"])
def test_names_that_lead_inside_are_refused(host: str) -> None:
    target = check_url(f"https://{host}/", Rules(), "callback")
    with pytest.raises(InputError):
        asyncio.run(resolve(target, "callback"))


def test_one_inner_address_among_public_ones_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    both = [(socket.AF_INET, 1, 6, "", (ip, 443)) for ip in ("93.184.216.34", "192.168.1.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: both)
    target = check_url("https://rebinding.example/", Rules(), "callback")
    with pytest.raises(InputError):
        asyncio.run(resolve(target, "callback"))


def test_a_redirect_is_not_followed() -> None:
    with answering(OK) as (inside, heard):
        reply = f"HTTP/1.1 302 Found\r\nLocation: {inside}/secret\r\n\r\n".encode()
        with answering(reply) as (url, _), pytest.raises(InputError, match="redirects"):
            fetch(url, Rules(trusting(url).allowed | trusting(inside).allowed), "imageRef")
        assert heard == []


def test_too_many_bytes_are_refused() -> None:
    reply = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + bytes(100_000)
    with answering(reply) as (url, _), pytest.raises(InputError, match="more than 1000 bytes"):
        fetch(url, trusting(url, most_bytes=1000), "imageRef")


def test_one_that_drips_is_given_up() -> None:
    with answering(OK, pause=0.2) as (url, _), pytest.raises(InputError, match="in time"):
        fetch(url, trusting(url, seconds=0.5), "imageRef")


def test_one_that_is_not_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    with pytest.raises(InputError, match="cannot be reached"):
        fetch(url, trusting(url), "imageRef")


def test_only_200_is_a_reference() -> None:
    reply = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
    with answering(reply) as (url, _), pytest.raises(InputError, match="status 404"):
        fetch(url, trusting(url), "imageRef")


@given(st.ip_addresses(v=4))
def test_a_mapped_address_is_as_public_as_the_address(address: object) -> None:
    assert is_public(f"::ffff:{address}") == is_public(str(address))


@given(st.text(max_size=80))
def test_anything_is_an_address_or_refused(text: str) -> None:
    try:
        target = check_url(text, Rules(), "callback")
    except InputError:
        return
    assert target.scheme == "https"
    assert target.host
