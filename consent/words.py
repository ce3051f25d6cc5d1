"""The gate's reasons, and what may mend them, in the words of a salesperson (`consent/data/words.toml`)."""

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from leads.errors import ConfigError

LANGUAGES = ("en", "de", "ru", "hu", "ro", "bs")
# These readers share the Bosnian text.
SHARED = {"hr": "bs", "sr": "bs"}
FILE = Path(__file__).parent / "data" / "words.toml"

Words = dict[str, dict[str, dict[str, str]]]  # part (reason, mend, …) -> key -> language -> template


@lru_cache(maxsize=1)
def templates() -> Words:
    """Everything the gate can say, as it stands in the file."""
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


def known(language: str) -> str:
    """The language of the text that a reader of `language` gets; raises ConfigError where there is none."""
    own = SHARED.get(language, language)
    if own not in LANGUAGES:
        offered = ", ".join((*LANGUAGES, *SHARED))
        raise ConfigError(
            f"no words in language '{language}'", where="LEADS_LANGUAGE", do=f"Choose one of {offered}"
        )
    return own


def reason(key: str, told: Mapping[str, str], language: str) -> str:
    """Why the gate answered so, and behind a dash what the caller has to see to.

    `told`: what `Verdict.parameters` holds: any of date, place (kind of source), version, country, registry, count,
    days, hours, zones, opens, conditions (a `|`-list of keys).
    """
    language = known(language)
    places, version = templates()["place"], told.get("version", "")
    place = places.get(told.get("place", ""), places["other"])[language]
    suffix = templates()["version"]["of"][language].format(version=version) if version else ""
    said = templates()["reason"][key][language].format_map({**told, "place": place, "version": suffix})
    heeded = "; ".join(condition(name, language) for name in told.get("conditions", "").split("|") if name)
    return f"{said} — {heeded}" if heeded else said


def mend(key: str | None, told: Mapping[str, str], language: str) -> str | None:
    """What the salesperson can do about a denial; None where there is nothing to mend."""
    return templates()["mend"][key][known(language)].format_map(told) if key else None


def condition(key: str, language: str) -> str:
    """What the caller has to see to (`policy.Condition`), as a part of a sentence."""
    return templates()["condition"][key][known(language)]
