"""What we have to tell people, how long we may keep them, and how long proof must be kept: `config/duties.toml`."""

import logging
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from consent.periods import Period
from consent.policy import Audience, Review, Seen
from leads.settings import SHIPPED_CONFIG
from leads.source import Channel, Language, Strict, read_toml, validate

log = logging.getLogger("leads")
NAME = "duties.toml"
# By what a notice may be sent: a call leaves the person nothing to read.
Written = Literal["email", "sms", "messenger", "post"]
Said = dict[Language, str]


def _in_english(texts: Said) -> Said:
    if "en" not in texts:
        raise ValueError("say it in English (en) at least: that is for whoever reads no other language stated")
    return texts


Texts = Annotated[Said, AfterValidator(_in_english)]


class Controller(Strict):
    """Who we are, as the person is to be told (GDPR 14(1)(a), (b))."""

    name: str = Field(min_length=1)
    address: str = Field(min_length=1)
    email: str = Field(min_length=3)
    phone: str = ""
    representative: str = Field("", description="in the Union, where we are not established there (Art. 27)")
    officer: str = Field("", description="how to reach the data protection officer, where there is one")


class Notice(Strict):
    """What a notice says beside what the store knows, and by which means it is sent, what we prefer first."""

    channels: tuple[Written, ...] = Field(("email", "post"), min_length=1)
    interests: Texts = Field(description="the interests pursued, where a source's basis is such (14(2)(b))")
    recipients: Texts = Field(description="who gets the data (14(1)(e))")
    transfers: Texts = Field(description="to which countries outside the Union, on what ground (14(1)(f))")
    retention: Texts = Field(description="how long, or by what that is decided (14(2)(a))")
    authority: Texts = Field(description="where to complain (14(2)(e))")
    automated: Texts = Field(description="automated decisions, profiling included (14(2)(g))")


class Refresh(Strict):
    """Asking again before a consent is too old."""

    within: Period = "P60D"
    link: str = Field(min_length=1, description="where the person says yes again; {contact} is put in")


class Law(Strict):
    """A period that a country states."""

    country: str = Field(pattern=r"^[A-Z]{2}$")
    audiences: tuple[Audience, ...] = ("consumer", "business", "sole_trader")
    statute: str = Field(min_length=1)
    seen: Seen
    review: Review = "not confirmed by counsel"


class Keep(Law):
    """People who never ordered are kept no longer than this after they were obtained or last acted."""

    longest: Period


class Proof(Law):
    """Proof of a consent must be kept this long after it was given and after each use."""

    channels: tuple[Channel, ...] = Field(min_length=1)
    period: Period


class Duties(Strict):
    """`config/duties.toml`."""

    controller: Controller
    notice: Notice
    refresh: Refresh
    keep: tuple[Keep, ...] = ()
    proof: tuple[Proof, ...] = ()

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        places = [(law.country, audience) for law in self.keep for audience in law.audiences]
        if len(set(places)) < len(places):
            raise ValueError("a country states two longest periods for one audience")
        return self


def load_duties(config_dir: Path) -> Duties:
    """The duties as configured; in a home of before there were any those we ship, which is said once.

    Raises ConfigError naming file, key and reason.
    """
    file = config_dir / NAME
    if not file.is_file():
        _say_absent(file)
        file = SHIPPED_CONFIG / NAME
    return validate(Duties, read_toml(file), file)


@cache
def _say_absent(file: Path) -> None:
    log.warning(
        "%s is not there: what we ship counts. Copy it from there (%s) and make it yours", file, SHIPPED_CONFIG
    )


def say_whose(duties: Duties) -> None:
    """Warn where letters would go out in the name of the example company."""
    if duties.controller.name == load_duties(SHIPPED_CONFIG).controller.name:
        log.warning(
            "the letters are in the name of an example company: put yours under [controller] in %s first", NAME
        )
