from app.demo.gate import answers


def test_a_handler_is_found_by_service_and_operation():
    assert answers.handler("kinesisvideo", "ListStreams") is not None
    assert answers.handler("kinesisvideo", "CreateStream") is None
    assert answers.handler("no-such-service", "ListStreams") is None
