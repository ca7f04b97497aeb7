from app.exports._format import CHUNK, chunked


def test_lines_come_in_chunks_of_some_size():
    chunks = list(chunked("x" * 99 + "\n" for _ in range(5000)))
    assert b"".join(chunks) == (b"x" * 99 + b"\n") * 5000
    assert all(CHUNK <= len(chunk) < CHUNK + 100 for chunk in chunks[:-1])


def test_no_lines_are_no_chunks():
    assert list(chunked([])) == []


def test_what_is_no_text_of_unicode_does_not_stop_an_export():
    assert list(chunked(["a\ud800b"])) == [b"a?b"]
