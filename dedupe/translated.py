"""DuckDB's SQL said in Spark's: the statements of matching, and the conditions of a model trained on DuckDB.

sqlglot knows both, but not what we mean by names that both have with another sense, and it loses the order in which a
list is made. What it knows nothing of (a similarity) is a function of the same name, registered with the session.
"""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any, ClassVar

from sqlglot import exp, parse_one
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.dialects.spark import Spark
from sqlglot.generators.spark import SparkGenerator
from sqlglot.parsers.duckdb import DuckDBParser

from dedupe.engine import SIMILARITY, Parameters


def _xxhash(arguments: list[exp.Expr]) -> exp.Expr:
    """Never negative, as DuckDB's is; Spark's own `hash` has 32 bits, too few for terms."""
    most = exp.Literal.number(2**63 - 1)
    return exp.Paren(this=exp.BitwiseAnd(this=exp.func("xxhash64", *arguments), expression=most))


def _levenshtein(arguments: list[exp.Expr]) -> exp.Expr:
    """In bytes, as DuckDB counts, and not in characters: for Spark each byte is made a character of its own."""
    bytes_ = [
        exp.func("decode", exp.func("encode", each, text("UTF-8")), text("ISO-8859-1")) for each in arguments
    ]
    return exp.Anonymous(this="levenshtein", expressions=bytes_)


def text(value: str) -> exp.Expr:
    """A text as a literal."""
    return exp.Literal.string(value)


def _named(name: str) -> Any:
    return lambda arguments: exp.Anonymous(this=name, expressions=arguments)


class _OursParser(DuckDBParser):
    """`len` is of a list and `length` of a text throughout our statements; a parsed tree does not tell them apart."""

    FUNCTIONS: ClassVar = {
        **DuckDBParser.FUNCTIONS,
        "HASH": _xxhash,
        "LEN": _named("array_size"),
        "LEVENSHTEIN": _levenshtein,
        "LIST_CONTAINS": _named("array_contains"),
        "LIST_HAS_ANY": _named("arrays_overlap"),
        "LIST_INTERSECT": _named("array_intersect"),
        "LOG2": _named("log2"),
        "JARO_WINKLER_SIMILARITY": _named(SIMILARITY),
    }


class Ours(DuckDB):
    """DuckDB as our statements use it."""

    Parser = _OursParser


def _list(generator: SparkGenerator, made: exp.ArrayAgg) -> str:
    """Sorted, as all our lists are, and null where nothing is in it."""
    of = made.this.this if isinstance(made.this, exp.Order) else made.this
    gathered = f"COLLECT_LIST({generator.sql(of)})"
    where = made.find_ancestor(exp.Filter, exp.Select)
    if isinstance(where, exp.Filter):
        gathered += f" FILTER({generator.sql(where, 'expression').strip()})"
    return f"NULLIF(ARRAY_SORT({gathered}), ARRAY())"


def _filter(generator: SparkGenerator, made: exp.Filter) -> str:
    return generator.sql(made, "this") if isinstance(made.this, exp.ArrayAgg) else generator.filter_sql(made)


class _TheirsGenerator(SparkGenerator):
    TRANSFORMS: ClassVar = {**SparkGenerator.TRANSFORMS, exp.ArrayAgg: _list, exp.Filter: _filter}


class Theirs(Spark):
    """Spark, with what would otherwise be lost on the way."""

    Generator = _TheirsGenerator


def parsed(sql: str, parameters: Parameters = ()) -> exp.Expr:
    """Our statement as a tree, with a list of texts or numbers in the place of each `?` or `$name`.

    `x IN (SELECT unnest(?))` is asked of the list itself.
    """
    tree = parse_one(sql, dialect=Ours)
    given = iter(() if isinstance(parameters, Mapping) else parameters)
    for mark in list(tree.find_all(exp.Placeholder, exp.Parameter)):
        values = parameters[mark.name] if isinstance(parameters, Mapping) else next(given)
        listed = exp.Array(expressions=[exp.convert(value) for value in values])
        if (asked := mark.find_ancestor(exp.In)) is None:
            mark.replace(listed)
        else:
            held = exp.Anonymous(this="array_contains", expressions=[listed, asked.this])
            asked.replace(held if values else exp.false())
    return tree


def spoken(tree: exp.Expr) -> str:
    """A parsed statement in Spark's SQL."""
    return tree.sql(dialect=Theirs)


def translated(settings: dict[str, Any]) -> dict[str, Any]:
    """Splink's settings with their conditions in Spark's SQL."""
    made = deepcopy(settings)
    for comparison in made["comparisons"]:
        for level in comparison["comparison_levels"]:
            if level["sql_condition"] != "ELSE":
                level["sql_condition"] = spoken(parsed(level["sql_condition"]))
    return made
