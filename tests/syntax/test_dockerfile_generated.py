"""A Dockerfile's tree holds every character, and every node says truly where it stands, for any text."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import example, given
from hypothesis import strategies as st

from dockwright.syntax.dockerfile import (
    Add,
    Cmd,
    Copy,
    Dockerfile,
    Entrypoint,
    Expose,
    From,
    Healthcheck,
    Instruction,
    Onbuild,
    Run,
    Shell,
    Unknown,
    Volume,
    Word,
    parse,
    variables,
)
from dockwright.syntax.dockerfile.nodes import _Pairs, _Valued
from dockwright.text import Mapped, Source, Span

BLANKS = " \t\v\f\r\u00a0"
WORDS = [
    *("python:3.13", "a", "/app", "'q d'", '"d q"', "${V:-x}", "$V", "a=b", 'k="v w"', "k=", "b\\ c", "é\udcff", "\\"),
    *("<<EOF", "<<-'E'", "3<<EOF", '["a", "b c"]', '["\\u0041\\n"]', "[1]", "[", "AS", "CMD", "NONE", "&&", "#"),
    *("--from=x", "--link", '--mount=type=cache,"target=/x y"', "--", "{", "}", "'", '"', "`"),
]
KEYWORDS = [
    *("FROM", "RUN", "run", "COPY", "ADD", "ENV", "LABEL", "ARG", "CMD", "ENTRYPOINT", "HEALTHCHECK", "SHELL", "USER"),
    *("ONBUILD", "ONBUILD RUN", "ONBUILD COPY", "WORKDIR", "EXPOSE", "VOLUME", "STOPSIGNAL", "MAINTAINER", "NONSENSE"),
]
NEWLINES = ["\n", "\r\n"]

blank = st.text(BLANKS, min_size=1, max_size=2)
newline = st.sampled_from(NEWLINES)
gap = st.one_of(blank, blank, st.sampled_from([" \\\n", "\\\r\n  ", " \\ \t\n", "\\\n# c\n", "\\\n\n \n", " `\n"]))
arguments = st.lists(st.one_of(st.sampled_from(WORDS), st.text(max_size=3)), max_size=5).flatmap(
    lambda words: st.lists(gap, min_size=len(words), max_size=len(words)).map(
        lambda gaps: "".join(g + w for g, w in zip(gaps, words, strict=True))
    )
)
line = st.one_of(
    st.builds(str.__add__, st.sampled_from(KEYWORDS), arguments),
    st.sampled_from(
        [
            "",
            "  ",
            "# comment \\",
            "\t# indented",
            "# syntax=docker/dockerfile:1",
            "#escape=`",
            "# escape = \\",
            "# check=skip=all",
        ]
    ),
    st.sampled_from(["EOF", "\tE", "E", "\tbody $V"]),
)
fragments = st.builds(
    lambda bom, lines, last: bom + "".join(a + b for a, b in lines) + last,
    st.sampled_from(["", "\ufeff"]),
    st.lists(st.tuples(line, newline), max_size=8),
    line,
)
anything = st.text(st.characters(exclude_categories=()), max_size=60).map(
    lambda text: text.encode("utf-8", "replace").decode() if any("\ud800" <= c < "\udc80" for c in text) else text
)
dockerfiles = st.one_of(fragments, anything)


def tree(text: str) -> Dockerfile:
    return parse(Source("Dockerfile", text))


def nodes(of: Instruction) -> Iterator[Word | Mapped]:
    """Every word and mapped text below an instruction."""
    yield of.logical
    yield of.arguments
    for flag in of.flags:
        if flag.mapped is not None:
            yield flag.mapped
    for heredoc in of.heredocs:
        yield heredoc.body
        yield heredoc.written
    match of:
        case From():
            yield from of.words
            yield of.image
        case Run() | Cmd() | Entrypoint() | Shell():
            yield from of.command.words or [of.command.shell or Mapped("", ())]
        case Copy() | Add():
            yield from of.sources
            yield of.destination
        case _Pairs():
            for pair in of.pairs:
                yield pair.key
                if pair.value is not None:
                    yield pair.value
        case Healthcheck():
            yield of.kind
            if of.command is not None:
                yield from of.command.words or [of.command.shell or Mapped("", ())]
        case Onbuild():
            yield from nodes(of.inner)
        case _Valued():
            yield of.value
        case Expose() | Volume():
            yield from of.values


def spans(of: Instruction) -> Iterator[Span]:
    yield of.keyword_span
    yield of.span
    for flag in of.flags:
        yield flag.span
        if flag.value_span is not None:
            yield flag.value_span
        for part in flag.parts:
            yield part.span
    for heredoc in of.heredocs:
        yield heredoc.marker
        yield heredoc.span
    for node in nodes(of):
        yield node.span if isinstance(node, Word) else node.span()
        yield from (use.span for use in variables(node))


def assert_mapped(mapped: Mapped, text: str) -> None:
    for run in mapped.runs:
        stretch = mapped.text[run.start : run.start + run.length]
        assert stretch == text[run.source : run.source + run.length]


@given(dockerfiles)
@example("\ufeff")
@example("RUN a \\")
@example("\\")
@example("RUN <<")
def test_pieces_tile_the_file(text: str) -> None:
    file = tree(text)
    assert "".join(file.source.slice(piece.span) for piece in file.pieces) == text
    assert [piece.span.end for piece in file.pieces[:-1]] == [piece.span.start for piece in file.pieces[1:]]
    assert [each.line_span for each in file.instructions] == [p.span for p in file.pieces if p.kind == "instruction"]


@given(dockerfiles)
@example("CMD []\n")
@example('COPY ["\\n"]')
def test_every_node_stands_where_it_says(text: str) -> None:
    file = tree(text)
    for each in file.instructions:
        assert each.line_span.covers(each.span)
        for span in spans(each):
            assert each.line_span.covers(span)
            assert span.start <= span.end
        for node in nodes(each):
            if isinstance(node, Word):
                assert_mapped(node.lexeme, text)
                assert_mapped(node.mapped, text)
                assert len(node.mapped.runs) > 1 or text[slice(*node.span)] == node.text
            else:
                assert_mapped(node, text)


@given(dockerfiles)
def test_variables_are_found_where_they_stand(text: str) -> None:
    for each in tree(text).instructions:
        for use in variables(each.arguments):
            assert text[use.span.start] == "$"
            assert use.name in each.arguments.text


@given(dockerfiles)
def test_instructions_are_what_their_keyword_says(text: str) -> None:
    for each in tree(text).instructions:
        expected = "UNKNOWN" if isinstance(each, Unknown) else each.keyword
        assert type(each).__name__.upper() == expected
        assert text[each.span.start] not in " \t\r\n\\" or isinstance(each, Unknown)


@given(dockerfiles)
@example("ENV a=${b")
@example("FROM ''")
def test_problems_lie_inside_the_file(text: str) -> None:
    file = tree(text)
    for problem in file.problems:
        assert 0 <= problem.span.start <= problem.span.end <= len(text)
        assert problem.message


@given(st.text("\t \\\n'\"${}<E#RUN", max_size=40))
def test_any_bytes_survive_a_parse(text: str) -> None:
    data = text.encode() + bytes(range(128, 256))
    assert parse(Source.read("Dockerfile", data)).source.data == data
