"""``kezek serve``: the screens, on this machine's own address."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import socket
import threading
from functools import partial
from typing import Annotated, Any

import typer
from gunicorn.app.base import BaseApplication

from dashboard import accounts, readiness
from dashboard.app import KezekDash, create_app
from dashboard.security import is_loopback
from dashboard.settings import Settings, read_settings
from etl import migrate
from etl.errors import KezekError

_M_ARENA_MAX = -8  # malloc.h

WORKERS = 2
THREADS = 4


def serve(
    *,
    host: Annotated[
        str, typer.Option(help="An address of this machine; beyond loopback with KEZEK_HOSTS.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65_535, help="0 takes a free one.")] = 8050,
) -> None:
    """Serve the screens until Ctrl-C; prints the address when they answer."""
    serve_under(read_settings(), host=host, port=port)


def serve_under(settings: Settings, *, host: str, port: int) -> None:
    """The same under settings that are read already."""
    _require_names(settings, host)
    _require_loopback(settings, host)
    _share_one_heap()
    with _listen(host, port) as listener:
        app = create_app(settings)
        app.pack_files()
        migrate.upgrade(app.house.engine)
        accounts.prepare(app.server)
        app.house.engine.dispose()  # each worker opens connections of its own
        gc.freeze()  # what lives as long as the server: no collection during a request looks at it
        _Server(app, listener).run()


def _share_one_heap() -> None:
    """glibc gives each thread a heap of its own, in which what one page took lies idle while
    another's thread takes as much again: over an hour a process grows by a twentieth. Threads that
    the interpreter lets run one at a time need one heap. Other C libraries do not know the call."""
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)


def _require_names(settings: Settings, host: str) -> None:
    """Raises KezekError where others could reach a server that does not know its own names."""
    if not is_loopback(host) and not settings.hosts:
        raise KezekError(
            f"{host} is refused until KEZEK_HOSTS says under which names Kezek is asked, such as "
            "KEZEK_HOSTS=kezek.example; or use --host 127.0.0.1."
        )


def _require_loopback(settings: Settings, host: str) -> None:
    """Raises KezekError where others could reach a demonstration, which lets in whoever comes."""
    if settings.demo and (not is_loopback(host) or settings.hosts or settings.proxies):
        raise KezekError(
            "A demonstration lets in whoever comes, so it is for this machine alone: unset "
            "KEZEK_HOSTS and KEZEK_PROXIES and use --host 127.0.0.1, or unset KEZEK_DEMO."
        )


def _listen(host: str, port: int) -> socket.socket:
    """A socket bound to the address. Raises KezekError where it is taken or forbidden."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host.strip("[]"), port), family=family)
    except OSError as error:
        raise KezekError(
            f"Port {port} of {host} cannot be used ({error.strerror}); "
            "end the program that holds it, or choose another with --port."
        ) from None


class _Server(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn with everything set here: no file, no environment variable, no command line."""

    def __init__(self, app: KezekDash, listener: socket.socket) -> None:
        self._app = app
        self._address = listener.getsockname()[:2]
        self._descriptor = listener.detach()  # gunicorn opens it anew and closes it
        super().__init__()

    def load_config(self) -> None:
        settings = {
            "bind": f"fd://{self._descriptor}",
            "workers": WORKERS,
            "threads": THREADS,
            "worker_class": "dashboard.cli.patient_worker.PatientWorker",
            "preload_app": True,  # the workers share what is loaded; the pool was emptied before
            "loglevel": "warning",
            "timeout": 60,
            "graceful_timeout": 5,
            "control_socket_disable": True,
            "forwarded_allow_ips": "",  # KEZEK_PROXIES says whose word is taken
            "when_ready": self._say_where,
            "post_worker_init": self._keep_ready,
            "worker_int": lambda _worker: os._exit(0),  # Ctrl-C: nothing is worth waiting for
        }
        for name, value in settings.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        return self._app.server

    def _say_where(self, _arbiter: object) -> None:
        host, port = self._address
        shown = f"[{host}]" if ":" in host else host
        typer.echo(f"Kezek is ready: http://{shown}:{port} (Ctrl-C stops it)")

    def _keep_ready(self, _worker: object) -> None:
        """Each worker keeps what it has read to itself, so each gets ready."""
        is_over = threading.Event().wait
        keep = partial(readiness.keep, self._app, is_over=is_over)
        threading.Thread(target=keep, name="readiness", daemon=True).start()
