"""The walls between the rooms (docs/architecture.md): who may import whom, how light the start is, what templates hold.

Imports are read from the syntax tree, those inside functions too. Each rule is also tried on a seeded violation.
"""

import ast
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from jinja2 import Environment, nodes

from report.lint import lint_source

ROOT = Path(__file__).resolve().parents[1]
HEAVY = ("pandas", "numpy", "scipy", "statsmodels", "matplotlib", "pandera")


@dataclass(frozen=True)
class Import:
    file: str
    line: int
    module: str

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}: imports {self.module}"


def _is_module(root: Path, dotted: str) -> bool:
    path = root.joinpath(*dotted.split("."))
    return path.is_dir() or path.with_suffix(".py").is_file()


def imports(root: Path, package: str) -> Iterator[Import]:
    """Every import statement below ``root/package``, as absolute module names."""
    for path in sorted(root.joinpath(*package.split(".")).rglob("*.py")):
        name = path.relative_to(root).as_posix()
        parents = path.relative_to(root).parts[:-1]
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), name)):
            if isinstance(node, ast.Import):
                yield from (Import(name, node.lineno, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                base = list(parents[: len(parents) - node.level + 1]) if node.level else []
                module = ".".join([*base, *([node.module] if node.module else [])])
                for alias in node.names:
                    whole = f"{module}.{alias.name}"
                    yield Import(name, node.lineno, whole if _is_module(root, whole) else module)
            elif isinstance(node, ast.Call) and _dynamic(node):
                target = node.args[0] if node.args else None
                literal = isinstance(target, ast.Constant) and isinstance(target.value, str)
                yield Import(name, node.lineno, str(target.value) if literal else "a module chosen at run time")


def _dynamic(call: ast.Call) -> bool:
    function = call.func
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    return name in ("import_module", "__import__")


def _within(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def not_allowed(root: Path, package: str, forbidden: tuple[str, ...], allowed: tuple[str, ...] = ()) -> list[str]:
    """Imports below ``package`` of a forbidden package that is not an allowed part of it."""
    return [
        str(found)
        for found in imports(root, package)
        if found.module == "a module chosen at run time"
        or (
            any(_within(found.module, name) for name in forbidden)
            and not any(_within(found.module, name) for name in allowed)
        )
    ]


# ---- the rules: package, what it may not import, and the exceptions --------------------------------------------------

RULES = {
    "analysis knows no words": ("analysis", ("report",), ()),
    "the audit never calls what formatted a number": (
        "report.audit",
        ("report", "analysis", "num2words", "bibtexparser", "jinja2"),
        ("report.paths", "report.errors", "report.audit"),
    ),
    "drawing computes and reads nothing of a study": (
        "report.figures",
        ("report", "analysis", "pandas", "scipy", "statsmodels"),
        ("report.figures",),
    ),
    "rendering knows files, not results": (
        "report.render",
        ("report", "analysis", "pandas", "scipy", "statsmodels"),
        ("report.paths", "report.errors", "report.render", "report.figures"),
    ),
}


@pytest.mark.parametrize("rule", RULES)
def test_a_room_imports_only_what_it_may(rule: str) -> None:
    package, forbidden, allowed = RULES[rule]
    assert list(imports(ROOT, package)), f"{package} holds no import: the rule looks in the wrong place"
    assert not_allowed(ROOT, package, forbidden, allowed) == []


def test_writing_the_paper_reads_no_patient_data() -> None:
    """Only the steps of a build and the command line, which join the rooms, import the analysis."""
    joining = ("report/build.py", "report/chain.py", "report/workers.py", "report/cli/", "report/manifest.py")
    found = [i for i in imports(ROOT, "report") if _within(i.module, "analysis") or _within(i.module, "pandas")]
    assert [str(i) for i in found if not i.file.startswith(joining)] == []
    assert found, "nothing joins the rooms: the rule looks in the wrong place"


@pytest.mark.parametrize(
    "statement",
    [
        "from report.numbers import fixed",
        "import report.numbers",
        "from report import numbers",
        "from ..numbers import fixed",
        "from .. import numbers",
        "def late():\n    from report import numbers",
        "import importlib\nimportlib.import_module('report.numbers')",
        "from importlib import import_module\nname = 'report' + '.numbers'\nimport_module(name)",
    ],
)
def test_a_forbidden_import_is_found(tmp_path: Path, statement: str) -> None:
    package, forbidden, allowed = RULES["the audit never calls what formatted a number"]
    room = tmp_path / "report" / "audit"
    room.mkdir(parents=True)
    (tmp_path / "report" / "numbers.py").touch()
    (room / "clean.py").write_text("from report.audit.model import Block\nfrom report import paths\n", encoding="utf-8")
    (tmp_path / "report" / "paths.py").touch()
    assert not_allowed(tmp_path, package, forbidden, allowed) == []
    (room / "seeded.py").write_text(statement + "\n", encoding="utf-8")
    found = not_allowed(tmp_path, package, forbidden, allowed)
    assert len(found) == 1
    assert found[0].startswith("report/audit/seeded.py, line ")


# ---- a light start ---------------------------------------------------------------------------------------------------

PROBE = """
import sys
before = set(sys.modules)
import {module}
{after}
print(" ".join(name for name in {heavy!r} if name in sys.modules))
"""


def _loaded(module: str, after: str = "") -> str:
    code = PROBE.format(module=module, heavy=HEAVY, after=after)
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("module", ["report.cli", "report.build", "report.audit"])
def test_a_start_loads_nothing_heavy(module: str) -> None:
    assert _loaded(module) == ""


def test_the_commands_load_nothing_heavy() -> None:
    assert _loaded("report.cli", "from report.cli import analyse, audit, build, check, trace") == ""


def test_a_heavy_start_is_found() -> None:
    assert _loaded("report.cli", "import scipy") in ("scipy", "numpy scipy")


# ---- templates hold words --------------------------------------------------------------------------------------------

TEMPLATES = sorted((ROOT / "templates").rglob("*.j2"))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: p.relative_to(ROOT / "templates").as_posix())
def test_a_template_types_no_number_and_no_claim(path: Path) -> None:
    environment = Environment(extensions=["jinja2.ext.do"], trim_blocks=True, lstrip_blocks=True, autoescape=True)
    assert [str(t) for t in lint_source(environment, path.read_text(encoding="utf-8"), path.name)] == []


def test_there_are_templates() -> None:
    assert {p.parent.name for p in TEMPLATES} >= {"paper", "tables", "figures"}


@pytest.mark.parametrize(
    ("typed", "kind", "text"),
    [
        ("The mean was 77.3 points.", "number", "77.3"),
        ("We enrolled sixty patients.", "number", "sixty"),
        ("{# fine: 12 #}\nIt was higher.", "claim word", "higher"),
    ],
)
def test_a_typed_number_or_claim_is_found(tmp_path: Path, typed: str, kind: str, text: str) -> None:
    seeded = tmp_path / "seeded.j2"
    seeded.write_text(f"{{{{ n('adl.month_6.treatment.mean') }}}} [@wingerchuk2015ipnd]\n{typed}\n", encoding="utf-8")
    environment = Environment(autoescape=True)
    found = lint_source(environment, seeded.read_text(encoding="utf-8"), seeded.name)
    assert [(t.kind, t.text) for t in found] == [(kind, text)]
    assert str(found[0]).startswith(f"seeded.j2, line {2 + typed.count(chr(10))}: the {kind} '{text}' is typed.")


def sums(source: str) -> list[str]:
    """Arithmetic on values in a template. Texts and lists may be joined, and columns counted in ``layout(…)``."""
    found: list[str] = []

    def makes_a_list(node: nodes.Node) -> bool:
        return isinstance(node, nodes.List) or (
            isinstance(node, nodes.Add | nodes.Mul) and (makes_a_list(node.left) or makes_a_list(node.right))
        )

    def walk(node: nodes.Node) -> None:
        if isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name) and node.node.name == "layout":
            return
        left = node.left if isinstance(node, nodes.Mod) else None
        fills_text = isinstance(left, nodes.Const) and isinstance(left.value, str)
        if isinstance(node, ARITHMETIC) and not fills_text and not makes_a_list(node):
            found.append(f"line {node.lineno}: {node.operator}")
        if isinstance(node, nodes.Filter) and node.name in ("round", "sum", "int", "float", "abs"):
            found.append(f"line {node.lineno}: {node.name}")
        for child in node.iter_child_nodes():
            walk(child)

    walk(Environment(extensions=["jinja2.ext.do"], autoescape=True).parse(source))
    return found


ARITHMETIC = (nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod, nodes.Pow)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: p.relative_to(ROOT / "templates").as_posix())
def test_a_template_does_no_arithmetic(path: Path) -> None:
    assert sums(path.read_text(encoding="utf-8")) == []


def test_arithmetic_in_a_template_is_found() -> None:
    assert sums("{{ value('a') - value('b') }}\n{{ value('a')|round }}") == ["line 1: -", "line 2: round"]
    assert sums("{{ n('a.%s' % arm) }}{% for t in [a] + b %}{% endfor %}{{ layout(n=arms|length + 1) }}") == []
