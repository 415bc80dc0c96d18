"""Words that identify a person, and how to find them in texts and in the files of databases."""

import json
import re
import struct
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property

from screenalytics_resources.facebank.records import Traces

ERASED = "[erased]"
_MIN_DISTINCTIVE = 6
"""Bytes of a word that is searched for even inside of other words, if it is not one of lower-case letters only."""
_MIN_STORED = 3
"""Characters of a word that is searched for in database files; a shorter one is there by chance."""
_ESCAPES = r"(?<=\\n)|(?<=\\r)|(?<=\\t)"
_START, _END = rf"(?:{_ESCAPES}|(?<![^\W_])(?<!-))", r"(?![^\W_])(?!-)"


@dataclass(frozen=True)
class PersonWords:
    """Words and vectors of one person. `others` are the texts of the rest of the cast."""

    words: frozenset[str]
    vectors: frozenset[bytes]
    others: frozenset[str] = frozenset()

    @cached_property
    def distinctive(self) -> tuple[str, ...]:
        """Words that nothing but the person explains: `ann-example` and `Ann Example`, but neither `ann` nor `tracks`.

        They are also searched for where no character separates words, as in the files of databases.
        """
        return tuple(sorted(word for word in self.words if _is_distinctive(word, self.others)))

    @cached_property
    def forms(self) -> tuple[str, ...]:
        """Every way in which JSON writes the words, the longest first."""
        return tuple(sorted({form for word in self.words for form in json_forms(word)}, key=len, reverse=True))

    def mentioned_in(self, text: str) -> bool:
        """Return whether `text` contains one of the words as a word."""
        return next(self._matches(text), None) is not None

    def found_in(self, text: str) -> bool:
        """Return whether `text` contains a word, unless it is a quoted one that may be a term of the software.

        A person may be called `tracks`, like an asset.
        """
        if any(form in text for word in self.distinctive for form in json_forms(word)):
            return True
        return any(self._counts(match) for match in self._matches(text))

    def found_in_path(self, path: str) -> bool:
        """Return whether a path contains a distinctive word: another one may be the name of any file."""
        return any(word in path for word in self.distinctive)

    def redacted(self, text: str, same_length: bool = False) -> str:
        """Return `text` with each word that `found_in` finds replaced, by as many bytes if `same_length`."""
        for word in self.distinctive:
            for form in json_forms(word):
                text = text.replace(form, "*" * len(form.encode()) if same_length else ERASED)
        if self._pattern is None:
            return text

        def replacement(match: re.Match[str]) -> str:
            if not self._counts(match):
                return match[0]
            return "*" * len(match[0].encode()) if same_length else ERASED

        return self._pattern.sub(replacement, text)

    def raw_needles(self) -> tuple[bytes, ...]:
        """Return the bytes of the distinctive words, for files in which nothing separates words."""
        return tuple({form.encode() for word in self.distinctive for form in json_forms(word)})

    def database_needles(self) -> tuple[bytes, ...]:
        """Return the bytes of words and vectors as PostgreSQL stores them.

        A text begins with its length: one byte, 2 (n + 1) + 1, or four bytes, 4 (n + 4), if it has n bytes
        (https://www.postgresql.org/docs/current/storage-toast.html).
        """
        needles = {word.encode() for word in self.distinctive} | self.vectors
        for word in (text.encode() for text in self.words if len(text) >= _MIN_STORED):
            needles.add(struct.pack("<I", 4 * (len(word) + 4)) + word)
            if len(word) < 127:
                needles.add(bytes([2 * (len(word) + 1) + 1]) + word)
        return tuple(sorted(needles))

    @cached_property
    def _pattern(self) -> re.Pattern[str] | None:
        if not self.forms:
            return None
        return re.compile(f"{_START}(?:{'|'.join(map(re.escape, self.forms))}){_END}")

    def _matches(self, text: str) -> Iterator[re.Match[str]]:
        if self._pattern is None or not any(form in text for form in self.forms):
            return iter(())
        return self._pattern.finditer(text)

    def _counts(self, match: re.Match[str]) -> bool:
        begin, end, text = match.start(), match.end(), match.string
        quoted = text[max(0, begin - 1) : begin] == '"' and text[end : end + 2].lstrip("\\")[:1] == '"'
        return not (quoted and match[0].isalpha() and match[0].islower())


def words_of(traces: Traces, others: Collection[str]) -> PersonWords:
    """Return the words to search for: those of `traces` that the rest of the cast does not use."""
    texts = frozenset(others) | {part for text in others for part in text.split("/")}
    return PersonWords(frozenset(word for word in traces.words if word and word not in texts), traces.vectors, texts)


def json_forms(word: str) -> set[str]:
    """Return the word as it is in a text, in JSON, and in JSON within JSON."""
    once = json.dumps(word)[1:-1]
    return {word, once, json.dumps(once)[1:-1]}


def _is_distinctive(word: str, others: frozenset[str]) -> bool:
    if len(word.encode()) < _MIN_DISTINCTIVE or re.fullmatch("[a-z]+", word):
        return False
    return not any(word in text for text in others)
