"""Reports of the fund's year: what was planned and what came of it, as pure functions of the journal at a cut-off.

26. "... sudaro ... PSDF biudžeto vykdymo metinių ir ketvirčių ataskaitų rinkinius". ``year.make_report`` computes all
numbers once, ``tables`` and ``note`` put them in order and in words, ``write`` only writes: PDF, CSV, JSON.
"""
