"""`leads audit` as a person runs it: what it prints, the page it writes, its exit codes."""

import csv
import json
import re
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import lxml.html
import pytest
import typer
from typer.testing import CliRunner

from leads import settings
from leads.cli import audit
from leads.errors import LeadsError

HEADER = [
    "Name",
    "Phone",
    "E-mail",
    "Company",
    "Consent",
    "Wording shown",
    "Consent date",
    "<img src=x onerror=alert(1)>",
]
EVIL = "</td><script>alert(1)</script>"


@pytest.fixture
def offer(home, tmp_path) -> Path:
    """A base worth buying."""
    file = tmp_path / "offer.csv"
    wording = "I agree to offers by phone and e-mail"
    ends = ("al", "em", "ir", "os", "ut", "av", "eg", "id", "op", "uk")
    names = [f"Ple{first}{end}in" for first in "bdgk" for end in ends]
    rows = [
        [f"Sam {name}", f"+3630{1300011 + 7919 * n}", f"{name.lower()}@firm.hu", "Minta Kft.", "yes", wording,
         "2026-05-04", EVIL]
        for n, name in enumerate(names)
    ]  # fmt: skip
    with file.open("w", encoding="utf-8", newline="") as opened:
        csv.writer(opened).writerows([HEADER, *rows])
    return file


def run(*arguments: str | Path):
    app = typer.Typer()
    audit.register(app)
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def cut(offer: Path) -> Path:
    """The same base without its proof."""
    rows = [line.replace("2026-05-04", "") for line in offer.read_text().splitlines()]
    offer.write_text("\n".join(rows) + "\n")
    return offer


def test_what_is_worth_buying_ends_with_0_and_what_needs_a_person_with_1(offer):
    bought = run(offer, "--language", "hu")
    assert bought.exit_code == 0, bought.output
    assert run(cut(offer), "--language", "hu").exit_code == 1


@pytest.mark.parametrize(
    "arguments", [["nowhere.csv"], ["--region", "XQ"], ["--source", "nobody"], ["--price", "1", "--per", "piece"]]
)
def test_bad_input_is_an_error_that_says_what_to_do(offer, arguments):
    given = arguments if arguments[0] == "nowhere.csv" else [offer, *arguments]
    result = run(*given)
    assert isinstance(result.exception, LeadsError)
    assert result.exception.exit_code == 2


def test_json_holds_the_figures_and_the_reasons_in_words(offer):
    result = run(offer, "--language", "hu", "--price", "100", "--currency", "eur", "--json")
    figures = json.loads(result.stdout)
    assert figures["verdict"] == "buy"
    assert figures["people"]["new"] == 40
    assert figures["price"]["per_new"] == 2.5
    assert figures["price"]["currency"] == "EUR"
    assert figures["reasons"][0]["text"] == "40 contacts are new to us: 100.0 % of the records."


def test_the_terminal_shows_verdict_reasons_and_tables(offer, monkeypatch):
    monkeypatch.setenv("LEADS_LANGUAGE", "ru")
    settings.reload()
    printed = run(cut(offer), "--region", "hu", "--language", "hu").stdout
    for said in (
        "Торговаться",
        "доказательства согласия",
        "мобильные 40",
        "100,0\xa0% \n",
        "Как прочитаны колонки",
        "утверждение продавца",
    ):
        assert said in printed
    assert "+3630" not in printed
    assert "@firm.hu" not in printed


def test_a_header_cannot_command_the_terminal(offer):
    offer.write_text(offer.read_text().replace(HEADER[-1], "[red]loud[/nothing]\x1b[2J"))
    printed = run(offer, "--language", "hu").stdout
    assert "[red]loud[/nothing]·[2J" in printed
    assert "\x1b" not in printed


def test_a_json_run_prints_nothing_else_on_stdout(offer):
    assert run(offer, "--json").stdout.lstrip().startswith("{")


def page(offer: Path, folder: Path, *more: str) -> tuple[str, lxml.html.HtmlElement]:
    run(offer, "--language", "hu", "--price", "9", "--report", folder / "r.html", *more)
    text = (folder / "r.html").read_text(encoding="utf-8")
    return text, lxml.html.fromstring(text)


def test_the_page_stands_alone_and_escapes_what_the_file_says(offer, tmp_path):
    text, found = page(offer, tmp_path)
    assert "&lt;img src=x onerror=alert(1)&gt;" in text
    assert (
        found.xpath("//script | //img | //link | //iframe | //@src | //@href | //@*[starts-with(name(), 'on')]")
        == []
    )
    assert re.findall(r"https?:|url\(|@import", text) == []
    assert "+3630" not in text
    assert "@firm.hu" not in text


def test_the_charts_say_what_the_figures_say(offer, tmp_path):
    _, found = page(offer, tmp_path)
    charts = found.xpath("//svg[@class='whole']")
    assert [chart.get("aria-label").split(",")[0] for chart in charts] == [
        "new to us 100.0 %", "mobile 100.0 %", "corporate 100.0 %", "proven 100.0 %",
    ]  # fmt: skip
    for chart in found.xpath("//svg"):
        ElementTree.fromstring(lxml.html.tostring(chart, method="xml"))
        assert all(0 <= float(rect.get("width")) <= 1000 for rect in chart.xpath("./rect"))


def test_a_page_that_cannot_be_written_is_an_error(offer, tmp_path):
    result = run(offer, "--language", "hu", "--report", tmp_path / "nowhere" / "r.html")
    assert isinstance(result.exception, LeadsError)
    assert "--report" in str(result.exception)


@pytest.mark.browser
@pytest.mark.skipif(shutil.which("chromium") is None, reason="needs Debian's chromium")
def test_a_phone_shows_the_page_without_scrolling_sideways(offer, tmp_path):
    """A probe in a copy of the page writes how wide it became into its title."""
    text, _ = page(cut(offer), tmp_path)
    probe = "<script>document.title = document.documentElement.scrollWidth - document.documentElement.clientWidth</script></body>"
    (tmp_path / "probe.html").write_text(text.replace("</body>", probe), encoding="utf-8")
    dumped = subprocess.run(
        ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--window-size=500,900", "--dump-dom",
         f"file://{tmp_path / 'probe.html'}"],
        capture_output=True, text=True, timeout=60, check=True,
    ).stdout  # fmt: skip
    assert re.search(r"<title>(.*)</title>", dumped)[1] == "0"
