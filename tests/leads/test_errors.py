import pytest

from leads.errors import Fault, SourceError, fault
from leads.settings import Settings

VALUE = "+4915123571113"


def test_an_error_nobody_foresaw_says_where_and_not_what() -> None:
    with pytest.raises(ValueError) as caught:
        Settings(chunk_rows=VALUE + "x")  # type: ignore[arg-type]
    told = fault(caught.value)
    assert VALUE in str(caught.value) and VALUE not in str(told)
    assert "tests/leads/test_errors.py:" in str(told) and "ValidationError" in str(told)
    assert len(str(told).splitlines()) == 1 and (told.exit_code, SourceError("x").exit_code) == (3, 2)


def test_the_last_of_our_lines_first_and_not_all_of_them() -> None:
    def deeper(left: int) -> None:
        if not left:
            raise KeyError(VALUE)
        deeper(left - 1)

    with pytest.raises(KeyError) as caught:
        deeper(9)
    told = fault(caught.value)
    assert isinstance(told, Fault) and str(told).count("test_errors.py:") == 4
