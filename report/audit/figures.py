"""Figures: their text where it can be read, and where a file holds only an image, the image's tie to the vector figure.

An image is tied by the hash of its bytes to a figure of the ledger, or where a program packed it anew, by being the
same in every pixel as the figure's image beside the ledger. The svg file of that figure must be the one the ledger
names, by its hash, and its text must be the text that the ledger gives for it, whose numbers are checked like others.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from report.audit.errors import AuditError
from report.audit.expected import Expected
from report.audit.load import read_bytes, sha256
from report.audit.model import Document
from report.audit.pixels import same_picture
from report.audit.read_html import parse_svg, svg_texts
from report.audit.tokens import is_number, tokenise
from report.audit.verdict import FileVerdict, Finding

Figure = Mapping[str, Any]


def label(figure: Figure) -> str:
    return f"Figure {figure.get('number')}"


def figure_text(expected: Expected, name: str) -> str:
    return "\n".join(block.text for block in expected.blocks if block.kind == "figure" and block.figure == name)


def check_images(
    expected: Expected, document: Document, folder: Path, verdict: FileVerdict, seen: dict[str, str | None]
) -> set[str]:
    """The figures that the file holds as images, each checked. `seen` keeps what was found about a figure's svg."""
    figures: list[Figure] = list(expected.ledger.get("figures") or ())
    tied: set[str] = set()
    known_vectors = {figure.get("svg_sha256") for figure in figures}
    for image in document.images:
        where = "body" if not image.place.section else image.place.section
        figure = next((f for f in figures if image.sha256 and f.get("png_sha256") == image.sha256), None)
        if figure is None and image.sha256 and image.sha256 in known_vectors:
            figure = next(f for f in figures if f.get("svg_sha256") == image.sha256)
        if figure is None and image.data:
            figure = next((f for f in figures if _repacked(image.data, f, folder)), None)
        if figure is None:
            verdict.findings.append(
                Finding(
                    "unreadable",
                    image.name,
                    where,
                    "",
                    "",
                    "an image that is none of the paper's figures: it cannot be read",
                )
            )
            continue
        name = str(figure.get("id"))
        if name not in seen:
            seen[name] = _check_svg(expected, figure, folder)
        why = seen[name]
        if why is not None:
            verdict.findings.append(Finding("unreadable", image.name, label(figure), "", name, why))
        if name not in tied:
            count = sum(is_number(token) for token in tokenise(figure_text(expected, name)))
            if why is None:
                verdict.notes.append(
                    f"{label(figure)} is an image, tied by its hash to the vector figure with its {count} numbers."
                )
        tied.add(name)
    return tied


def _repacked(data: bytes, figure: Figure, folder: Path) -> bool:
    """Is it the figure's image, packed anew by the program that saved the file? The image beside the ledger must be the
    one that the ledger names."""
    own = _below(folder, figure.get("png"))
    return own is not None and sha256(own) == figure.get("png_sha256") and same_picture(data, own)


def _below(folder: Path, name: Any) -> bytes | None:
    """The bytes of a file that the ledger names; None where there is none, or it does not lie below the folder."""
    try:
        path = (folder / str(name)).resolve()
        return read_bytes(path) if path.is_relative_to(folder.resolve()) else None
    except (AuditError, OSError, ValueError, RuntimeError):  # a name with a null character, links in a circle
        return None


def _check_svg(expected: Expected, figure: Figure, folder: Path) -> str | None:
    data = _below(folder, figure.get("svg"))
    if data is None:
        return f"the vector figure {figure.get('svg')} that the image was made from is not beside the ledger"
    if sha256(data) != figure.get("svg_sha256"):
        return f"the vector figure {figure.get('svg')} is not the one that the ledger names"
    root = parse_svg(data)
    if root is None:
        return f"the vector figure {figure.get('svg')} cannot be read"
    read = [token.norm for token in tokenise("\n".join(svg_texts(root)))]
    if read != [token.norm for token in tokenise(figure_text(expected, str(figure.get("id"))))]:
        return f"the text of the vector figure {figure.get('svg')} is not what the ledger says it is"
    return None
