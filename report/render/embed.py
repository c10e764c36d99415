"""Puts the paper's record into the finished HTML and Word files (docs/contracts.md); the PDF's is attached by typst."""

from __future__ import annotations

import uuid
from pathlib import Path

from lxml import etree

from report.errors import ReportError

RECORD = "everynumber-record.json"
NAMESPACE = "urn:everynumber:record:1"
ELEMENT_ID = "everynumber-record"

_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006"
_RELATIONSHIPS = "http://schemas.openxmlformats.org/package/2006/relationships"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_STORE = "application/vnd.openxmlformats-officedocument.customXmlProperties+xml"
_STORE_ID = f"{{{str(uuid.uuid5(uuid.NAMESPACE_URL, NAMESPACE)).upper()}}}"
_DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


def into_html(path: Path, folder: Path) -> None:
    """Writes the record of the project in ``folder`` at the end of the page, where it delays nothing that is shown."""
    record = _record(folder)
    if record is None:
        return
    script = b'<script type="application/json" id="%s">%s</script>\n' % (ELEMENT_ID.encode(), record)
    before, end, after = path.read_bytes().rpartition(b"</body>")
    if not end:
        raise ReportError(f"{path.name} is not a whole page: render it again.")
    if before.endswith(script):  # finished before
        return
    path.write_bytes(before + script + end + after)


def into_docx(members: dict[str, bytes], folder: Path) -> None:
    """Adds the record of the project in ``folder`` to the parts of a Word file, as a custom XML part."""
    record = _record(folder)
    if record is None:
        return
    part = f'{_DECLARATION}<record xmlns="{NAMESPACE}" type="application/json">'.encode() + record + b"</record>"
    if part in members.values():  # finished before
        return
    number = next(n for n in range(1, len(members) + 2) if f"customXml/item{n}.xml" not in members)
    members[f"customXml/item{number}.xml"] = part
    members[f"customXml/itemProps{number}.xml"] = (
        f'{_DECLARATION}<ds:datastoreItem ds:itemID="{_STORE_ID}" xmlns:ds="{_OFFICE}/customXml">'
        f'<ds:schemaRefs><ds:schemaRef ds:uri="{NAMESPACE}"/></ds:schemaRefs></ds:datastoreItem>'
    ).encode()
    members[f"customXml/_rels/item{number}.xml.rels"] = (
        f'{_DECLARATION}<Relationships xmlns="{_RELATIONSHIPS}"><Relationship Id="rId1" '
        f'Type="{_OFFICE}/relationships/customXmlProps" Target="itemProps{number}.xml"/></Relationships>'
    ).encode()
    _add(
        members,
        "word/_rels/document.xml.rels",
        f"{{{_RELATIONSHIPS}}}Relationship",
        Id=f"rIdRecord{number}",
        Type=f"{_OFFICE}/relationships/customXml",
        Target=f"../customXml/item{number}.xml",
    )
    _add(
        members,
        "[Content_Types].xml",
        f"{{{_TYPES}}}Override",
        PartName=f"/customXml/itemProps{number}.xml",
        ContentType=_STORE,
    )


def _record(folder: Path) -> bytes | None:
    path = folder / RECORD
    return path.read_bytes() if path.is_file() else None


def _add(members: dict[str, bytes], part: str, element: str, **attributes: str) -> None:
    root = etree.fromstring(members[part])
    etree.SubElement(root, element, attributes)
    members[part] = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
