"""How fast clean text passes a redactor of 50 secrets: ``python benchmarks/redaction.py``."""

import random
import string
import timeit

from pytest_readiness.redaction import Redactor


TOKEN = string.ascii_letters + string.digits + "-_"
ANY = "".join(map(chr, range(33, 127)))
LOG = '127.0.0.1 - - [21/Nov/2026:11:22:%02d +0000] "GET /api/items/%d HTTP/1.1" 200 %d "-"\n'
PROSE = "The quick brown fox jumps over the lazy dog, and nobody minds. "
LINE = "GET /api/users/me answered 200 in 12 ms; the body has a name and a role. "


def best(redactor: Redactor, text: str, times: int) -> float:
    """Seconds that one pass takes, the best of five measurements."""
    return min(timeit.repeat(lambda: redactor.text(text), number=times, repeat=5)) / times


def main() -> None:
    dice = random.Random(7)  # noqa: S311 - it measures, it protects nothing
    sizes = [6, 8, 16, 24, 32, 48]
    tokens = ["".join(dice.choices(TOKEN, k=dice.choice(sizes))) for _ in range(25)]
    odd = ["".join(dice.choices(ANY, k=dice.choice(sizes))) for _ in range(25)]
    redactor = Redactor([*tokens, *odd])
    build = timeit.timeit(lambda: redactor.text("the first text builds the index"), number=1)
    print(f"index of 50 secrets: {build * 1e3:.0f} ms")
    logs = "".join(LOG % (n % 60, n, n * 37 % 9999) for n in range(20_000))
    for name, text in (("log lines", logs), ("prose", PROSE * 20_000)):
        assert redactor.text(text) == text  # noqa: S101
        print(f"{name}: {len(text) / 1e6 / best(redactor, text, 1):.0f} MB/s")
    print(f"500 characters: {best(redactor, (LINE * 9)[:500], 2000) * 1e6:.1f} us")


if __name__ == "__main__":
    main()
