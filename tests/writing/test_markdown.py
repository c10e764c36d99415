"""Escaping prints literally, and the plain text of a block is what pandoc shows."""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from report.markdown import Md, escape, finalize, mark, to_plain
from report.render.embedded import pandoc_path

NASTY = [
    "a | b * c _ d ` e",
    "<script>alert(1)</script>",
    '#read("/etc/passwd")',
    "{{ n('x') }} {{< include x >}} {% raw %}",
    r"back\slash \n \textbf{x} $x^2$",
    "# no heading, - no list, 1. no number, > no quote, ::: no div",
    "@foo [x](y) ![i](j) ^up^ ~down~ ~~out~~",
    "Müller, 王, Ångström, Ελληνικά, naïve",
    "&lt;b&gt; &amp; %20",
    "1. first",
    "+ plus",
]


def shown(markdown: str) -> str:
    done = subprocess.run(
        [str(pandoc_path()), "-f", "markdown", "-t", "plain", "--wrap=none"],
        input=markdown,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


@pytest.mark.parametrize("text", NASTY)
def test_escaped_text_is_shown_literally(text: str) -> None:
    straight = {"’": "'", "‘": "'", "“": '"', "”": '"'}
    result = shown(f"x {escape(text)} x")
    for curly, plain in straight.items():
        result = result.replace(curly, plain)
    assert result == f"x {text} x"


@pytest.mark.parametrize("text", ["1. first", "# head", "- item", "> quote", ": def", "| a | b |"])
def test_escaped_text_starts_no_block(text: str) -> None:
    assert shown(str(escape(text))) == text


@given(st.text(st.characters(min_codepoint=32, max_codepoint=0x2FF, exclude_characters="\x7f\xa0\xad"), min_size=1))
@settings(max_examples=200)
def test_plain_text_takes_escapes_back(text: str) -> None:
    wanted = " ".join(t for t in text.replace("\n", " ").split(" ") if t)
    assert to_plain(escape(text), str)[0] == wanted.strip()


def test_spans_say_where_an_entry_stands() -> None:
    text, spans = to_plain(
        f"**Mean** {mark('n1')} ({mark('n2')})^a^ in [Table {mark('n3')}](#table-x)",
        {"n1": "12.3", "n2": "4.5", "n3": "1"}.__getitem__,
    )
    assert text == "Mean 12.3 (4.5)a in Table 1"
    assert [text[a:b] for _, a, b in spans] == ["12.3", "4.5", "1"]


def test_only_text_is_escaped_at_the_end_of_an_expression() -> None:
    assert finalize("a*b") == r"a\*b"
    assert finalize(Md("a*b*")) == "a*b*"
    assert finalize(None) == ""
