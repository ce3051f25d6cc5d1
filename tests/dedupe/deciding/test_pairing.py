"""What is told of the links that a model made."""

import pytest

from dedupe.deciding import pairing
from leads import schema


@pytest.mark.parametrize(
    ("because", "partial"),
    [
        ("surname equal +11.3, given name equal +2.5, phone equal +21.9; at first -16.4, all in all +16.0", False),
        (
            "surname equal +11.3, given name initial +2.5, company equal +9.4; at first -16.4, all in all +16.0",
            True,
        ),
        ("given name equal +4.0, phone equal +21.9; at first -16.4, all in all +6.1", True),
        ("surname equal +4.0, phone equal +21.9; at first -16.4, all in all +6.1", True),
        ("name equal +8.0, city equal +2.0; at first -9.0, all in all +1.0", False),
    ],
)
def test_whether_a_name_was_full_is_told_from_the_reasons(because: str, partial: bool) -> None:
    assert pairing.partial(schema.texts([because])).tolist() == [partial]
