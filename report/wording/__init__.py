"""Words that a study cannot carry: a lint over what its author wrote (docs/wording.md).

Text and design in, findings out. The rules are data (``templates/words/``), each with its class, source and offer.
"""
