"""The corpus: which documents are live as of a cut, and searching exactly those."""
