"""One verdict over the chain from the data to the finished files: data → results → ledger → files.

Each link is judged by itself, so that the causes of a fault are told apart: a data file or the study file that was
changed after the build, a results.json that was edited by hand, a ledger of another build, a file that was tampered
with. The statistics are computed again from the data, and the paper's text is written again from them; the finished
files are then audited as always, and their numbers compared with each other. docs/chain.md describes the links.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from report.audit import AuditError, audit_files, text_of, to_json
from report.audit.load import decimal_of, open_paper, read_bytes
from report.audit.sources import Origin, carried_by, find_origin
from report.audit.verdict import FileVerdict, Finding
from report.errors import ReportError
from report.guard import Told, guarded

if TYPE_CHECKING:
    from analysis.study import Study

RELATIVE = 1e-9
"""Two floats that differ by less than this part of the larger are the same value."""
TINY = 1e-14
"""Two floats nearer than this are the same value: what rounding leaves of a zero."""
COMPUTED = ("study", "statistics", "analyses", "labels", "pairs", "curves", "censoring")
"""The parts of results.json that the computation gives; inputs and software are judged by other links."""
TOLD = 20
"""Findings of one link that are written out as text; JSON holds all."""

Parts = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fresh:
    """What the study in a folder gives now: results.json as bytes, or the faults for which there is none."""

    folder: Path
    results: bytes
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Material:
    """What the files are said to rest on: the ledger, and the results it was written from."""

    ledger: Mapping[str, Any]
    ledger_name: str
    results: Mapping[str, Any]
    results_name: str
    sha256: str
    """Of results.json as it lies, or as the record in a file says that it was."""
    data: Mapping[str, str]
    """SHA-256 by input file."""
    whole: bool = True
    """All of results.json, not only what the paper uses."""
    raw: bytes = b""
    """results.json as it lies, where it is whole."""
    built: Mapping[str, str] = field(default_factory=dict)
    """SHA-256 of every file of the study when the paper was built, where build.json lies beside the ledger."""


@dataclass(frozen=True, slots=True)
class Link:
    """One link of the chain. `verdict` is pass, fail, look or unknown (it could not be judged)."""

    link: str
    verdict: str
    said: str
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        return {
            "link": self.link,
            "verdict": self.verdict,
            "said": "T" + self.said[1:] if self.said.startswith("the ") else self.said,
            "findings": [finding.as_dict() for finding in self.findings],
            "notes": list(self.notes),
        }


def fresh(folder: Path) -> Fresh:
    """Analyses the data of the study in `folder` again. Faults of study file and data are told, not raised."""
    from report import workers

    with workers.start(folder) as running:
        results, faults = running.results.result()
    return Fresh(folder, results, tuple(str(fault) for fault in faults))


def guarded_chain(
    files: Sequence[Path], folder: Path, told: Told, what: str, *, results: Path | None, ledger: Path | None
) -> dict[str, Any]:
    """`audit_chain` for the command: the study is analysed in processes of its own, the files are read under guard.

    Raises ReportError with sentences where the files cannot be audited.
    """
    now = fresh(folder)
    with TemporaryDirectory(prefix="everynumber-") as scratch:
        path = Path(scratch) / "results.json"
        path.write_bytes(now.results)
        record: dict[str, Any] = guarded(
            lambda: audit_chain(files, now, path, results=results, ledger=ledger), told, what
        )
    return record


def recompute(now: Fresh, material: Material) -> list[Link]:
    """The links from the data to the ledger: data, results, ledger."""
    study = _study(now.folder)
    data = data_link(now, study, material)
    results = results_link(now, material, data)
    return [data, results, ledger_link(now, study, material, data, results)]


def audit_chain(
    files: Sequence[Path], now: Fresh, fresh_results: Path, *, results: Path | None = None, ledger: Path | None = None
) -> dict[str, Any]:
    """The audit's record (as audit.json) of finished files with the list `chain` of the links.

    `fresh_results` is a file that holds `now.results`: where results.json was edited by hand, the files are audited
    against it, if that is what the ledger was written from. Files of several ledgers are chains of their own, one after
    the other. Raises AuditError where the files cannot be audited.
    """
    verdicts: list[FileVerdict] = []
    chain: list[dict[str, Any]] = []
    told: set[str] = set()
    groups = _by_origin(files, ledger, results)
    for origin, members in groups.items():
        material = material_of(origin)
        links = recompute(now, material)
        against, belongs = results, material.sha256 == material.ledger.get("results_sha256")
        if not belongs and _sha256(now.results) == material.ledger.get("results_sha256"):
            against, belongs = fresh_results, True
        found: list[FileVerdict] = []
        if belongs:
            found = audit_files(members, results=against, ledger=ledger, study=None if now.faults else now.folder)
            links.append(files_link(found))
        else:
            said = f"{material.ledger_name} belongs to neither {material.results_name} nor the data"
            links.append(Link("files", "unknown", f"The files were not audited: {said}."))
        if len(found) > 1:
            links.append(same_numbers(found, material.ledger))
        for verdict in found:  # what a file alone cannot tell was judged here
            verdict.notes = [note for note in verdict.notes if "--recompute" not in note]
        verdicts += found
        told |= {link.verdict for link in links}
        names = {"files": [file.name for file in members]} if len(groups) > 1 else {}
        chain += [link.as_dict() | names for link in links]
    record = to_json(verdicts)
    told.add(record["verdict"])
    record["verdict"] = "fail" if told & {"fail", "unknown"} else "look" if "look" in told else "pass"
    record["chain"] = chain
    return record


# -- what there is ---------------------------------------------------------------------------------------------------


def _by_origin(files: Sequence[Path], ledger: Path | None, results: Path | None) -> dict[Origin, list[Path]]:
    """The files by where their ledger and results are from: named, beside them, or in the record that they carry."""
    if not files:
        raise AuditError("No file was named to audit.")
    groups: dict[Origin, list[Path]] = {}
    for file in files:
        form, data = open_paper(file)
        origin = find_origin(file, carried_by(form, data, file.name), ledger, results)
        groups.setdefault(origin, []).append(file)
    return groups


def material_of(origin: Origin) -> Material:
    """Ledger and results of an origin. Raises AuditError where they cannot be read."""
    ledger, results = origin.read()
    beside = isinstance(origin.ledger, Path)
    return Material(
        ledger.value,
        "the ledger of the record" if ledger.embedded else ledger.name,
        results.value,
        "the results of the record" if results.embedded else results.name,
        results.sha256,
        _inputs(results.value),
        whole=not results.embedded,
        raw=read_bytes(origin.results) if isinstance(origin.results, Path) else b"",
        built=_built(origin.folder) if beside else {},
    )


def _inputs(results: Mapping[str, Any]) -> dict[str, str]:
    items = results.get("inputs")
    kept = [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    return {str(item.get("file")): str(item.get("sha256")) for item in kept}


def _built(folder: Path) -> dict[str, str]:
    """The hashes of the study's files in build.json, none where it is not there or not readable."""
    try:
        found = json.loads((folder / "build.json").read_bytes())["inputs"]
        return {str(name): str(sha256) for name, sha256 in found.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}


def _study(folder: Path) -> Study | None:
    from analysis.faults import StudyError
    from analysis.study import load_study

    try:
        return load_study(folder)
    except StudyError:
        return None


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _hash_of(folder: Path, name: str) -> str | None:
    """SHA-256 of a file of the study, None where the folder holds no such file."""
    path = (folder / name).resolve()
    inside = folder.resolve() in path.parents
    return _sha256(read_bytes(path)) if inside and path.is_file() else None


# -- data ------------------------------------------------------------------------------------------------------------


def data_link(now: Fresh, study: Study | None, material: Material) -> Link:
    """The study's files as they are now against the hashes that were kept when the results were computed."""
    found = [_changed(now.folder, name, sha256, "results") for name, sha256 in material.data.items()]
    named = [file.path for file in study.files.values()] if study else []
    found += [
        Finding("unaccounted", name, "data", "", name, f"{name} is in the study, but was not computed from")
        for name in sorted(set(named) - material.data.keys())
        if material.data
    ]
    for name, key in (("study.yml", "study_sha256"), (study.references if study else None, "references_sha256")):
        if name and isinstance(material.ledger.get(key), str):
            found.append(_changed(now.folder, name, material.ledger[key], "paper"))
    for name in sorted({*study.text.values()} & material.built.keys()) if study else ():
        found.append(_changed(now.folder, name, material.built[name], "paper"))
    findings = tuple(finding for finding in found if finding is not None)
    if findings:
        return Link("data", "fail", "; ".join(finding.why for finding in findings) + ".", findings)
    if not material.data:
        said = "The results name no data files: whether they were computed from these data only the next link can tell."
        return Link("data", "look", said)
    said = f"The {len(material.data)} data files, study.yml and the references are those of the build (SHA-256)."
    return Link("data", "pass", said)


def _changed(folder: Path, name: str, sha256: str, what: str) -> Finding | None:
    actual = _hash_of(folder, name)
    if actual is None:
        return Finding("missing", "", "data", f"SHA-256 {sha256}", name, f"the study's folder does not hold {name}")
    if actual == sha256:
        return None
    after = {"results": "the results were computed", "paper": "the paper was built"}[what]
    why = f"{name} was changed after {after}"
    return Finding("altered", f"SHA-256 {actual}", "data", f"SHA-256 {sha256}", name, why)


# -- results ---------------------------------------------------------------------------------------------------------


def results_link(now: Fresh, material: Material, data: Link) -> Link:
    """Every statistic, analysis and label of the results against the new computation."""
    if now.faults:
        return Link("results", "fail", f"The data cannot be analysed again. {' '.join(now.faults)}")
    again: dict[str, Any] = json.loads(now.results)
    notes = _other_software(material.results.get("software"), again["software"])
    changed = computed_otherwise(data, material)
    why = _cause(changed, bool(notes), material)
    findings = tuple(
        Finding(
            "missing" if old is MISSING else "unaccounted" if new is MISSING else "altered",
            _told(old),
            f"{material.results_name}, {path[0]}",
            _told(new),
            _name(path),
            f"{_what(path)}{why}",
        )
        for path, old, new in differences(material.results, again, whole=material.whole)
    )
    count = len(material.results["statistics"])
    if not (findings or material.whole or changed or notes) and material.sha256 != _sha256(now.results):
        said = (
            "The part of the results in the file agrees with the data, but the whole had another hash than they give."
        )
        where = f"{material.results_name}, results_sha256"
        finding = Finding("altered", material.sha256, where, _sha256(now.results), "results_sha256", said)
        return Link("results", "fail", said, (finding,))
    if not findings:
        said = f"All {count} statistics are those that the data give, computed again."
        return Link("results", "pass", said, (), notes)
    statistics = len({finding.name for finding in findings if finding.where.endswith(", statistics")})
    if changed:
        said = f"{statistics} of {count} statistics are not those that the data give now: {_and(changed)} changed."
    elif notes:
        said = (
            f"The unchanged data give other values than {material.results_name} in {statistics} of {count} statistics: "
            "edited by hand, or the other versions of the software compute otherwise."
        )
    else:
        said = (
            f"{material.results_name} {_were(material)} edited by hand: data and software are the same, but "
            f"{statistics} of {count} statistics and {len(findings)} values in all are not what they give."
        )
    return Link("results", "fail", said, findings, notes)


def computed_otherwise(data: Link, material: Material) -> list[str]:
    """Files whose change may change the results: data files and study.yml, not the prose or the references."""
    return [finding.name for finding in data.findings if finding.name in {*material.data, "study.yml"}]


def _cause(changed: Sequence[str], other_software: bool, material: Material) -> str:
    if changed:
        return f"; {_and(changed)} changed since"
    if other_software:
        return "; the data are unchanged: it was edited by hand, or computed by other versions of the software"
    return f"; the data are unchanged: {material.results_name} {_were(material)} edited by hand"


def _were(material: Material) -> str:
    return "was" if material.whole else "were"


def _other_software(was: Any, now: Mapping[str, str]) -> tuple[str, ...]:
    if not isinstance(was, Mapping):
        return ("The results do not say which software computed them.",)
    other = [f"{name} {was.get(name)} then, {now.get(name)} now" for name in sorted({*was, *now})
             if was.get(name) != now.get(name)]  # fmt: skip
    return (f"Computed again by other software: {', '.join(other)}.",) if other else ()


class _Missing:
    def __repr__(self) -> str:
        return ""


MISSING = _Missing()


def differences(
    was: Mapping[str, Any], now: Mapping[str, Any], *, whole: bool = True
) -> Iterator[tuple[Parts, Any, Any]]:
    """Where two results differ: (path, value there, value here), MISSING for what one of them lacks.

    Floats by `RELATIVE`, all else exactly. Unless `whole`, what only `now` has is passed over at the first level below
    each part (statistics, analyses, labels that a paper does not use).
    """
    for part in COMPUTED:
        old, new = was.get(part, MISSING), now.get(part, MISSING)
        if not whole and isinstance(old, Mapping) and isinstance(new, Mapping):
            new = {key: value for key, value in new.items() if key in old}
        if old is not new and (whole or old is not MISSING):
            yield from _differ((part,), old, new)


def _differ(path: Parts, was: Any, now: Any) -> Iterator[tuple[Parts, Any, Any]]:
    if path == ("study", "sha256"):  # judged with the data
        return
    if isinstance(was, Mapping) and isinstance(now, Mapping):
        for key in sorted({*was, *now}):
            yield from _differ((*path, key), was.get(key, MISSING), now.get(key, MISSING))
    elif isinstance(was, list) and isinstance(now, list) and len(was) == len(now):
        for index, (old, new) in enumerate(zip(was, now, strict=True), 1):
            yield from _differ((*path, str(index)), old, new)
    elif not _same(was, now):
        yield path, was, now


def _same(was: Any, now: Any) -> bool:
    numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in (was, now))
    if numbers and (isinstance(was, float) or isinstance(now, float)):
        return math.isclose(was, now, rel_tol=RELATIVE, abs_tol=TINY)
    return type(was) is type(now) and bool(was == now)


def _name(path: Parts) -> str:
    """The statistic, analysis or label; without a part of its own, the path."""
    return path[1] if len(path) > 1 else path[0]


def _what(path: Parts) -> str:
    part = {"statistics": "statistic", "analyses": "analysis", "labels": "label"}.get(path[0], path[0])
    inner = ", ".join(path[2:])
    return f"the {part}'s {inner} differs" if inner and inner != "value" else f"the {part} differs"


def _told(value: Any) -> str:
    return "" if value is MISSING else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)[:200]


def _and(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]


# -- ledger ----------------------------------------------------------------------------------------------------------


def ledger_link(now: Fresh, study: Study | None, material: Material, data: Link, results: Link) -> Link:
    """Does the ledger belong to these results: by its hash, its raw values, and the text written from them again."""
    found: list[Finding] = []
    said: list[str] = []
    notes: list[str] = []
    claimed = material.ledger.get("results_sha256")
    ledger, lies = material.ledger_name, material.results_name
    if claimed != material.sha256:
        if claimed == _sha256(now.results):
            why = f"{ledger} belongs to what the data give, not to {lies}, which was changed after it was written"
        elif results.verdict == "pass":
            why = f"{ledger} belongs to another build: {lies} is what the data give, and has another hash"
        else:
            why = f"{ledger} was not written from {lies}, nor from what the data give now"
        found.append(Finding("altered", str(claimed), ledger, material.sha256, "results_sha256", why))
        said.append(why)
    raw = list(_raw_values(material))
    found += raw
    if raw:
        said.append(f"{len(raw)} of its values are not those of {lies}")
    texts: list[Finding] = []
    if material.sha256 != claimed and claimed != _sha256(now.results):
        notes.append("The text was not written again, since the ledger does not belong to these results.")
    elif study is None or now.faults or data.findings:
        notes.append("The text was not written again, since the study's files are not those of the build.")
    else:
        texts, more = _written_again(study, material, _resting(now, material))
        notes += more
    if texts:
        said.append(f"{ledger} was edited: {len(texts)} of its parts are not what the program writes from the results")
    if found or texts:
        return Link("ledger", "fail", "; ".join(said) + ".", (*found, *texts), tuple(notes))
    again = ", and its text is what the program writes from them" if not notes else ""
    told = f"{ledger} belongs to the results: its hash and all raw values agree{again}."
    return Link("ledger", "pass", told, (), tuple(notes))


def _raw_values(material: Material) -> Iterator[Finding]:
    statistics = material.results["statistics"]
    entries = material.ledger.get("entries")
    for key, entry in entries.items() if isinstance(entries, Mapping) else ():
        if not isinstance(entry, Mapping) or entry.get("kind") != "result" or entry.get("raw") is None:
            continue
        name = str(entry.get("name"))
        record = statistics.get(name)
        value = decimal_of(record.get("value")) if isinstance(record, Mapping) else None
        if value is None or decimal_of(entry["raw"]) != value:
            where, why = f"{material.ledger_name}, entry {key}", f"its raw value is not that of {material.results_name}"
            yield Finding("altered", str(entry["raw"]), where, "" if value is None else str(value), name, why)


def _resting(now: Fresh, material: Material) -> bytes:
    """The results that the ledger was written from, whole. A record holds a part only: there it is what the data give,
    with the software of the record."""
    claimed = material.ledger.get("results_sha256")
    for results in (material.raw, now.results):
        if claimed == _sha256(results):
            return results
    again = json.loads(now.results)
    return json.dumps(again | {"software": material.results.get("software") or again["software"]}).encode()


def _written_again(study: Study, material: Material, results: bytes) -> tuple[list[Finding], list[str]]:
    """Where the ledger is not what the program writes from the results that it belongs to."""
    from report.build import compose_paper

    try:
        draft = bool(_map(material.ledger.get("furniture")).get("draft"))
        paper = compose_paper(study, results, str(material.ledger.get("style")), draft=draft)
    except ReportError as error:
        return [], [f"The text could not be written again: {' '.join(error.problems)}"]
    except (LookupError, TypeError, ValueError, ArithmeticError, AttributeError) as error:  # results of another form
        return [], [f"The text could not be written again from {material.results_name}: {error!r}."]
    again = json.loads(paper.ledger.to_json())
    different = list(_ledgers_differ(material.ledger, again, material.ledger_name))
    was, version = _map(material.results.get("software")).get("everynumber"), _version()
    if different and was != version:
        return [], [
            f"{len(different)} parts of the ledger are not what this version writes; it was written by version {was}, "
            f"this is version {version}."
        ]
    return different, []


def _version() -> str:
    from importlib.metadata import version

    return version("everynumber")


_IMAGES = ("svg_sha256", "png_sha256")


def _ledgers_differ(was: Mapping[str, Any], now: Mapping[str, Any], ledger: str) -> Iterator[Finding]:
    why = "it is not what the program writes from the results"
    old, new = _texts(was), _texts(now)
    aligned = SequenceMatcher(None, old, new, autojunk=False)
    for op, i1, i2, j1, j2 in aligned.get_opcodes():
        if op == "equal":
            continue
        for step in range(max(i2 - i1, j2 - j1)):
            i, j = i1 + step, j1 + step
            text, expected = (old[i] if i < i2 else ""), (new[j] if j < j2 else "")
            block = was["blocks"][i] if i < i2 else now["blocks"][j]
            yield Finding("altered" if text and expected else "missing" if expected else "unaccounted",
                          text, f"{ledger}, {block_place(block)}", expected, "", why)  # fmt: skip
    for key in sorted({*_map(was.get("entries")), *_map(now.get("entries"))}):
        one, other = _map(was.get("entries")).get(key), _map(now.get("entries")).get(key)
        if one != other:
            name = str((_map(one) or _map(other)).get("name", ""))
            yield Finding("altered", _told(one), f"{ledger}, entry {key}", _told(other), name, why)
    if _plain_blocks(was) != _plain_blocks(now) and old == new:
        yield Finding("altered", "", f"{ledger}, blocks", "", "", f"places or marks of its blocks: {why}")
    for part in ("study", "data", "furniture", "tables", "references", "constants", "quoted", "declared"):
        if was.get(part) != now.get(part):
            yield Finding("altered", _told(was.get(part)), f"{ledger}, {part}", _told(now.get(part)), "", why)
    if _without_images(was.get("figures")) != _without_images(now.get("figures")):
        yield Finding("altered", _told(was.get("figures")), f"{ledger}, figures", _told(now.get("figures")), "", why)


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _blocks(ledger: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    blocks = ledger.get("blocks")
    return [_map(block) for block in blocks] if isinstance(blocks, list) else []


def _texts(ledger: Mapping[str, Any]) -> list[str]:
    return [str(block.get("text", "")) for block in _blocks(ledger)]


def _plain_blocks(ledger: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [dict(block) for block in _blocks(ledger)]


def _without_images(figures: Any) -> list[dict[str, Any]]:
    """Figures without the hashes of their pictures, which hang on the fonts and versions of the drawing software."""
    items = figures if isinstance(figures, list) else []
    return [{key: value for key, value in _map(item).items() if key not in _IMAGES} for item in items]


def block_place(block: Mapping[str, Any]) -> str:
    """Where a block of a ledger stands, in words; rows and columns as the ledger counts them."""
    parts = [str(block.get("section") or ""), str(block.get("table") or block.get("figure") or "")]
    if block.get("row") is not None:
        parts.append(f"row {block.get('row')}, column {block.get('column')}")
    return ", ".join(part for part in parts if part) or str(block.get("kind", "block"))


# -- files -----------------------------------------------------------------------------------------------------------


def files_link(verdicts: Sequence[FileVerdict]) -> Link:
    """The ordinary audit of the files in one sentence; its findings stand with each file."""
    told = [f"{verdict.file} {verdict.verdict} ({verdict.numbers} numbers)" for verdict in verdicts]
    worst = {verdict.verdict for verdict in verdicts}
    verdict = "fail" if "fail" in worst else "look" if "look" in worst else "pass"
    said = f"Against ledger and results: {', '.join(told)}."
    if verdict == "fail":
        names = [verdict.file for verdict in verdicts if verdict.verdict == "fail"]
        said += f" {_and(names)} {'is' if len(names) == 1 else 'are'} not what the ledger says."
    return Link("files", verdict, said)


def same_numbers(verdicts: Sequence[FileVerdict], ledger: Mapping[str, Any]) -> Link:
    """Do the files print the same numbers in text, tables and captions? Number by number, place by place."""
    blocks = _blocks(ledger)
    places = sorted({key for verdict in verdicts for key in verdict.printed})
    findings = []
    for key in places:
        said = [verdict.printed.get(key, "") for verdict in verdicts]
        if len(set(said)) > 1:
            each = ", ".join(f"{v.file} {text or 'nothing'}" for v, text in zip(verdicts, said, strict=True))
            where = block_place(blocks[key[0]]) if key[0] < len(blocks) else ""
            findings.append(Finding("inconsistent", each, where, "", "", "the files do not print the same number"))
    if findings:
        first = "; ".join(f"{finding.where}: {finding.text}" for finding in findings[:3])
        told = f"The files differ from each other in {len(findings)} of {len(places)} numbers: {first}."
        return Link("same numbers", "fail", told, tuple(findings))
    count = {2: "Both", 3: "All three"}.get(len(verdicts), f"All {len(verdicts)}")
    told = f"{count} files print the same {len(places)} numbers in text, tables and captions."
    return Link("same numbers", "pass", told)


# -- telling ---------------------------------------------------------------------------------------------------------


def text_of_chain(record: Mapping[str, Any]) -> str:
    """The record of `audit_chain` for a person: the links one by one, then each file."""
    lines = ["data → results → ledger → files: " + str(record["verdict"]).upper()]
    for link in record["chain"]:
        of = f" of {_and(link['files'])}" if link.get("files") else ""
        lines.append(f"  {link['link']}{of}: {link['verdict'].upper()}. {link['said']}")
        found: Iterable[Mapping[str, str]] = link["findings"]
        lines += [f"    {_line(finding)}" for finding in list(found)[:TOLD]]
        if len(link["findings"]) > TOLD:
            lines.append(f"    … and {len(link['findings']) - TOLD} more; --json tells all.")
        lines += [f"    note: {note}" for note in link["notes"]]
    return "\n".join([*lines, text_of(record)]).rstrip()


def _line(finding: Mapping[str, str]) -> str:
    name = finding["name"] or finding["where"]
    values = f"{finding['text'] or 'nothing'}, expected {finding['expected'] or 'nothing'}"
    return f"{finding['verdict'].upper()} · {name} · {values} · {finding['why']}"
