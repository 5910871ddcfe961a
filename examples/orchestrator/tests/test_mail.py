import json
import smtplib

from orchestrator.mail import Mailer


class Smtp:
    """Stands in for a mail server, which would need certificates for STARTTLS."""

    sent = []  # noqa: RUF012
    fails = False

    def __init__(self, host, port, timeout):
        assert timeout > 0
        self.steps = [(host, port)]

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        self.sent.append(self.steps)

    def starttls(self, context):
        assert context.check_hostname
        self.steps.append("tls")

    def login(self, user, password):
        self.steps.append((user, password))

    def send_message(self, message):
        if self.fails:
            raise smtplib.SMTPRecipientsRefused({message["To"]: (550, b"no")})
        self.steps.append((message["To"], message.get_content()))


def test_a_reset_token_travels_by_encrypted_mail(make_settings, monkeypatch):
    monkeypatch.setattr(smtplib, "SMTP", Smtp)
    monkeypatch.setattr(Smtp, "sent", [])
    mailer = Mailer(make_settings(smtp_url="smtp://me:p%40ss@mail.example:2525"))
    mailer.send_reset("ada@example.com", "the-token")
    [[server, tls, login, (recipient, text)]] = Smtp.sent
    assert (server, tls, login) == (("mail.example", 2525), "tls", ("me", "p@ss"))
    assert recipient == "ada@example.com"
    assert "the-token" in text


def test_mail_that_is_refused_is_logged_without_its_contents(make_settings, monkeypatch, caplog):
    monkeypatch.setattr(smtplib, "SMTP", Smtp)
    monkeypatch.setattr(Smtp, "fails", True)
    Mailer(make_settings(smtp_url="smtp://mail.example")).send_reset("ada@example.com", "the-token")
    [record] = caplog.records
    assert record.fields == {"error": "SMTPRecipientsRefused"}
    assert "ada@example.com" not in json.dumps(record.__dict__, default=str)
