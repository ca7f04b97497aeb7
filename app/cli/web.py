"""`kvswatch web`."""

import errno
import gc
import ipaddress
import socket
from typing import Annotated

import typer
import uvicorn

from app import clock, config
from app.cli._command import Command
from app.cli._database import bring_up_to_date, database_url
from app.cli._processes import until_told
from app.core.errors import InvalidInput
from app.db.engine import APP, READ, create_engine
from app.services.collected_seldom import collected_seldom
from app.web.app import create_app
from app.web.hosts import LOOPBACK
from app.web.site import Site

Host = Annotated[str, typer.Option(help="Address to listen on: loopback only, as long as nobody has to sign in.")]
LAST_PORT = 65535
CLOSING_S = 5  # what an answer under way may take when the server ends
Port = Annotated[int, typer.Option(min=1, max=LAST_PORT, help="Port to listen on.")]


def web(
    host: Host = "127.0.0.1",
    port: Port = 8000,
    demo: Annotated[bool, typer.Option(hidden=True)] = False,
) -> None:
    """Serve the pages until SIGTERM or SIGINT."""
    require_loopback(host)
    settings = config.load()
    with until_told(), listener(host, port) as sock, database_url(settings) as url:
        bring_up_to_date(url, may_migrate=settings.database_url is None)
        reader, writer = create_engine(url, role=READ), create_engine(url, role=APP)
        site = Site(reader=reader, writer=writer, demo=demo, clock=clock.now, names=LOOPBACK | {host})
        app = create_app(site)
        # What stands here for good is not looked through for cycles again, and a page makes hardly any.
        gc.freeze()
        server = uvicorn.Server(
            uvicorn.Config(
                app,
                log_config=None,
                server_header=False,
                access_log=False,
                timeout_graceful_shutdown=CLOSING_S,
            )
        )
        with collected_seldom():
            server.run(sockets=[sock])


def listener(host: str, port: int) -> socket.socket:
    """Return a socket that listens there.

    Raises:
        InvalidInput: the port is taken or may not be used; the message names another.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        other = f"choose another port: --port {port + 1 if port < LAST_PORT else port - 1}"
        match error.errno:
            case errno.EADDRINUSE:
                reason = f"port {port} of {host} is in use by another program: end it, or {other}"
            case errno.EACCES:
                reason = f"port {port} may be opened by root alone: choose one above 1023, such as --port 8000"
            case _:
                reason = f"cannot listen on {host} port {port}: {error.strerror}"
        raise InvalidInput(reason) from None


def require_loopback(host: str) -> None:
    """Return when `host` can be reached from this machine only.

    Raises:
        InvalidInput: whoever reaches the port sees every account, as long as there is no sign-in.
    """
    try:
        is_loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_loopback = False
    if not is_loopback:
        raise InvalidInput(
            f"--host {host}: kvswatch has no sign-in configured, and whoever reaches this address would see every "
            "account. Listen on 127.0.0.1 and put a proxy that asks who is there in front of it."
        )


COMMAND = Command("Serve the web pages.", web)
