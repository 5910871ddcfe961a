"""What should not be served, and how to tell that it is: by what is in it, never by a status.

Systems answer unknown paths with 200 and a page, or with whatever was asked. So each place has a
sign that only the thing itself shows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """A path, and what its answer holds when the thing is there."""

    path: str
    what: str
    """As a message says it: "the git repository"."""
    sign: re.Pattern[bytes]
    not_page: bool = True
    """A page (HTML) is never the thing."""

    def shows(self, body: bytes) -> bool:
        """Whether a body is the thing."""
        if self.not_page and re.match(rb"\s*<(!doctype|html|head|body|\?xml)", body, re.IGNORECASE):
            return False
        return self.sign.search(body) is not None


def _place(path: str, what: str, sign: bytes, *, not_page: bool = True) -> Place:
    return Place(path, what, re.compile(sign, re.MULTILINE), not_page)


_VARIABLES = (
    rb"\A(?:[ \t]*(?:#[^\n]*)?\r?\n)*[ \t]*(?:export +)?[A-Z][A-Z0-9_]+[ \t]*=[^\n]*(?:\n|\Z)"
)
_SQL = (
    rb"^(CREATE TABLE|INSERT INTO|DROP TABLE|COPY \S+ [^\n]*FROM stdin)|"
    rb"^-- (MySQL|PostgreSQL|MariaDB|SQLite)[^\n]* dump"
)
_ZIP, _GZIP = rb"\APK\x03\x04", rb"\A\x1f\x8b\x08"

FILES = (
    _place("/.git/HEAD", "the git repository", rb"\A(ref: refs/|[0-9a-f]{40}\s*\Z)"),
    _place("/static/.git/HEAD", "the git repository", rb"\A(ref: refs/|[0-9a-f]{40}\s*\Z)"),
    _place("/.git/config", "the git repository", rb"^\[(core|remote [^\]]*)\]"),
    _place("/.svn/wc.db", "the Subversion repository", rb"\ASQLite format 3"),
    _place("/.hg/requires", "the Mercurial repository", rb"^(revlogv1|dotencode|fncache)$"),
    *(
        _place(f"/{name}", "a file of environment variables", _VARIABLES)
        for name in (".env", ".env.production", ".env.local", ".env.bak", "static/.env")
    ),
    _place("/.aws/credentials", "credentials of a cloud", rb"^aws_access_key_id\s*="),
    _place("/.npmrc", "credentials of a registry", rb"_authToken\s*="),
    _place("/.htpasswd", "a file of passwords", rb"\A[\w.@-]+:(\$|\{SHA\}|[\w./]{13}\s*$)"),
    _place("/id_rsa", "a private key", rb"\A-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    _place("/.ssh/id_rsa", "a private key", rb"\A-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    *(
        _place(f"/{name}.sql", "a dump of a database", _SQL)
        for name in ("backup", "dump", "database", "db")
    ),
    *(
        _place(f"/{name}", "a database", rb"\ASQLite format 3")
        for name in ("db.sqlite3", "database.sqlite", "app.db")
    ),
    *(_place(f"/{name}.zip", "a backup", _ZIP) for name in ("backup", "site", "www")),
    *(_place(f"/{name}.tar.gz", "a backup", _GZIP) for name in ("backup", "site")),
    _place("/config.php.bak", "source", rb"<\?php"),
    _place("/wp-config.php.bak", "source", rb"<\?php"),
    _place("/settings.py", "source", rb"^(import|from) \w+|^[A-Z_]+ ?= ?['\"\[]"),
    _place("/.DS_Store", "the listing of a folder", rb"\A\x00\x00\x00\x01Bud1"),
)
"""Files that belong to the server; none is ever meant for a browser."""

DEBUGGERS = (
    _place(
        "/console",
        "the console of Werkzeug's debugger, which runs what one types",
        rb"EVALEX = true|__debugger__",
        not_page=False,
    ),
    _place(
        "/__debug__/",
        "the Django debug toolbar",
        rb"(?i)djdt|django.debug.toolbar",
        not_page=False,
    ),
    _place("/_profiler/", "the Symfony profiler", rb"Symfony Profiler", not_page=False),
    _place(
        "/telescope",
        "Laravel Telescope",
        rb"window\.Telescope\b",
        not_page=False,
    ),
    _place("/_ignition/health-check", "Laravel Ignition", rb"\"can_execute_commands\""),
    _place("/rails/info/properties", "the properties of Rails", rb"Rails version", not_page=False),
    _place(
        "/phpinfo.php", "phpinfo()", rb"<title>phpinfo\(\)|<title>PHP .*phpinfo", not_page=False
    ),
    _place("/info.php", "phpinfo()", rb"<title>phpinfo\(\)|<title>PHP .*phpinfo", not_page=False),
    _place("/trace.axd", "the trace of ASP.NET", rb"Application Trace", not_page=False),
    _place("/elmah.axd", "the error log of ASP.NET", rb"Error Log for", not_page=False),
    _place(
        "/debug/pprof/",
        "Go's profiler",
        rb"Types of profiles available|full goroutine stack dump",
        not_page=False,
    ),
)
"""Debuggers and profilers at the places where frameworks put them."""

DEBUG_PAGES = (
    (
        "Django's debug page",
        re.compile(
            r"You.{1,8}re seeing this (error|page) because[^.]{0,80}DEBUG\s*=\s*True", re.DOTALL
        ),
    ),
    ("Werkzeug's debugger", re.compile(r"Werkzeug Debugger|__debugger__")),
    ("Starlette's debug page", re.compile(r"<title>Starlette Debugger</title>")),
    (
        "the developer page of Rails",
        re.compile(r"Rails\.root:|<title>Action Controller: Exception"),
    ),
    (
        "Laravel's debug page",
        re.compile(r"Ignition\b.{0,200}Illuminate|Whoops\\Exception", re.DOTALL),
    ),
    (
        "Symfony's debug page",
        re.compile(r"Symfony\\Component\\ErrorHandler|sf-exceptionreset|sfToolbar"),
    ),
    (
        "the developer page of ASP.NET",
        re.compile(r"developer exception page|\[HttpException", re.IGNORECASE),
    ),
    (
        "a stack trace of Express",
        re.compile(r"Error: .{0,200}(<br>|\n)\s*(&nbsp;|\s)*at .{0,200}node_modules"),
    ),
)
"""Error pages that frameworks only show while debugging is on."""

MANAGEMENT = (
    _place("/actuator", "the actuator of Spring Boot", rb"\"_links\"\s*:"),
    _place("/actuator/env", "the environment, by Spring Boot", rb"\"propertySources\"\s*:"),
    _place("/actuator/heapdump", "a dump of the memory", rb"\AJAVA PROFILE|\A\x1f\x8b\x08"),
    _place("/debug/vars", "the variables of a Go program", rb"\"memstats\"\s*:"),
    _place("/jolokia", "the management beans of Java", rb"\"agent\"\s*:.*\"protocol\"\s*:"),
    _place("/h2-console", "the H2 console", rb"<title>H2 Console", not_page=False),
    _place("/phpmyadmin/", "phpMyAdmin", rb"<title>phpMyAdmin|PMA_commonParams", not_page=False),
    _place("/adminer.php", "Adminer", rb"<title>[^<]*Adminer", not_page=False),
    _place("/server-status", "the status of Apache", rb"Apache Server Status for", not_page=False),
    _place("/nginx_status", "the status of nginx", rb"\AActive connections: \d+"),
    _place(
        "/flower/",
        "Celery Flower",
        rb"(?s)<title>Flower</title>.*(?i:celery|broker)",
        not_page=False,
    ),
    _place("/rq", "the RQ dashboard", rb"<title>[^<]*RQ (dashboard|Dashboard)", not_page=False),
    _place("/sidekiq", "the Sidekiq dashboard", rb"<title>[^<]*Sidekiq", not_page=False),
)
"""Consoles for operators that come without a login of their own, or with one that is guessed."""

METRICS_SIGN = re.compile(
    rb"^# (HELP|TYPE) \w+|^[a-zA-Z_:][\w:]*(\{[^}\n]*\})? [0-9.e+-]+$", re.MULTILINE
)

_OPENAPI = rb"\A\s*(\{.*\"(openapi|swagger)\"\s*:\s*\"|(openapi|swagger):\s)"
DOCUMENTATION = (
    *(
        _place(path, "the OpenAPI document", rb"(?s)" + _OPENAPI)
        for path in (
            *("/openapi.json", "/api/openapi.json", "/openapi.yaml", "/swagger.json"),
            *("/v3/api-docs", "/v2/api-docs", "/swagger/v1/swagger.json"),
        )
    ),
    *(
        _place(
            path,
            "its explorer",
            rb"(?i)swagger-ui|redoc|<rapi-doc|<elements-api|@scalar/api-reference",
            not_page=False,
        )
        for path in (
            "/docs",
            "/redoc",
            "/swagger",
            "/swagger-ui/index.html",
            "/api/docs",
            "/api-docs",
        )
    ),
    *(
        _place(
            path,
            "a console for GraphQL",
            rb"(?i)graphiql|graphql[ -]?playground|altair-root|apollo[ -]?sandbox|graphql voyager",
            not_page=False,
        )
        for path in ("/graphiql", "/playground", "/altair", "/graphql/playground", "/voyager")
    ),
)
"""Descriptions of the API; public ones are told so with ``public:``."""
