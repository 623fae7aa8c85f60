from __future__ import annotations

import shlex
import shutil
import subprocess

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dockwright.syntax.shell import Expansion, Script, Simple, Word, options, parse, quote, unwrap
from dockwright.text import Mapped
from work import is_linear

needs_bash = pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")


def script(text: str) -> Script:
    return parse(Mapped.whole(text))


def only(text: str) -> Simple:
    (command,) = script(text).commands
    return command


def words(command: Simple) -> list[str | None]:
    return [word.value for word in command.words]


def lines(text: str) -> list[list[str]]:
    return [[word.text for word in command.words] for command in script(text).commands]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a b", ["a", "b"]),
        ("a 'b c' \"d e\" f\\ g", ["a", "b c", "d e", "f g"]),
        ('a "it\'s \\"so\\" \\$x \\n"', ["a", 'it\'s "so" $x \\n']),
        ("a 'x'\"y\"z", ["a", "xyz"]),
        ("a $'t\\tn\\n\\x41\\''", ["a", "t\tn\nA'"]),
        ("a '' \"\"", ["a", "", ""]),
        ("a b\\\nc \\\n d", ["a", "bc", "d"]),
        ("a b#c #d", ["a", "b#c"]),
        ("a $ %", ["a", "$", "%"]),
        ("a {x,y} *.py ~", ["a", "{x,y}", "*.py", "~"]),
        ("rm !(keep|this) x", ["rm", "!(keep|this)", "x"]),
    ],
)
def test_words_have_the_value_that_the_program_gets(text: str, expected: list[str]) -> None:
    assert words(only(text)) == expected


def test_a_word_with_an_expansion_has_no_value_but_a_static_prefix() -> None:
    word = only('a compose/"docker-$ENV".yml').words[1]
    assert word.value is None
    assert word.prefix == "compose/docker-"
    assert [(e.kind, e.name) for e in word.expansions] == [("parameter", "ENV")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$A", [("parameter", "A", "", None)]),
        ("${A}", [("parameter", "A", "", None)]),
        ("${A:-b c}", [("parameter", "A", ":-", "b c")]),
        ('"${A:-it\'s}"', [("parameter", "A", ":-", "it's")]),
        ("${A:?${B}}", [("parameter", "A", ":?", "${B}"), ("parameter", "B", "", None)]),
        ("${A%%.*}", [("parameter", "A", "%%", ".*")]),
        ("${#A}", [("parameter", "A", "", None)]),
        ("$#", [("parameter", "#", "", None)]),
        ("${A[@]}", [("parameter", "A", "", None)]),
        ("$((1 + (2)))", [("arithmetic", None, "", None)]),
        ("$(a)`b`", [("command", None, "", None), ("command", None, "", None)]),
        ("$((a); b)", [("command", None, "", None)]),
        ("<(a b)", [("process", None, "", None)]),
    ],
)
def test_expansions_know_name_operator_and_argument(
    text: str, expected: list[tuple[str, str | None, str, str | None]]
) -> None:
    word = script(f"echo {text}").commands[0].words[1]
    assert word.text == text
    assert [
        (e.kind, e.name, e.operator, e.argument.text if e.argument is not None else None) for e in word.expansions
    ] == expected


def test_commands_are_listed_in_the_order_of_the_text_with_the_operator_before_them() -> None:
    found = script("a && b || c | d; e & f\ng").commands
    assert [(c.name, c.operator) for c in found] == [
        ("a", None),
        ("b", "&&"),
        ("c", "||"),
        ("d", "|"),
        ("e", ";"),
        ("f", "&"),
        ("g", "\n"),
    ]
    assert [c.name for c in found if c.background] == ["e"]


def test_a_line_feed_behind_an_operator_continues_the_list() -> None:
    assert [c.operator for c in script("a &&\n# why\n  b |\nc").commands] == [None, "&&", "|"]


@pytest.mark.parametrize(
    ("text", "enclosing"),
    [
        ("if x; then y; fi", ("if",)),
        ("if a; then b; elif x; then y; else z; fi", ("if",)),
        ("while x; do y; done < f", ("while",)),
        ("until x; do y; done", ("until",)),
        ("for i in a b; do y; done", ("for",)),
        ("for ((i=0; i<3; i++)); do y; done", ("for",)),
        ("case $x in a|b) y;; (c) z ;; esac", ("case",)),
        ("(y)", ("(",)),
        ("{ y; }", ("{",)),
        ("f() { y; }", ("function",)),
        ("function f { y; }", ("function",)),
        ("f() (y)", ("function",)),
        ("if x; then while z; do ( y ); done; fi", ("if", "while", "(")),
    ],
)
def test_compound_commands_are_flattened(text: str, enclosing: tuple[str, ...]) -> None:
    found = script(text)
    (command,) = (c for c in found.commands if c.name == "y")
    assert command.enclosing == enclosing
    assert command.inside == enclosing[-1]
    assert found.problems == ()


def test_substituted_commands_are_nested() -> None:
    found = script('A=`x` y "$(z -1; case $q in a) b;; esac)" <(w) "${V:-$(u)}"').commands
    assert [(c.name, c.nested) for c in found] == [
        ("y", False),
        ("x", True),
        ("z", True),
        ("b", True),
        ("w", True),
        ("u", True),
    ]


@pytest.mark.parametrize("word", ["if", "then", "fi", "done", "{", "}", "!", "case", "[["])
def test_reserved_words_are_words_behind_the_program(word: str) -> None:
    assert words(only(f"echo {word} x")) == ["echo", word, "x"]


def test_assignments_stand_before_the_program() -> None:
    command = only('A=1 B="$x y" a[$i]=3 C+=4 run D=5')
    assert [(a.name, a.word.text) for a in command.assignments] == [("A", "1"), ("B", '"$x y"'), ("a", "3"), ("C", "4")]
    assert words(command) == ["run", "D=5"]


def test_an_array_knows_its_elements() -> None:
    (assignment,) = only("FILES=(-f a.yml\n  -f 'b c.yml' # base\n)").assignments
    assert [word.value for word in assignment.elements] == ["-f", "a.yml", "-f", "b c.yml"]


def test_redirections_are_no_words() -> None:
    command = only("a 2>&1 >> out b &> all {fd}< in <<< 'here'")
    assert words(command) == ["a", "b"]
    assert [(r.descriptor, r.operator, r.target.value if r.target else None) for r in command.redirects] == [
        ("2", ">&", "1"),
        ("", ">>", "out"),
        ("", "&>", "all"),
        ("fd", "<", "in"),
        ("", "<<<", "here"),
    ]


def test_here_documents_belong_to_their_redirection() -> None:
    found = script("cat <<A <<-'B' > f && x\none $V $(y)\nA\n\ttwo $W\n\tB\nz")
    cat = found.commands[0]
    bodies = [r.body for r in cat.redirects if r.body]
    assert [body.text for body in bodies] == ["one $V $(y)\n", "\ttwo $W\n"]
    assert [[e.name for e in body.expansions] for body in bodies] == [["V", None], []]
    assert [(c.name, c.nested) for c in found.commands] == [("cat", False), ("x", False), ("y", True), ("z", False)]
    assert found.problems == ()


def test_conditions_are_one_command() -> None:
    found = script("[[ -f a && ( $b =~ ^(x|y z)$ || c < d ) ]] && run")
    assert [word.text for word in found.commands[0].words] == [
        "[[", "-f", "a", "&&", "(", "$b", "=~", "^(x|y z)$", "||", "c", "<", "d", ")", "]]",
    ]  # fmt: skip
    assert words(found.commands[1]) == ["run"]


def test_a_condition_knows_what_stands_before_it() -> None:
    found = script("a && ! [[ -f b ]] || [[ -f c ]]").commands
    assert [(c.name, c.operator, c.negated) for c in found] == [
        ("a", None, False),
        ("[[", "&&", True),
        ("[[", "||", False),
    ]


def test_arithmetic_commands_are_no_commands() -> None:
    assert lines("(( a > 1 )) && b") == [["b"]]


def test_negation_belongs_to_the_command_behind_it() -> None:
    assert [(c.name, c.negated) for c in script("! a; b").commands] == [("a", True), ("b", False)]


def test_functions_and_loops_are_known_by_name() -> None:
    found = script("up() { x; }\nfunction down { y; }\nfor f in a.yml 'b.yml'; do z; done")
    assert [f.name for f in found.functions] == ["up", "down"]
    assert [(loop.name, [word.value for word in loop.words]) for loop in found.loops] == [("f", ["a.yml", "b.yml"])]


def test_the_name_is_free_of_folders() -> None:
    assert only("/usr/bin/docker ps").name == "docker"
    assert only("$X ps").name is None


def test_the_shebang_is_known() -> None:
    assert script("#!/usr/bin/env bash\na").shebang == "/usr/bin/env bash"
    assert script("a").shebang is None


def test_windows_line_endings_end_commands() -> None:
    assert lines("a b\r\nc \\\r\n d\r\n") == [["a", "b"], ["c", "d"]]


def test_spans_lead_to_the_source_across_gaps() -> None:
    source = "RUN docker build \\\n    -f docker/Dockerfile . && ls"
    cut = source.index("\\")
    resume = cut + 2
    found = parse(Mapped.join([(source[4:cut], 4), (source[resume:], resume)]))
    word = found.commands[0].words[3]
    assert source[slice(*word.span)] == "docker/Dockerfile"
    assert word.contiguous
    assert source[slice(*found.commands[0].span)] == source[4 : source.index(" &&")]


def test_opaque_stretches_are_expansions_and_not_commands() -> None:
    text = "$(COMPOSE) -f '$(DIR)/a.yml' up"
    inner = text.index("$(DIR)")
    found = parse(Mapped.whole(text), {0: 10, inner: inner + 6})
    assert len(found.commands) == 1
    first, _, path, _ = found.commands[0].words
    assert [part.kind for part in first.parts if isinstance(part, Expansion)] == ["opaque"]
    assert path.value is None
    assert path.text == "'$(DIR)/a.yml'"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("echo 'a", "a single quote is never closed"),
        ('echo "a', "a double quote is never closed"),
        ("echo $(a", "`$(` is never closed"),
        ("echo `a", "a backquote is never closed"),
        ("echo ${a", "`${` is never closed"),
        ("if a; then b", "`if` is never closed"),
        ("a; fi", "`fi` closes nothing"),
        ("a )", "`)` closes nothing"),
        ("cat <<E\nx", "no line `E` ends the here-document"),
        ("cat <<E", "the here-document has no text"),
        ("a >", "`>` without a word behind it"),
    ],
)
def test_what_a_shell_would_refuse_is_a_problem(text: str, message: str) -> None:
    assert message in [problem.message for problem in script(text).problems]


def read(text: str, takes_value: frozenset[str]) -> list[tuple[str | None, str | None]]:
    return [
        (o.name, o.value.text if o.value else None) for o in options(script(text).commands[0].arguments, takes_value)
    ]


def test_options_are_read_however_their_value_is_attached() -> None:
    takes = frozenset({"-f", "--file", "--env-file"})
    assert read("c -f a -fb -f=c --file d --file=e '--file=f g' --env-file=\"$X\" -f$Y up -dq -- -f", takes) == [
        ("-f", "a"),
        ("-f", "b"),
        ("-f", "c"),
        ("--file", "d"),
        ("--file", "e"),
        ("--file", "f g"),
        ("--env-file", '"$X"'),
        ("-f", "$Y"),
        (None, "up"),
        ("-d", None),
        ("-q", None),
        (None, "-f"),
    ]


def test_the_value_of_an_option_has_its_own_place() -> None:
    text = "c --file='a b'.yml \"--file=x\""
    first, second = (o.value for o in options(script(text).commands[0].arguments))
    assert first is not None
    assert second is not None
    assert (first.value, second.value) == ("a b.yml", "x")
    assert text[slice(*first.span)] == "'a b'.yml"
    assert text[slice(*second.span)] == "x"


@pytest.mark.parametrize(
    "text",
    [
        "exec uvicorn app:app",
        "env -i -u X A=b uvicorn app:app",
        "sudo -u www -E uvicorn app:app",
        "time -p nohup uvicorn app:app",
        "exec gosu 1000:1000 uvicorn app:app",
        "timeout -k 5 30 uvicorn app:app",
        "nice -n 5 /usr/bin/env uvicorn app:app",
        "tini -g -- uvicorn app:app",
        "uvicorn app:app",
    ],
)
def test_wrappers_are_taken_off(text: str) -> None:
    assert words(unwrap(only(text))) == ["uvicorn", "app:app"]


@pytest.mark.parametrize("text", ["command -v docker", "exec", "env A=b", "exec 3>&1", "sudo -v"])
def test_a_wrapper_that_runs_nothing_stays(text: str) -> None:
    assert unwrap(only(text)) == only(text)


def test_what_env_assigns_joins_the_assignments() -> None:
    command = unwrap(only("A=1 env B=2 sudo C=$x run"))
    assert [(a.name, a.word.text) for a in command.assignments] == [("A", "1"), ("B", "2"), ("C", "$x")]


# Against other readers of the same text.

plain = st.text(st.sampled_from("ab-=./:,%@+ \t\"'\\#"), max_size=8)


@given(st.lists(plain.map(quote) | plain.map(shlex.quote), min_size=1, max_size=6))
def test_quoted_words_come_back_as_shlex_reads_them(quoted: list[str]) -> None:
    text = "run " + " ".join(quoted)
    assert words(only(text)) == shlex.split(text)


unquoted = st.text(st.sampled_from("ab-./:,%@+^_0"), min_size=1, max_size=5)
single = st.text(st.sampled_from('ab \\"$`#\n;&|()<>'), max_size=5).map(lambda t: f"'{t}'")
double = st.text(st.sampled_from("ab 'é;&|()<>#\n"), max_size=5).map(lambda t: f'"{t}"')
escaped = st.sampled_from(list("ab \\\"'$`#;&|()<>*\n")).map(lambda c: "\\" + c)
escaped_in_quotes = st.sampled_from(list('ab\\"$`\n')).map(lambda c: f'"\\{c}"')
ansi = st.sampled_from(["\\n", "\\t", "\\\\", "\\'", "\\x41", "\\101", "\\u00e9", "a b", "\\z"]).map(
    lambda t: f"$'{t}'"
)
static_word = st.lists(unquoted | single | double | escaped | escaped_in_quotes | ansi, min_size=1, max_size=4).map(
    "".join
)


@needs_bash
@settings(max_examples=15)
@given(st.lists(st.lists(static_word, min_size=1, max_size=5), min_size=20, max_size=40))
def test_static_words_come_back_as_bash_reads_them(rows: list[list[str]]) -> None:
    text = "\n".join("printf '%s\\0' row " + " ".join(row) for row in rows)
    printed = subprocess.run(
        ["bash", "-f", "-c", text], capture_output=True, check=True, env={"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"}
    ).stdout.decode()
    ours = [[word.value for word in command.words[2:]] for command in script(text).commands]
    assert "".join(f"{value}\0" for row in ours for value in row) == printed


@needs_bash
@given(st.text(max_size=20).filter(lambda t: "\0" not in t))
@settings(max_examples=30)
def test_quote_means_the_text_to_the_letter(text: str) -> None:
    printed = subprocess.run(["bash", "-c", "printf %s " + quote(text)], capture_output=True, check=True).stdout
    assert printed == text.encode()


Built = tuple[str, list[tuple[str, tuple[str, ...]]]]
FORMS = {
    "if {0}; then {1}\nelse\n{2}; fi": ("if", "if", "if"),
    "if {0}\nthen {1}\nelif {2}; then :; fi > out": ("if", "if", "if"),
    "while {0}; do {1}; done 2>&1": ("while", "while"),
    "until {0}\ndo\n{1} &\ndone": ("until", "until"),
    "for i in a 'b c'\ndo {0}; done": ("for",),
    "for ((i = 0; i < (3); i++)); do {0}; done": ("for",),
    "case \"$x\" in a|'b') {0} ;; (*)\n{1}\nesac": ("case", "case"),
    "( {0}; {1} )": ("(", "("),
    "{{ {0} | {1}; }}": ("{", "{"),
    "f() {{\n{0}\n}}": ("function",),
    "! {0} && {1} || {2}": (None, None, None),
    'x=$( {0}) : "$( {1})" # (if\n': ("$(", "$("),
    ": <( {0}) ${{v:-$( {1})}} $((1 + $( {2}))) '$(x'": ("<(", "$(", "$("),
    "cat <<'E' |\n$(x if\nE\n{0}": (None,),
    "cat <<-E; {{\n\t'if\n\tE\n{0}\n}}": ("{",),
    "[[ -n $( {0}) && a =~ (b|c) ]] && {1}": ("$(", None),
}
FILLERS = frozenset({":", "cat", "[["})


def put_together(form: str, parts: list[Built]) -> Built:
    kinds = FORMS[form]
    used = list(zip(kinds, parts, strict=False))
    texts = [f"(\n{text}\n)" if "\n" in text else text for _, (text, _) in used]
    found = [
        (name, ((kind,) if kind else ()) + (("(",) if "\n" in text else ()) + enclosing)
        for kind, (text, commands) in used
        for name, enclosing in commands
    ]
    return form.format(*texts), found


def built(names: st.SearchStrategy[str]) -> st.SearchStrategy[Built]:
    leaf: st.SearchStrategy[Built] = names.map(lambda name: (f"{name} -x 'a b'", [(name, ())]))
    return st.recursive(
        leaf,
        lambda inner: st.builds(put_together, st.sampled_from(sorted(FORMS)), st.lists(inner, min_size=3, max_size=3)),
        max_leaves=12,
    )


@given(built(st.sampled_from(["alpha", "beta", "gamma"])))
def test_every_composition_of_constructs_is_flattened(script_and_commands: Built) -> None:
    text, expected = script_and_commands
    found = script(text)
    assert found.problems == ()
    assert [(c.name, c.enclosing) for c in found.commands if c.words and c.name not in FILLERS] == expected


pieces = st.sampled_from(
    ["a", "b", " ", " ", "\n", ";", "&", "|", "&&", "(", ")", "{ ", "}", "if ", "then ", "fi", "do ", "done", "for ",
     "in ", "case ", "esac", "while ", "$(", "`", "${", "$((", "))", "'", '"', "\\", "$", "$x", "[[ ", "]]", "<<E\n",
     "E\n", "<", ">", "<(", "#", "=", "x=(", "f() ", "!", ";;", "$'", "\r\n", "\udc80", "é", "\t", "@("],
)  # fmt: skip
messy = st.lists(pieces, max_size=40).map("".join) | st.text(max_size=60)


def every_word(found: Script) -> list[Word]:
    return [word for command in found.commands for word in command.words]


@given(messy)
@example("$(" * 3000)
@example("`${" * 3000)
@example("x=($((" * 2000)
@example("{ " * 3000)
@example("a <<E " * 50)
def test_any_text_is_parsed_with_spans_inside_it_and_in_order(text: str) -> None:
    found = script(text)
    starts = [command.start for command in found.commands]
    assert starts == sorted(starts)
    for command in found.commands:
        assert 0 <= command.start <= command.end <= len(text)
        at = command.start
        for word in command.words:
            assert at <= word.start < word.end <= command.end
            at = word.end
    for word in every_word(found):
        at = word.start
        for part in word.parts:
            assert at <= part.start <= part.end <= word.end
            at = part.end
    for problem in found.problems:
        assert 0 <= problem.span.start <= problem.span.end <= len(text)


@needs_bash
@settings(max_examples=60)
@given(messy.map(lambda text: "".join(char for char in text if char not in "`\0\r\udc80")))
def test_what_bash_accepts_has_no_problem(text: str) -> None:
    accepted = subprocess.run(["bash", "-O", "extglob", "-n"], input=text.encode(), capture_output=True, check=False)
    unread = "$((" in text  # What is no arithmetic after all, bash reads only when it runs.
    if accepted.returncode == 0 and not accepted.stderr and not unread:
        assert script(text).problems == ()


@pytest.mark.parametrize(
    "unit", ["$(", "`", "${", "$((", "((", "'", '"', "\\", "( ", "{ ", "if ", "if a; then ", "case x in ", "<<E\n",
             "x=(", "a && ", "$'", "[[ ", "f() ", "@(", "! ", "a | ", "done ", "{ a; } & ", "$((a) ", "<("],
)  # fmt: skip
def test_time_is_linear_in_the_length(unit: str) -> None:
    assert is_linear(script, unit)
