"""Pet forms lead to full names, in either alphabet."""

import pytest

from dedupe.evidence.nicknames import roots


@pytest.mark.parametrize(
    ("pet", "full"), [("дима", "дмитрий"), ("паша", "павел"), ("bob", "robert"), ("pista", "istván"), ("sepp", "josef"),
                      ("саша", "александр"), ("саша", "александра"), ("nelu", "ioan"), ("đole", "đorđe")],
)  # fmt: skip
def test_a_pet_form_stands_for_its_full_names(pet: str, full: str) -> None:
    known = roots(str.casefold)
    assert full in known[pet]
    assert full in known[full]


def test_two_full_names_of_one_line_do_not_stand_for_each_other() -> None:
    known = roots(str.casefold)
    assert "александра" not in known["александр"]
    assert "виктория" not in known["виктор"]


def test_keys_are_made_as_asked() -> None:
    assert "DIMA" not in roots(str.casefold)
    assert "ДМИТРИЙ" in roots(str.upper)["ДИМА"]
