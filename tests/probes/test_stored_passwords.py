"""How passwords are kept."""

from __future__ import annotations

import textwrap

import pytest

from pytest_readiness.probes import stored_passwords
from pytest_readiness.probes.program import Program


def kept(body: str) -> list[str]:
    text = "def view():\n" + textwrap.indent(textwrap.dedent(body), "    ")
    module = Program({"a.py": text}).module("a.py")
    assert module is not None
    return [one.how for one in stored_passwords.find(module)]


@pytest.mark.parametrize(
    ("body", "how"),
    [
        ("x = hashlib.md5(password.encode()).hexdigest()", "a password is hashed with md5"),
        ("x = hashlib.new('sha-256', data['password'])", "a password is hashed with sha256"),
        ("x = sha512((salt + form.password).encode())", "a password is hashed with sha512"),
        ("return user.password == password", "a password is compared with the stored one as it is"),
        (
            "return data['password'] != account['password']",
            "a password is compared with the stored one as it is",
        ),
        (
            "return compare_digest(row.password, password)",
            "a password is compared with the stored one as it is",
        ),
        (
            "User.query.filter_by(name=name, password=password).first()",
            "an account is looked up by its password",
        ),
        (
            "users.find_one({'name': name, 'password': password})",
            "an account is looked up by its password",
        ),
        (
            "x = f\"SELECT * FROM users WHERE name = '{name}' AND password = '{password}'\"",
            "a statement compares passwords",
        ),
    ],
)
def test_quick_ways(body: str, how: str) -> None:
    assert kept(body) == [how]


@pytest.mark.parametrize(
    "body",
    [
        "x = bcrypt.hashpw(sha256(password).digest(), salt)",
        "x = hashlib.pbkdf2_hmac('sha256', password, salt, 600000)",
        "x = sha1(password).hexdigest()\nask('https://api.pwnedpasswords.com/range/' + x[:5])",
        "x = hashlib.md5(f'{user}:{realm}:{password}')",
        "x = hashlib.md5(email)",
        "key = Fernet(b64encode(hashlib.sha256(password).digest()))",
        "x = hashlib.sha256(settings.db_password)",
        "if old_user.password != user.password:\n    log(1)",
        "x = \"SELECT * FROM users WHERE password = ''\"",
        "x = 'SELECT * FROM runs WHERE pass = ?'",
        "return compare_digest(sha256(password).digest(), sha256(settings.password).digest())",
        "if form.password != form.password_confirm:\n    raise ValueError",
        "if data.password != data.password_again:\n    raise ValueError",
        "return given.password == settings.password",
        "return user.check_password(password)",
        "x = 'SELECT * FROM users WHERE password = crypt(:password, password)'",
        "x = 'UPDATE users SET password = ? WHERE id = ?'",
        '"""SELECT name FROM users WHERE password = :password"""',
    ],
)
def test_sound_ways(body: str) -> None:
    assert kept(body) == []
