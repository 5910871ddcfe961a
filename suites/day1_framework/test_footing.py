"""What the audit itself stands on: a target, a specification, tests, a known commit."""

from pytest_readiness import P0, P1, P2, Domain, Phase, check, fail, not_applicable, suite, warn


pytestmark = suite(Phase.FRAMEWORK, Domain.INFRASTRUCTURE)


@check("unreachable-target", P0, change="infra", refs=("FUN-01", "SRE App. E"))
def test_the_target_answers(api, health):
    """The target starts and answers.

    Why: everything else that this audit says about a running system stands on it.
    Fix: look at the target's own output, and at `target:` in readiness.yaml: command, port and
        `ready:` path.
    """
    response = api.get(health.path)
    assert response.status < 500, f"{health.path} answers {response.summary}"


@check("unspecified-api", P1, change="docs", domain=Domain.BACKEND, refs=("API-01", "API9:2023"))
def test_the_api_is_specified(specification):
    """The API is specified: an OpenAPI document in the repository that can be read.

    Why: what is not written down cannot be tested, secured or kept compatible, and every check
        that goes through all operations sees none.
    Fix: export it from the framework in CI and commit it; name it as `openapi:` in
        readiness.yaml.
    """
    if specification.problem:
        fail(specification.problem)
    assert specification.count, f"{specification.path} declares no operation"


@check("untested-code", P1, domain=Domain.TESTING, refs=("TST-01", "TST-12"))
def test_tests_exist_and_assert(python_tests):
    """The repository has tests, and they assert something.

    Why: a test without an assertion is green whatever the code does.
    Fix: state in each test what must be true: an `assert`, `pytest.raises`, or an assertion method.
    """
    if not python_tests.found:
        not_applicable("the repository's program is not written in Python")
    for problem in python_tests.unreadable:
        warn(f"{problem.path} {problem.message}", problem)
    if not python_tests.tests:
        fail("the repository has Python code and no test that pytest or unittest would find")
    idle = python_tests.without_assertion
    if len(idle) * 10 > len(python_tests.tests):
        fail(f"{len(idle)} of {len(python_tests.tests)} tests assert nothing", idle[0])
    for test in idle:
        warn(f"{test.name} asserts nothing", test)


@check("uncommitted-changes", P2, change="process", refs=("FUN-17", "SLSA Source"))
def test_what_is_audited_is_committed(repository):
    """What is audited is a commit, without changes beside it.

    Why: a report about files that are in no commit is a report about nothing that can be
        deployed again.
    Fix: commit or stash the changes and audit again.
    """
    if repository.dirty is None:
        not_applicable("the folder is in no git repository")
    if repository.dirty:
        warn(f"files differ from commit {repository.commit[:7]}")
