from app.core.stopping.measures.deactivate_key import MEASURE
from tests.builders.stopping import HOSTILE, KEY, ROLE, ROOT, USER, after, caller, target, text_of, words_of


def test_each_key_of_the_user_is_set_to_inactive_and_back():
    both = target(USER, keys=(KEY, "AKIA2"))
    assert text_of(MEASURE, both).split("\n") == [
        f"aws iam update-access-key --user-name gate-07 --access-key-id {KEY} --status Inactive",
        "aws iam update-access-key --user-name gate-07 --access-key-id AKIA2 --status Inactive",
    ]
    assert text_of(MEASURE, both, "Undo").count("--status Active") == 2


def test_a_hostile_user_name_is_one_word():
    command = text_of(MEASURE, target(f"arn:aws:iam::1:user/{HOSTILE.replace('/', '')}", keys=(KEY,)))
    assert after("--user-name", command) == HOSTILE.replace("/", "")
    assert len(words_of(command)) == 9


def test_the_root_user_has_no_name():
    assert "--user-name" not in text_of(MEASURE, target(ROOT, keys=(KEY,)))


def test_it_is_about_long_term_keys_alone():
    assert MEASURE.bar(target(USER)) == ""
    assert MEASURE.bar(target(ROLE, keys=(KEY,))) == ""


def test_it_hits_the_key_wherever_it_calls_from():
    whom = target(USER, keys=(KEY,))
    assert MEASURE.hits(whom, caller(USER, key=KEY, is_long_term=True, address="203.0.113.9"))
    assert not MEASURE.hits(whom, caller(USER, key="AKIA2", is_long_term=True))


def test_it_says_what_outlives_the_key():
    assert "GetSessionToken" in MEASURE.leaves
    assert "36 hours" in MEASURE.leaves
