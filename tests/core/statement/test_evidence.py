"""How a verdict is printed."""

import pytest

from app.core.statement.evidence import Doubt, Judgement, Reason, Verdict

WHY = (Reason(Doubt.UNVERIFIED, "the log files of 2 hours are unverified"), Reason(Doubt.NOT_OVER, "it is not over"))


@pytest.mark.parametrize(
    ("judgement", "sentence"),
    [
        (Judgement(Verdict.PROVEN, 0), "None, proven"),
        (
            Judgement(Verdict.NOT_PROVABLE, 0, WHY),
            "None seen, not provable because the log files of 2 hours are unverified; it is not over",
        ),
        (Judgement(Verdict.READS, 1), "1 read"),
        (Judgement(Verdict.READS, 1204, WHY), "1,204 reads"),
    ],
)
def test_it_is_one_of_three_sentences_with_every_reason(judgement: Judgement, sentence: str) -> None:
    assert judgement.sentence == sentence
