"""Texts to paste, one a tab."""

from app.core.rules.fix import FixText
from app.web.fix_tabs import fix_tabs


def test_each_text_has_a_place_of_its_own_and_nothing_in_it_runs() -> None:
    texts = (FixText("AWS CLI", "aws <b>", (("TRAIL", "its name"),)), FixText("Policy", "{}"))
    cli, policy = fix_tabs(texts, "hole-3", "Selectors")
    assert (cli.label, cli.element_id, cli.yours) == ("AWS CLI", "hole-3-0", (("TRAIL", "its name"),))
    assert policy.element_id == "hole-3-1"
    assert "aws &lt;b&gt;" in cli.code
    assert 'aria-label="Selectors: AWS CLI"' in cli.code
