"""Turns the bytes of a message into text, whatever they were written in, and never fails at it."""

from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE

_CODECS = {
    "ASCII": "ascii",
    "USASCII": "ascii",
    "UTF8": "utf-8",
    "UNICODEUTF8": "utf-8",
    "UNICODEUTF16": "utf-16",
    "UTF16": "utf-16",
    # Who declares ISO 8859-1 often writes Windows-1252, which differs only where the former has
    # control characters; so it is read by web browsers too (WHATWG Encoding Standard, 4.2).
    "8859/1": "cp1252",
    "ISO88591": "cp1252",
    "ISOIR100": "cp1252",
    "LATIN1": "cp1252",
    "CP1252": "cp1252",
    "WINDOWS1252": "cp1252",
    "ANSI": "cp1252",
} | {f"8859/{part}": f"iso8859-{part}" for part in (2, 3, 4, 5, 6, 7, 8, 9, 15)}
"""The character sets of HL7 table 0211 that hospitals in the United States may use, and names that
are not in it but are met. Only these: a codec is never looked up by a name that a sender chose."""

_LOOKED_AT = 256
"""So many bytes tell whether it is UTF-16: a header is ASCII, so every second byte is zero."""


def codec_of(declared: str) -> str | None:
    """Return the codec of a character set as MSH-18 names it, or None when it isn't known."""
    name = declared.upper()
    for mark in " -_":
        name = name.replace(mark, "")
    return _CODECS.get(name)


def utf16_of(raw: bytes) -> str | None:
    """Return the codec when the bytes are UTF-16, with a byte order mark or plainly without."""
    if raw.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return "utf-16"
    head = raw[:_LOOKED_AT]
    even, odd = head[::2].count(0), head[1::2].count(0)
    half = len(head) // 2
    if half and odd * 4 >= half * 3 and even * 4 < half:
        return "utf-16-le"
    if half and even * 4 >= half * 3 and odd * 4 < half:
        return "utf-16-be"
    return None


def decoded(raw: bytes, declared: str) -> tuple[str, str, str]:
    """Return the text, the codec it was read with, and what was odd about that, or "".

    Bytes that are valid UTF-8 are UTF-8 whatever the header declares, for they are hardly ever so
    by chance. Others are what is declared, as far as it is known, else Windows-1252, the most
    common one that nobody declares.
    """
    told = codec_of(declared)
    odd = "" if told or not declared else "The character set (MSH-18) isn't known."
    try:
        text = raw.removeprefix(BOM_UTF8).decode()
    except UnicodeDecodeError:
        return _not_utf8(raw, told, odd)
    if raw.isascii():
        return text, told if told and told != "utf-16" else "utf-8", odd
    if told not in (None, "utf-8"):
        odd = "The text is UTF-8, though another character set is declared (MSH-18)."
    return text, "utf-8", odd


def _not_utf8(raw: bytes, told: str | None, odd: str) -> tuple[str, str, str]:
    match told:
        case "utf-8":
            odd = "Some characters aren't valid in the declared character set (MSH-18)."
            return raw.removeprefix(BOM_UTF8).decode("utf-8", "replace"), "utf-8", odd
        case "ascii" | "utf-16" | None:
            odd = odd or "The characters aren't in the declared character set (MSH-18)."
            codec = "cp1252"
        case _:
            codec = told
    try:
        return raw.decode(codec), codec, odd
    except UnicodeDecodeError:
        return raw.decode("latin-1"), "latin-1", odd
