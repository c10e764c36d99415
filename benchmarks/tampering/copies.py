"""Copies of a Word paper as they come back from other programs: without marks, saved again, written anew."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import lxml.etree
import pypandoc

from benchmarks.tampering.docx import W, packed_from, parts_of


def stripped(data: bytes) -> bytes:
    """Without content controls, bookmarks, links and embedded records: what copying all text into a new file leaves."""
    out: list[tuple[str, bytes]] = []
    for name, member in parts_of(data):
        if name.startswith("customXml/"):
            continue
        if re.fullmatch(r"word/(?:document|header\d*|footer\d*|footnotes|endnotes)\.xml", name):
            root = lxml.etree.fromstring(member)
            for element in list(root.iter(W + "bookmarkStart", W + "bookmarkEnd")):
                parent = element.getparent()
                if parent is not None:
                    parent.remove(element)
            for element in list(root.iter(W + "sdt", W + "hyperlink")):
                parent = element.getparent()
                content = element.find(W + "sdtContent") if element.tag == W + "sdt" else element
                if parent is None or content is None:
                    continue
                at = parent.index(element)
                for child in list(content):
                    parent.insert(at, child)
                    at += 1
                parent.remove(element)
            member = lxml.etree.tostring(root, encoding="UTF-8", xml_declaration=True, standalone=True)
        elif name.endswith(".rels"):
            root = lxml.etree.fromstring(member)
            for relation in list(root):
                if "customXml" in str(relation.get("Target")):
                    root.remove(relation)
            member = lxml.etree.tostring(root, encoding="UTF-8", xml_declaration=True, standalone=True)
        elif name == "[Content_Types].xml":
            root = lxml.etree.fromstring(member)
            for override in list(root):
                if str(override.get("PartName")).startswith("/customXml/"):
                    root.remove(override)
            member = lxml.etree.tostring(root, encoding="UTF-8", xml_declaration=True, standalone=True)
        out.append((name, member))
    return packed_from(out)


def office() -> str | None:
    return shutil.which("soffice") or shutil.which("libreoffice")


def saved_by_office(data: bytes, *through: str) -> bytes:
    """Opened and saved by LibreOffice as each of the types in turn ("odt", "docx").

    Raises RuntimeError where it is not installed or writes nothing.
    """
    program = office()
    if program is None:
        raise RuntimeError("LibreOffice is not installed")
    with tempfile.TemporaryDirectory() as folder:
        kind = "docx"
        for step, target in enumerate(through):
            source = Path(folder) / f"paper{step}.{kind}"
            source.write_bytes(data)
            out = Path(folder) / f"out{step}"
            subprocess.run(
                [program, f"-env:UserInstallation=file://{folder}/profile", "--headless", "--convert-to", target,
                 "--outdir", str(out), str(source)],
                check=True, capture_output=True, timeout=300,
            )  # fmt: skip
            made = out / f"paper{step}.{target}"
            if not made.exists():
                raise RuntimeError(f"LibreOffice wrote no {target}")
            data, kind = made.read_bytes(), target
    return data


def rewritten_by_pandoc(data: bytes) -> bytes:
    """Read and written again by pandoc."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "in.docx", Path(folder) / "out.docx"
        source.write_bytes(data)
        subprocess.run([pypandoc.get_pandoc_path(), str(source), "-o", str(target)], check=True, capture_output=True)
        return target.read_bytes()
