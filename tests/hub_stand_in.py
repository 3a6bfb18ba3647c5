"""The Hugging Face Hub's HTTP API on the loopback, serving folders: what its own clients need to find and fetch models.

with HubStandIn() as hub:
    hub.add("org/model", folder, pipeline_tag="text-classification", access="private", token="hf_secret")
    …HF_ENDPOINT=hub.url…
"""

from __future__ import annotations

import hashlib
import json
import socket
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

Access = Literal["public", "private", "gated"]
"""A private model is unknown to whom it is not shown; a gated one shows its page, not its files."""
METHODS = ["GET", "HEAD"]


@dataclass(frozen=True)
class HubRepo:
    """One model; `commits` are revisions (branches, tags) to commits, `main` the last of them."""

    folder: Path
    commit: str
    pipeline_tag: str = ""
    access: Access = "public"
    token: str = ""
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def files(self) -> list[str]:
        names = (
            path.relative_to(self.folder).as_posix()
            for path in sorted(self.folder.rglob("*"))
            if path.is_file()
        )
        return [name for name in names if not name.startswith(".")]

    def knows(self, revision: str) -> bool:
        return revision in {"main", self.commit, *self.tags}


@dataclass(frozen=True)
class HubRequest:
    """One request that arrived; `token` is what it carried."""

    method: str
    path: str
    token: str


class HubStandIn:
    """Listens on a free port of 127.0.0.1 while it is entered; `asked` logs its requests."""

    def __init__(self) -> None:
        self.repos: dict[str, HubRepo] = {}
        self.moved: dict[str, str] = {}
        """Former names of models, and what they are called now: `org/new`, or at another Hub `http://…//org/new`."""
        self.requests: list[HubRequest] = []
        routes = [
            Route(
                "/api/models/{repo:path}/revision/{revision:path}",
                self._facts,
                methods=METHODS,
            ),
            Route(
                "/api/models/{repo:path}/tree/{revision}", self._tree, methods=METHODS
            ),
            Route(
                "/api/models/{repo:path}/tree/{revision}/{folder:path}",
                self._tree,
                methods=METHODS,
            ),
            Route("/api/models/{repo:path}", self._facts, methods=METHODS),
            Route(
                "/{repo:path}/resolve/{revision}/{file:path}",
                self._file,
                methods=METHODS,
            ),
        ]
        config = uvicorn.Config(
            Starlette(routes=routes), log_level="warning", lifespan="off"
        )
        self._server = uvicorn.Server(config)
        self._socket = socket.socket()
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True
        )
        self.url = ""

    def add(
        self,
        repo: str,
        folder: Path,
        *,
        pipeline_tag: str = "",
        access: Access = "public",
        token: str = "",
        tag: str = "",
    ) -> HubRepo:
        """Serves the folder's files as they are when they are asked for; the commit follows from their names."""
        commit = hashlib.sha1(repo.encode()).hexdigest()
        tags = {tag: commit} if tag else {}
        self.repos[repo] = HubRepo(folder, commit, pipeline_tag, access, token, tags)
        return self.repos[repo]

    def __enter__(self) -> HubStandIn:
        self._socket.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread.start()
        while not self._server.started:
            time.sleep(0.01)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(timeout=10)
        self._socket.close()

    async def _facts(self, request: Request) -> Response:
        repo, refusal = self._find(request)
        if repo is None:
            return refusal
        shown = {
            "id": request.path_params["repo"],
            "modelId": request.path_params["repo"],
            "sha": repo.commit,
        }
        shown |= {
            "private": repo.access == "private",
            "gated": "manual" if repo.access == "gated" else False,
        }
        facts: dict[str, Any] = {
            **shown,
            "tags": [],
            "siblings": [{"rfilename": name} for name in repo.files],
        }
        if repo.pipeline_tag:
            facts["pipeline_tag"] = repo.pipeline_tag
        config = repo.folder / "config.json"
        if config.is_file():
            settings = json.loads(config.read_text("utf-8"))
            facts["config"] = {
                name: settings[name]
                for name in ("architectures", "model_type")
                if name in settings
            }
        return JSONResponse(facts)

    async def _tree(self, request: Request) -> Response:
        repo, refusal = self._find(request)
        if repo is None:
            return refusal
        folder = request.path_params.get("folder", "")
        names = [
            _entry(repo.folder / name, name)
            for name in repo.files
            if name.startswith(folder and f"{folder}/")
        ]
        return (
            JSONResponse(names)
            if names
            else _refusal(404, "EntryNotFound", "Entry not found")
        )

    async def _file(self, request: Request) -> Response:
        repo, refusal = self._find(request)
        if repo is None:
            return refusal
        token = _token(request)
        if repo.access == "gated" and token != repo.token:
            message = f"Access to model {request.path_params['repo']} is restricted."
            return _refusal(403 if token else 401, "GatedRepo", message)
        name = request.path_params["file"]
        if name not in repo.files:
            return _refusal(404, "EntryNotFound", "Entry not found", repo.commit)
        return _content(repo.folder / name, repo.commit)

    def _find(self, request: Request) -> tuple[HubRepo | None, Response]:
        """The repository, or what who may not see it, or asks for a revision that it has not, is told."""
        token = _token(request)
        self.requests.append(HubRequest(request.method, request.url.path, token))
        name = request.path_params["repo"]
        if now := self.moved.get(name):
            host, _, new = now.rpartition("//")
            return None, RedirectResponse(
                host + request.url.path.replace(name, new, 1), 307
            )
        repo = self.repos.get(name)
        if repo is None or (repo.access == "private" and token != repo.token):
            # Who is not logged in cannot be told whether there is such a repository.
            status, message = (
                (404, "Repository not found")
                if token
                else (401, "Invalid username or password.")
            )
            return None, _refusal(status, "RepoNotFound", message)
        revision = request.path_params.get("revision", "main")
        if not repo.knows(revision):
            return None, _refusal(
                404, "RevisionNotFound", f"Invalid rev id: {revision}"
            )
        return repo, Response()


def _token(request: Request) -> str:
    return request.headers.get("authorization", "").removeprefix("Bearer ")


def _refusal(status: int, code: str, message: str, commit: str = "") -> Response:
    headers = {"X-Error-Code": code, "X-Error-Message": message}
    return JSONResponse(
        {"error": message},
        status,
        headers | ({"X-Repo-Commit": commit} if commit else {}),
    )


def _entry(path: Path, name: str) -> dict[str, Any]:
    oid = hashlib.sha1(path.read_bytes()).hexdigest()
    return {"type": "file", "oid": oid, "size": path.stat().st_size, "path": name}


def _content(path: Path, commit: str) -> Response:
    content = path.read_bytes()
    headers = {
        "ETag": f'"{hashlib.sha256(content).hexdigest()}"',
        "X-Repo-Commit": commit,
        "X-Linked-Size": str(len(content)),
        "Accept-Ranges": "bytes",
    }
    return FileResponse(path, headers=headers)
