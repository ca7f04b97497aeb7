"""Who asks, before sign-in exists."""

from app.auth.current_user import current_user
from app.core.model.scope import EVERYTHING


def test_without_sign_in_the_one_user_sees_everything() -> None:
    user = current_user()
    assert user.name == "local"
    assert user.scope == EVERYTHING
