"""Each template compiles: a filter that is misspelt fails here and not on a page that is rarely seen."""

from pathlib import Path

import pytest

from app.web import assets
from app.web.render import TEMPLATES, Renderer

NAMES = sorted(path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html"))
PAGES = Path(__file__).parents[2] / "app" / "web" / "pages"


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    return Renderer(assets.load())


@pytest.mark.parametrize("name", NAMES)
def test_it_compiles(renderer: Renderer, name: str):
    assert renderer.environment.get_template(name).name == name


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("pages/")])
def test_each_pages_template_has_its_module(name: str):
    assert (PAGES / f"{Path(name).stem}.py").is_file()


@pytest.mark.parametrize("name", NAMES)
def test_it_holds_no_script_and_no_style_of_its_own(name: str):
    # The policy that forbids them (Content-Security-Policy) would stop them in the browser, and only there.
    text = (TEMPLATES / name).read_text()

    assert "<style" not in text
    assert " style=" not in text
    assert all("src=" in tag for tag in text.split("<script")[1:])
