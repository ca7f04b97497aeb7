"""The user behind a request. Until sign-in exists there is one, and only this machine can reach the pages."""

from dataclasses import dataclass

from app.core.model.scope import EVERYTHING, Scope


@dataclass(frozen=True, slots=True)
class User:
    """Who asks, and which accounts they may see."""

    name: str
    scope: Scope


LOCAL = User("local", EVERYTHING)


def current_user() -> User:
    """Return the one user of a server without sign-in; `web` and `run` then bind loopback only."""
    return LOCAL
