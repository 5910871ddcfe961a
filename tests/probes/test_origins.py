"""Where values come from: what a request carries, and what it no longer decides."""

from __future__ import annotations

import ast
import textwrap

import pytest

from pytest_readiness.probes.origins import Tracer
from pytest_readiness.probes.program import Program, last_name


def reaching(body: str, **others: str) -> list[str]:
    """What reaches the argument of ``sink(...)`` in a module, by its words."""
    texts = {"app.py": textwrap.dedent(body)}
    texts |= {f"{name}.py": textwrap.dedent(text) for name, text in others.items()}
    program = Program(texts)
    tracer = Tracer(program)
    return sorted(
        one.what
        for path in sorted(texts)
        if (module := program.module(path))
        for call, scope in module.calls
        if last_name(call.func) == "sink"
        for one in tracer.inputs(call.args[0], scope)
    )


def in_view(lines: str) -> list[str]:
    """What reaches ``sink`` in the body of a view of Flask."""
    return reaching("def view():\n" + textwrap.indent(textwrap.dedent(lines), "    "))


@pytest.mark.parametrize(
    ("lines", "what"),
    [
        ("sink(request.args['a'])", "a of request.args"),
        ("sink(flask.request.form.get('a', ''))", "a of flask.request.form"),
        ("x = request.json\nsink(x['a'])", "a of request.json"),
        ("x = await request.json()\nsink(f'<{x}>')", "request.json"),
        ("a, b = 'x', request.cookies\nsink(b)", "request.cookies"),
        ("for x in request.args.values():\n    sink(x.strip() + '!')", "request.args"),
        ("x = 'a'\nx += request.values['a']\nsink(x)", "a of request.values"),
        ("x = []\nx.append(request.headers['a'])\nsink(' '.join(x))", "a of request.headers"),
        ("sink('%s and %s' % ('x', request.GET['a']))", "a of request.GET"),
        ("sink('{}'.format(request.POST['a']) if x else None)", "a of request.POST"),
        ("sink(json.loads(b64decode(request.data))['a'])", "a of request.data"),
        ("sink([y for y in request.args])", "request.args"),
        ("sink(self.get_argument('a'))", "self.get_argument"),
    ],
)
def test_what_a_request_carries_is_followed(lines: str, what: str) -> None:
    assert in_view(lines) == [what]


@pytest.mark.parametrize(
    "lines",
    [
        "sink('constant')",
        "sink(int(request.args['a']))",
        "x = request.args['a']\nx = int(x)\nsink(x)",
        "sink(request.args.get('a', type=int))",
        "sink(request.args.get('a', 1, int))",
        "x = [y for y in request.args.getlist('a') if y in ALLOWED]\nsink(', '.join(x))",
        "x = request.args['a']\nx = x if x in ALLOWED else 'id'\nsink(x)",
        "sink(TABLE[request.args['a']])",
        "sink(TABLE.get(request.args['a'], 'name'))",
        "x = request.args['a']\nif x not in ALLOWED:\n    abort(400)\nsink(x)",
        "x = request.args['a']\nif not x.isdigit():\n    abort(400)\nsink(x)",
        "x = request.args['a']\nif not re.fullmatch('[a-z]+', x):\n    abort(400)\nsink(x)",
        "sink(quote_identifier(request.args['a']))",
        "sink(request.args['a'].replace(\"'\", \"''\"))",
        "sink(', '.join('?' for _ in request.args))",
        "sink('LIMIT %d' % request.args['a'])",
        "sink(f\"{request.args['a']:d}\")",
        "sink(settings.table + self.column)",
        "sink(request.user.name)",
        "sink(len(request.data) * 'x')",
    ],
)
def test_what_a_request_no_longer_decides_is_not(lines: str) -> None:
    assert in_view(lines) == []


def test_parameters_of_routes_are_a_requests() -> None:
    source = """
        @app.get("/items/{name}")
        async def item(name: str, count: int, kind: Literal["a"], who: str = Depends(user)):
            sink((name, count, kind, who))
    """
    assert reaching(source) == ["the parameter name of item()"]


def test_a_converter_of_flask_makes_a_number() -> None:
    source = """
        @app.route("/items/<int:number>/<name>")
        def item(number, name, other=None):
            sink((number, name, other))
    """
    assert reaching(source) == ["the parameter name of item()"]


def test_fields_of_a_model_have_types() -> None:
    source = """
        class Order(BaseModel):
            name: str
            count: int

        @app.post("/orders")
        def order(wanted: Order):
            sink((wanted.name, 1))
            other(sink(wanted.count))
    """
    assert reaching(source) == ["the parameter wanted of order()"]


def test_handlers_that_a_document_names_are_routes() -> None:
    text = "def find(name):\n    sink(name)\n"
    program = Program({"api/views.py": text}, frozenset({"api.views.find"}))
    module = program.module("api/views.py")
    assert module is not None
    call, scope = module.calls[0]
    assert [one.what for one in Tracer(program).inputs(call.args[0], scope)] == [
        "the parameter name of find()"
    ]


def test_callers_and_answers_are_followed_over_modules() -> None:
    app = """
        from store import find

        def shown(text):
            return f"({text})"

        @app.get("/items/{name}")
        def item(name: str):
            return find(1, shown(name))
    """
    store = """
        def find(number, name, way="asc"):
            return run(name + way)

        def run(text):
            sink(text)
    """
    assert reaching(app, store=store) == ["the parameter name of item()"]


def test_a_name_that_means_two_functions_means_none() -> None:
    app = """
        @app.get("/items/{name}")
        def item(name: str):
            return store.find(name)
    """
    store = "def find(name):\n    sink(name)\n"
    assert reaching(app, store=store, shelf="def find(name): pass\n") == []


def test_functions_that_call_each_other_end() -> None:
    source = """
        def one(x):
            return two(x)

        def two(x):
            sink(x)
            return one(x)
    """
    assert reaching(source) == []


def test_only_what_stands_between_words_of_sql_is_joined() -> None:
    source = (
        "def view():\n    sink(request.args['a'] + '!')\n    sink('WHERE a=' + request.args['b'])\n"
    )
    program = Program({"app.py": source})
    module = program.module("app.py")
    assert module is not None
    traced = [Tracer(program).trace(call.args[0], scope) for call, scope in module.calls]
    assert [[one.name for one in each.joined_inputs] for each in traced] == [[], ["b"]]


@pytest.mark.parametrize("name", ["sql", "user_sql", "statement"])
def test_a_whole_statement_is_a_console(name: str) -> None:
    source = "def view():\n    sink('SELECT * FROM (%s)' % request.args['NAME'])\n"
    program = Program({"app.py": source.replace("NAME", name)})
    module = program.module("app.py")
    assert module is not None
    call, scope = module.calls[0]
    assert not Tracer(program).trace(call.args[0], scope).joined_inputs


def test_a_source_that_cannot_be_parsed_is_told() -> None:
    program = Program({"old.py": "print 'x'\n"})
    assert program.module("old.py") is None
    assert "old.py" in str(program.unreadable[0])


def test_lines_below_a_condition_are_an_option() -> None:
    import re

    module = Program({"a.py": "if insecure:\n    x = 1\ny = 2\n"}).module("a.py")
    assert module is not None
    assert module.is_behind(2, re.compile("insecure"))
    assert not module.is_behind(3, re.compile("insecure"))
    assert isinstance(module.tree, ast.Module)
