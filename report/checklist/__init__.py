"""The filled reporting checklist: which item the paper answers where (docs/checklist.md)."""
