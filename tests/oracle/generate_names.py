"""Other names for the words of a case: such as mean something to JavaScript, or are text that needs care."""

from random import Random
from typing import Any

TOKENS = [
    *("__proto__", "constructor", "toString", "hasOwnProperty", "valueOf", "prototype", "length", "then", "toJSON"),
    *("10", "2", "1", "0", "-0", "01", "1.0", "1e3", "-1", "4294967294", "4294967295", "9007199254740993"),
    *("NaN", "Infinity", "undefined", "null", "true", "false", "_", "-", ".", "..", "__defineGetter__", "get"),
    *("a", "A", "B", "b", "Z", "z", "a" * 64, "A" * 64),
]
"""Names that are codes too (contract, section 1)."""
TEXTS = [
    *TOKENS,
    *(
        " ",
        "\u00a0",
        "é",
        "e\u0301",
        "É",
        "ß",
        "ẞ",
        "İ",
        "ı",
        "\u212a",
        "ﬁ",
        "😀",
        "😀😀",
        "\uff5e",
        "\ud800",
        "\udc00",
    ),
    *("\u2028", "\x00", "\x7f", "\\", '"', "</script>", "\u202e", "日本", "ａ", "a\ud83d", "\n", "0x10", "1_000", "%s"),
]
TOKEN_KEYS = {"code", "codes", "group", "skus", "sku", "promotion"}
TEXT_KEYS = {"categories", "brands", "brand", "tags", "stores", "exclude_stores", "store", "channels", "channel"} | {
    *("segments", "exclude_segments", "methods", "method", "seed", "id", "key", "message", "name"),
}
KEYS_ARE_CODES = {"usage", "remaining"}
QUOTA = {"total", "per_store", "per_day", "budget"}


class Names:
    """A new name for each word, the same one every time; different words mostly stay different."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.left = {True: rng.sample(TOKENS, len(TOKENS)), False: rng.sample(TEXTS, len(TEXTS))}
        self.known: dict[tuple[bool, str], str] = {}

    def of(self, key: str, word: Any) -> Any:
        """The new name of a word under a key."""
        if key not in TOKEN_KEYS | TEXT_KEYS or not isinstance(word, str) or word == "":
            return word
        token = key in TOKEN_KEYS
        if key == "codes":
            new: str = self.of("code", word.upper())
            return new.swapcase() if new.isascii() and self.rng.random() < 0.5 else new
        if (token, word) not in self.known:
            left = self.left[token]
            keeps = not left or (word not in TEXTS and self.rng.random() < 0.2)
            self.known[token, word] = word if keeps else left.pop()
        return self.known[token, word]


def renamed(rng: Random, made: Any) -> Any:
    """The case with each name replaced by another, the same one everywhere."""
    return _renamed(Names(rng), "", made)


def _renamed(names: Names, key: str, value: Any) -> Any:
    if isinstance(value, dict):
        if key in KEYS_ARE_CODES and not QUOTA & value.keys():
            return {names.of("code", code): _renamed(names, "", inner) for code, inner in value.items()}
        return {inner_key: _renamed(names, inner_key, inner) for inner_key, inner in value.items()}
    if isinstance(value, list):
        return [_renamed(names, key, inner) for inner in value]
    return names.of(key, value)
