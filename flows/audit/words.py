"""The audit in words (`data/words.toml`): English and Russian; readers of another language get the English text."""

from typing import Any

from flows.audit.tables import table

LANGUAGES = ("en", "ru")
# Between the thousands, and before the decimals.
MARKS = {"en": (",", "."), "ru": ("\u00a0", ",")}


class Words:
    """What the audit says to a reader of `language`."""

    def __init__(self, language: str) -> None:
        self.language = language if language in LANGUAGES else "en"

    def __call__(self, part: str, key: str, **told: str) -> str:
        """The text `key` of `part` of the file; a key without a text of its own (a field, a flag) stands for itself."""
        text = table("words").get(part, {}).get(key)
        return str(text[self.language]).format_map(told) if text else key.replace("_", " ")

    def number(self, value: float | None, decimals: int = 0) -> str:
        """A number as it is written in the language; a dash where there is none."""
        if value is None:
            return "–"
        thousands, point = MARKS[self.language]
        return f"{value:,.{decimals}f}".translate({ord(","): thousands, ord("."): point})

    def money(self, value: float | None, currency: str) -> str:
        """A sum with its currency; a dash where there is none."""
        return self.number(value, 2) + (f" {currency}" if value is not None else "")

    def percent(self, share: float) -> str:
        """A share in percent; what is there but rounds to nothing is below the smallest one shown."""
        space = " " if self.language == "en" else "\u00a0"
        if 0 < share < 0.001:
            return f"<{self.number(0.1, 1)}{space}%"
        return f"{self.number(100 * share, 1)}{space}%"

    def target(self, target: str) -> str:
        """Where a column leads, as in `[columns]` of a source file: `phone:work` is a phone (work)."""
        field, _, label = target.partition(":")
        if field in table("words")["target"]:
            return self("target", field)
        return f"{self('field', field)} ({self('field', label)})" if label else self("field", field)

    def reason(self, reason: dict[str, Any]) -> str:
        """One reason of the verdict as a sentence."""
        return self(
            "reason", reason["key"], share=self.percent(reason["share"]), count=self.number(reason["count"])
        )
