"""Whether a test asserts anything is read from its source."""

from __future__ import annotations

from textwrap import dedent

import pytest

from pytest_readiness.model import Location
from pytest_readiness.probes.pysource import Conventions, conventions, find_tests, read
from pytest_readiness.probes.unreadable import UnreadableFile


def found(known: Conventions | None = None, /, **files: str) -> dict[str, bool]:
    """Names of the tests in files (``test_a=``), and whether each asserts."""
    modules = {f"{name}.py": read(dedent(text), f"{name}.py") for name, text in files.items()}
    return {test.name: test.asserts for test in find_tests(modules, known or Conventions())}


@pytest.mark.parametrize(
    "body",
    [
        "assert f() == 1",
        "with pytest.raises(ValueError): f()",
        "with pytest.warns(UserWarning): f()",
        "mock.assert_called_once_with(1)",
        "numpy.testing.assert_allclose(a, b)",
        "expect(page).to_have_title('x')",
        "pytest.fail('no')",
        "response.raise_for_status()",
        "testapp.get('/favicon.ico', status=404)",
        "testapp.get('/').mustcontain('Welcome')",
        "subprocess.run(['x'], check=True)",
        "data_regression.check(a)",
        "result.stdout.fnmatch_lines(['x'])",
        "if f(): raise AssertionError('no')",
        "for x in y:\n        assert x",
        "try:\n        f()\n    except ValueError:\n        assert True is f()",
        "try:\n        assert f()\n    except Exception as e:\n        raise",
        "try:\n        assert f()\n    except KeyError:\n        pass",
        "verify(f())",
        "def inner():\n        assert f()\n    inner()",
    ],
)
def test_a_test_that_can_turn_red_asserts(body: str) -> None:
    text = f"def test_it(mock):\n    {body}\n\ndef verify(x):\n    check(x)\n"
    text += "\ndef check(x):\n    assert x\n"
    assert found(test_a=text) == {"test_it": True}


@pytest.mark.parametrize(
    "body",
    [
        "pass",
        "...",
        "f()",
        "assert True",
        "assert 'always'",
        "assert (f() == 1, 'a tuple is true')",
        "print(f())",
        "try:\n        assert f()\n    except Exception:\n        pass",
        "try:\n        assert f()\n    except (KeyError, AssertionError):\n        print('no')",
        "try:\n        assert f()\n    except:\n        return",
        "idle()",
        "test_it()",
        "subprocess.run(['x'], check=False)",
        "text = 'assert f()'  # assert f()",
    ],
)
def test_a_test_that_is_always_green_does_not(body: str) -> None:
    text = f"def test_it():\n    {body}\n\ndef idle():\n    return 1\n"
    assert found(test_a=text) == {"test_it": False}


def test_classes_methods_and_coroutines_are_tests() -> None:
    text = """
        import unittest

        class Base(unittest.TestCase):
            def verify(self, x): self.assertEqual(x, 1)

        class LoginCase(Base):
            async def test_login(self): self.verify(f())
            def test_idle(self): self.assertTrue(True)
            def helper(self): ...

        class TestLogout:
            async def test_logout(self): assert await f()
            class TestInner:
                def test_inner(self): pass

        class Client:
            def test_me(self): pass

        if f():
            def test_sometimes(): assert f()
    """
    assert found(test_a=text) == {
        "LoginCase.test_login": True,
        "LoginCase.test_idle": False,
        "TestLogout.test_logout": True,
        "TestLogout.TestInner.test_inner": False,
        "test_sometimes": True,
    }


def test_fixtures_and_imported_functions_assert_for_a_test() -> None:
    names = found(
        test_a="""
            from steps import verify as look

            def test_imported(): look(1)
            def test_fixture(checked): f()
            @pytest.mark.usefixtures("checked")
            def test_used(): f()
            def test_neither(idle): verify(1)
            class TestMore(Steps):
                def test_inherited(self): self.inherited()
        """,
        conftest="""
            @pytest.fixture
            def checked():
                yield 1
                assert f()
            @pytest.fixture
            def idle(): return 1
        """,
        steps="""
            def verify(x): assert x
            class Steps:
                def inherited(self): assert f()
        """,
    )
    assert names == {
        "test_imported": True,
        "test_fixture": True,
        "test_used": True,
        "test_neither": False,
        "TestMore.test_inherited": True,
    }


def test_a_fixture_named_like_a_test_is_none() -> None:
    text = "import pytest\n@pytest.fixture\ndef test_client(): return 1\n"
    assert found(test_a=text) == {}


def test_hypothesis_and_parametrized_tests_are_read_like_others() -> None:
    text = """
        @given(st.text())
        def test_property(x): assert f(x)
        @pytest.mark.parametrize("e", [pytest.raises(ValueError), nullcontext()])
        def test_context(e):
            with e: f()
    """
    assert found(test_a=text) == {"test_property": True, "test_context": True}


def test_the_place_of_a_test_is_its_def() -> None:
    modules = {"test_a.py": read("\n@mark\ndef test_it(): pass\n", "test_a.py")}
    assert find_tests(modules, Conventions())[0].location == Location("test_a.py", 3)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pyproject.toml", '[tool.pytest.ini_options]\npython_files = "check_*.py"'),
        ("pyproject.toml", '[tool.pytest]\npython_files = ["check_*.py"]'),
        ("pytest.ini", "[pytest]\npython_files = check_*.py"),
        ("setup.cfg", "[tool:pytest]\npython_files =\n    check_*.py"),
    ],
)
def test_conventions_of_the_repository_hold(name: str, text: str) -> None:
    known = conventions({"tox.ini": "broken", name: text})
    assert known.is_test_file("a/check_it.py")
    assert not known.is_test_file("a/test_it.py")


def test_functions_and_classes_may_have_other_names() -> None:
    known = conventions(
        {"pytest.ini": "[pytest]\npython_functions = check_* should\npython_classes = Describe"}
    )
    text = "def check_a(): assert f()\ndef test_b(): ...\nclass DescribeC:\n  def should_d(s): ..."
    assert found(known, test_a=text) == {"check_a": True, "DescribeC.should_d": False}


@pytest.mark.parametrize(
    ("text", "line"), [("def test_it(:\n    pass", 1), ("x = 1\nprint 'old'", 2), ("\0", None)]
)
def test_a_file_that_cannot_be_parsed_is_said(text: str, line: int | None) -> None:
    with pytest.raises(UnreadableFile) as caught:
        read(text, "test_a.py")
    assert caught.value.line == line
    assert "pars" in caught.value.message


def test_an_odd_escape_in_a_string_is_no_warning_of_ours() -> None:
    read("x = '\\d'", "test_a.py")
