"""Serve the stub: ``python -m provider_stub --port 9009``."""

import argparse
import contextlib

from provider_stub.server import make_server


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m provider_stub", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=9009)
    options = parser.parse_args()
    with make_server(options.host, options.port) as server, contextlib.suppress(KeyboardInterrupt):
        print(f"provider stub on http://{options.host}:{server.server_port}/v1", flush=True)  # noqa: T201
        server.serve_forever()


if __name__ == "__main__":
    main()
