"""Static files: addresses, caching, sizes, and that what others wrote is what they wrote."""

import gzip
import hashlib
import re
from pathlib import Path

import pytest
import zstandard
from starlette.testclient import TestClient

from app.web.assets import STATIC, load

KILOBYTE = 1024


def _vendored() -> list[tuple[str, str]]:
    lines = (STATIC / "vendor" / "VENDOR.txt").read_text().splitlines()
    rows = [[cell.strip() for cell in line.split("|")] for line in lines if line and not line.startswith("#")]
    return [(row[0], row[-1]) for row in rows]


@pytest.mark.parametrize(("name", "digest"), _vendored())
def test_a_vendored_file_is_unchanged(name: str, digest: str) -> None:
    assert hashlib.sha256((STATIC / "vendor" / name).read_bytes()).hexdigest() == digest


def test_every_vendored_script_is_listed() -> None:
    assert {path.name for path in (STATIC / "vendor").glob("*.js")} == {name for name, _ in _vendored()}


def test_the_first_load_stays_small() -> None:
    assets = load()
    scripts = sum(len(asset.gzip) for path, asset in assets.items() if path.endswith(".js"))
    assert scripts <= 20 * KILOBYTE
    assert len(assets["app.css"].gzip) <= 8 * KILOBYTE


def test_of_a_script_only_its_notes_and_air_are_left_out(tmp_path: Path) -> None:
    for folder in ("css/components", "js", "vendor"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "icons.svg").write_text("<svg/>")
    (tmp_path / "js" / "a.js").write_text('// A note.\n\nconst a = "b // c";  // Behind code\n  if (a)\n    f();\n')
    assert load(tmp_path)["app.js"].content == b'const a = "b // c";  // Behind code\nif (a)\nf();'


def test_an_address_changes_with_the_content_alone(tmp_path: Path) -> None:
    for folder in ("css/components", "js", "vendor"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "icons.svg").write_text("<svg/>")
    (tmp_path / "js" / "a.js").write_text("1")
    before = load(tmp_path)["app.js"].url
    assert load(tmp_path)["app.js"].url == before
    (tmp_path / "js" / "a.js").write_text("2")
    assert load(tmp_path)["app.js"].url != before


def test_the_present_file_may_be_kept_for_ever(client: TestClient) -> None:
    answer = client.get(load()["app.css"].url)
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"].startswith("text/css")


def test_an_old_address_gets_the_present_file_but_not_for_ever(client: TestClient) -> None:
    answer = client.get("/static/000000000000/app.css")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("path", ["app.py", "../app/web/app.py", "vendor/VENDOR.txt", "css/tokens.css"])
def test_only_assets_are_served(client: TestClient, path: str) -> None:
    assert client.get(f"/static/x/{path}").status_code == 404


def test_both_compressions_hold_the_content() -> None:
    asset = load()["app.js"]
    assert gzip.decompress(asset.gzip) == asset.content
    assert zstandard.ZstdDecompressor().decompress(asset.zstd) == asset.content


def test_every_icon_that_a_page_uses_is_in_the_sprite() -> None:
    sprite = (STATIC / "icons.svg").read_text()
    templates = STATIC.parent / "templates"
    used = {name for path in templates.rglob("*.html") for name in re.findall(r"icon\('([\w-]+)'\)", path.read_text())}
    code = STATIC.parent / "app" / "web" / "pages"
    used |= {
        name
        for path in code.glob("*.py")
        for name in re.findall(r'Nav\("[^"]+", "[^"]+", "([\w-]+)"', path.read_text())
    }
    assert used
    assert {name for name in used if f'id="i-{name}"' not in sprite} == set()
