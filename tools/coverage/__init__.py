"""Which functions of ``triton.language`` work for which element types, found out by running them.

``elements``: the types and hard numbers of each.  ``case``: what a cell is measured with; the cases are in
``cases_*``, collected in ``registry``.  ``source`` makes kernels of them, ``measure`` runs these, ``page``
makes the tables.
"""
