from app.cli._text import printable


def test_letters_of_any_script_stay_and_control_characters_are_written_out() -> None:
    assert printable("Ünïcode 北 stream") == "Ünïcode 北 stream"
    assert printable("a\x1b[2Jb\nc\u202ed") == "a\\x1b[2Jb\\nc\\u202ed"
