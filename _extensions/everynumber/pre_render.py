"""Quarto runs this before it renders: it composes the paper into build/<study>/."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from find_everynumber import run

raise SystemExit(run("quarto_pre"))
