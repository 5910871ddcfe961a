"""Deliver password reset tokens, by SMTP or, in development, to the log."""

import logging
import smtplib
import ssl
from email.message import EmailMessage
from urllib.parse import SplitResult, unquote, urlsplit

from orchestrator.settings import Settings


SMTP_TIMEOUT_SECONDS = 10

logger = logging.getLogger(__name__)


class Mailer:
    """Runs after the answer was sent, so that its duration tells nobody who has an account."""

    def __init__(self, settings: Settings) -> None:
        self._smtp = urlsplit(settings.smtp_url.get_secret_value()) if settings.smtp_url else None
        self._sender = settings.mail_from
        self._may_log_tokens = not settings.in_production

    def send_reset(self, email: str, token: str) -> None:
        if self._smtp is not None:
            self._send(
                self._smtp,
                email,
                f"Use this token within 30 minutes to set a new password:\n\n{token}",
            )
        elif self._may_log_tokens:
            fields = {"reset_token": token}
            logger.info("password reset token, development only", extra={"fields": fields})
        else:
            logger.error("a password reset was not delivered: SMTP_URL is not set")

    def _send(self, url: SplitResult, email: str, text: str) -> None:
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self._sender, email, "Password reset"
        message.set_content(text)
        try:
            with smtplib.SMTP(
                url.hostname or "", url.port or 587, timeout=SMTP_TIMEOUT_SECONDS
            ) as smtp:
                smtp.starttls(context=ssl.create_default_context())
                if url.username:
                    smtp.login(unquote(url.username), unquote(url.password or ""))
                smtp.send_message(message)
        except (OSError, smtplib.SMTPException) as error:
            fields = {"error": type(error).__name__}
            logger.error("a password reset was not delivered", extra={"fields": fields})  # noqa: TRY400 - the traceback may quote the recipient
