"""Answers that depend on the prompt, with token counts that depend on both."""

import hashlib
import re


WORD = re.compile(r"[^\W_][\w-]*")
# A nonce is what no prose has: a word with a digit in it.
NONCE = re.compile(r"[\w-]*\d[\w-]*")
SUMMARY_WORDS = 12
CHARACTERS_PER_TOKEN = 4

Messages = list[dict[str, str]]


def answer_to(messages: Messages, model: str) -> str:
    """Summarise the last user message: a digest, how it begins and ends, every nonce in it."""
    prompt = next((m["content"] for m in reversed(messages) if m["role"] == "user"), "")
    digest = hashlib.sha256(prompt.encode("utf-8", "replace")).hexdigest()[:12]
    words = list(dict.fromkeys(WORD.findall(prompt)))
    nonces = list(dict.fromkeys(NONCE.findall(prompt)))[:SUMMARY_WORDS]
    sentences = [
        f"{model} read {len(prompt.split())} words (digest {digest}).",
        f"They begin with: {' '.join(words[:SUMMARY_WORDS])}.",
        f"They end with: {' '.join(words[-SUMMARY_WORDS:])}.",
    ]
    if nonces:
        sentences.append(f"They mention {', '.join(nonces)}.")
    return " ".join(sentences)


def truncated(text: str, max_tokens: int | None) -> tuple[str, str]:
    """Cut to the token limit, and give the finish reason."""
    if max_tokens is None or tokens(text) <= max_tokens:
        return text, "stop"
    return text[: max_tokens * CHARACTERS_PER_TOKEN], "length"


def tokens(text: str) -> int:
    """About four characters a token, as English has it."""
    return -(-len(text) // CHARACTERS_PER_TOKEN)


def prompt_tokens(messages: Messages) -> int:
    """Count the messages, with the few tokens of framing that real providers add to each."""
    return 3 + sum(4 + tokens(message["content"]) for message in messages)
