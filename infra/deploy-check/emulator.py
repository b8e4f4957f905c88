# Runs ministack, an emulator of AWS, on 127.0.0.1 and a port of its own. It prints `ready PORT` as soon as it answers, and ends when
# its standard input does, so that it cannot outlive the process that started it.
import os
import signal
import socket
import sys
import threading
import time
import urllib.request

HOST = "127.0.0.1"
ANSWER_TIMEOUT_S = 60

with socket.socket() as probe:
    probe.bind((HOST, 0))
    port = probe.getsockname()[1]
os.environ.update(
    BIND_HOST=HOST,
    MINISTACK_HOST=HOST,
    GATEWAY_PORT=str(port),
    IOT_MTLS_ENABLED="0",
    LAMBDA_EXECUTOR="local",
    PERSIST_STATE="0",
)


def end_with_input():
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)


def report_ready():
    give_up = time.monotonic() + ANSWER_TIMEOUT_S
    while time.monotonic() < give_up:
        try:
            with urllib.request.urlopen(f"http://{HOST}:{port}/_ministack/health", timeout=5):
                print(f"ready {port}", flush=True)
                return
        except OSError:
            time.sleep(0.1)


for task in (end_with_input, report_ready):
    threading.Thread(target=task, daemon=True).start()

from ministack.app import main  # noqa: E402 (reads the environment when it is imported)

sys.argv = ["ministack"]
main()
