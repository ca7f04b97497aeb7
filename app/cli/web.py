"""`kvswatch web`."""

import ipaddress
from typing import Annotated

import typer
import uvicorn

from app import clock, config
from app.cli._command import Command
from app.cli._database import bring_up_to_date, database_url
from app.cli._processes import die_with_parent
from app.core.errors import InvalidInput
from app.db.engine import APP, READ, create_engine
from app.web.app import create_app
from app.web.site import Site

Host = Annotated[str, typer.Option(help="Address to listen on: loopback only, as long as nobody has to sign in.")]
Port = Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")]


def web(
    host: Host = "127.0.0.1",
    port: Port = 8000,
    demo: Annotated[bool, typer.Option(hidden=True)] = False,
) -> None:
    """Serve the pages until SIGTERM or SIGINT."""
    die_with_parent()
    require_loopback(host)
    settings = config.load()
    with database_url(settings) as url:
        bring_up_to_date(url, may_migrate=settings.database_url is None)
        reader, writer = create_engine(url, role=READ), create_engine(url, role=APP)
        site = Site(reader=reader, writer=writer, demo=demo, clock=clock.now)
        uvicorn.run(create_app(site), host=host, port=port, log_config=None, server_header=False, access_log=False)


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
