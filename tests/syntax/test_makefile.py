from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dockwright.syntax import shell
from dockwright.syntax.makefile import (
    Makefile,
    Rule,
    Word,
    expand,
    expand_for_shell,
    expand_words,
    parse,
    phony_targets,
    targets,
    uses,
)
from dockwright.text import Mapped, Source
from work import is_linear


def make(text: str) -> Makefile:
    return parse(Source("Makefile", text))


def texts(words: tuple[Word, ...]) -> list[str]:
    return [word.text for word in words]


def rule_of(file: Makefile, target: str) -> Rule:
    return targets(file)[target]


def recipe_of(file: Makefile, target: str, automatic: dict[str, str] | None = None) -> list[str]:
    rule = rule_of(file, target)
    return [expand(file, line.mapped, automatic or {}, rule).text for line in rule.recipe]


# Reading


def test_a_rule_knows_its_parts_and_their_places() -> None:
    text = "# x\na b: c \\\n  d | e ## Build it\n\t@-echo hi\n\n\techo $@\n# y\n"
    (rule,) = make(text).rules
    assert texts(rule.targets) == ["a", "b"]
    assert texts(rule.prerequisites) == ["c", "d"]
    assert texts(rule.order_only) == ["e"]
    assert rule.help == "Build it"
    assert [(r.mapped.text, r.silent, r.ignore_errors, r.always) for r in rule.recipe] == [
        ("echo hi", True, True, False),
        ("echo $@", False, False, False),
    ]
    assert text[slice(*rule.span)] == text[4 : text.index("\n# y")]
    assert text[slice(*rule.line_span)] == "a b: c \\\n  d | e ## Build it"
    assert [text[slice(*word.span)] for word in rule.prerequisites] == ["c", "d"]


@pytest.mark.parametrize(
    ("line", "target", "prerequisites", "pattern", "double", "recipe"),
    [
        ("a:b", ["a"], ["b"], None, False, []),
        ("a :: b", ["a"], ["b"], None, True, []),
        ("a: ; echo x; echo y # z", ["a"], [], None, False, ["echo x; echo y # z"]),
        ("a: b # c ; d", ["a"], ["b"], None, False, []),
        ("a-up b-up: %-up: %-certs x", ["a-up", "b-up"], ["%-certs", "x"], "%-up", False, []),
        ("$(X:%=%-up): %-up: $(Y:%=%.z)", ["$(X:%=%-up)"], ["$(Y:%=%.z)"], "%-up", False, []),
        ("a b &: c", ["a", "b"], ["c"], None, False, []),
        ("a\\:b: c\\ d", ["a:b"], ["c d"], None, False, []),
        ("include: export", ["include"], ["export"], None, False, []),
        ("a: b;@c", ["a"], ["b"], None, False, ["c"]),
    ],
)
def test_rule_lines(
    line: str, target: list[str], prerequisites: list[str], pattern: str | None, double: bool, recipe: list[str]
) -> None:
    file = make(line + "\n")
    (rule,) = file.rules
    assert (texts(rule.targets), texts(rule.prerequisites)) == (target, prerequisites)
    assert (rule.pattern.text if rule.pattern else None, rule.double_colon) == (pattern, double)
    assert [line.mapped.text for line in rule.recipe] == recipe
    assert file.problems == ()


@pytest.mark.parametrize(
    ("line", "name", "flavor", "value"),
    [
        ("A = b c ", "A", "=", "b c "),
        ("A:=b # c", "A", ":=", "b "),
        ("A ::= b", "A", "::=", "b"),
        ("A ?= b", "A", "?=", "b"),
        ("A += b", "A", "+=", "b"),
        ("A != ls", "A", "!=", "ls"),
        ("A = b \\\n   c\\\n d", "A", "=", "b c d"),
        ("A = b\\#c # d", "A", "=", "b#c "),
        ("A = $(shell a # b) c", "A", "=", "$(shell a # b) c"),
        ("A$(B)-C = d", "A$(B)-C", "=", "d"),
        ("export override A = b", "A", "=", "b"),
        ("export = x", "export", "=", "x"),
        ("ifdef = x", "ifdef", "=", "x"),
        ("A =", "A", "=", ""),
        ("a.b/c=d:e", "a.b/c", "=", "d:e"),
        ("define A\nb\n c = d\nendef", "A", "=", "b\n c = d"),
        ("define A :=\ndefine B\nx\nendef\nendef # c", "A", ":=", "define B\nx\nendef"),
        ("override define A\nendef", "A", "=", ""),
    ],
)
def test_definitions(line: str, name: str, flavor: str, value: str) -> None:
    text = f"# x\n{line}\n"
    file = make(text)
    (variable,) = file.variables
    assert (variable.name, variable.flavor, variable.value.text) == (name, flavor, value)
    assert text[slice(*variable.name_span)] == name
    assert text[slice(*variable.span)] == line
    assert variable.export == line.startswith("export ov")
    assert file.problems == ()


def test_a_target_has_variables_of_its_own() -> None:
    file = make("up down: export ENV := dev # x\nup:\n\techo $(ENV) $(OTHER)\nOTHER = a\n")
    (variable,) = file.rules[0].variables
    assert (variable.name, variable.flavor, variable.value.text, variable.export) == ("ENV", ":=", "dev ", True)
    assert recipe_of(file, "up") == ["echo dev  a"]
    assert expand(file, Mapped.whole("$(ENV)")).text == "$(ENV)"


def test_recipes_are_joined_as_make_joins_them() -> None:
    text = "a:\n\tx \\\n\t\ty \\\n  z\n"
    (line,) = make(text).rules[0].recipe
    assert line.mapped.text == "x \\\n\ty \\\n  z"
    assert text[line.mapped.offset(line.mapped.text.index("y"))] == "y"


def test_another_recipe_prefix_is_followed() -> None:
    file = make(".RECIPEPREFIX = >\na:\n> echo x\n.RECIPEPREFIX =\nb:\n\techo y\n")
    assert [[line.mapped.text for line in rule.recipe] for rule in file.rules] == [["echo x"], ["echo y"]]


def test_windows_line_endings_and_a_mark_are_no_part_of_the_text() -> None:
    file = make("\ufeffA = b\\\r\n c\r\nd: e\r\n\tf \\\r\n\tg\r\ndefine H\r\n1\r\n2\r\nendef\r\n")
    assert [v.value.text for v in file.variables] == ["b c", "1\n2"]
    assert texts(file.rules[0].prerequisites) == ["e"]
    assert [line.mapped.text for line in file.rules[0].recipe] == ["f \\\ng"]
    assert file.problems == ()


def test_includes_are_words_with_places() -> None:
    text = "include a.mk $(B)/*.mk # c\n-include .env\nsinclude x\n"
    file = make(text)
    assert [(texts(i.words), i.optional) for i in file.includes] == [
        (["a.mk", "$(B)/*.mk"], False),
        ([".env"], True),
        (["x"], True),
    ]
    assert text[slice(*file.includes[1].words[0].span)] == ".env"


def test_conditionals_do_not_end_a_rule() -> None:
    file = make("a:\nifdef X\n\tb\nelse ifeq ($(Y),1)\n\tc\nelse\n\td\nendif\n\te\n")
    assert [line.mapped.text for line in file.rules[0].recipe] == ["b", "c", "d", "e"]
    assert [piece.kind for piece in file.pieces] == [
        "rule", "conditional", "recipe", "conditional", "recipe", "conditional", "recipe", "conditional", "recipe",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("export A B\n", "directive"),
        ("export\n", "directive"),
        ("unexport A\n", "directive"),
        ("vpath %.c src\n", "directive"),
        ("$(call each,a)\n", "directive"),
        ("$(info hello: world)\n", "directive"),
        ("  # c\n", "comment"),
        (" \t\n", "blank"),
    ],
)
def test_other_lines_have_a_kind(text: str, kind: str) -> None:
    file = make(text)
    assert [piece.kind for piece in file.pieces] == [kind]
    assert file.problems == ()


@pytest.mark.parametrize(
    ("text", "message", "place"),
    [
        ("a:\n    echo x\n", "missing separator", "    echo x"),
        ("hello\n", "missing separator", "hello"),
        ("\techo x\n", "a recipe before the first target", "\techo x"),
        ("a: b\nX = 1\n\techo x\n", "a recipe before the first target", "\techo x"),
        ("define A\nb\n", "`define` without `endef`", "define A"),
        ("ifdef A\nb:\n", "this conditional has no `endif`", "ifdef A"),
        ("endif\n", "`endif` without a conditional", "endif"),
        ("else\n", "`else` without a conditional", "else"),
        ("endef\n", "`endef` without `define`", "endef"),
    ],
)
def test_what_make_would_refuse_is_a_problem(text: str, message: str, place: str) -> None:
    (problem,) = make(text).problems
    assert (problem.message, text[slice(*problem.span)]) == (message, place)


def test_phony_targets_are_known_as_written_and_expanded() -> None:
    file = make(".PHONY: help $(foreach e,$(ENVS),$(e)-up) $(UNKNOWN)\nENVS = dev test\n.PHONY: z\n.ONESHELL:\n")
    assert texts(file.phony) == ["help", "$(foreach e,$(ENVS),$(e)-up)", "$(UNKNOWN)", "z"]
    assert list(phony_targets(file)) == ["help", "dev-up", "test-up", "z"]
    assert file.oneshell


# Expansion


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$(A)/x ${A} $A", "one/x one one"),
        ("$(REC)", "one two"),
        ("$$HOME $$(date) $$", "$HOME $(date) $"),
        ("$(LIST:%=%-up)", "a-up b-up"),
        ("$(LIST:a=z) $(FILES:.c=.o)", "z b x.o y.o"),
        ("$(patsubst %.c,%.o,$(FILES)) $(addprefix -f ,$(LIST))", "x.o y.o -f a -f b"),
        ("$(addsuffix -up,$(LIST)) $(filter-out a,$(LIST)) $(filter %.c,$(FILES) z)", "a-up b-up b x.c y.c"),
        ("$(foreach e,$(LIST),-f $(e).yml)", "-f a.yml -f b.yml"),
        ("$(call compose,dev,x) up", "docker compose -f dev.yml x up"),
        ("$($(NAME))", "one"),
        ("$(strip  $(LIST) )", "a b"),
        ("$@ $* $<", "$@ dev $<"),
        ("$(ADD)", "p q r"),
        ("$(KEPT) $(UNSET)", "first second"),
        ("$(UNKNOWN) ${CURDIR} $(shell ls) $(wildcard *)", "$(UNKNOWN) ${CURDIR} $(shell ls) $(wildcard *)"),
        ("$(LOOP) $(SELF)", "$(LOOP) $(SELF)x"),
        ("$(RAN)", "$(RAN)"),
        ("$(A", "$(A"),
        ("$", "$"),
        ("$(subst a,b,c)", "$(subst a,b,c)"),
    ],
)
def test_what_the_file_defines_is_expanded(text: str, expected: str) -> None:
    file = make(
        "A = one\nREC = $(A) $(B)\nB = two\nLIST := a b\nFILES = x.c y.c\nNAME = A\nADD := p\nADD += q\nADD += r\n"
        "compose = docker compose -f $(1).yml $(2)\nKEPT = first\nKEPT ?= no\nUNSET ?= second\n"
        "LOOP = $(LOOP2)\nLOOP2 = $(LOOP)\nSELF := $(SELF)x\nRAN != ls\n"
    )
    assert expand(file, Mapped.whole(text), {"*": "dev"}).text == expected


def test_expanded_text_keeps_the_place_where_it_is_written() -> None:
    text = "DIR = compose\nFILE = $(DIR)/a.yml\nup:\n\tdocker compose -f $(FILE) up\n"
    file = make(text)
    expanded = expand(file, rule_of(file, "up").recipe[0].mapped)
    assert expanded.text == "docker compose -f compose/a.yml up"
    at = expanded.text.index("/a.yml")
    assert text[slice(*expanded.span(at, at + 6))] == "/a.yml"
    assert expanded.contiguous(at, at + 6)
    assert not expanded.contiguous(at - 7, at + 6)
    at = expanded.text.index("compose/")
    assert expanded.offset(at) == text.index("compose\n")


def test_a_simple_variable_may_build_on_its_own_earlier_value() -> None:
    file = make("F := -f a.yml\nF := $(F) -f b.yml\nG = x\nG += $(F)\n")
    assert expand(file, Mapped.whole("$(F)")).text == "-f a.yml -f b.yml"
    assert expand(file, Mapped.whole("$(G)")).text == "x -f a.yml -f b.yml"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("E ?= dev\nifeq ($(E),prod)\nF = p\nelse\nF = d\nendif", "d"),
        ("E = prod\nifeq '$(E)' \"prod\"\nF = p\nelse\nF = d\nendif", "p"),
        ("F = a\nifdef CI\nF += ci\nendif", "a"),
        ("ifneq ($(CI),true)\nF = local\nelse\nF = ci\nendif", "local"),
        ("ifeq ($(E),a)\nF=1\nelse ifeq ($(E),)\nF=2\nelse\nF=3\nendif", "2"),
        ("F = a\nifeq ($(shell uname),Linux)\nF = b\nendif", "$(F)"),
        ("ifeq ($(OS),Windows_NT)\nF = w\nelse\nF = l\nendif", "$(F)"),
        ("include .env\nF = a\nifdef CI\nF = b\nendif", "$(F)"),
        ("ifndef F\nF = a\nendif", "$(F)"),
    ],
)
def test_conditionals_are_decided_where_the_file_decides_them(text: str, expected: str) -> None:
    assert expand(make(text + "\n"), Mapped.whole("$(F)")).text == expected


def test_a_billion_laughs_stay_short() -> None:
    text = "".join(f"A{n} = $(A{n + 1})$(A{n + 1})\n" for n in range(60)) + "A60 = ha\n"
    assert len(expand(make(text), Mapped.whole("$(A0)")).text) < 5_000_000


def test_a_shell_does_not_look_into_what_make_alone_knows() -> None:
    file = make("up:\n\t$(DOCKER) compose -f '$(CURDIR)/a.yml' -p $$(id -un) $(X)\n")
    expanded = expand_for_shell(file, file.rules[0].recipe[0].mapped)
    script = shell.parse(expanded.mapped, expanded.opaque)
    assert [[word.text for word in command.words] for command in script.commands] == [
        ["$(DOCKER)", "compose", "-f", "'$(CURDIR)/a.yml'", "-p", "$(id -un)", "$(X)"],
        ["id", "-un"],
    ]
    assert script.commands[0].words[3].value is None


def test_targets_are_those_that_variables_and_patterns_name() -> None:
    file = make(
        "ENVS = dev test\n.PHONY: all\nall: $(ENVS:%=%-up)\n$(ENVS:%=%-up): %-up: certs\n\tup $*\n"
        "%.o: %.c\n\tcc\ncerts:\n$(X):\ndev-up: x\n"
    )
    found = targets(file)
    assert list(found) == ["all", "dev-up", "test-up", "certs"]
    assert [line.mapped.text for line in found["dev-up"].recipe] == ["up $*"]


def test_uses_are_every_reference_with_its_name() -> None:
    text = "$(A) ${B:x=y} $C $$D $(call f,$(E)) $($(G)) $(H"
    assert [(text[u.start : u.end], u.name, u.function, u.escaped) for u in uses(Mapped.whole(text))] == [
        ("$(A)", "A", False, False),
        ("${B:x=y}", "B", False, False),
        ("$C", "C", False, False),
        ("$$", "$", False, True),
        ("$(call f,$(E))", "call", True, False),
        ("$(E)", "E", False, False),
        ("$($(G))", None, False, False),
        ("$(G)", "G", False, False),
    ]


# Against make itself

FIXTURES = {
    "plain": "A = x\nB := $(A) y\nall: one two\none:\n\t@echo $(A)\n\techo b\ntwo: | one ; echo c\n",
    "static pattern": "E = dev test\n$(E:%=%-up): %-up: certs %.env\n\tup $*\ncerts:\n\ttouch $@\ndev.env test.env:\n",
    "continued": "A = a \\\n  b \\\n\tc\nall: x \\\n   y\n\techo a \\\n\t  b \\\n    c\nx y:\n",
    "comments": "A = b # c\nB = d\\#e\nall: b # c ; d\n\techo # kept\n# x \\\n still: a comment\nb:\n",
    "conditionals": "E ?= dev\nifeq ($(E),dev)\nF = d\nelse\nF = p\nendif\n"
    "all:\nifdef F\n\techo $(F)\nendif\n\techo z\n",
    "define": "define RUN\necho a\necho b\nendef\nall:\n\t$(RUN)\n",
    "target variables": "all: A = b\nall: B := c\nall: x\n\techo $(A)\nx:\n",
    "double colon": "all:: a\n\techo 1\nall:: b\n\techo 2\na b:\n",
    "prefix": ".RECIPEPREFIX = >\nall: a\n> echo x\na:\n",
    "crlf": "A = b\r\nall: a\r\n\techo x\r\na:\r\n",
    "appended": "A = a\nA += b\nB := c\nB += $(A)\nall: ; @echo $(A) $(B)\n",
    "phony": ".PHONY: all $(foreach e,a b,$(e)-up)\nall: a-up\na-up b-up:\n\techo $@\n",
    "odd names": "a.b-c/d: e%f\ne%f:\n\ttouch $@\nX.Y = 1\n$(X.Y)z:\n\techo\n",
    "functions": "L = a b c\nall: $(addprefix x-,$(L)) $(filter-out b,$(L)) $(patsubst %,y-%,$(L))\n"
    "$(addprefix x-,$(L)) $(L) $(patsubst %,y-%,$(L)):\n",
    "spaces": "all : a\n\t  echo x \n\n\techo y\n  a:\n\techo z\nB   =   c  \n",
    "export": "export A = b\nexport A\noverride C := d\nall:\n",
    "signs": "A = b ; c\nall: x\nx:\n\techo 'x: y' ; echo = z\n",
}


def database(path: Path) -> tuple[dict[str, tuple[str, str]], dict[str, tuple[set[str], list[str]]]]:
    """What `make -p` says: variables as (flavor, value), files as (prerequisites, recipe)."""
    out = subprocess.run(
        ["make", "-prRnq", "-f", path.name], cwd=path.parent, capture_output=True, check=False
    ).stdout.decode()
    origin = r"^# (?:makefile|'override' directive) \(from[^\n]*\n"
    variables: dict[str, tuple[str, str]] = {}
    for name, flavor, value in re.findall(origin + r"([^\s#]+) (:?=) ?([^\n]*)$", out, re.M):
        variables[name] = (flavor, value)
    for name, value in re.findall(origin + r"define ([^\s#]+)\n(.*?)\nendef$", out, re.M | re.S):
        variables[name] = ("=", value)
    files: dict[str, tuple[set[str], list[str]]] = {}
    section = out[out.index("\n# Files") :]
    for block in section.split("\n\n"):
        lines = block.strip("\n").split("\n")
        if "# Not a target:" in lines:
            continue
        head = next((line for line in lines if not line.startswith(("#", "\t")) and "=" not in line), None)
        if head is None or ":" not in head:
            continue
        name, _, needs = head.partition(":")
        recipe = block.partition("#  recipe to execute")[2].partition("\n")[2]
        needed, done = files.get(name, (set(), []))
        needed |= set(needs.strip(": ").replace("|", " ").split())
        files[name] = (needed, done + ([recipe] if recipe else []))
    return variables, files


def ours(file: Makefile) -> dict[str, tuple[set[str], list[str]]]:
    found: dict[str, tuple[set[str], list[str]]] = {}
    for rule in file.rules:
        for target in expand_words(file, rule.targets):
            needed, done = found.setdefault(target.text, (set(), []))
            for word in expand_words(file, (*rule.prerequisites, *rule.order_only)):
                name = word.text
                if rule.pattern is not None:
                    before, _, after = rule.pattern.text.partition("%")
                    name = name.replace("%", target.text[len(before) : len(target.text) - len(after)])
                needed.add(name)
            done.extend(
                file.source.text[slice(*line.span)].removeprefix(file.recipe_prefix).replace("\r", "")
                for line in rule.recipe
            )
    return found


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
@pytest.mark.parametrize("name", FIXTURES)
def test_make_reads_the_same(name: str, tmp_path: Path) -> None:
    path = tmp_path / "Makefile"
    path.write_bytes(FIXTURES[name].encode())
    file = make(FIXTURES[name])
    variables, files = database(path)
    assert file.problems == ()
    read = ours(file)
    assert {target: needs for target, (needs, _) in read.items()} == {t: needs for t, (needs, _) in files.items()}
    for target, (_, recipe) in files.items():
        made = [line for part in recipe for line in re.split(r"(?<!\\)\n", part)]
        mine = read[target][1]
        assert [re.sub(r"\\\n\s*", "", line.lstrip("\t>").strip()) for line in made if line.strip()] == [
            re.sub(r"\\\n\s*", "", line.strip()) for line in mine
        ]
    assert set(file.definitions) - {".RECIPEPREFIX"} == set(variables) - {".RECIPEPREFIX", "MAKEFILE_LIST"}
    for variable in file.definitions:
        if variable == ".RECIPEPREFIX":
            continue
        flavor, value = variables[variable]
        last = [v for v in file.definitions[variable] if v.flavor not in ("+=", "?=")]
        assert flavor == (last[-1].flavor if last else "=")
        known = expand(file, Mapped.whole(f"$({variable})")).text
        assert known == expand(file, Mapped.whole(value)).text


# Any text

pieces = st.sampled_from(
    ["a", "b:", " ", "\t", "\n", "\n\t", "\\\n", "\r\n", "=", ":=", "#", "$(", "${", ")", "}", "$$", "$a", ";", "|",
     "define A\n", "endef\n", "ifeq (", "ifdef A\n", "else\n", "endif\n", "include ", "export ", "%", "::", "@", ",",
     "A = $(A)\n", "B = $(C)\n", "C = $(B)\n", "call A,", "foreach x,", "\udc80", "é", ".RECIPEPREFIX = >\n", "\\#"],
)  # fmt: skip
messy = st.lists(pieces, max_size=50).map("".join) | st.text(max_size=60)


@given(messy)
@example("\ufeff")
@example("$(" * 2000)
@example("ifeq (" * 300)
@example("ifdef A\n" * 300 + "else ifdef B\n" * 300)
def test_any_text_is_tiled_and_expanded(text: str) -> None:
    file = make(text)
    assert "".join(text[slice(*piece.span)] for piece in file.pieces) == text
    for rule in file.rules:
        for word in (*rule.targets, *rule.prerequisites, *rule.order_only):
            assert 0 <= word.span.start <= word.span.end <= len(text)
        for line in rule.recipe:
            assert rule.span.covers(line.span)
            assert expand_for_shell(file, line.mapped, {"@": "x"}, rule).mapped.span().end <= len(text)
    for variable in file.variables:
        assert variable.span.covers(variable.name_span)
        expand(file, variable.value)
        uses(variable.value)
    for problem in file.problems:
        assert 0 <= problem.span.start <= problem.span.end <= len(text)
    targets(file)
    phony_targets(file)


@pytest.mark.parametrize(
    "unit",
    ["$(", "${a ", "a\\\n", "ifdef A\n", "else ifdef A\n", "a: b\n\tc\n", "define a\n", "A = $(A)\n", "a:$(", "#\\\n",
     "x := $(x) y\n", "$(call x,", ",", "\\#"],
)  # fmt: skip
def test_time_is_linear_in_the_length(unit: str) -> None:
    def read(text: str) -> None:
        file = make(text)
        targets(file)
        expand(file, Mapped.whole(text[:500]))

    assert is_linear(read, unit)
