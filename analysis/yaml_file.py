"""YAML with line numbers: every value's place is kept, and a key that stands twice is a fault."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from analysis.faults import Fault

Loc = tuple[str | int, ...]

_ENCODINGS = {
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
}
_MOST_NODES = 200_000


def read_utf8(path: Path, where: str) -> tuple[str, list[Fault]]:
    """The text of a UTF-8 file, with or without a byte-order mark; else the fault that says why not."""
    if not path.is_file():
        return "", [Fault(where, "There is no such file.", f"Put the file there or correct its name: {path.name}.")]
    try:
        data = path.read_bytes()
    except OSError as error:
        return "", [Fault(where, f"The file cannot be read: {error.strerror or 'unknown reason'}.", "")]
    return decode_utf8(data, where)


def decode_utf8(data: bytes, where: str) -> tuple[str, list[Fault]]:
    """Bytes as text, with the fault that names line and byte where they are not UTF-8."""
    save = "Save the file as UTF-8 (in Excel: “CSV UTF-8”)." if where.endswith(".csv") else "Save the file as UTF-8."
    for mark, name in _ENCODINGS.items():
        if data.startswith(mark):
            return "", [Fault(where, f"The file is in {name}, not in UTF-8.", save)]
    if b"\0" in data:
        line = data[: data.index(b"\0")].count(b"\n") + 1
        return "", [Fault(f"{where}, line {line}", "There is a NUL byte: this is not a plain text file.", save)]
    try:
        return data.decode("utf-8-sig"), []
    except UnicodeDecodeError as error:
        offset = error.start + (3 if data.startswith(b"\xef\xbb\xbf") else 0)
        line = data[:offset].count(b"\n") + 1
        what = f"The byte 0x{data[offset]:02x} is not UTF-8: the file is in another encoding."
        return "", [Fault(f"{where}, line {line}", what, save)]


class _Reader:
    """Turns YAML nodes into plain values and remembers the line of each."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.lines: dict[Loc, int] = {}
        self.faults: list[Fault] = []
        self.nodes = 0
        self.loader = yaml.SafeLoader("")

    def fault(self, node: yaml.Node, what: str, cure: str = "") -> None:
        self.faults.append(Fault(f"{self.name}, line {node.start_mark.line + 1}", what, cure))

    def value(self, node: yaml.Node, loc: Loc, above: tuple[int, ...]) -> Any:
        self.nodes += 1
        if id(node) in above or self.nodes > _MOST_NODES:
            if self.nodes <= _MOST_NODES or not self.faults:
                self.fault(node, "A YAML alias (*name) repeats a part of the file without end.", "Write the part out.")
            return None
        above = (*above, id(node))
        self.lines.setdefault(loc, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, loc, above)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(one, (*loc, i), above) for i, one in enumerate(node.value)]
        return self.scalar(node)

    def mapping(self, node: yaml.MappingNode, loc: Loc, above: tuple[int, ...]) -> dict[Any, Any]:
        found: dict[Any, Any] = {}
        first: dict[Any, int] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self.fault(key_node, "A key must be a plain name.")
                continue
            key = self.scalar(key_node)
            line = key_node.start_mark.line + 1
            if isinstance(key, bool):
                cure = f'YAML reads {key_node.value} without quotes as true or false: write "{key_node.value}".'
                self.fault(key_node, f"The key {key_node.value} must be a text.", cure)
                continue
            name = str(key)
            here = (*loc, name)
            if name in first:
                self.fault(
                    key_node,
                    f"The key {'.'.join(map(str, here))} stands twice, first in line {first[name]}.",
                    "Keep one of the two.",
                )
                continue
            first[name] = line
            self.lines[here] = line
            found[name] = self.value(value_node, here, above)
        return found

    def scalar(self, node: yaml.Node) -> Any:
        try:
            return self.loader.construct_object(node)
        except (yaml.YAMLError, ValueError, OverflowError):
            self.fault(node, f"The value {str(node.value)[:60]} cannot be read.", "Put a text in quotes.")
            return None


def parse_yaml(text: str, name: str) -> tuple[Any, dict[Loc, int], list[Fault]]:
    """The value of a YAML text, the line of each key path, and the faults of its form.

    Args:
        text: the whole file.
        name: what to call the file in a fault.

    Returns:
        The value (None where there are no lines of YAML), `{("arms", "control"): 12, …}`, the faults.
    """
    loader: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    reader = _Reader(name)
    try:
        node = yaml.compose(text, Loader=loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{name}, line {mark.line + 1}" if mark else name
        problem = (error.problem or "it cannot be read").replace("\n", " ")
        cure = "Check the indentation, the colons and the quotes of this line and the one before it."
        if mark and "\t" in text.split("\n")[mark.line]:
            cure = "Indent with spaces, never with tabs."
        return None, {}, [Fault(where, f"This is not valid YAML: {problem}.", cure)]
    except yaml.YAMLError as error:
        reason = str(getattr(error, "reason", "")) or "it cannot be read"
        position = getattr(error, "position", None)
        where = f"{name}, line {text[:position].count(chr(10)) + 1}" if isinstance(position, int) else name
        return (
            None,
            {},
            [Fault(where, f"This is not valid YAML: {reason}.", "Remove the character that cannot be read.")],
        )
    except RecursionError:
        return None, {}, [Fault(name, "The file is nested too deeply.", "")]
    if node is None:
        return None, {}, []
    value = reader.value(node, (), ())
    return value, reader.lines, reader.faults
