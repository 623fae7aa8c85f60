"""Words: a command line cut into words as Compose does it, which is not quite as a shell does.

Source: mattn/go-shellwords, which Compose calls with neither variables nor backticks.
"""

from __future__ import annotations


def words(line: str) -> list[str] | None:
    """The words up to the first of `; & | < >` outside quotes, what follows is dropped; None where Compose refuses."""
    found: list[str] = []
    word = ""
    begun = escaped = False
    inside = ""  # the quote that is open: " ' ` or ( for $(
    for char in line:
        if escaped:
            word += char
            escaped, begun = False, True
            continue
        if char == "\\":
            if inside == "'":
                word += char
            else:
                escaped = True
            continue
        if char in " \t\r\n":
            if inside:
                word += char
            elif begun:
                found.append(word)
                word, begun = "", False
            continue
        if char == "`" and inside in ("", "`"):
            inside = "" if inside else "`"
        elif char == ")" and inside in ("", "("):
            inside = "" if inside else "("
        elif char == "(" and inside in ("", "("):
            if inside or not word.endswith("$"):
                return None
            inside = "("
            word += char
            continue
        elif char in "\"'" and inside in ("", char):
            begun = begun or bool(inside)
            inside = "" if inside else char
            continue
        elif char in ";&|<>" and not inside:
            if char == ">" and word[:1].isdigit():
                begun = False
            break
        begun = True
        word += char
    if escaped or inside:
        return None
    return [*found, word] if begun else found
