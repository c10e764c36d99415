"""Composing: study file, results and style in; the paper's Markdown and its ledger out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from jinja2 import TemplateError, TemplateSyntaxError, UndefinedError
from jinja2.sandbox import SandboxedEnvironment

from report import drawing, lint, templating
from report.analysed import Analysed
from report.bibliography import Bibliography
from report.checklist.anchors import Anchors, settle, without
from report.checklist.owed import told
from report.choices import Choices
from report.claims import Claims
from report.clusters import Clusters
from report.comparisons import Comparisons
from report.concluding import Concluding
from report.context import INDENT, Context
from report.crossover import Crossing
from report.designs import Designs
from report.emit import Emitter, nearest
from report.errors import ReportError
from report.estimands import Estimands
from report.factorial import Factorial
from report.families import Families
from report.figures.canvas import Figure
from report.figures.flow import MOST_ARMS
from report.harms import Harms
from report.layout import TableContext
from report.ledger import Block, Entry, Ledger, sha256
from report.markdown import FLOAT, FLOAT_CLOSE, FLOAT_OPEN, MARK, Md, escape, finalize, mark, to_plain
from report.missing import Missing
from report.notes import gap_notes, marks_in_order, tied_notes
from report.panels import Panels
from report.patient_flow import PatientFlow
from report.repeated import Repeated
from report.sensitivity import Sensitivities
from report.styles import Style, style_path
from report.tables import Table, grid_safe, parse_rows, to_grid
from report.trends import Trends
from report.trial import SUPPLEMENTARY, TrialContext
from report.warned import warning_notes
from report.widths import UPRIGHT_MM, Words, fit
from report.wording import generated
from report.wording.study import Judgement, judge

NOTICE = (
    "The patients of this paper are invented, and its results illustrate the software that wrote it. "
    "Nothing here is evidence about a treatment."
)
NOT_ESTIMABLE = "not estimable"  # in words, what the style's mark says in a table
HIGHEST_CM = 21.3  # of a figure as it is printed: a page's text without a caption of some lines
_CITATION = re.compile(r"[ \u00a0]?\[(@[^\]]+)\]([.,;:]?)")
_DIV = re.compile(r"^(:{3,})\s*(?:\{([^}]*)\})?\s*$")


@dataclass(frozen=True)
class Paper:
    """Everything that rendering needs, and the ledger of what it prints."""

    body: str
    ledger: Ledger
    figures: Mapping[str, Figure]
    title: str
    short_title: str
    authors: tuple[str, ...]
    keywords: tuple[str, ...]
    notice: str | None
    header: str
    references: bytes
    draft: bool = False
    """Whether it is marked as a draft (report/draft.py)."""


@dataclass(frozen=True)
class Inputs:
    """What a paper is made from. ``study`` is study.yml as plain data (dates as ISO text) with its defaults, ``given``
    the same without them."""

    study: Mapping[str, Any]
    study_id: str
    results: Mapping[str, Any]
    prose: Mapping[str, tuple[str, str]]  # key: (file name, text)
    bibliography: Bibliography
    hashes: Mapping[str, str]
    given: Mapping[str, Any] | None = None
    lines: Mapping[tuple[str | int, ...], int] = field(default_factory=dict)  # of study.yml, by key path


def compose(inputs: Inputs, style: Style, pool: Executor | None = None) -> Paper:
    """Writes the paper. Raises ReportError with every typed number, unknown name or unsupported word found.

    ``pool`` draws the figures beside the text, where it is given.
    """
    arms = len(inputs.study["arms"])
    if arms > MOST_ARMS:
        raise ReportError(
            f"The study has {arms} arms, and a paper holds {MOST_ARMS} at most. "
            "`everynumber analyse` computes its results."
        )
    return _Composer(inputs, style).paper(pool)


class _Composer:
    def __init__(self, inputs: Inputs, style: Style) -> None:
        self.inputs, self.style = inputs, style
        self.emit = Emitter(inputs.results, inputs.study, style, inputs.given)
        self.context = Context(self.emit, Claims(self.emit), inputs.bibliography.entries)
        self.trial = TrialContext(self.context)
        self.layouts = TableContext(self.context)
        self.factorial = Factorial(self.context)
        self.anchors = Anchors()
        self.float_items: dict[str, tuple[str, ...]] = {}
        self.environment = self._environment()
        first = list(self.factorial.margin_tables().values())
        self.floats = self.trial.floats(first, Designs(self.context).margin_section())
        self.placed: list[str] = []
        self.layout: dict[str, Any] = {}
        self.blocks: list[Block] = []
        self.cited: dict[str, int] = {}
        self.section = ""

    # ---- templates -------------------------------------------------------------

    def _environment(self) -> SandboxedEnvironment:
        environment = templating.environment(
            self.context.globals()
            | self.trial.globals()
            | self.layouts.globals()
            | Designs(self.context).globals()
            | Families(self.context).globals()
            | self.factorial.globals()
            | Concluding(self.context, self.factorial).globals()
            | Estimands(self.context, self.factorial).globals()
            | Comparisons(self.context).globals()
            | Choices(self.context).globals()
            | Repeated(self.context).globals()
            | Panels(self.context).globals()
            | Analysed(self.context, self.trial).globals()
            | PatientFlow(self.context).globals()
            | Crossing(self.context).globals()
            | Clusters(self.context).globals()
            | Harms(self.context).globals()
            | Missing(self.context).globals()
            | Trends(self.context).globals()
            | Sensitivities(self.context).globals()
        )
        environment.globals.update(
            {
                "prose": self._prose,
                "ref": self._ref,
                "place": self._place,
                "layout": self._layout,
                "item": self.anchors.item,
                "told": self._told,
                "told_of": lambda *keys: [key for key in keys if self._told(key)],
                "notice": NOTICE,
                "range": range,
                "lower": lambda md: md,
                "score_names": self.layouts.score_names_md,
                "score_labels": lambda: self.context.outcome_labels(self.context.scores),
                "count_labels": lambda: self.context.outcome_labels(self.context.counts),
                "count_nouns": lambda: [c.noun for c in self.context.counts],
                "ordinal_names": lambda: [o.short for o in self.context.ordinal_scores()],
                "ordinal_used": lambda: bool(self.context.ordinal_scores()),
            }
        )
        sentences = environment.get_template("paper/sentences.j2").module
        environment.globals.update({k: v for k, v in vars(sentences).items() if not k.startswith("_")})
        return environment

    def _render(self, name: str, **names: Any) -> str:
        try:
            return self.environment.get_template(name).render(**names)
        except TemplateSyntaxError as error:
            raise ReportError(lint.syntax_fault(error, f"templates/{error.name or name}")) from error
        except UndefinedError as error:
            raise ReportError(f"templates/{name}: {error}. Check the names that the template uses.") from error

    def _prose(self, key: str, *items: str) -> Md:
        """An author's text: paragraphs in which numbers are emitted, all else printed literally. Each paragraph answers
        ``items`` of the checklist."""
        if key not in self.inputs.prose:
            return Md("")
        where, source = self.inputs.prose[key]
        try:
            safe = lint.prose_source(self.environment, source)
            return self.anchors.before(self.environment.from_string(safe).render().strip(), *items)
        except TemplateSyntaxError as error:
            raise ReportError(lint.syntax_fault(error, where)) from error
        except UndefinedError as error:
            hint = (
                nearest(str(error).split("'")[1], ["constant", "quoted", "term", "n", "ref", "item"])
                if "'" in str(error)
                else ""
            )
            raise ReportError(f"{where}: {error}.{hint}") from error
        except (TemplateError, TypeError, ValueError, ArithmeticError) as error:
            raise ReportError(f"{where}: an expression between {{{{ and }}}} cannot be evaluated ({error}).") from error
        except ReportError as error:
            raise ReportError([f"{where}: {problem}" for problem in error.problems]) from error

    def _ref(self, name: str) -> Md:
        if name not in self.floats:
            raise ReportError(f"There is no table or figure '{name}'.{nearest(name, self.floats)}")
        kind, number = self.floats[name]
        return Md(f"[{self.emit.structure(kind, name, number)}](#{name})")

    def _told(self, key: str, *items: str) -> Md:
        """The author's answer to an item of the checklist, `reporting.KEY`, with its anchor, or that of ``items``;
        nothing without an answer."""
        answered = told(self.inputs.study, key)
        if answered is None:
            return Md("")
        anchor = self.anchors.item(*(items or answered.items), says=answered.says)
        return Md(f"{anchor}{self.emit.declared(answered.path)}{self.anchors.item()}")

    def _place(self, name: str, *items: str) -> Md:
        """A table or figure, whose caption answers ``items`` of the checklist."""
        self.placed.append(name)
        self.float_items[name] = items
        return Md(f"{FLOAT_OPEN}{name}{FLOAT_CLOSE}")

    def _layout(self, **settings: Any) -> Md:
        self.layout = settings
        return Md("")

    def _lint(self) -> Judgement:
        typed, broken = templating.typed_in_prose(self.inputs.prose)
        found = [*templating.typed_in_templates(), *typed]
        judged = judge(self.inputs.study, self.inputs.prose, self.inputs.lines)
        if found or broken or judged.remarks:
            raise ReportError([*broken, *map(str, found), *map(str, judged.remarks)])
        return judged

    # ---- the whole paper -------------------------------------------------------

    def paper(self, pool: Executor | None) -> Paper:
        judged = self._lint()
        drawn = self._describe_figures()
        if pool is not None:
            futures = {d.id: pool.submit(drawing.draw, d.diagram) for d in drawn.values()}
            waiting: Callable[[str], Figure] = lambda name: futures[name].result()  # noqa: E731
        else:
            waiting = lambda name: drawing.draw(drawn[name].diagram)  # noqa: E731
        text = self._render("paper/main.j2")
        self._check_order()
        parts: list[str] = []
        classes: list[str] = []
        figures: dict[str, Figure] = {}
        for chunk in re.split(r"\n[ \t]*\n", text):
            lines = [line.rstrip() for line in chunk.strip("\n").splitlines()]
            body: list[str] = []
            for line in lines:
                if fence := _DIV.match(line.strip()):
                    self._end_paragraph(body, parts, classes)
                    if fence.group(2):
                        classes.append(fence.group(2).strip())
                    elif classes:
                        classes.pop()
                    parts.append(line.strip())
                elif floated := FLOAT.fullmatch(line.strip()):
                    self._end_paragraph(body, parts, classes)
                    name = floated.group(1)
                    if name.startswith("table"):
                        parts.append(self._table(name))
                    else:
                        figures[name] = waiting(name)
                        parts.append(self._figure(drawn[name], figures[name]))
                elif line.startswith("#"):
                    self._end_paragraph(body, parts, classes)
                    parts.append(self._heading(line))
                elif line.strip():
                    body.append(line.strip())
            self._end_paragraph(body, parts, classes)
        markdown = "\n\n".join(parts) + "\n"
        return self._finish(self._resolve(markdown), figures, judged)

    def _describe_figures(self) -> dict[str, drawing.Drawn]:
        """Every figure of the paper, each by the template of its kind ('figure-forest-2' by that of forest plots)."""
        out = {}
        forests = {forest.id: forest for forest in self.trial.all_forests()}
        survivals = {self.trial.survival_figure(o): o for o in self.context.survivals}
        parts = Panels(self.context).parts()
        for name, (kind, _) in self.floats.items():
            if kind != "Figure":
                continue
            of = forests.get(name) or survivals.get(name) or parts.get(name)
            text = self._render(f"figures/{_template_of(name)}.j2", of=of)
            out[name] = drawing.describe(name, text, self.context, of)
        return out

    def _check_order(self) -> None:
        for kind in ("table", "figure"):
            placed = [name for name in self.placed if name.startswith(kind)]
            if placed != [name for name in self.floats if name.startswith(kind)]:
                raise ReportError(
                    f"The templates place the {kind}s in another order than that of their numbers: {', '.join(placed)}."
                )

    # ---- blocks ----------------------------------------------------------------

    def _block(self, markdown: str, kind: str, **place: Any) -> tuple[str, Block]:
        """Notes a block of the ledger; gives the Markdown with its citations left for citeproc."""
        if kind != "cell":
            self._spell_out(markdown)
        with_marks, original = self._citations(markdown)
        said = self.anchors.said
        text, marked = to_plain(with_marks, lambda i: "" if i in said else self.emit.entries[i].text)
        spans = tuple(one for one in marked if one[0] not in said)
        items = self.anchors.spans(text, marked)
        block = Block(f"b{len(self.blocks) + 1}", kind, self.section, text, spans, items=items, **place)
        self.blocks.append(block)
        for entry_id, _, _ in spans:
            self.emit.entries[entry_id] = replace(self.emit.entries[entry_id], block=block.id)
        return without(original), block

    def _spell_out(self, markdown: str) -> None:
        """Outside of a table's cells a number that could not be computed is told in words, not by the table's mark."""
        for found in MARK.finditer(markdown):
            entry = self.emit.entries.get(found.group(1))
            if entry and entry.kind == "not_estimable":
                self.emit.entries[found.group(1)] = replace(entry, text=NOT_ESTIMABLE)

    def _citations(self, markdown: str) -> tuple[str, str]:
        """Citations as marks for the plain text; the Markdown itself stays as it is."""

        def swap(found: re.Match[str]) -> str:
            keys = [k.strip().removeprefix("@") for k in found.group(1).split(";")]
            for key in keys:
                if key not in self.inputs.bibliography.entries:
                    hint = nearest(key, self.inputs.bibliography.entries)
                    raise ReportError(f"The text cites '{key}', which references.bib does not hold.{hint}")
                self.cited.setdefault(key, len(self.cited) + 1)
            numbers = _ranges(sorted(self.cited[k] for k in keys))
            after = found.group(2)
            if self.style.references.citation == "superscript":
                return f"{after}{mark(self._note(Entry('citation', ';'.join(keys), numbers, raw=numbers)))}"
            text = f"[{numbers}]"
            return f" {mark(self._note(Entry('citation', ';'.join(keys), text, raw=numbers)))}{after}"

        return _CITATION.sub(swap, markdown), markdown

    def _note(self, entry: Entry) -> str:
        found = MARK.fullmatch(self.emit.note(entry))
        assert found is not None
        return found.group(1)

    def _end_paragraph(self, body: list[str], parts: list[str], classes: list[str]) -> None:
        if not body:
            return
        kinds = {
            ".notice": "notice",
            ".paper-title": "title",
            ".authors": "authors",
            ".affiliations": "authors",
            ".correspondence": "authors",
        }
        kind = next((kinds[c] for c in reversed(classes) if c in kinds), "paragraph")
        # Templates leave blanks before a full stop where a part of a sentence ended.
        text = settle(re.sub(r" +([.,;:)])(?=\s|$)", r"\1", re.sub(r"[ \t]+", " ", " ".join(body))))
        body.clear()
        if without(text):  # an anchor alone is no paragraph
            markdown, _ = self._block(text, kind)
            parts.append(markdown)

    def _heading(self, line: str) -> str:
        hashes, _, title = line.partition(" ")
        attributes = ""
        if found := re.search(r"\s*(\{[^}]*\})$", title):
            title, attributes = title[: found.start()], found.group(1)
        plain = to_plain(title, lambda i: self.emit.entries[i].text)[0]
        self.section = plain if len(hashes) == 1 else f"{self.section.split(' > ')[0]} > {plain}"
        markdown, _ = self._block(title, "heading")
        return f"{hashes} {markdown} {attributes}".rstrip()

    def _label(self, name: str) -> Md:
        return self.emit.structure(*_label_of(self.floats, name))

    def _caption(self, name: str, text: object) -> Md:
        anchor = self.anchors.item(*items) if (items := self.float_items.get(name)) else ""
        return Md(f"{anchor}**{self._label(name)}.** {text}")

    def _table(self, name: str) -> str:
        sections = {table: section for section, table in self.trial.subgroup_tables().items()}
        of = self.trial.subgroups_of(sections[name]) if name in sections else self.factorial.margin_table_of(name)
        text = self._render(f"tables/{_template_of(name)}.j2", of=of)
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        settings, columns = self.layout, len(self.layout["columns"])
        notes = [line.removeprefix("note:").strip() for line in lines if line.startswith("note:")]
        heads = [line.removeprefix("!").strip() for line in lines if line.startswith("!")]
        rows = [line for line in lines if not line.startswith(("note:", "!"))]
        where = f"templates/tables/{_template_of(name)}.j2"
        heads, rows, notes = marks_in_order(heads, rows, notes, where)
        caption, _ = self._block(self._caption(name, finalize(settings["caption"])), "caption", table=name)
        table = Table(
            id=name,
            number=self.floats[name][1],
            caption=caption,
            header=parse_rows(heads, columns, where),
            body=parse_rows(rows, columns, where),
            notes=tuple(notes),
            align=tuple(settings["columns"]),
        )
        words: list[list[Words | None]] = []
        for r, row in enumerate([*table.header, *table.body], 1):
            words.append([None] * columns)
            for k, cell in enumerate(row, 1):
                if cell is not None and cell.text:
                    head = r <= len(table.header)
                    _, block = self._block(cell.text, "cell", table=name, row=r, column=k, header=head)
                    words[-1][k - 1] = Words(block.text, cell.columns, cell.text.count(INDENT), head)
        fitted = fit(words[: len(heads)], words[len(heads) :])
        shown = [self._block(note, "note", table=name)[0] for note in notes]
        printed = [self.emit.entries[i] for b in self.blocks if b.table == name for i, _, _ in b.spans]
        named = [entry.name for entry in printed if entry.kind in ("result", "not_estimable")]
        more = [*tied_notes(self.context, printed), *gap_notes(self.context, printed)]
        shown += [self._block(note, "note", table=name)[0] for note in more]
        shown += [self._block(note, "note", table=name)[0] for note in warning_notes(self.context, named)]
        grid = to_grid(table, lambda cell: grid_safe(self._resolve(cell)))
        widths = ",".join(f"{w:g}" for w in fitted.widths)
        wide = "yes" if fitted.sideways else "no"
        out = [f':::: {{.table #{name} widths="{widths}" wide="{wide}" align="{",".join(table.align)}"}}']
        out += ["::: {.table-caption}", caption, ":::", grid, "::: {.table-note}", *shown, ":::", "::::"]
        return "\n\n".join(out)

    def _figure(self, drawn: drawing.Drawn, figure: Figure) -> str:
        name = drawn.id
        _, alt = self._block(drawn.alt, "alt", figure=name)
        text, spans = drawing.figure_block(drawn, figure, self._note)
        block = Block(f"b{len(self.blocks) + 1}", "figure", self.section, text, spans, figure=name)
        self.blocks.append(block)
        for entry_id, _, _ in spans:
            self.emit.entries[entry_id] = replace(self.emit.entries[entry_id], block=block.id)
        lacks = any(self.emit.entries[i].kind == "not_estimable" for i, _, _ in spans)
        said = f"{drawn.caption} {self.style.table.not_estimable}: {NOT_ESTIMABLE}." if lacks else drawn.caption
        caption, _ = self._block(self._caption(name, said), "caption", figure=name)
        image = f"![{escape(alt.text)}](figures/{name}.svg){{width={_shown_cm(figure):g}cm}}"
        return "\n\n".join([f":::: {{.figure #{name}}}", image, "::: {.figure-caption}", caption, ":::", "::::"])

    def _resolve(self, markdown: str) -> str:
        """Marks as spans that carry the entry's name."""

        def span(found: re.Match[str]) -> str:
            entry = self.emit.entries[found.group(1)]
            kind = ".claim" if entry.kind == "claim" else ".num"
            return f'[{escape(entry.text)}]{{{kind} key="{entry.name}" #{found.group(1)}}}'

        return MARK.sub(span, markdown)

    # ---- the end ---------------------------------------------------------------

    def _finish(self, body: str, figures: Mapping[str, Figure], judged: Judgement) -> Paper:
        study = self.inputs.study
        used = {entry_id for block in self.blocks for entry_id, _, _ in block.spans}
        authors = generated.pieces([*_texts(study), *(source for _, source in self.inputs.prose.values())])
        problems = []
        for block in self.blocks:
            place = block.section + (f", {block.table} row {block.row}, column {block.column}" if block.row else "")
            problems += [
                f"{place}: '{text}' is printed but was not emitted: '{block.text}'." for text in lint.unaccounted(block)
            ]
            faults = generated.overclaims(block, study["design"]["allocation"], authors)
            problems += [f"{place}: {fault}" for fault in faults]
        if problems:
            raise ReportError(problems)
        short = str(study["short_title"])
        header = f"{short} · SIMULATED DATA" if study["data"] == "simulated" else short
        ledger = Ledger(
            study=self.inputs.study_id,
            data=study["data"],
            style=self.style.id,
            hashes={**self.inputs.hashes, "style_file_sha256": sha256(style_path(self.style.id).read_bytes())},
            furniture={
                "header": header,
                "footer": "page number",
                "notice": NOTICE if study["data"] == "simulated" else "",
            },
            entries={k: e for k, e in self.emit.entries.items() if k in used},
            blocks=tuple(self.blocks),
            figures=tuple(self._figure_record(name, figure) for name, figure in figures.items()),
            tables=tuple(
                {"id": n, "number": i} | ({"series": "S"} if kind == SUPPLEMENTARY else {})
                for n, (kind, i) in self.floats.items()
                if kind != "Figure"
            ),
            references=tuple(
                {"number": i, "key": key, "fields": dict(self.inputs.bibliography.entries[key])}
                for key, i in self.cited.items()
            ),
            constants=study.get("constants") or {},
            quoted=study.get("quoted") or {},
            declared=self._declared(used),
            overrules=tuple(one.record() for one in judged.overruled),
        )
        return Paper(
            body=body,
            ledger=ledger,
            figures=figures,
            title=" ".join(str(study["title"]).split()),
            short_title=short,
            authors=tuple(a["name"] for a in study["authors"]),
            keywords=tuple(study["keywords"]),
            notice=NOTICE if study["data"] == "simulated" else None,
            header=header,
            references=self.inputs.bibliography.data,
        )

    def _figure_record(self, name: str, figure: Figure) -> dict[str, Any]:
        return {
            "id": name,
            "number": self.floats[name][1],
            "svg": f"figures/{name}.svg",
            "svg_sha256": sha256(figure.svg),
            "png": f"figures/{name}.png",
            "png_sha256": sha256(figure.png),
        }

    def _declared(self, used: set[str]) -> dict[str, Any]:
        """The study file's own values that the paper prints, by path, for an audit without the study's folder."""
        from report.emit import at_path

        paths = {e.name for k, e in self.emit.entries.items() if k in used and e.kind == "constant"}
        paths |= {
            e.predicate["path"]
            for k, e in self.emit.entries.items()
            if k in used
            and e.predicate
            and e.predicate.get("op") == "is"
            and not e.predicate["path"].startswith("results.")
        }
        return {path: at_path(self.inputs.study, path) for path in sorted(paths)}


def _texts(value: Any) -> Iterator[str]:
    """Every text in plain data, keys apart."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)


def _shown_cm(figure: Figure) -> float:
    """How wide a figure is printed: as it was drawn, or smaller where it is higher or wider than the page's text."""
    width = min(figure.width_cm, UPRIGHT_MM / 10)
    height = figure.height_cm * width / figure.width_cm
    return round(width * min(1.0, HIGHEST_CM / height), 2)


def _template_of(name: str) -> str:
    """'table-subgroups' for 'table-subgroups-2'."""
    return re.sub(r"-\d+$", "", name)


def _label_of(floats: Mapping[str, tuple[str, int]], name: str) -> tuple[str, str, int]:
    kind, number = floats[name]
    return kind, name, number


def _ranges(numbers: list[int]) -> str:
    """'1,2' and '3–5': three and more in a row become a range, as CSL collapses them."""
    runs: list[list[int]] = []
    for number in dict.fromkeys(numbers):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ",".join(f"{r[0]}–{r[-1]}" if len(r) > 2 else ",".join(map(str, r)) for r in runs)


def prose_files(study: Mapping[str, Any], folder: Path) -> dict[str, tuple[str, str]]:
    """The author's texts by key, as (file, text). Raises ReportError where one is not UTF-8."""
    out = {}
    for key, name in (study.get("text") or {}).items():
        try:
            out[key] = (name, (folder / name).read_text(encoding="utf-8-sig"))
        except UnicodeDecodeError as error:
            raise ReportError(f"{name} is not UTF-8 text (byte {error.start + 1}). Save it as UTF-8.") from error
    return out
