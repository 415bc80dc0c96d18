"""Makes names and texts of unknown origin safe to print, to log and to store.

A file name may contain any byte except NUL and the slash. Control characters would change the terminal, a newline would
forge a line of output, and bytes that are not UTF-8 can be encoded neither for a terminal nor for JSON or a database.
"""

import re

_HARMFUL = re.compile(
    "["
    "\x00-\x1f\x7f-\x9f"  # control characters
    "\u2028\u2029"  # line and paragraph separators
    "\u202a-\u202e\u2066-\u2069"  # directional overrides, which reorder the text after them
    "\ud800-\udfff"  # surrogates; Python decodes byte 0xNN that is not UTF-8 to U+DCNN
    "]"
)
_KINDS: dict[type, str] = {str: "a text", list: "a list", tuple: "a list", dict: "an object"}
_SHORT = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}


def printable(text: str) -> str:
    r"""Return `text` on one line, with harmful characters escaped: newline as `\n`, ESC as `\x1b`, byte 0xE9 as `\xe9`.

    All other characters stay, backslashes included, so applying it twice changes nothing.
    """
    return _HARMFUL.sub(_escape, text)


def number_or_kind(value: object) -> str:
    """Return an invalid value for a message: a number as it is, and only the kind of a text, list or object.

    Messages end in logs that cannot forget, and the texts of some files are names of people.
    """
    return f"{value!r:.60}" if value is None or isinstance(value, int | float) else _KINDS.get(type(value), "a value")


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    return _SHORT.get(match[0], f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}")
