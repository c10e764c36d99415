"""From a manuscript to paper.html, paper.docx and paper.pdf, by real Quarto or by the embedded pandoc and typst."""
