"""JSON and JSON lines, read strictly: a key given twice, NaN or anything after the end is no JSON."""

import json
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any, NoReturn

import pyarrow

from sources.formats import letters, pack
from sources.formats.found import Found, Given, Refused, bounded

DEEP = 12  # levels of a record; what lies deeper is kept as JSON text
_TABLES = 1_000  # of one file
_LINE = "unreadable: no JSON object on this line"


class _Fault(ValueError):
    """What makes a text no JSON, without a value of it."""


def tables(given: Given) -> list[Found]:
    """The arrays of objects by their path (an object without any is one record), or the lines as one table.

    Objects in a record are flattened with dots, lists joined by line feeds; numbers stand as they were written.
    Raises Refused for what is no JSON, or has no record in it.
    """
    text = letters.read(given.path, given)
    if _is_lines(text):
        return [Found(given.path.name, partial(_line_batches, text), named=True)]
    try:
        whole = _parsed(text)
    except _Fault as error:
        raise Refused(f"it is no valid JSON: {error}", "Have it exported again") from None
    del text
    found = dict(_arrays(whole, ""))
    if not found and isinstance(whole, dict) and whole:
        found = {"": [whole]}
    if not found:
        raise Refused("its JSON holds no list of objects")
    return [_found(name or given.path.name, items) for name, items in found.items()]


def _found(name: str, items: list[Any]) -> Found:
    if all(isinstance(item, list) for item in items):
        return Found(name, partial(_grid, items))
    return Found(name, partial(pack.records, map(_record, items)), named=True)


def _grid(items: list[list[Any]]) -> Iterator[pyarrow.RecordBatch]:
    """A list of rows; which of them is the header, it does not say."""
    width = max(map(len, items))
    bounded(len(items), width)
    if width:
        yield from pack.rows(([*map(_scalar, row), *[None] * (width - len(row))] for row in items), width)


def _line_batches(text: str) -> list[pyarrow.RecordBatch]:
    return pack.records(_lines(text))


def _no_constant(name: str) -> NoReturn:
    raise _Fault(f"{name} is no number")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) != len(pairs):
        raise _Fault("an object has a key twice")
    return record


def _parsed(text: str) -> Any:
    try:
        return _decoder.decode(text)
    except json.JSONDecodeError as error:
        raise _Fault(f"{error.msg.lower()} in line {error.lineno}, column {error.colno}") from None
    except RecursionError:
        raise _Fault("it is nested too deep") from None


_decoder = json.JSONDecoder(object_pairs_hook=_object, parse_float=str, parse_int=str, parse_constant=_no_constant)


def _is_object(line: str) -> bool:
    try:
        return isinstance(_parsed(line), dict)
    except _Fault as error:
        return "twice" in str(error)


def _is_lines(text: str) -> bool:
    """Whether one of the first two lines is a whole object, and more follows."""
    if not text.lstrip("\ufeff \t\r\n").startswith("{"):
        return False
    first = [line for line in text[: 4 << 20].split("\n", 50) if line.strip()][:2]
    return len(first) == 2 and any(map(_is_object, first))


def _lines(text: str) -> Iterator[pack.Record | pack.Noted]:
    start, size = 0, len(text)
    while start < size:
        end = text.find("\n", start)
        line = text[start : size if end < 0 else end].strip("\r\ufeff")
        if line.strip():
            yield _line(line, is_last=end < 0)
        start = size if end < 0 else end + 1


def _line(line: str, is_last: bool) -> pack.Record | pack.Noted:
    try:
        value = _parsed(line)
    except _Fault:
        return pack.Noted(pack.CUT if is_last else _LINE, text=line)
    return _record(value) if isinstance(value, dict) else pack.Noted(_LINE, text=line)


def _arrays(value: Any, path: str, level: int = 0) -> Iterator[tuple[str, list[Any]]]:
    """The lists of objects (or of lists) in a JSON value, with the path of keys that leads to them."""
    if isinstance(value, list):
        if any(isinstance(item, dict | list) for item in value):
            yield path, value
    elif isinstance(value, dict) and level < DEEP:
        for place, (key, item) in enumerate(value.items()):
            if place == _TABLES:
                raise Refused(f"an object has more than {_TABLES} keys, and no list")
            yield from _arrays(item, f"{path}.{key}" if path else key, level + 1)


def _record(value: Any) -> pack.Record | pack.Noted:
    if isinstance(value, dict):
        return flat(value)
    return pack.Noted("unreadable: no JSON object", text=_scalar(value) or "")


def flat(record: dict[str, Any]) -> dict[str, Any]:
    """`record` with the keys of nested objects joined by dots and the items of lists by line feeds."""
    if not any(isinstance(value, dict | list) for value in record.values()):
        return {key: _scalar(value) for key, value in record.items()}
    out: dict[str, Any] = {}
    _flatten(record, "", out, 0)
    return out


def _flatten(value: Any, path: str, out: dict[str, Any], level: int) -> None:
    if level >= DEEP or not isinstance(value, dict | list) or not value:
        _put(out, path, _scalar(value))
    elif isinstance(value, dict):
        for key, item in value.items():
            _flatten(item, f"{path}.{key}" if path else str(key), out, level + 1)
    elif any(isinstance(item, dict) for item in value):
        items = [flat(item) if isinstance(item, dict) else {"": item} for item in value]
        for key in dict.fromkeys(key for item in items for key in item):
            _put(out, f"{path}.{key}" if key else path, _joined(item.get(key) for item in items))
    else:
        _put(out, path, _joined(value))


def _put(out: dict[str, Any], path: str, cell: str | None) -> None:
    """A key that holds a dot may come to the same path as another one."""
    name, times = path, 1
    while name in out:
        times += 1
        name = f"{path} ({times})"
    out[name] = cell


def _joined(items: Iterable[Any]) -> str:
    """One line for each item, so that the lines of two columns belong together."""
    return "\n".join(_scalar(item) or "" for item in items)


def _scalar(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=str) if value else None
    return pack.text(value)
