"""Views to HTML: a whole page, or the one fragment that htmx asked for.

A fragment is a block of the page's template that holds exactly one element, whose id is the block's name, with `-` and
a name of its own where there are several: htmx 4 sends `HX-Target: details#facet-action` and gets the block `facet`.
Page and fragment live at one address.
A template receives one `page` dataclass and decides nothing.
"""

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from app.web import filters
from app.web.assets import Asset
from app.web.assets import load as load_assets
from app.web.errors import TOO_SLOW, Trouble
from app.web.escaping import Compiler
from app.web.shell import Shell, bare_shell, with_query

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
LONGEST_ADDRESS = 500
VARY = "Cookie, HX-Request, HX-Request-Type, HX-Target"


class Renderer:
    """The template environment with the addresses of the assets in it."""

    def __init__(self, assets: dict[str, Asset], folder: Path = TEMPLATES) -> None:
        self.assets = assets
        self._icons: dict[str, Markup] = {}
        self.environment = Environment(
            loader=FileSystemLoader(folder),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self.environment.code_generator_class = Compiler
        self.environment.globals.update(
            asset=self.url,
            icon=self.icon,
            severity=filters.severity,
            glyph=filters.glyph,
            scripts=tuple(path for path in assets if path.startswith("vendor/")),
        )
        self.environment.filters.update(
            {
                name: getattr(filters, name)
                for name in (
                    "ago", "age", "bare", "bdi", "clock_time", "cut", "day", "digits", "duration", "full_time",
                    "lines", "linked", "number", "plural", "time",
                )
            }
        )  # fmt: skip

    def url(self, path: str) -> str:
        """Return the address of an asset."""
        return self.assets[path].url

    def icon(self, name: str) -> Markup:
        """Return one icon of the sprite, hidden from screen readers: its neighbour says it in words."""
        if name not in self._icons:
            address = f"{self.url('icons.svg')}#i-{name}"
            self._icons[name] = Markup('<svg class="i" aria-hidden="true"><use href="{}"/></svg>').format(address)
        return self._icons[name]

    def render(self, template: str, block: str | None, context: dict[str, Any]) -> str:
        """Return a template as text, or one block of it."""
        loaded = self.environment.get_template(template)
        if block is None:
            return loaded.render(context)
        return "".join(loaded.blocks[block](loaded.new_context(context)))


@cache
def renderer() -> Renderer:
    """Return the renderer of the pages, one a process: it takes long to compress assets and to compile templates."""
    return Renderer(load_assets())


def page(
    request: Request,
    template: str,
    view: object,
    shell: Shell | None,
    *,
    fragments: frozenset[str] = frozenset(),
    status: int = 200,
) -> Response:
    """Return the whole page, or the one of its `fragments` that htmx targets. A fragment needs no shell."""
    block = wanted_fragment(request, fragments)
    context = {"page": view, "shell": shell, "nonce": request.state.nonce}
    renderer: Renderer = request.app.state.renderer
    headers = {"Vary": VARY}
    if block is None:
        # Asked for as soon as the head of the answer is there: a page of thousands of rows is parsed after that.
        headers["Link"] = f"<{renderer.url('app.css')}>; rel=preload; as=style"
    return HTMLResponse(renderer.render(template, block, context), status, headers)


def wanted_fragment(request: Request, fragments: frozenset[str]) -> str | None:
    """Return the block that htmx targets, or None when the whole page is asked for.

    Going back in the browser's history asks for the whole page at the same address.
    """
    if request.headers.get("HX-Request-Type") != "partial" or "HX-History-Restore-Request" in request.headers:
        return None
    target = _target(request).partition("-")[0]
    return target if target in fragments else None


def _target(request: Request) -> str:
    """Return the id of the element that htmx puts the answer in place of, "" when it names none."""
    return request.headers.get("HX-Target", "").rpartition("#")[2]


def error(request: Request, trouble: Trouble) -> Response:
    """Return an error as a page that needs no database; in place of a fragment as one, which asks again by itself."""
    address = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    view = {
        "trouble": trouble,
        "request_id": request.state.request_id,
        "address": address[:LONGEST_ADDRESS],
        "whole": address,
        "shorter": with_query(request, **{"from": "now-24h", "to": None}) if trouble is TOO_SLOW else "",
        "target": _target(request)[:LONGEST_ADDRESS],
    }
    if request.headers.get("HX-Request-Type") == "partial" and view["target"]:
        return page(request, "errors/fragment.html", view, None, status=trouble.status)
    return page(request, "errors/error.html", view, bare_shell(request), status=trouble.status)
