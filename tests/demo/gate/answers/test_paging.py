from app.demo.gate.answers._paging import page


def test_pages_follow_each_other_to_the_end():
    first, token = page([1, 2, 3], None, 2, default=100)
    second, end = page([1, 2, 3], token, 2, default=100)

    assert (first, second, end) == ([1, 2], [3], None)


def test_a_page_that_ends_with_the_list_is_the_last():
    assert page([1, 2], None, 2, default=100) == ([1, 2], None)


def test_without_a_limit_the_default_holds():
    assert page([1, 2, 3], None, None, default=2) == ([1, 2], "2")
