"""Static files: read once, named by the hash of their content, compressed before the first request.

`app.css` and `app.js` are made of every stylesheet and script of ours, so a new component is one new file.
"""

import gzip
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

import zstandard
from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

STATIC = Path(__file__).resolve().parents[2] / "static"
IMMUTABLE = "public, max-age=31536000, immutable"
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".txt": "text/plain"}
STYLES = ("tokens.css", "base.css", "layout.css", "components/*.css")
COMPRESSION_LEVEL = 9


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it is served: its content, compressed twice, and its address; `digest` changes with the content."""

    path: str
    digest: str
    content: bytes
    gzip: bytes
    zstd: bytes
    media_type: str

    @property
    def url(self) -> str:
        """The address that may be kept for ever."""
        return f"/static/{self.digest}/{self.path}"


def load(folder: Path = STATIC) -> dict[str, Asset]:
    """Return every asset by its path below /static/<hash>/."""
    scripts = sorted((folder / "js").glob("*.js"))
    found = [
        _asset("app.css", b"\n".join(_without_air(path.read_bytes()) for path in _styles(folder / "css"))),
        _asset("app.js", b"\n".join(_without_notes(path.read_bytes()) for path in scripts)),
        _asset("icons.svg", (folder / "icons.svg").read_bytes()),
        *(_asset(f"vendor/{path.name}", path.read_bytes()) for path in sorted((folder / "vendor").glob("*.js"))),
    ]
    return {asset.path: asset for asset in found}


def _styles(folder: Path) -> list[Path]:
    return [path for pattern in STYLES for path in sorted(folder.glob(pattern))]


def _without_air(css: bytes) -> bytes:
    """Return a stylesheet without comments and the spaces that mean nothing: those in selectors and values stay."""
    bare = re.sub(rb"/\*.*?\*/", b"", css, flags=re.DOTALL)
    return re.sub(rb"\s*([{};])\s*|([:,])\s+", rb"\1\2", bare)


def _without_notes(script: bytes) -> bytes:
    """Return a script without lines that are a comment, and without indentation: no text of ours goes over lines."""
    lines = (line.strip() for line in script.splitlines())
    return b"\n".join(line for line in lines if line and not line.startswith(b"//"))


def _asset(path: str, content: bytes) -> Asset:
    return Asset(
        path=path,
        digest=hashlib.sha256(content).hexdigest()[:12],
        content=content,
        gzip=gzip.compress(content, COMPRESSION_LEVEL, mtime=0),
        zstd=zstandard.ZstdCompressor(level=19).compress(content),
        media_type=TYPES[Path(path).suffix],
    )


def router(assets: dict[str, Asset]) -> APIRouter:
    """Return the route of the static files."""
    routes = APIRouter()

    @routes.get("/static/{digest}/{path:path}", include_in_schema=False)
    def static(request: Request, digest: str, path: str) -> Response:
        asset = assets.get(path)
        if asset is None:
            raise HTTPException(404)
        # A page from before the last release asks for the old hash: it gets the present file, not for ever.
        headers = {"Cache-Control": IMMUTABLE if digest == asset.digest else "no-cache", "Vary": "Accept-Encoding"}
        content, encoding = _encoded(asset, request.headers.get("accept-encoding", ""))
        if encoding:
            headers["Content-Encoding"] = encoding
        return Response(content, media_type=asset.media_type, headers=headers)

    return routes


def _encoded(asset: Asset, accepted: str) -> tuple[bytes, str]:
    if "zstd" in accepted:
        return asset.zstd, "zstd"
    if "gzip" in accepted:
        return asset.gzip, "gzip"
    return asset.content, ""
