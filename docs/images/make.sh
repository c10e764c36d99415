#!/usr/bin/env bash
# Makes the README's two pictures again: the first page of the NMOSD paper, and its Table 2 cut out of its page.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
command -v pdftoppm >/dev/null || { echo "The pictures need pdftoppm: install poppler-utils." >&2; exit 2; }

scratch="$(mktemp -d)"
trap 'rm -rf "$scratch"' EXIT
.venv/bin/everynumber build data/nmosd --engine embedded --to pdf --out "$scratch/paper"
paper="$scratch/paper/paper.pdf"

# Page and box of Table 2 (pixels at 120 dpi): from its caption to the last line of its notes, as wide as its text.
box="$(.venv/bin/python - "$paper" <<'PYTHON'
import sys

import pypdfium2

DPI, MARGIN = 120, 12
for number, page in enumerate(pypdfium2.PdfDocument(sys.argv[1]), 1):
    text = page.get_textpage()
    whole = text.get_text_range()
    first, last = whole.find("Table\u00a02. "), whole.find("those of the rounded means.")
    if first < 0 or last < first:
        continue
    boxes = [text.get_charbox(k) for k in range(first, last + 27) if not whole[k].isspace()]
    scale, height = DPI / 72, page.get_height()
    left, right = min(b[0] for b in boxes) * scale - MARGIN, max(b[2] for b in boxes) * scale + MARGIN
    top, bottom = (height - max(b[3] for b in boxes)) * scale - MARGIN, (height - min(b[1] for b in boxes)) * scale + MARGIN
    print(f"-f {number} -l {number} -x {left:.0f} -y {top:.0f} -W {right - left:.0f} -H {bottom - top:.0f}")
    break
else:
    sys.exit("Table 2 was not found whole on one page of the PDF.")
PYTHON
)"
pdftoppm -png -r 80 -f 1 -l 1 -singlefile "$paper" "$scratch/first-page"
# shellcheck disable=SC2086 # the box is a list of options
pdftoppm -png -r 120 $box -singlefile "$paper" "$scratch/table-2"
mv "$scratch/first-page.png" "$scratch/table-2.png" docs/images/
ls -l docs/images/*.png
