"""Where a value comes from: whether whoever sends a request chooses it.

Read backwards from an expression: through assignments, calls of the program's own functions and
their callers, to what a web framework hands over. A value that was converted to a number, compared
with a list, looked up in a table or given to a function that quotes or validates is nobody's choice
any more. What cannot be followed (attributes of objects, other people's functions) is not taken for
a request's: what is reported here has a way that can be read along.
"""

from __future__ import annotations

import ast
import builtins
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from pytest_readiness.probes.program import (
    Function,
    argument,
    bindings,
    last_name,
    own_nodes,
    parameters,
)


if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_readiness.model import Location
    from pytest_readiness.probes.program import Module, Program, Scope


@dataclass(frozen=True)
class Input:
    """Something that a request carries."""

    what: str
    """As a reader finds it in the source: ``request.args``, ``the parameter id of get_customer``"""
    location: Location
    name: str = ""
    """Of the parameter or field, where it is known."""

    @property
    def is_console(self) -> bool:
        """It is meant to be a whole statement: a console for SQL runs what it is given."""
        return _CONSOLE.fullmatch(self.name) is not None


@dataclass(frozen=True)
class Parameter:
    """What a function is given."""

    scope: Scope
    name: str


@dataclass(frozen=True)
class Traced:
    """What an expression is made of."""

    inputs: frozenset[Input] = frozenset()
    parameters: frozenset[Parameter] = frozenset()
    joined: frozenset[Input | Parameter] = frozenset()
    """Those of them that are put together with words of SQL."""
    texts: tuple[str, ...] = ()
    """Constant strings in it, in the order of reading."""

    def __or__(self, other: Traced) -> Traced:
        return Traced(
            self.inputs | other.inputs,
            self.parameters | other.parameters,
            self.joined | other.joined,
            (*self.texts, *other.texts)[:_MOST_TEXTS],
        )

    @property
    def joined_inputs(self) -> frozenset[Input]:
        """What a request puts between words of SQL."""
        return frozenset(one for one in self.inputs & self.joined if not one.is_console)

    @property
    def together(self) -> Traced:
        """The same, put together to one text."""
        if not any(map(_SQL.search, self.texts)):
            return self
        return replace(self, joined=self.joined | self.inputs | self.parameters)


_NOTHING: Final = Traced()
_MOST_TEXTS: Final = 200
_DEEPEST: Final = 8
_MOST_STEPS: Final = 3000

_SQL: Final = re.compile(
    r"\b(?:select|from|where|and|or|set|values|order\s+by|group\s+by|i?like|limit|insert\s+into"
    r"|update|having|join|union|table)\b",
    re.IGNORECASE,
)

_CONSOLE: Final = re.compile(r"(?i)(?:\w+_)?sql(?:_\w+)?|statement")
_REQUESTS: Final = frozenset({"request", "req", "flask_request", "websocket"})
_CARRIED: Final = frozenset(
    """args base_url body COOKIES cookies data FILES files form forms full_path GET get_data
    get_json headers json match_info META params path_params POST post query query_params
    query_string read rel_url stream text url values view_args""".split()  # noqa: SIM905 - words
)
"""What request objects of Flask, Starlette, Django, DRF, aiohttp, Bottle and Sanic carry."""
_GETTERS: Final = frozenset(
    {"get_argument", "get_arguments", "get_body_argument", "get_query_argument"}  # Tornado
)
_PASSES_ON: Final = frozenset(
    """b64decode b64encode bytearray bytes BytesIO cast compile copy deepcopy dedent dict escape
    expandvars fromhex iter list literal_column loads map join next next reversed run set sorted
    str StringIO text tuple unhexlify unquote unquote_plus urlsafe_b64decode zip""".split()  # noqa: SIM905 - words
)
"""Functions of libraries whose answer is what they were given, as far as an attacker cares."""
_SETTLES: Final = re.compile(
    r"(?i)quote(?!d?_plus$)|escap|sanit|clean|identifier|valid|allow|permit|whitelist|literal_eval"
    r"|secure_filename|bind|hash|digest|digit|numeric|alnum|check(?!_output|_call)|verify|decrypt|signed|^unsign"
)
"""Names of functions after which a value is no longer the sender's choice."""
_NUMBERS: Final = frozenset(
    """int float bool len ord round abs hash sum min max id complex Decimal Fraction UUID uuid4
    date datetime time timedelta fromisoformat strptime fromtimestamp range enumerate isinstance
    hasattr startswith endswith index find count timestamp isoformat total_seconds""".split()  # noqa: SIM905 - words
)
_JOINS: Final = frozenset({"format", "format_map", "join", "replace"})
_LOOKS_UP: Final = frozenset({"get", "pop", "setdefault"})
"""What they answer comes from the table, or is the second argument."""
_READS: Final = frozenset({"get", "getlist", "getone", "pop"})
_ASKS: Final = frozenset(
    {"isdigit", "isdecimal", "isnumeric", "isalnum", "isalpha", "isidentifier"}
)
_MATCHES: Final = frozenset({"match", "fullmatch", "search", "isinstance"})
_ROUTES: Final = frozenset(
    """route get post put patch delete websocket websocket_route api_route view_config tool
    subscriber consumer""".split()  # noqa: SIM905 - words
)
_SAFE_TYPES: Final = frozenset(
    """int float bool Decimal UUID UUID1 UUID4 UUID5 date datetime time timedelta Literal
    IPv4Address IPv6Address PositiveInt NonNegativeInt NegativeInt conint confloat PositiveFloat""".split()  # noqa: SIM905, E501 - words
)
_OPEN_TYPES: Final = frozenset(
    """str bytes dict list Any object Dict List Mapping Sequence Iterable set tuple Set Tuple""".split()  # noqa: SIM905, E501 - words
)
_INJECTED: Final = frozenset(
    {"Depends", "Security", "Inject", "Provide", "FromDishka", "BackgroundTasks", "Context"}
)
_MODELS: Final = re.compile(r"Model$|Schema$|^TypedDict$|^Struct$|^SQLModel$|Base$|Request$|In$")


@dataclass(eq=False)
class Tracer:
    """Follows values of one program."""

    program: Program
    past_comparisons: bool = False
    """Follow values that are compared with lists or validated too."""
    _bindings: dict[int, dict[str, list[ast.expr]]] = field(default_factory=dict)
    _settled: dict[int, frozenset[str]] = field(default_factory=dict)
    _known: dict[tuple[int, str], tuple[frozenset[Input], frozenset[Input]]] = field(
        default_factory=dict
    )
    _steps: int = 0

    def inputs(self, node: ast.expr, scope: Scope) -> frozenset[Input]:
        """What of a request reaches an expression, through callers of the function too."""
        return self.trace(node, scope).inputs

    def trace(self, node: ast.expr, scope: Scope) -> Traced:
        """What an expression is made of; parameters are followed to what callers give."""
        self._steps = 0
        found = self._of(node, scope, frozenset(), 0)
        for parameter in found.parameters:
            inputs, joined = self._given(parameter, 0)
            if parameter in found.joined:
                joined = inputs
            found |= Traced(inputs, joined=frozenset(joined))
        return found

    # --- expressions ----------------------------------------------------------------------------

    def _of(  # noqa: C901, PLR0911, PLR0912 - one case for each kind of expression
        self, node: ast.expr, scope: Scope, seen: frozenset[object], depth: int
    ) -> Traced:
        self._steps += 1
        if depth > _DEEPEST * 4 or self._steps > _MOST_STEPS:
            return _NOTHING

        def of(*parts: ast.expr | None) -> Traced:
            found = _NOTHING
            for part in parts:
                if part is not None:
                    found |= self._of(part, scope, seen, depth + 1)
            return found

        match node:
            case ast.Constant(value=str(text)):
                return Traced(texts=(text,))
            case ast.Constant():
                return _NOTHING
            case ast.Name() | ast.Attribute() | ast.Subscript() if self._is_settled(node, scope):
                return _NOTHING
            case ast.Name(id=name):
                return self._name(name, scope, seen, depth)
            case ast.Attribute(value=holder, attr=name):
                if name in _CARRIED and last_name(holder) in _REQUESTS:
                    return Traced(frozenset({Input(ast.unparse(node), scope.place(node))}))
                if name == "self" or (isinstance(holder, ast.Name) and holder.id in _SELVES):
                    return _NOTHING
                return of(holder) if self._is_open(node, scope) else _NOTHING
            case ast.Subscript(value=holder, slice=key):
                return _keyed(of(holder), key)
            case ast.JoinedStr(values=parts):
                return of(*parts).together
            case ast.FormattedValue(value=value, format_spec=spec):
                return _NOTHING if _is_number_format(spec) else of(value)
            case ast.BinOp(left=left, op=ast.Mod(), right=right) if _is_text(left):
                return (of(left) | (_NOTHING if _has_numbers_only(left) else of(right))).together
            case ast.BinOp(left=left, op=ast.Mult()):
                return of(left)
            case ast.BinOp(left=left, op=ast.Add() | ast.BitOr() | ast.Mod(), right=right):
                return of(left, right).together
            case (
                ast.BoolOp(values=parts)
                | ast.List(elts=parts)
                | ast.Tuple(elts=parts)
                | ast.Set(elts=parts)
            ):
                return of(*parts)
            case ast.Dict(keys=keys, values=values):
                return of(*keys, *values)
            case ast.IfExp(body=body, orelse=orelse):
                return of(body, orelse)
            case ast.ListComp(elt=part) | ast.SetComp(elt=part) | ast.GeneratorExp(elt=part):
                return of(part)
            case ast.DictComp(key=key, value=value):
                return of(key, value)
            case ast.Await(value=value) | ast.Starred(value=value) | ast.NamedExpr(value=value):
                return of(value)
            case ast.Call():
                return self._call(node, scope, seen, depth)
        return _NOTHING

    def _call(self, call: ast.Call, scope: Scope, seen: frozenset[object], depth: int) -> Traced:
        name = last_name(call.func)
        if name in _NUMBERS or _SETTLES.search(name):
            return _NOTHING
        parts = [*call.args, *(keyword.value for keyword in call.keywords)]
        inner = self.program.called(call, scope)
        found = _NOTHING
        if isinstance(call.func, ast.Attribute):
            holder = call.func.value
            if (name in _CARRIED and last_name(holder) in _REQUESTS) or name in _GETTERS:
                return Traced(frozenset({Input(ast.unparse(call.func), scope.place(call))}))
            if inner is None:
                found = self._method(call, [holder, *parts], scope, seen, depth)
        if inner is not None:
            return found | self._answer(call, inner, scope, seen, depth)
        if name in _PASSES_ON or self._is_variable(call.func, scope):
            for part in parts:
                found |= self._of(part, scope, seen, depth + 1)
        return found

    def _method(
        self,
        call: ast.Call,
        parts: list[ast.expr],
        scope: Scope,
        seen: frozenset[object],
        depth: int,
    ) -> Traced:
        """What a method of somebody else's answers: what it is called on, joined or looked up."""
        name = last_name(call.func)
        if (name == "replace" and _doubles_quotes(call)) or _reads_number(call):
            return _NOTHING
        if name in _LOOKS_UP:
            parts = [parts[0], *parts[2:]]
        elif name not in _JOINS:
            parts = parts[:1]
        found = _NOTHING
        for part in parts:
            found |= self._of(part, scope, seen, depth + 1)
        if call.args and name in _READS:
            found = _keyed(found, call.args[0])
        return found.together if name in _JOINS else found

    def _is_variable(self, called: ast.expr, scope: Scope) -> bool:
        """Whether a plain name is called that holds a function: ``build = lambda x: ...``."""
        return (
            isinstance(called, ast.Name)
            and called.id not in scope.module.imported
            and called.id not in scope.module.named
            and not hasattr(builtins, called.id)
            and not called.id[:1].isupper()
        )

    def _answer(
        self, call: ast.Call, inner: Scope, scope: Scope, seen: frozenset[object], depth: int
    ) -> Traced:
        """What a function of the program answers to one call."""
        function = inner.function
        if function is None or function in seen or depth > _DEEPEST * 3:
            return _NOTHING
        found = _NOTHING
        for node in own_nodes(function.body):
            if isinstance(node, ast.Return) and node.value is not None:
                found |= self._of(node.value, inner, seen | {function}, depth + 1)
        outer = replace(found, parameters=frozenset(), joined=found.joined & found.inputs)
        for parameter in found.parameters:
            if parameter.scope.function is not function:
                given = Traced(parameters=frozenset({parameter}))
            else:
                argued = argument(call, function, parameter.name, method=bool(inner.owner))
                if argued is None:
                    continue
                given = self._of(argued, scope, seen | {function}, depth + 1)
            if parameter in found.joined:
                given = replace(given, joined=given.inputs | given.parameters)
            outer |= replace(given, texts=())
        return outer

    def _name(self, name: str, scope: Scope, seen: frozenset[object], depth: int) -> Traced:
        key = (id(scope.function or scope.module), name)
        if key in seen:
            return _NOTHING
        seen |= {key}
        found = _NOTHING
        for function in reversed(scope.functions):
            bound = self._bound(function).get(name, ())
            given = next((one for one in parameters(function) if one.arg == name), None)
            for value in bound:
                if _converts(value, name):
                    return _NOTHING
                found |= self._of(value, scope, seen, depth + 1)
            if given is not None:
                found |= self._parameter(given, function, scope)
            if bound or given is not None:
                return found
        for value in scope.module.values.get(name, ()):
            found |= self._of(value, scope.module.scopes[0], seen, depth + 1)
        return found

    # --- parameters -----------------------------------------------------------------------------

    def _parameter(self, given: ast.arg, function: Function, scope: Scope) -> Traced:
        if (
            given.arg in _SELVES
            or given.arg in _REQUESTS
            or not self._may_be_text(given.annotation)
        ):
            return _NOTHING
        named = scope.module.named[function.name]
        place = next(one for one in named if one.function is function)
        carried = self._handles(function, place, given.arg)
        if carried and not _is_injected(given, function):
            what = f"the parameter {given.arg} of {function.name}()"
            return Traced(frozenset({Input(what, place.place(function), given.arg)}))
        return Traced(parameters=frozenset({Parameter(place, given.arg)}))

    def _handles(self, function: Function, scope: Scope, name: str) -> bool:
        """Whether a framework fills this parameter of a function from a request."""
        for decorator in function.decorator_list:
            if isinstance(decorator, ast.Call) and last_name(decorator.func) in _ROUTES:
                path = _route(decorator)
                if path is not None:
                    return _fills(path, name)
            if last_name(decorator) == "tool":
                return True
        names = [one.arg for one in parameters(function)]
        is_lambdas = name == "event" and names == ["event", "context"]
        if is_lambdas or f"{_module_name(scope.module)}.{function.name}" in self.program.operations:
            return True
        if function.name.startswith("resolve_") or function.name == "mutate":
            return "info" in names[:2] and not _is_number_field(scope.module, name)
        routed = re.escape(scope.owner or function.name)
        return (
            "request" in names[:2]
            and re.search(rf"\b{routed}\b", self.program.routes) is not None
            and f"<int:{name}>" not in self.program.routes
        )

    def _given(self, parameter: Parameter, depth: int) -> tuple[frozenset[Input], frozenset[Input]]:
        """What of requests callers give to a parameter, and what of it within SQL."""
        function = parameter.scope.function
        key = (id(function), parameter.name)
        if key in self._known:
            return self._known[key]
        self._known[key] = (frozenset(), frozenset())  # of a function that calls itself
        if function is None or depth > _DEEPEST:
            return self._known[key]
        found: set[Input] = set()
        joined: set[Input] = set()
        for call, around in self.program.callers(function):
            given = argument(call, function, parameter.name, method=bool(parameter.scope.owner))
            if given is None:
                continue
            traced = self._of(given, around, frozenset(), 0)
            found |= traced.inputs
            joined |= traced.joined_inputs
            for outer in traced.parameters:
                inputs, within = self._given(outer, depth + 1)
                found |= inputs
                joined |= inputs if outer in traced.joined else within
        self._known[key] = (frozenset(found), frozenset(joined))
        return self._known[key]

    # --- types ----------------------------------------------------------------------------------

    def _may_be_text(self, annotation: ast.expr | None) -> bool:
        """Whether a value so annotated can hold text of the sender's choice."""
        return annotation is None or any(
            self._is_open_type(one) for one in _alternatives(annotation)
        )

    def _is_open_type(self, annotation: ast.expr) -> bool:
        name = last_name(annotation.value if isinstance(annotation, ast.Subscript) else annotation)
        if name in _SAFE_TYPES or not name:
            return False
        if name in _OPEN_TYPES:
            inner = annotation.slice if isinstance(annotation, ast.Subscript) else None
            parts = inner.elts if isinstance(inner, ast.Tuple) else [inner] if inner else []
            return not parts or any(self._may_be_text(one) for one in parts)
        found = self.program.class_named(name)
        return found is not None and any(_MODELS.search(last_name(base)) for base in found.bases)

    def _is_open(self, node: ast.Attribute, scope: Scope) -> bool:
        """Whether a field of a parameter's model can hold text of the sender's choice."""
        if not isinstance(node.value, ast.Name) or scope.function is None:
            return True
        given = [one for one in parameters(scope.function) if one.arg == node.value.id]
        if not given or given[0].annotation is None:
            return True
        for kind in _alternatives(given[0].annotation):
            found = self.program.class_named(last_name(kind))
            for field_ in found.body if found else ():
                match field_:
                    case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation) if (
                        name == node.attr
                    ):
                        return self._may_be_text(annotation)
        return True

    # --- what is bound and settled in a function ------------------------------------------------

    def _bound(self, function: Function) -> dict[str, list[ast.expr]]:
        if id(function) not in self._bindings:
            self._bindings[id(function)] = bindings(function.body)
        return self._bindings[id(function)]

    def _is_settled(self, node: ast.expr, scope: Scope) -> bool:
        """Whether its function compares it with a list, matches it or has it validated."""
        function = scope.function
        if function is None or self.past_comparisons:
            return False
        if id(function) not in self._settled:
            self._settled[id(function)] = frozenset(_settled(function))
        settled = self._settled[id(function)]
        return bool(settled) and ast.unparse(node) in settled


_SELVES: Final = frozenset({"self", "cls", "info", "db", "session", "settings", "config"})


def _keyed(found: Traced, key: ast.expr) -> Traced:
    """The same, when one field of a request is read: ``request.args["name"]``."""
    match key:
        case ast.Constant(value=str(name)) if len(found.inputs) == 1:
            (one,) = found.inputs
            if not one.name:
                named = replace(one, what=f"{name} of {one.what}", name=name)
                joined = frozenset(named if each == one else each for each in found.joined)
                return replace(found, inputs=frozenset({named}), joined=joined)
    return found


def _settled(function: Function) -> Iterator[str]:
    for node in own_nodes(function.body):
        match node:
            case ast.Compare(left=left, ops=[ast.In() | ast.NotIn()], comparators=[table]):
                if not isinstance(left, ast.Constant) and not isinstance(table, ast.JoinedStr):
                    yield from _spelled(left)
            case ast.Call(func=ast.Attribute(value=holder, attr=name)) if name in _ASKS:
                yield from _spelled(holder)
            case ast.Call(func=called, args=args) if last_name(
                called
            ) in _MATCHES or _SETTLES.search(last_name(called)):
                for one in args:
                    yield from _spelled(one)
            case ast.Expr(value=ast.Call(func=ast.Name(id="int" | "float"), args=[value])):
                yield from _spelled(value)


def _spelled(node: ast.expr) -> Iterator[str]:
    """An expression as it is written, and what a method is called on."""
    if isinstance(node, ast.Name | ast.Attribute | ast.Subscript):
        yield ast.unparse(node)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        yield from _spelled(node.func.value)


def _converts(value: ast.expr, name: str) -> bool:
    """``limit = int(limit)``: the name holds a settled value from there on."""
    if not isinstance(value, ast.Call):
        return False
    called = last_name(value.func)
    return bool(called in _NUMBERS or _SETTLES.search(called)) and any(
        isinstance(node, ast.Name) and node.id == name for node in ast.walk(value)
    )


def _alternatives(annotation: ast.expr) -> Iterator[ast.expr]:
    """``str`` and ``None`` of ``Annotated[str | None, ...]``."""
    match annotation:
        case ast.Constant(value=str(text)):
            try:
                yield from _alternatives(ast.parse(text, mode="eval").body)
            except (SyntaxError, ValueError, RecursionError):
                return
        case ast.Constant():
            return
        case ast.BinOp(left=left, right=right):
            yield from _alternatives(left)
            yield from _alternatives(right)
        case ast.Subscript(value=outer, slice=inner) if last_name(outer) in {
            "Annotated",
            "Optional",
            "Union",
            "Mapped",
        }:
            parts: Iterable[ast.expr] = inner.elts if isinstance(inner, ast.Tuple) else [inner]
            for part in list(parts)[: 1 if last_name(outer) == "Annotated" else None]:
                yield from _alternatives(part)
        case _:
            yield annotation


def _is_injected(given: ast.arg, function: Function) -> bool:
    """Whether a framework fills it by calling something, or a pattern limits it."""
    parts: list[ast.AST] = [given.annotation] if given.annotation else []
    arguments = function.args
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults = dict(zip(reversed(positional), reversed(arguments.defaults), strict=False))
    defaults |= {
        one: value
        for one, value in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
        if value
    }
    parts += [defaults[given]] if given in defaults else []
    for part in parts:
        for node in ast.walk(part):
            if isinstance(node, ast.Call):
                if last_name(node.func) in _INJECTED:
                    return True
                if any(one.arg in {"pattern", "regex"} for one in node.keywords):
                    return True
            elif isinstance(node, ast.Name) and node.id in _INJECTED:
                return True
    return False


def _route(decorator: ast.Call) -> str | None:
    """Path of a route, empty where it is computed; None for what is none."""
    first = next(iter(decorator.args), None)
    given = {one.arg: one.value for one in decorator.keywords}
    first = first or given.get("path") or given.get("rule")
    if last_name(decorator.func) == "tool":
        return ""
    match first:
        case ast.Constant(value=str(path)):
            return path if path.startswith(("/", "<", "{")) or not path else None
        case None:
            return None
    return ""


def _fills(path: str, name: str) -> bool:
    """Whether a path of Flask or Bottle fills a parameter with text; others do with any."""
    if "<" not in path:
        return True
    kinds = dict(_converted(path))
    return name in kinds and kinds[name] in {"", "string", "path", "default", "re", "any"}


def _converted(path: str) -> Iterator[tuple[str, str]]:
    for inside in re.findall(r"<([^<>]+)>", path):
        left, _, right = inside.partition(":")
        numbers = {"int", "float", "uuid", "string", "path", "any", "default"}
        kind, name = (left, right) if left.partition("(")[0] in numbers else (right, left)
        yield name or inside, kind.partition("(")[0].partition(":")[0]


def _is_number_field(module: Module, name: str) -> bool:
    """``id=graphene.Int()`` in a module."""
    return any(
        isinstance(node, ast.keyword)
        and node.arg == name
        and isinstance(node.value, ast.Call)
        and last_name(node.value.func) in {"Int", "Float", "Boolean", "UUID", "DateTime", "Date"}
        for node in ast.walk(module.tree)
    )


def _module_name(module: Module) -> str:
    return module.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _is_text(node: ast.expr) -> bool:
    return not (isinstance(node, ast.Constant) and not isinstance(node.value, str))


def _has_numbers_only(node: ast.expr) -> bool:
    """``"LIMIT %d"``."""
    if not (isinstance(node, ast.Constant) and isinstance(node.value, str)):
        return False
    found = re.findall(r"%[-+ #0-9.]*([a-zA-Z])", node.value.replace("%%", ""))
    return bool(found) and set(found) <= set("diouxXeEfFgG")


def _is_number_format(spec: ast.expr | None) -> bool:
    match spec:
        case ast.JoinedStr(values=[ast.Constant(value=str(text))]):
            return text[-1:] in set("dfxXobeEgGn%")
    return False


def _reads_number(call: ast.Call) -> bool:
    """``request.args.get("page", 1, type=int)``."""
    kinds = [one.value for one in call.keywords if one.arg == "type"]
    kinds += call.args[2:3] if last_name(call.func) in _READS else []
    return any(last_name(kind) in _NUMBERS for kind in kinds)


def _doubles_quotes(call: ast.Call) -> bool:
    """``name.replace("'", "''")``."""
    match call.args:
        case [ast.Constant(value=str(old)), ast.Constant(value=str(new)), *_]:
            return old in {"'", '"', "`", "]"} and new != old
    return False
