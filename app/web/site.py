"""What the web application is built with."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from app.auth.current_user import User, current_user


@dataclass(frozen=True, slots=True)
class Site:
    """The values that the composition root hands to the pages.

    `reader` is the engine of the pages (the database role kvswatch_read), `writer` that of the services.
    `demo` puts the watermark on every page. `clock` gives the time, aware and UTC.
    `names` are the hosts that it answers to; None: any. `user` is who asks.
    """

    reader: Engine
    writer: Engine
    demo: bool
    clock: Callable[[], datetime]
    names: Collection[str] | None = None
    user: Callable[[], User] = current_user
