"""What a hospital writes as the number of a visit, and what it writes where there is none."""


def visit_number(written: str) -> str:
    """Return a visit's number as it was written; "" for what stands for none: 0, 0000, N/A.

    What is no number joins strangers' visits, and two stays of one person.
    """
    marks = {mark for mark in written.lstrip("0") if mark.isalnum()}
    return written if len(marks) > 1 and any(mark.isdigit() for mark in written) else ""
