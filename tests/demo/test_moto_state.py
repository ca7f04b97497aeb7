from moto.iam.models import iam_backends

from app.demo import moto_state

ACCOUNT = "999900001111"


def groups() -> set[str]:
    return set(iam_backends[ACCOUNT]["aws"].groups)


def test_each_holder_finds_its_own_again():
    first, second = object(), object()
    moto_state.take(first, seed=1)
    iam_backends[ACCOUNT]["aws"].create_group("first")
    moto_state.take(second, seed=1)
    seen_by_second = groups()
    iam_backends[ACCOUNT]["aws"].create_group("second")
    assert (moto_state.has(first), moto_state.has(second)) == (False, True)

    moto_state.give_back(second)
    seen_by_first = groups()
    moto_state.give_back(first)

    assert seen_by_second == set()
    assert seen_by_first == {"first"}


def test_an_older_holder_may_leave_first():
    first, second = object(), object()
    moto_state.take(first, seed=1)
    moto_state.take(second, seed=1)
    iam_backends[ACCOUNT]["aws"].create_group("second")

    moto_state.give_back(first)
    kept = groups()
    moto_state.give_back(second)

    assert kept == {"second"}


def test_the_same_seed_makes_the_same_identifiers():
    def role_id() -> str:
        holder = object()
        moto_state.take(holder, seed=3)
        role = iam_backends[ACCOUNT]["aws"].create_role("r", "{}", "/", None, "", [], "3600")
        moto_state.give_back(holder)
        return str(role.id)

    assert role_id() == role_id()
