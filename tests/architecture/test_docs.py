"""What the documentation says of the code is made from the code, and is current."""

import re
from pathlib import Path

import pytest
from fastapi import APIRouter
from fastapi.routing import APIRoute

from app.core import catalogue
from app.core.query.listing import GRANTS
from app.web import health, pages
from tools.docs import DOCS, PAGES

ROOT = DOCS.parent
ROUTES = {
    re.sub(r":\w+}", "}", route.path)
    for router in (health.router, *catalogue.load(pages, "router", APIRouter).values())
    for route in router.routes
    if isinstance(route, APIRoute)
}
LINKING = [*sorted(ROOT.glob("*.md")), *sorted(DOCS.rglob("*.md"))]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_made_from_the_code_is_current(name: str):
    assert (DOCS / name).read_text() == PAGES[name](), "run `make docs`"


@pytest.mark.parametrize("page", LINKING, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_to_a_file_leads_somewhere(page: Path):
    targets = re.findall(r"\]\((?![a-z]+:|#)([^)#\s]+)", page.read_text())

    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_decisions_are_numbered_without_a_gap():
    numbers = sorted(int(path.name[:4]) for path in (DOCS / "decisions").glob("[0-9]*.md"))

    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize("module", sorted(path.name for path in (ROOT / "app/core/iam").glob("[a-z]*.py")))
def test_each_module_of_the_evaluator_tells_which_rule_of_aws_it_obeys(module: str):
    assert f"`{module}`" in (DOCS / "iam.md").read_text()


@pytest.mark.parametrize("column", GRANTS.columns)
def test_each_column_of_the_file_of_grants_is_described(column: str):
    table = (DOCS / "iam.md").read_text().partition("## The file of grants")[2].partition("\n## ")[0]

    assert re.search(rf"^\|[^|]*`{column}`[^|]*\|", table, re.MULTILINE)


def test_each_page_and_form_is_named_with_its_question_and_none_that_is_gone():
    text = (DOCS / "pages.md").read_text()
    told = set(re.findall(r"^\| `(/[^`]*)` \| \S", text, re.MULTILINE))
    told |= set(re.findall(r"`(/[^`]*)`", text.partition("## For machines")[2]))

    assert told == ROUTES
