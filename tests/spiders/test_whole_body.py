import gzip

import pytest

from spiders.whole_body import is_whole

PAGE = gzip.compress(b"<html>" + bytes(range(256)) * 500 + b"</html>")


def test_a_whole_body() -> None:
    assert is_whole(PAGE) and is_whole(b"") and is_whole(PAGE + PAGE) and is_whole(PAGE + b"\0\0")


@pytest.mark.parametrize("cut", [1, 4, 8, 9, len(PAGE) // 2, len(PAGE) - 11])
def test_a_body_cut_short(cut: int) -> None:
    assert not is_whole(PAGE[:-cut]) and not is_whole(PAGE + PAGE[:-cut])


def test_damaged_or_not_compressed_at_all() -> None:
    assert not is_whole(PAGE[:40] + b"\xff\xff" + PAGE[42:])
    assert not is_whole(b"<html></html>")
