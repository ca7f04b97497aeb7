import http.client
import socket
import struct
import threading
from contextlib import closing

import pytest
from structlog.testing import capture_logs

from app.demo.server import Server


def echo(environ, start_response):
    if environ["PATH_INFO"] == "/drop":
        raise ConnectionAbortedError
    body = environ["wsgi.input"].read()
    start_response("200 OK", [("X-Path", environ["PATH_INFO"])])
    return [body[:3], body[3:]]


@pytest.fixture
def server():
    made = Server(echo, 0)
    made.start()
    yield made
    made.stop()


def connected(server):
    return closing(http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=5))


def test_it_answers_many_requests_over_one_connection(server):
    with connected(server) as connection:
        for number in range(3):
            connection.request("POST", f"/{number}", body=b"abcdef")
            answer = connection.getresponse()
            assert (answer.getheader("X-Path"), answer.read()) == (f"/{number}", b"abcdef")


def test_a_body_in_chunks_is_read_whole(server):
    with connected(server) as connection:
        connection.request("POST", "/", body=iter([b"abc", b"def"]), encode_chunked=True)
        assert connection.getresponse().read() == b"abcdef"


def test_an_answer_to_head_has_a_length_and_no_body(server):
    with connected(server) as connection:
        connection.request("HEAD", "/", body=b"abc")
        answer = connection.getresponse()
        assert (answer.getheader("Content-Length"), answer.read()) == ("3", b"")
        connection.request("POST", "/", body=b"next")
        assert connection.getresponse().read() == b"next"


def test_a_dropped_connection_gets_no_answer(server):
    with connected(server) as connection:
        connection.request("GET", "/drop")
        with pytest.raises(http.client.RemoteDisconnected):
            connection.getresponse()


def test_a_client_that_dies_before_its_answer_is_one_line_in_the_log(capsys):
    asked, gone = threading.Event(), threading.Event()

    def slow(_environ, start_response):
        asked.set()
        gone.wait(20)
        start_response("200 OK", [])
        return [b"x" * 50_000_000]  # more than the sockets between them hold

    made = Server(slow, 0)
    made.start()
    with capture_logs() as lines:
        with closing(socket.create_connection(("127.0.0.1", int(made.url.rsplit(":", 1)[-1])), timeout=5)) as client:
            client.sendall(b"GET /streams HTTP/1.1\r\nHost: x\r\n\r\n")
            assert asked.wait(20)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # closed without good-bye
        gone.set()
        made.stop()

    assert [(line["event"], line["path"]) for line in lines] == [("a client left before its answer", "/streams")]
    assert capsys.readouterr().err == ""


def test_stopping_ends_connections_and_threads():
    before = set(threading.enumerate())
    made = Server(echo, 0)
    made.start()
    with connected(made) as connection:
        connection.request("GET", "/")
        connection.getresponse().read()
        made.stop()

    assert set(threading.enumerate()) <= before
