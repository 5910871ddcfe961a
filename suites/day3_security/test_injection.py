"""Whether what is sent as data is read as code: SQL, commands, files, templates."""

import pytest

from pytest_readiness import P0, P1, Domain, Phase, check, suite


pytestmark = suite(Phase.SECURITY, Domain.SECURITY)


@check("sql-injection", P0, effect="intrusive", refs=("INJ-01", "ASVS 1.2.4", "CWE-89"))
@pytest.mark.parametrize("place", ["inputs", "login"])
def test_no_input_is_read_as_sql(request, place):
    """No input becomes part of an SQL statement.

    Why: whoever can change the statement reads the whole database, and with some databases writes
        files and runs commands; a login whose statement can be changed lets everybody in.
    Fix: hand values over apart from the statement: `execute("... WHERE name = %s", (name,))` with
        DB-API, `text("... = :name")` with SQLAlchemy, `where: {name}` with an ORM,
        `db.query("... = $1", [name])` with node-postgres. Choose names of columns from a list of
        your own.
    """
    if place == "login":
        finds = request.getfixturevalue("login_injections").finds()
        assert not finds, "; ".join(map(str, finds))
        return
    injections = request.getfixturevalue("injections")
    finds = injections.of_sql()
    assert not finds, injections.listed(finds)
    injections.points.require_share()


@check("command-injection", P0, effect="intrusive", refs=("INJ-04", "ASVS 1.2.5", "CWE-78"))
def test_no_input_is_run(injections):
    """No input is run by a shell, or as code.

    Why: whoever runs one command on the server has all of it: its files, its secrets, and the way
        into the network behind it.
    Fix: start programs with a list and no shell, `subprocess.run(["nslookup", "--", name])`,
        `execFile("nslookup", [name])`; better, use a library. Never `eval`: `ast.literal_eval` or
        JSON read data.
    """
    finds = injections.of_commands()
    assert not finds, injections.listed(finds)
    injections.points.require_share()


@check("path-traversal", P0, effect="intrusive", refs=("INJ-05", "ASVS 5.3.2", "CWE-22"))
def test_no_input_leads_to_any_file(injections):
    """No input leads to a file outside of the folder that is meant.

    Why: configuration, keys and source are files, too.
    Fix: name files by an id of your own and keep the path to yourself. Where a name has to come
        in, `(folder / name).resolve().is_relative_to(folder)`; Flask has `send_from_directory`,
        Node `path.resolve` and a look at its start.
    """
    finds = injections.of_paths()
    assert not finds, injections.listed(finds)
    injections.points.require_share()


@check("template-injection", P1, effect="intrusive", refs=("INJ-09", "ASVS 1.3.7", "CWE-1336"))
def test_no_input_is_read_as_a_template(injections):
    """No input is read as a template.

    Why: most template engines reach the objects of the program, so that an expression in a name
        becomes a command on the server.
    Fix: hand values to a template that is fixed: `render_template("hello.html", name=name)`, and
        never `render_template_string("Hello " + name)`. Templates of users need a sandbox.
    """
    finds = injections.of_templates()
    assert not finds, injections.listed(finds)
    injections.points.require_share()
