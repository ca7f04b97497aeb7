from app.demo.gate.errors import AwsError


def test_an_error_says_what_it_is():
    error = AwsError("AccessDenied", "no", 403)

    assert str(error) == "AccessDenied: no"
    assert error.headers == {}
