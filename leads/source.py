"""What `config/sources/<name>.toml` may say. Adding a source is writing one such file."""

import hashlib
import json
import os
import re
import tomllib
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import phonenumbers
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, field_validator

from leads.errors import ConfigError

# The words a column may be mapped to. Anything else a source says is kept as an attribute.
FIELDS = (
    "phone", "email", "full_name", "family_name", "given_name", "patronymic",
    "company", "job", "country", "region", "city", "address", "postcode", "website",
    "language", "tier", "tags", "request", "consent", "stated_at",
    "birthday", "messenger", "telegram", "whatsapp", "viber", "skype", "vk",
    "legal_address", "postal_address", "delivery_address", "external_id", "responsible",
    "title", "gender", "registration", "ordered_on", "amount",
)  # fmt: skip
# What a contact shows of its leads, field by field, in their one spelling.
CLAIM_FIELDS = (
    "family_name", "given_name", "patronymic", "name_text", "company", "company_form", "job", "country",
    "region", "city", "address", "postcode", "website", "language", "tier",
    "legal_address", "postal_address", "delivery_address", "birthday", "responsible",
    "title", "gender", "registrations", "domain", "region_code", "street", "house",
)  # fmt: skip
# What a contact point is for, apart from what it is: `phone:work`.
LABELS = ("home", "work", "mobile", "main", "other", "fax")
LABELLED = ("phone", "email", "messenger")
Language = Literal["ru", "en", "de", "hu", "ro", "bs", "hr", "sr"]
# `robocall`: a call without a person at our end of it, which every law treats apart.
Channel = Literal["call", "robocall", "sms", "email", "messenger", "post"]
Purpose = Literal["marketing", "service", "greeting", "survey", "event"]
# At most so many contacts in so long (ISO 8601): `2/P1M`.
# How long (ISO 8601): `P3Y`, `P18M`, `P90D`; and a calendar day.
Span = Annotated[str, Field(pattern=r"^P(\d{1,2}Y|\d{1,3}[MW]|\d{1,4}D)$")]
Frequency = Annotated[str, Field(pattern=r"^[1-9]\d?/P(\d{1,3}[DWM]|1Y)$")]


def _day(text: str) -> str:
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        raise ValueError("a day is written YYYY-MM-DD")
    date.fromisoformat(text)
    return text


Day = Annotated[str, AfterValidator(_day)]
M = TypeVar("M", bound=BaseModel)


class Strict(BaseModel):
    """A part of a config file: an unknown key is an error, not a silent nothing."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _known_target(target: str) -> str:
    field, colon, label = target.partition(":")
    if field not in (*FIELDS, "ignore"):
        raise ValueError(f"'{field}' is no field; known: {', '.join(FIELDS)}, ignore")
    if colon and (field not in LABELLED or label not in LABELS):
        raise ValueError(f"'{target}' is no label; known: {', '.join(LABELS)}, behind {', '.join(LABELLED)}")
    return target


# One of FIELDS, or `ignore`; a contact point may have a label behind it.
Target = Annotated[str, AfterValidator(_known_target)]


class Price(Strict):
    """What the source costs: `amount` of `currency` per row received or for the whole base."""

    amount: float = Field(ge=0)
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    per: Literal["row", "base"] = "base"


class Consent(Strict):
    """How the answers in the column mapped to `consent` are to be read, and what the person was shown."""

    text: str = Field("", description="the wording beside the checkbox, as the person saw it")
    version: str = ""
    language: Language | None = None
    purposes: tuple[Purpose, ...] = ("marketing",)
    channels: tuple[Channel, ...] = ("call", "sms", "email")
    method: str = "checkbox"
    frequency: Frequency | None = Field(None, description="how often we promised to come: `2/P1M`")
    given: tuple[str, ...] = Field((), description="answers that mean yes; compared without case or spaces")
    refused: tuple[str, ...] = Field((), description="answers that mean no")
    empty: Literal["none", "refused"] = "none"
    collectors: tuple[str, ...] = Field((), description="who collected a claimed consent, first to last")


class Assertions(Strict):
    """Fewer rows than `min` fails the run before anything is loaded; more than `max` warns."""

    min: int = Field(1, ge=0)
    max: int | None = None


class Schedule(Strict):
    """When the deployment of this source runs."""

    cron: str
    timezone: str = "UTC"


class Source(Strict):
    """One configured origin of leads."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{1,40}$")
    title: str
    kind: str = Field(pattern=r"^[a-z_]+$", description="module in sources/ or spiders/ that pulls it")
    owner: str = Field(description="who answers for this source in our company")
    licence: str = Field(description="contract, licence or terms the data came under")
    seller: str = ""
    price: Price | None = None
    retention: Span | None = Field(
        None, description="how long its people are kept after we got them or they last turned to us: `P2Y`"
    )
    until: Day | None = Field(None, description="the contract ends: nobody is kept for it any longer")
    proof_until: Day | None = Field(
        None, description="proof must be kept until then: who asks is shut off till then"
    )
    legal_basis: str = Field(description="the basis claimed for holding these leads")
    from_person: bool = Field(description="did the people themselves hand the data over (GDPR 13), or not (14)?")
    audience: Literal["consumer", "business", "sole_trader"] = "consumer"
    region: str = Field(pattern=r"^[A-Z]{2}$", description="ISO country in which a bare phone number is read")
    language: Language
    trust: int = Field(50, ge=0, le=100, description="survivorship: the higher wins")
    tags: tuple[str, ...] = ()
    schedule: Schedule | None = None
    pull: dict[str, Any] = Field(default_factory=dict, description="options of the kind, checked by its module")
    columns: dict[str, Target] = Field(default_factory=dict, description="the source's header -> our field")
    lookups: dict[str, dict[str, str]] = Field(
        default_factory=dict, description="per field: dirty value -> mended"
    )
    consent: Consent = Consent()
    assertions: Assertions = Assertions()

    @field_validator("region")
    @classmethod
    def _known_region(cls, value: str) -> str:
        # ZZ: none; every number must then be written with its country code.
        if value not in phonenumbers.SUPPORTED_REGIONS and value != "ZZ":
            raise ValueError("no country has this code; write ISO 3166-1 alpha-2, for example RU, HU, BA")
        return value

    @field_validator("lookups")
    @classmethod
    def _known_fields(cls, value: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
        for field in value:
            if field not in FIELDS:
                raise ValueError(f"'{field}' is no field; known: {', '.join(FIELDS)}")
        return value

    @property
    def fields(self) -> dict[str, str]:
        """The source's header -> our field, without labels."""
        return {header: target.partition(":")[0] for header, target in self.columns.items()}

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the configuration: named in the store beside what was read under it."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


def source_names(config_dir: Path) -> list[str]:
    """Names of the configured sources, sorted."""
    return sorted(p.stem for p in (config_dir / "sources").glob("*.toml"))


def load_source(config_dir: Path, name: str) -> Source:
    """Read and check one source file, with the mapping of columns that `leads columns --save` remembered under its own.

    `${NAME}` in a string is replaced from the environment when the source is pulled (secrets stay out of
    files): see `expand`. Raises ConfigError naming file, key and reason.
    """
    file = config_dir / "sources" / f"{name}.toml"
    if not file.is_file():
        known = ", ".join(source_names(config_dir)) or "none"
        raise ConfigError(
            f"unknown source '{name}'", where=str(config_dir / "sources"), do=f"Configured sources: {known}"
        )
    stated = read_toml(file)
    source = validate(Source, {"name": name, **stated}, file)
    remembered = remembered_columns(config_dir, name)
    own = {" ".join(header.split()).casefold() for header in source.columns}
    more = {h: target for h, target in remembered.items() if " ".join(h.split()).casefold() not in own}
    return source.model_copy(update={"columns": {**source.columns, **more}}) if more else source


class _Remembered(Strict):
    columns: dict[str, Target] = Field(default_factory=dict)


def _columns_file(config_dir: Path, name: str) -> Path:
    return config_dir / "columns" / f"{name}.toml"


def remembered_columns(config_dir: Path, name: str) -> dict[str, str]:
    """What `config/columns/<name>.toml` says of a source's headers; empty where there is none. Raises ConfigError."""
    file = _columns_file(config_dir, name)
    return dict(validate(_Remembered, read_toml(file), file).columns) if file.is_file() else {}


def remember_columns(config_dir: Path, name: str, columns: dict[str, str]) -> Path:
    """Write `columns` (header -> field) as the remembered mapping of a source; returns the file. Raises ConfigError."""
    file = _columns_file(config_dir, name)
    checked = validate(_Remembered, {"columns": columns}, file).columns
    lines = [f"{_quoted(header)} = {_quoted(target)}" for header, target in checked.items()]
    head = f"# Columns of `{name}`, as `leads columns {name} --save` left them."
    text = "\n".join([head, "", "[columns]", *lines, ""])
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_suffix(".new")
    draft.write_text(text, encoding="utf-8")
    draft.replace(file)
    return file


def _quoted(text: str) -> str:
    # JSON's escapes are TOML's, but for the one control character JSON leaves as it is.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def read_toml(file: Path) -> dict[str, Any]:
    """A TOML file as a dict; raises ConfigError with the line where it breaks."""
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(
            "cannot be read", where=str(file), why=str(error), do="Mend the file and run again"
        ) from None


def validate(model: type[M], data: dict[str, Any], file: Path) -> M:
    """`data` as `model`; raises ConfigError with the first key that is wrong, and why, but not its value."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        raise ConfigError(f"key '{key}'", where=str(file), why=first["msg"], do="Mend the file") from None


def expand(options: dict[str, Any], where: str) -> dict[str, Any]:
    """`options` with `${NAME}` filled from the environment; raises ConfigError for a name that is not set."""

    def fill(match: re.Match[str]) -> str:
        value = os.environ.get(match[1])
        if value is None:
            raise ConfigError(
                f"environment variable {match[1]} is not set",
                where=where,
                do=f"export {match[1]}=… and run again",
            )
        return value

    return {k: re.sub(r"\$\{(\w+)\}", fill, v) if isinstance(v, str) else v for k, v in options.items()}
