from __future__ import annotations

import re
from pathlib import Path

from lxml import html
from render_sample import sample


def page(path: Path):  # type: ignore[no-untyped-def]
    return html.parse(path, html.HTMLParser(encoding="utf-8")).getroot()


def test_one_file_that_loads_nothing(rendered: dict[str, Path]) -> None:
    root = page(rendered["html"])
    assert not root.xpath("//script | //link | //iframe | //object | //img[not(starts-with(@src, 'data:'))]")
    assert not root.xpath("//@src[not(starts-with(., 'data:'))]")
    assert not root.xpath("//@*[starts-with(name(), 'on')]")
    outside = [a for a in root.xpath("//a/@href") if not a.startswith("#")]
    assert outside and all(a.startswith("https://doi.org/") for a in outside)
    assert not re.search(r"url\((?!#)|@import", rendered["html"].read_text("utf-8"))


def test_numbers_keep_their_marks(rendered: dict[str, Path]) -> None:
    root = page(rendered["html"])
    (mean,) = root.xpath("//span[@data-key='adl.month_6.treatment.mean']")
    assert mean.text == "77.3" and mean.get("class") == "num" and mean.get("id")
    (bold,) = root.xpath("//strong/span[@data-key='baseline.sex.female.control.n']")
    assert bold.text == "26"
    (claim,) = root.xpath("//span[@class='claim']")
    assert claim.text == "higher"


def test_figure_is_inline_and_named(rendered: dict[str, Path]) -> None:
    root = page(rendered["html"])
    (svg,) = root.xpath("//div[@id='figure-flow']//*[local-name()='svg']")
    assert svg.get("role") == "img"
    title = svg.xpath("*[local-name()='title']")[0]
    assert title.get("id") == svg.get("aria-labelledby")
    assert title.text == "Of 60 patients, 59 were analysed; one was lost."
    ids = root.xpath("//@id")
    assert len(ids) == len(set(ids))
    assert all(i in ids for i in re.findall(r"url\(#([^)]*)\)", html.tostring(svg).decode()))


def test_tables(rendered: dict[str, Path]) -> None:
    root = page(rendered["html"])
    (table,) = root.xpath("//div[@id='table-baseline']//table")
    assert len(table.xpath("thead/tr")) == 2
    assert table.xpath("thead//th[@colspan='2']")[0].get("class") == "span"
    assert table.xpath("tbody//td[@colspan='4']")[0].get("class") == "group"
    assert [td.text_content() for td in table.xpath("tbody//td[contains(@class, 'indent')]")] == ["Female", "Male"]
    assert table.xpath("colgroup/col/@style") == ["width: 40%", "width: 22%", "width: 22%", "width: 16%"]
    assert root.xpath(f"//*[@id='{table.get('aria-labelledby')}']")
    assert not root.xpath("//div[@class='table']//@data-widths")


def test_language_title_and_links(rendered: dict[str, Path]) -> None:
    root = page(rendered["html"])
    assert root.get("lang") == "en-GB"
    assert root.findtext("head/title") == sample().title
    assert len(root.xpath("//h1")) == 1
    for target in root.xpath("//a/@href[starts-with(., '#')]"):
        assert root.xpath(f"//*[@id='{target[1:]}']"), target


def test_notice(rendered: dict[str, Path]) -> None:
    root = page(rendered["html"])
    assert "simulated" in root.find("body").get("class")
    assert root.xpath("//div[@class='notice']")[0].get("role") == "note"
