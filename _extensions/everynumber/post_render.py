"""Quarto runs this after it rendered: it collects the three files in _output/<study>/ and audits them."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from find_everynumber import run

raise SystemExit(run("quarto_post"))
