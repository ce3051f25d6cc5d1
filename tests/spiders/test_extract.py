import json
from typing import Any

import pytest

from spiders.extract import Contact, contacts

URL = "https://directory.example.org/firm/a/"


def page(main: str, before: str = "", after: str = "") -> str:
    return (
        "<!doctype html><html><head><title>Directory</title></head><body>"
        "<header><nav><a href='tel:+3610000001'>us</a></nav><h1>Directory</h1></header>"
        f"{before}<main>{main}</main>{after}"
        "<footer>Fax: <a href='tel:+3610000002'>x</a> <a href='mailto:own@directory.example.org'>us</a></footer>"
        "</body></html>"
    )


def json_ld(node: Any) -> str:
    return f'<script type="application/ld+json">{json.dumps(node)}</script>'


FIRM = {
    "@context": "https://schema.org",
    "@type": "Plumber",
    "name": "Minta &amp; Fia Kft.",
    "telephone": "+36 1 000 0003",
    "faxNumber": "+36 1 000 0004",
    "email": "mailto:info@minta.example.com",
    "url": "https://minta.example.com/",
    "address": {
        "@type": "PostalAddress",
        "streetAddress": "Fő u. 1.",
        "addressLocality": "Budapest",
        "postalCode": "1011",
        "addressCountry": {"@type": "Country", "name": "HU"},
    },
}
FIRM_READ = Contact(
    "Minta & Fia Kft.",
    ["+36 1 000 0003"],
    ["info@minta.example.com"],
    "Fő u. 1.",
    "Budapest",
    "1011",
    "HU",
    "https://minta.example.com/",
    "Plumber",
)
MICRODATA = """
<div itemscope itemtype="https://schema.org/LocalBusiness"><h1 itemprop="name">Minta &amp; Fia Kft.</h1>
<a itemprop="telephone" href="tel:+36%201%20000%200003">call</a> <span itemprop="faxNumber">+36 1 000 0004</span>
<a itemprop="email" href="mailto:info@minta.example.com?subject=Hi">write</a>
<a itemprop="url" href="https://minta.example.com/">site</a>
<p itemprop="address" itemscope itemtype="https://schema.org/PostalAddress">
<span itemprop="streetAddress">Fő u. 1.</span> <span itemprop="addressLocality">Budapest</span>
<span itemprop="postalCode">1011</span> <meta itemprop="addressCountry" content="HU"></p></div>"""


def test_json_ld() -> None:
    assert contacts(page(json_ld(FIRM)), URL) == [FIRM_READ]


def test_json_ld_in_a_graph_and_in_a_list() -> None:
    graph = {"@context": "https://schema.org", "@graph": [{"@type": "WebPage", "mainEntity": FIRM}]}
    assert contacts(page(json_ld(graph)), URL) == contacts(page(json_ld([FIRM])), URL) == [FIRM_READ]


def test_microdata() -> None:
    (found,) = contacts(page(MICRODATA), URL)
    assert found == Contact(**{**vars(FIRM_READ), "category": ""})


def test_links_under_the_heading() -> None:
    main = """<h1> Példa
      Bt. </h1><p>Tel: <a href="TEL:+36-30-000-0005">call</a>, <a href="tel:+36300000005">again</a>
      <a href="mailto:%61@minta.example.com,b@minta.example.com?cc=c@example.com">mail</a>
      <a href="mailto:?subject=share">share</a> <a href="tel:">none</a></p>"""
    assert contacts(page(main), URL) == [
        Contact("Példa Bt.", ["+36-30-000-0005"], ["a@minta.example.com", "b@minta.example.com"])
    ]


def test_both_syntaxes_and_links_of_one_contact_are_one() -> None:
    links = "<a href='tel:+3610000003'>call</a><a href='tel:+36300000006'>mobile</a>"
    (found,) = contacts(page(MICRODATA + links, before=json_ld(FIRM)), URL)
    assert found.phones == ["+36 1 000 0003", "+36300000006"] and found.category == "Plumber"


def test_several_contacts_keep_their_own() -> None:
    second = FIRM | {"name": "Példa Bt.", "telephone": ["+36 1 000 0007", 36300000008], "email": "b@example.com"}
    found = contacts(page(json_ld([FIRM, second]) + "<a href='tel:+3619999999'>?</a>"), URL)
    assert [(c.name, c.phones) for c in found] == [
        ("Minta & Fia Kft.", ["+36 1 000 0003"]),
        ("Példa Bt.", ["+36 1 000 0007", "36300000008"]),
    ]


@pytest.mark.parametrize(
    "fax",
    [
        "Fax: <a href='tel:{n}'>{n}</a>",
        "<a href='tel:{n}'>Fax {n}</a>",
        "<dt>Telefax</dt><dd><a href='tel:{n}'>{n}</a></dd>",
        "<td>Факс:</td><td><a href='tel:{n}'>{n}</a></td>",
        "F <a href='tel:{n}'>{n}</a>",
        "<a class='fax' href='tel:{n}'>{n}</a>",
    ],
)
def test_a_fax_is_no_phone(fax: str) -> None:
    main = "<h1>A</h1>Telefon: <a href='tel:+3610000001'>1</a><br>" + fax.format(n="+3610000009")
    assert contacts(page(main), URL)[0].phones == ["+3610000001"]


@pytest.mark.parametrize("label", ["Tel./Fax: ", "Phone and fax ", "Тел/факс: "])
def test_a_number_for_both_is_a_phone(label: str) -> None:
    assert contacts(page(f"{label}<a href='tel:+3610000009'>x</a>"), URL)[0].phones == ["+3610000009"]


@pytest.mark.parametrize(
    "node",
    [
        {"@type": "WebSite", "publisher": {"@type": "Organization", "name": "Us", "telephone": "1"}},
        {
            "@graph": [
                {"@type": "WebPage", "publisher": {"@id": "#us"}},
                {"@type": "Organization", "@id": "#us", "email": "a@b"},
            ]
        },
        {"@type": "Organization", "name": "Us", "telephone": "1", "url": "https://directory.example.org"},
        {"@type": "NewsArticle", "author": {"@type": "Person", "name": "X", "email": "x@example.com"}},
        {"@type": "WebSite", "telephone": "1"},
        {"@type": "LocalBusiness", "url": "http://[", "name": "Nothing but a name"},
    ],
)
def test_the_sites_own_is_left_out(node: Any) -> None:
    assert contacts(page(json_ld(node)), URL) == []


def test_the_sites_own_on_demand() -> None:
    (found,) = contacts(page(""), URL, own=True)
    assert found == Contact("Directory", ["+3610000001"], ["own@directory.example.org"])


def test_microdata_in_the_footer_is_the_sites_own() -> None:
    assert contacts(page("<h1>A</h1>", after=f"<footer>{MICRODATA}</footer>"), URL) == []


def test_a_header_within_the_article_belongs_to_it() -> None:
    main = "<article><header><h1>A</h1><a href='tel:+3610000001'>call</a></header></article>"
    assert contacts(page(main), URL) == [Contact("A", ["+3610000001"])]


def test_contact_points_but_not_their_fax() -> None:
    points = [{"telephone": "1", "contactType": "sales"}, {"telephone": "2", "contactType": "Fax"}]
    assert contacts(page(json_ld({"@type": "Store", "name": "A", "contactPoint": points})), URL)[0].phones == ["1"]


def test_what_cannot_be_read_is_still_stated() -> None:
    found = contacts(page(json_ld(FIRM | {"telephone": "по запросу", "email": "info(at)minta"})), URL)
    assert (found[0].phones, found[0].emails) == (["по запросу"], ["info(at)minta"])


def test_spellings_of_one_number_are_kept_once_in_their_order() -> None:
    contact = Contact(phones=["+36 1 1", "по запросу"])
    contact.add(Contact(phones=["+3611", "2", "+36-1-1", "on request", "по запросу"]))
    assert contact.phones == ["+36 1 1", "по запросу", "2", "on request"]


def test_a_broken_script_spoils_nothing_else() -> None:
    broken = '<script type="application/ld+json">{"@type": "Store", "telephone": }</script>'
    assert contacts(page(broken + json_ld(FIRM)), URL) == [FIRM_READ]


def test_links_alone_do_not_speak_for_a_list() -> None:
    assert contacts(page("<h1>All</h1><a href='tel:1'>a</a><a href='tel:2'>b</a>"), URL, linked=False) == []
    many = "".join(f"<a href='tel:{i}'>x</a>" for i in range(60))
    assert contacts(page(many), URL) == []


@pytest.mark.parametrize(
    "html",
    [
        "",
        " ",
        "<!-- -->",
        "\0",
        "<?xml version='1.0' encoding='utf-8'?><html/>",
        "<a href='tel:%ff%00'>x</a>",
        "<script type='application/ld+json'>" + "[" * 5_000,
        "<div>" * 5_000,
        json_ld({"name": {"a": [[["x"]]]}, "telephone": {"b": 1}}),
        '<script type="application/ld+json">{"name": "\\ud800", "telephone": "1"}</script>',
        "<div itemscope itemref='a'><p id='a' itemprop=x itemscope itemref='a'></p></div>",
    ],
)
def test_it_never_raises_and_gives_text(html: str) -> None:
    for found in contacts(html, URL):
        json.dumps(vars(found), ensure_ascii=False).encode()


def test_texts_are_of_bounded_length() -> None:
    assert len(contacts(page(json_ld(FIRM | {"name": "x" * 1_000_000})), URL)[0].name) <= 2_000
