import http.client
import os
import signal
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path

ROOT = Path(__file__).parents[2]


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def test_it_serves_until_it_is_told_to_end():
    port = free_port()
    command = [sys.executable, "-m", "app.demo", "--port", str(port), "--small"]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=dict(os.environ)
    ) as process:
        said = process.stdout.readline()
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
            connection.request("GET", "/_gate/calls")
            answer = connection.getresponse().read()
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)

    assert b"emulated AWS" in said
    assert answer == b"[]"
    assert process.returncode == 0
