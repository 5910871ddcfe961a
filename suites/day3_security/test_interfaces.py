"""Ways in beside the routes: listings, GraphQL, WebSockets, and further ports."""

from pytest_readiness import P1, P2, Domain, Phase, check, fail, suite, warn


pytestmark = suite(Phase.SECURITY, Domain.SECURITY)


@check(
    "directory-listing", P2, change="config", refs=("EXP-06", "ASVS 13.4.3", "ZAP 10033", "CWE-548")
)
def test_folders_do_not_list_what_is_in_them(static_folders):
    """No folder of the server lists the files that are in it.

    Why: a backup, an upload of somebody else or a source map is found by reading instead of by
        guessing its name.
    Fix: nginx: `autoindex off;` Apache: `Options -Indexes`; Express: no `serve-index`; Python's
        http.server is no server for production; S3: no public `ListBucket`. A folder that is
        meant to be browsed: `public: [GET /downloads/]` in readiness.yaml.
    """
    found = static_folders.listed()
    assert not found, f"{', '.join(f'GET {path}' for path in found)} lists what is in the folder"


@check("second-listener", P1, change="config", refs=("EXP-04", "ASVS 13.4.5", "CWE-1327"))
def test_nothing_else_listens_to_strangers(listeners):
    """Beside the audited port, the process listens to no other machine without a login.

    Why: metrics and debuggers on a port of their own have no login, and a firewall that is open for
        the API is often open for its neighbours.
    Fix: bind it to 127.0.0.1 or to the network of the monitoring
        (`start_http_server(9100, addr="127.0.0.1")`, `node --inspect=127.0.0.1`), and publish the
        API's port alone. Where only the monitoring reaches it: `public: [GET /metrics]`.
    """
    for listener in listeners.reachable():
        if listener.gives and not listener.public:
            fail(f"{listener.shown} gives a stranger {listener.gives}")
        if not listener.gives and not listener.refuses:
            warn(f"{listener.shown} takes connections of other machines, and speaks no HTTP")


@check(
    "websocket-foreign-origin",
    P1,
    change="code",
    refs=("EXP-08", "ASVS 4.4.2", "ASVS 4.4.1", "RFC 6455 10.2", "CWE-1385"),
)
def test_websockets_open_for_our_own_pages_alone(sockets):
    """WebSockets open for pages of known origins alone, and over wss where the page is https.

    Why: no same-origin policy holds for WebSockets: a page of anybody opens one with the cookies of
        whoever reads it, and listens and speaks as that user.
    Fix: compare `Origin` with a list before accepting. ws: `verifyClient`; Socket.IO:
        `cors.origin`, `allowRequest`; Channels: `AllowedHostsOriginValidator`; Starlette: look at
        `websocket.headers["origin"]` and close with 1008; Spring: `setAllowedOrigins`.
    """
    for socket in sockets:
        if socket.foreign:
            fail(f"the WebSocket at {socket.path} opens for origin {', '.join(socket.foreign)}")
        if socket.in_clear:
            fail(f"a script of the page opens a WebSocket over ws://, not wss:// ({socket.path})")


@check(
    "graphql-introspection",
    P2,
    change="config",
    refs=("EXP-07", "ASVS 4.3.2", "API9:2023", "CWE-200"),
)
def test_graphql_does_not_show_its_schema(graphql):
    """GraphQL does not show its schema to strangers, unless `public:` says that it is for all.

    Why: the schema lists every type, mutation and field, internal ones too, and saves whoever looks
        for a way in the guessing.
    Fix: Apollo: `introspection: false`; Strawberry and Ariadne: `introspection=False`, or the rule
        `NoSchemaIntrospectionCustomRule`; graphql-java: `NoIntrospectionGraphqlFieldVisibility`.
        An API for others: `public: [POST /graphql]` in readiness.yaml.
    """
    shown = "" if graphql.public else graphql.introspection()
    assert not shown, f"{shown} shows the schema"


@check(
    "unlimited-graphql",
    P2,
    effect="intrusive",
    change="code",
    refs=("EXP-07", "ASVS 4.3.1", "API4:2023", "CWE-770"),
)
def test_one_graphql_request_cannot_ask_for_everything(graphql):
    """One GraphQL request cannot ask a hundred times, in a batch, or thirty levels deep.

    Why: a few hundred bytes cost minutes of the server; two hundred aliases of a login are two
        hundred guesses that a limit on requests counts as one.
    Fix: limit depth, aliases and cost, and switch batches off. Apollo: graphql-armor; Strawberry:
        `QueryDepthLimiter`, `MaxAliasesLimiter`; Graphene: `depth_limit_validator`; graphql-java:
        `MaxQueryDepthInstrumentation`; or accept known queries only (persisted queries).
    """
    excess = graphql.unlimited()
    many = ", ".join(excess.many)
    assert not excess.deep, f"{graphql.path} carries out {excess.deep}{many and f', {many}'}"
    assert not many or excess.limited, f"{graphql.path} carries out {many} in one request"
    if many:
        warn(f"{graphql.path} limits the depth of a query, and carries out {many} in one request")
