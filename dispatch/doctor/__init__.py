"""`vigil doctor`: what must be right around the program, and how to mend it where it is not.

A check is a small function `check(context) -> list[Finding]`, listed in `dispatch.doctor.checks`.
"""
