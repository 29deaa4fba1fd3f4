"""The passes of smtir, one a file; the file name is the pass name (see smtir.rewrite.passes)."""
