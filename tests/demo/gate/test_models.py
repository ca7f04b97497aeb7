from app.demo.gate import models


def test_each_operation_of_kinesis_video_has_one_path():
    paths = [(method, pattern.pattern) for method, pattern, _ in models.routes("kinesisvideo")]

    assert len(paths) == len(set(paths)) == len(models.service_model("kinesisvideo").operation_names)


def test_a_name_in_a_path_is_caught():
    found = [
        (name, match.groupdict())
        for method, pattern, name in models.routes("iot")
        if method == "GET" and (match := pattern.fullmatch("/role-aliases/a"))
    ]

    assert found == [("DescribeRoleAlias", {"roleAlias": "a"})]


def test_a_service_that_botocore_does_not_know_has_no_paths():
    assert not models.is_known("no-such-service")
    assert models.routes("no-such-service") == ()
