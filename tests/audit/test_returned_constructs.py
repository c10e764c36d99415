"""A Word file that came back: each construct in which Word holds a number, clean and with one number changed, in the
real paper; tracked ones with their author and date."""

# ruff: noqa: E501  (tables of constructs)
from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import word
from word import BY, WHEN, Paper, changed

from report.audit import FileVerdict, to_json, to_text
from report.audit.read_docx import read_docx

if TYPE_CHECKING:
    from came_back import Judge

pytest_plugins = ("came_back",)
Make = Callable[[str], str]


def record(verdict: FileVerdict) -> dict[str, Any]:
    assert verdict.returned is not None, to_text([verdict])
    return verdict.returned.as_dict()


def passes(verdict: FileVerdict) -> None:
    assert verdict.passed, to_text([verdict])


PARAGRAPH = ("paragraph", "59.3", "adl.baseline.control.mean", "Activities of daily living")
CELL = ("cell", "38.6", "baseline.age.control.mean", "Table 1, row 2, column 2")
PLACES = pytest.mark.parametrize("place", [PARAGRAPH, CELL], ids=["paragraph", "cell"])

# -- constructs that hold a number --------------------------------------------------------------------------------------

HOLDS: dict[str, Make] = {
    "a run": word.run,
    "runs split at each character": word.split_run,
    "a bookmark": word.bookmark,
    "a hyperlink": word.link,
    "a smart tag": word.smart_tag,
    "custom XML": word.custom_xml,
    "a content control": lambda text: word.control(word.run(text)),
    "content controls in each other": lambda text: word.control(word.control(word.run(text))),
    "a simple field": word.simple_field,
    "a complex field": word.field,
    "a locked field": lambda text: word.field(text, more='w:fldLock="1"'),
    "fields in each other": word.nested_field,
    "symbols": word.symbols,
    "symbols of an ordinary font": lambda text: word.symbols(text, "Times New Roman"),
    "mathematics": word.math,
    "a raised run": lambda text: word.run(text, '<w:vertAlign w:val="baseline"/>'),
    "bold halves": lambda text: word.run(text[:2], "<w:b/>") + word.run(text[2:], "<w:i/>"),
    "an alternative": lambda text: (
        f"<w:r><mc:AlternateContent><mc:Choice Requires='w14'>{word.t(text)}</mc:Choice>"
        f"<mc:Fallback>{word.t(text)}</mc:Fallback></mc:AlternateContent></w:r>"
    ),
    "an insertion": word.ins,
    "a replacement": lambda text: word.deleted("888") + word.ins(text),
    "a replacement put first": lambda text: word.ins(text) + word.deleted("888"),
    "an insertion in a field": lambda text: word.field(word.ins(text)),
    "a move": lambda text: word.moved_away("55") + word.moved_here(text),
    "an insertion in an insertion's control": lambda text: word.control(word.ins(text)),
    "a deletion of another's insertion": lambda text: (
        word.run(text) + f'<w:ins {word.who("A")}>{word.deleted("777", "B")}</w:ins>'
    ),
    "tracked looks": lambda text: word.run(text, f'<w:b/><w:rPrChange {word.who()}><w:rPr/></w:rPrChange>'),
    "hidden text shown again": lambda text: word.run(
        text, f'<w:rPrChange {word.who()}><w:rPr><w:vanish/></w:rPr></w:rPrChange>'
    ),
}  # fmt: skip


@PLACES
@pytest.mark.parametrize("construct", HOLDS)
def test_a_construct(construct: str, place: tuple[str, str, str, str], paper: Paper, judge: Judge) -> None:
    kind, text, name, where = place
    tag = paper.tag(kind, text)
    passes(judge(paper.copy().put(tag, HOLDS[construct](text))))
    verdict = judge(paper.put(tag, HOLDS[construct](changed(text))))
    found = [(f.verdict, f.text, f.expected, f.name) for f in verdict.findings]
    assert found == [("altered", changed(text), text, name)], to_text([verdict])
    assert where in verdict.findings[0].where
    [change] = [c for c in record(verdict)["changes"] if c["verdict"] != "accounted"]
    assert (change["was"], change["now"]) == (text, changed(text))
    start, end = change["at"]
    assert change["sentence"][start:end] == changed(text)


TRACKED = {
    "replaced": (lambda old, new: word.deleted(old) + word.ins(new), "inserted", "replaced"),
    "put first": (lambda old, new: word.ins(new) + word.deleted(old), "inserted", "replaced"),
    "one digit": (lambda old, new: word.run(old[:-1]) + word.deleted(old[-1]) + word.ins(new[-1]), "inserted", "replaced"),
    "inserted where tracking had been off": (lambda old, new: word.ins(new), "inserted", "inserted"),
    "in a control": (lambda old, new: word.control(word.deleted(old) + word.ins(new)), "inserted", "replaced"),
    "in a link": (lambda old, new: f'<w:hyperlink w:anchor="a">{word.deleted(old)}{word.ins(new)}</w:hyperlink>',
                  "inserted", "replaced"),
    "in a field": (lambda old, new: word.field(word.deleted(old) + word.ins(new)), "inserted", "replaced"),
    "moved here": (lambda old, new: word.deleted(old) + word.moved_here(new), "moved here", "moved"),
    "in several runs": (lambda old, new: "".join(word.deleted(c) for c in old) + "".join(word.ins(c) for c in new),
                        "inserted", "replaced"),
}  # fmt: skip


@PLACES
@pytest.mark.parametrize("way", TRACKED)
def test_a_tracked_change(way: str, place: tuple[str, str, str, str], paper: Paper, judge: Judge) -> None:
    kind, text, name, where = place
    make, tracked, change = TRACKED[way]
    verdict = judge(paper.put(paper.tag(kind, text), make(text, changed(text))))
    [finding] = verdict.findings
    assert (finding.verdict, finding.text, finding.expected, finding.name) == ("altered", changed(text), text, name)
    assert where in finding.where
    assert (finding.tracked, finding.by, finding.when) == (tracked, BY, WHEN), to_text([verdict])
    out = record(verdict)
    [one] = out["changes"]
    assert (one["was"], one["now"], one["tracked"], one["by"], one["when"]) == (text, changed(text), change, BY, WHEN)
    assert out["rejected"]["verdict"] == ("fail" if way.startswith("inserted where") else "pass"), to_text([verdict])
    assert f"{tracked} by {BY} on 2026-03-04" in to_text([verdict])


def test_a_tracked_change_that_puts_it_right(paper: Paper, judge: Judge) -> None:
    verdict = judge(paper.put(paper.tag("cell", "38.6"), word.deleted("36.8") + word.ins("38.6")))
    passes(verdict)
    out = record(verdict)
    [change] = out["changes"]
    assert (change["verdict"], change["was"], change["now"]) == ("accounted", "36.8", "38.6")
    assert (change["table"], change["row"], change["column"], change["by"]) == (1, 2, 2, BY)
    assert out["rejected"]["verdict"] == "fail"
    assert [f["text"] for f in out["rejected"]["findings"]] == ["36.8"]


def test_a_number_taken_out_and_put_in_again(paper: Paper, judge: Judge) -> None:
    verdict = judge(paper.put(paper.tag("paragraph", "59.3"), word.deleted("59.3") + word.ins("59.3")))
    passes(verdict)
    assert record(verdict)["changes"] == []


def test_words_alone(paper: Paper, judge: Judge) -> None:
    verdict = judge(paper.add_run(paper.tag("paragraph", "59.3"), word.ins(" Both were rated by neurologists.")))
    passes(verdict)
    out = record(verdict)
    assert (out["changes"], out["tracked_without_numbers"]) == ([], 1)


def test_two_authors(paper: Paper, judge: Judge) -> None:
    one, other = paper.tag("paragraph", "59.3"), paper.tag("cell", "38.6")
    paper.put(
        one, word.deleted("59.3", "Ann", "2026-01-01T00:00:00Z") + word.ins("59.6", "Bob", "2026-02-01T00:00:00Z")
    )
    verdict = judge(paper.put(other, word.deleted("38.6", "Cat") + word.ins("38.9", "Cat")))
    assert {(f.text, f.by) for f in verdict.findings} == {("59.6", "Bob"), ("38.9", "Cat")}
    assert record(verdict)["authors"] == {"Ann": 1, "Bob": 1, "Cat": 2}


def test_a_number_deleted(paper: Paper, judge: Judge) -> None:
    verdict = judge(paper.put(paper.tag("cell", "38.6"), word.deleted("38.6")))
    [finding] = verdict.findings
    assert (finding.verdict, finding.expected, finding.tracked, finding.by) == ("missing", "38.6", "deleted", BY)
    [change] = record(verdict)["changes"]
    assert (change["was"], change["now"], change["tracked"]) == ("38.6", "", "deleted")
    start, end = change["at"]
    assert change["sentence"][start:end] == "38.6"


def test_digits_within_a_number(paper: Paper, judge: Judge) -> None:
    verdict = judge(paper.put(paper.tag("cell", "38.6"), word.run("3") + word.deleted("8") + word.run(".6")))
    [finding] = verdict.findings
    assert (finding.text, finding.expected, finding.tracked, finding.by) == ("3.6", "38.6", "deleted", BY)
    [change] = record(verdict)["changes"]
    assert (change["was"], change["now"], change["tracked"]) == ("38.6", "3.6", "replaced")


# -- paragraphs, rows, cells ----------------------------------------------------------------------------------------------


def delete_paragraph(paper: Paper, tag: str) -> list[str]:
    """Word's tracked deletion of a whole paragraph; gives the numbers in it."""
    paragraph = paper.paragraph(tag)
    for text in paragraph.iter(word.W + "t"):
        text.tag = word.W + "delText"
    for run in list(paragraph.iter(word.W + "r")):
        at = run.getparent().index(run)
        wrapper = word.parse(f"<w:del {word.who()}/>")[0]
        run.getparent().insert(at, wrapper)
        wrapper.append(run)
    paper.settle(paragraph, "pPr", f"<w:rPr><w:del {word.who()}/></w:rPr>")
    block = next(b for b in paper.ledger["blocks"] if any(s[0] == tag for s in b["spans"]))
    return [paper.ledger["entries"][s[0]]["text"] for s in block["spans"]]


def test_a_paragraph_deleted(paper: Paper, judge: Judge) -> None:
    gone = delete_paragraph(paper, paper.tag("paragraph", "14", section="Adverse"))
    assert len(gone) > 5
    verdict = judge(paper)
    assert {f.verdict for f in verdict.findings} == {"missing"}, to_text([verdict])
    numbers = [f for f in verdict.findings if f.expected.strip("%").replace(".", "").isdigit()]
    assert len(numbers) > 5
    assert {(f.tracked, f.by, f.when) for f in numbers} == {("deleted", BY, WHEN)}, to_text([verdict])
    changes = record(verdict)["changes"]
    assert {c.get("section") for c in changes if c.get("tracked") and c["was"] and c["was"][0].isdigit()} == {
        "Adverse reactions"
    }
    assert record(verdict)["rejected"]["verdict"] == "pass"


def test_a_paragraph_split_and_two_joined(paper: Paper, judge: Judge) -> None:
    tag = paper.tag("paragraph", "59.3")
    paper.settle(paper.paragraph(tag), "pPr", f"<w:rPr><w:del {word.who()}/></w:rPr>")
    passes(judge(paper))
    rejected = read_docx(paper.bytes(), "p.docx", "rejected")
    accepted = read_docx(paper.bytes(), "p.docx")
    assert len(rejected.blocks) == len(accepted.blocks) + 1
    new = paper.copy()
    paragraph = next(e for e in new.body.iter(word.W + "p") if "".join(e.itertext()).startswith("The disease runs"))
    new.settle(paragraph, "pPr", f"<w:rPr><w:ins {word.who()}/></w:rPr>")
    passes(judge(new))
    assert len(read_docx(new.bytes(), "p.docx", "rejected").blocks) == len(rejected.blocks) - 1


def test_digits_joined_by_a_deleted_paragraph_end(paper: Paper, judge: Judge) -> None:
    tag = paper.tag("cell", "38.6")
    cell = paper.cell(tag)
    paper.put(tag, word.run("38.6"))
    cell.findall(word.W + "p")[-1].addprevious(
        word.parse(f"<w:p><w:pPr><w:rPr><w:del {word.who()}/></w:rPr></w:pPr>{word.run('1')}</w:p>")[0]
    )
    verdict = judge(paper)
    assert [(f.verdict, f.text, f.by) for f in verdict.findings] == [("altered", "138.6", BY)], to_text([verdict])


def test_a_row_deleted(paper: Paper, judge: Judge) -> None:
    tag = paper.tag("cell", "38.6")
    paper.settle(paper.row(tag), "trPr", f"<w:del {word.who()}/>")
    verdict = judge(paper)
    numbers = [f for f in verdict.findings if f.expected[:1].isdigit()]
    assert {f.verdict for f in numbers} == {"missing"}, to_text([verdict])
    assert {(f.tracked, f.by, f.when) for f in numbers} == {("deleted", BY, WHEN)}
    change = next(c for c in record(verdict)["changes"] if c["was"] == "38.6")
    assert (change["table"], change["row"], change["column"]) == (1, 2, 2)


def test_a_row_inserted(paper: Paper, judge: Judge) -> None:
    tag = paper.tag("cell", "38.6")
    cells = [word.cell(word.ins(text)) for text in ("Height, cm", "168", "167", "168", "0.1")]
    paper.after(paper.row(tag), word.row(*cells, properties=f"<w:ins {word.who()}/>"))
    verdict = judge(paper)
    found = [f for f in verdict.findings if f.verdict == "unaccounted"]
    assert [f.text for f in found][-4:] == ["168", "167", "168", "0.1"], to_text([verdict])
    assert {(f.tracked, f.by) for f in found} == {("inserted", BY)}
    assert "Table 1, row 3, column 2" in next(f.where for f in found if f.text == "168")
    assert record(verdict)["rejected"]["verdict"] == "pass"


def test_a_row_inserted_without_tracking_its_text(paper: Paper, judge: Judge) -> None:
    """Word marks the row alone where a row was pasted."""
    tag = paper.tag("cell", "38.6")
    cells = [word.cell(word.run(text)) for text in ("Height, cm", "168", "167", "168", "0.1")]
    paper.after(paper.row(tag), word.row(*cells, properties=f"<w:ins {word.who()}/>"))
    verdict = judge(paper)
    assert {f.by for f in verdict.findings if f.text == "168"} == {BY}, to_text([verdict])
    assert record(verdict)["rejected"]["verdict"] == "pass"


@pytest.mark.parametrize(("element", "accepted"), [("cellDel", "fail"), ("cellIns", "pass")])
def test_cells_tracked(element: str, accepted: str, paper: Paper, judge: Judge) -> None:
    """The last cell of a row deleted, or marked as inserted: then it is missing when the changes are rejected."""
    tag = paper.tag("cell", "0.08")
    paper.settle(paper.cell(tag), "tcPr", f"<w:{element} {word.who()}/>")
    verdict = judge(paper)
    out = record(verdict)
    assert (verdict.verdict, out["rejected"]["verdict"]) == (accepted, "pass" if accepted == "fail" else "fail")
    missing = verdict.findings if accepted == "fail" else []
    assert [(f.verdict, f.expected, f.by) for f in missing] == [("missing", "0.08", BY)] * len(missing)
    assert len(missing) == (accepted == "fail")


def test_cells_merged(paper: Paper, judge: Judge) -> None:
    tag = paper.tag("cell", "0.08")
    paper.settle(paper.cell(tag), "tcPr", f'<w:cellMerge w:vMerge="cont" {word.who()}/>')
    verdict = judge(paper)
    assert {(f.verdict, f.text or f.expected) for f in verdict.findings} == {
        ("missing", "0.08"),
        ("unreadable", "0.08"),
    }
    assert {(f.tracked, f.by) for f in verdict.findings if f.verdict == "unreadable"} == {("formatted", BY)}
    assert record(verdict)["rejected"]["verdict"] == "pass"


# -- parts ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["footnote", "endnote"])
def test_notes(kind: str, paper: Paper, judge: Judge) -> None:
    tag = paper.tag("paragraph", "59.3")
    passes(judge(paper.copy().note(kind, 7, word.run("As the nurses rated them."), tag)))
    verdict = judge(paper.copy().note(kind, 7, word.run("As the 14 nurses rated them."), tag))
    [finding] = verdict.findings
    assert (finding.verdict, finding.text) == ("unaccounted", "14")
    assert kind in finding.where
    verdict = judge(paper.note(kind, 7, word.ins("As the 14 nurses rated them."), tag))
    assert [(f.text, f.tracked, f.by) for f in verdict.findings] == [("14", "inserted", BY)]


def test_a_note_that_goes_with_its_reference(paper: Paper, judge: Judge) -> None:
    tag = paper.tag("paragraph", "59.3")
    paper.note("footnote", 7, word.run("As the 14 nurses rated them."), tag)
    reference = next(paper.document.iter(word.W + "footnoteReference")).getparent()
    wrapper = word.parse(f"<w:del {word.who()}/>")[0]
    reference.addprevious(wrapper)
    wrapper.append(reference)
    passes(judge(paper))


def test_a_note_to_which_nothing_refers(paper: Paper, judge: Judge) -> None:
    tag = paper.tag("paragraph", "59.3")
    paper.note("footnote", 7, word.run("As the 14 nurses rated them."), tag)
    reference = next(paper.document.iter(word.W + "footnoteReference"))
    reference.getparent().remove(reference)
    [finding] = judge(paper).findings
    assert (finding.verdict, finding.text) == ("unreadable", "As the 14 nurses rated them.")
    assert "nothing in the text refers to this note" in finding.why


@pytest.mark.parametrize(("kind", "switch"), [("default", ""), ("first", "titlePg"), ("even", "evenAndOddHeaders")])
@pytest.mark.parametrize("part", ["header", "footer"])
def test_headers_and_footers(part: str, kind: str, switch: str, paper: Paper, judge: Judge) -> None:
    def with_part(text: str, shown: bool) -> Paper:
        new = paper.copy()
        root = {"header": "w:hdr", "footer": "w:ftr"}[part]
        name = new.part(f"{part}9.xml", root, f"<w:p>{word.run(text)}</w:p>", part)
        section = next(new.body.iter(word.W + "sectPr"))
        if kind == "default":
            for old in section.findall(f"{word.W}{part}Reference"):
                section.remove(old)
        section.insert(0, word.parse(f'<w:{part}Reference w:type="{kind}" r:id="{name}"/>')[0])
        if shown and kind == "first":
            section.extend(word.parse("<w:titlePg/>"))
        if shown and kind == "even":
            new.setting("<w:evenAndOddHeaders/>")
        return new

    header = paper.ledger["furniture"]["header"]
    clean = header if part == "header" else ""
    passes(judge(with_part(clean, True)))
    verdict = judge(with_part(f"{clean} 4711", True))
    assert len(verdict.findings) == 1, to_text([verdict])
    assert "4711" in verdict.findings[0].text
    assert part in verdict.findings[0].where
    if switch:
        passes(judge(with_part(f"{clean} 4711", False)))  # of a kind that no page has


BOXES: dict[str, Make] = {
    "DrawingML and VML": lambda text: word.text_box(word.run(text)),
    "VML": lambda text: word.vml_box(word.run(text)),
    "a table in a text box": lambda text: word.text_box(
        word.run("see"), size='cx="1800000" cy="360000"'
    ).replace("</w:p></w:txbxContent>", f"</w:p>{word.table(word.row(word.cell(word.run(text))))}</w:txbxContent>"),
    "WordArt": lambda text: f'<w:r><w:pict><v:shape><v:textpath on="t" string="{text}"/></v:shape></w:pict></w:r>',
}  # fmt: skip


@pytest.mark.parametrize("box", BOXES)
def test_text_boxes(box: str, paper: Paper, judge: Judge) -> None:
    tag = paper.tag("paragraph", "59.3")
    passes(judge(paper.copy().add_run(tag, BOXES[box]("please check"))))
    verdict = judge(paper.copy().add_run(tag, BOXES[box]("14 nurses")))
    assert [(f.verdict, f.text) for f in verdict.findings] == [("unaccounted", "14")], to_text([verdict])
    if box in ("DrawingML and VML", "VML"):
        verdict = judge(paper.add_run(tag, BOXES[box]("X").replace(word.run("X"), word.ins("14 nurses"))))
        assert [(f.text, f.by) for f in verdict.findings][:1] == [("14", BY)]


def test_a_text_box_in_a_deletion(paper: Paper, judge: Judge) -> None:
    tag = paper.tag("paragraph", "59.3")
    passes(judge(paper.add_run(tag, f"<w:del {word.who()}>{word.text_box(word.run('14 nurses'))}</w:del>")))


def test_a_table_in_a_cell(paper: Paper, judge: Judge) -> None:
    """The whole table put into a cell of another one, as a layout."""
    table = paper.table(paper.tag("cell", "38.6"))
    frame = word.parse(word.table(word.row(word.cell(""))))[0]
    table.addprevious(frame)
    frame.find(f".//{word.W}p").addprevious(table)
    passes(judge(paper.copy()))
    verdict = judge(paper.put(paper.tag("cell", "38.6"), word.run("38.9")))
    [finding] = verdict.findings
    assert (finding.verdict, finding.text, finding.name) == ("altered", "38.9", "baseline.age.control.mean")
    assert "Table 1, row 2, column 2" in finding.where


def test_two_cells_of_a_table_in_a_cell_changed_places(paper: Paper, judge: Judge) -> None:
    one, other = paper.tag("cell", "38.6"), paper.tag("cell", "39.3")
    table = paper.table(one)
    frame = word.parse(word.table(word.row(word.cell(""))))[0]
    table.addprevious(frame)
    frame.find(f".//{word.W}p").addprevious(table)
    paper.put(one, word.run("39.3")).put(other, word.run("38.6"))
    verdict = judge(paper)
    assert len(verdict.findings) == 2, to_text([verdict])
    assert "moved" in {f.verdict for f in verdict.findings}


def test_comments_are_kept_apart(paper: Paper, judge: Judge) -> None:
    tag = paper.tag("cell", "38.6")
    verdict = judge(paper.comment("I have 37.2 here, and 59 patients?", tag, "Ann", "2026-01-05T00:00:00Z"))
    passes(verdict)
    [comment] = record(verdict)["comments"]
    assert (comment["text"], comment["by"]) == ("I have 37.2 here, and 59 patients?", "Ann")
    assert comment["where"].endswith("table 1, row 2, column 2")
    assert "COMMENT “I have 37.2 here" in to_text([verdict])
    assert any("1 comment is no part" in note for note in verdict.notes)


@pytest.mark.parametrize("level", ["block", "row", "cell"])
def test_content_controls_round_blocks(level: str, paper: Paper, judge: Judge) -> None:
    def wrapped(text: str) -> Paper:
        new = paper.copy()
        tag = new.tag("paragraph", "59.3") if level == "block" else new.tag("cell", "38.6")
        element = {"block": new.paragraph, "row": new.row, "cell": new.cell}[level](tag)
        frame = word.parse(word.control(""))[0]
        element.addprevious(frame)
        frame.find(word.W + "sdtContent").append(element)
        return new.put(tag, word.run(text))

    text = "59.3" if level == "block" else "38.6"
    passes(judge(wrapped(text)))
    verdict = judge(wrapped(changed(text)))
    assert [(f.verdict, f.text, f.expected) for f in verdict.findings] == [("altered", changed(text), text)]


def test_a_bound_control(paper: Paper, judge: Judge) -> None:
    tag = paper.tag("paragraph", "59.3")

    def with_data(said: str, value: str) -> Paper:
        return paper.copy().put(tag, word.bound(said)).data(f"<data xmlns='urn:data'><value>{value}</value></data>")

    passes(judge(with_data("59.3", "59.3")))
    passes(judge(paper.copy().put(tag, word.bound("59.3"))))  # bound to nothing: Word shows the content
    verdict = judge(with_data("59.3", "59.6"))
    assert {(f.verdict, f.text or f.expected) for f in verdict.findings} == {
        ("missing", "59.3"),
        ("unreadable", "59.3"),
    }
    assert any("bound to: “59.6”" in f.why for f in verdict.findings)


def test_the_document_that_the_package_names_is_read(paper: Paper, judge: Judge) -> None:
    """A second document part lies about; Word opens the one that the package names."""
    passes(judge(paper))
    paper.bytes()
    decoy = paper.parts["word/document.xml"]
    paper.put(paper.tag("paragraph", "59.3"), word.run("59.6"))
    paper.bytes()
    paper.parts["word/real.xml"] = paper.parts["word/document.xml"]
    paper.parts["word/_rels/real.xml.rels"] = paper.parts["word/_rels/document.xml.rels"]
    paper.parts["_rels/.rels"] = paper.parts["_rels/.rels"].replace(b"word/document.xml", b"word/real.xml")
    paper.document = word.lxml.etree.fromstring(decoy)
    verdict = judge(paper)
    assert [(f.verdict, f.text) for f in verdict.findings] == [("altered", "59.6")]


# -- mixtures -------------------------------------------------------------------------------------------------------------


def test_a_mixture(paper: Paper, judge: Judge) -> None:
    """Many constructs at once: every number of a paragraph and of a table in another one, some of them wrong."""
    makes = list(HOLDS.values())
    wrong = []
    blocks = [b for b in paper.ledger["blocks"] if b["kind"] in ("paragraph", "cell") and "Results" in b["section"]]
    tags = [
        (span[0], paper.ledger["entries"][span[0]]["text"])
        for block in blocks
        for span in block["spans"]
        if paper.ledger["entries"][span[0]]["kind"] == "result"
    ]
    assert len(tags) > 300
    for k, (tag, text) in enumerate(tags):
        if not text.replace(".", "").isdigit():
            continue
        new = text
        if k % 17 == 0:
            new = changed(text)
            wrong.append(new)
        paper.put(tag, makes[k % len(makes)](new))
    verdict = judge(paper)
    assert len(wrong) > 10
    assert len(verdict.findings) == len(wrong), to_text([verdict])
    assert sorted(f.text.strip("%") for f in verdict.findings) == sorted(wrong)


def test_a_move_of_a_paragraph(paper: Paper, judge: Judge) -> None:
    """Word's tracked move of a whole paragraph to another place: its numbers are not wrong."""
    tag = paper.tag("paragraph", "14", section="Adverse")
    paragraph = paper.paragraph(tag)
    there = word.copy.deepcopy(paragraph)
    for element, kind, text in ((paragraph, "moveFrom", "delText"), (there, "moveTo", "t")):
        for run in list(element.iter(word.W + "r")):
            wrapper = word.parse(f"<w:{kind} {word.who()}/>")[0]
            run.addprevious(wrapper)
            wrapper.append(run)
        for said in element.iter(word.W + "t"):
            said.tag = word.W + text if kind == "moveFrom" else said.tag
        paper.settle(element, "pPr", f"<w:rPr><w:{kind} {word.who()}/></w:rPr>")
    last = [e for e in paper.body if e.tag == word.W + "p" and e.getnext() is not None][-1]
    anchor = next(e for e in paper.body.iter(word.W + "p") if "".join(e.itertext()).startswith("This report has limit"))
    assert last is not None
    anchor.addprevious(there)
    verdict = judge(paper)
    assert not verdict.findings, to_text([verdict])
    moved = [c for c in record(verdict)["changes"] if c.get("tracked") == "moved"]
    assert len(moved) > 5
    assert all(c["was"] == c["now"] and c["by"] == BY for c in moved)
    assert record(verdict)["rejected"]["verdict"] == "pass"


# -- the record ---------------------------------------------------------------------------------------------------------


def test_each_key_of_the_record_is_described(paper: Paper, judge: Judge) -> None:
    paper.put(paper.tag("paragraph", "59.3"), word.deleted("59.3") + word.ins("59.6"))
    paper.put(paper.tag("cell", "38.6"), word.run("38.9"))
    paper.comment("60 patients?", paper.tag("paragraph", "14"), "Ann", WHEN)
    record = to_json([judge(paper)])
    [file] = record["files"]
    returned = file["returned"]
    assert returned["changes"] and returned["comments"] and returned["rejected"] and file["findings"]
    dicts = [
        record,
        file,
        returned,
        returned["rejected"],
        *file["findings"],
        *returned["changes"],
        *returned["comments"],
    ]
    text = (Path(__file__).resolve().parents[2] / "docs" / "audit.md").read_text(encoding="utf-8")
    told = text[text.index("## The record as JSON") :]
    told = told[: told.index("\n## ")]
    named = set(re.findall(r"`(\w+)`", told)) | {"schema", "files"}
    assert {key for one in dicts for key in one} <= named
