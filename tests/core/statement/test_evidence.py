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


@pytest.mark.parametrize(
    ("judgement", "title", "sentence"),
    [
        (Judgement(Verdict.READS, 1, WHY, 87), "1 read, 87 more that may have been of it", None),
        (
            Judgement(Verdict.NOT_PROVABLE, 0, WHY[:1], 2),
            "2 reads that may have been of it",
            f"2 reads that may have been of it; that nobody read it is not provable because {WHY[0].text}",
        ),
    ],
)
def test_what_may_have_been_of_the_video_stands_in_the_verdict(
    judgement: Judgement, title: str, sentence: str | None
) -> None:
    assert (judgement.title, judgement.sentence) == (title, sentence or title)
