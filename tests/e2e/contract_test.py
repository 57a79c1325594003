"""The contract and the server: every operation and status that api/openapi.yaml names is answered here by a real server,
every answer has the schema that it promises, and every parameter is read.

`program.Server` checks the answers of all other end-to-end tests against the contract, too.
"""

import json
import math
import re
import unittest

from analyze_test import wav
from program import ROOT, Case, Server

# What needs a broken disk, a queue that is full, or a database that no other process sees.
HARD = {"501", "503"}
NOBODY = {"X-API-Key": ""}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
NDJSON = {"Content-Type": "application/x-ndjson"}
MULTIPART = {"Content-Type": "multipart/form-data; boundary=XX"}


class Contract(Case):
    def setUp(self):
        super().setUp()
        self.trained()

    def upload(self, name="tone.wav"):
        tone = wav([math.sin(i / 20) / 2 for i in range(11025)])
        return (f'--XX\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode() + tone
                + b"\r\n--XX--\r\n")

    def test_what_is_documented_is_served_and_the_reverse(self):
        """Documented paths and methods are those of the route table; each operation has an id of its own."""
        with Server(self) as server:
            contract = server.contract()
            table = (ROOT / "src" / "front" / "http" / "impl" / "routes.cpp").read_text(encoding="utf-8")
            routes = {(method.lower(), path) for method, path in re.findall(r'\{"([A-Z]+)",\s*"(/[^"]*)"', table)}
            documented = {(method, path) for path, item in contract.document["paths"].items() for method in item
                          if method != "parameters"}
            self.assertEqual(routes, documented)
            ids = [contract.document["paths"][path][method]["operationId"] for method, path in documented]
            self.assertEqual(len(ids), len(set(ids)))
            # Pages that show it list routes by resource: one tag each, the same for all below a path.
            tags = {}
            for method, path in documented:
                resource = path.removeprefix("/ml-analytics/").split("/")[0] if path.startswith("/ml-analytics/") else ""
                tags.setdefault(resource, set()).add(tuple(contract.document["paths"][path][method]["tags"]))
            self.assertEqual([resource for resource, found in tags.items() if len(found) > 1 or len(min(found)) != 1], [])
            self.assertEqual({min(found)[0] for found in tags.values()}, {one["name"] for one in contract.document["tags"]})
            for method, path in routes:
                status, headers, _ = server.request("TRACE", re.sub(r"\{\w+\}", "x", path))
                self.assertEqual(status, 405, path)
                self.assertIn(method.upper(), headers["Allow"].split(", "))

    def test_every_documented_status_is_answered(self):
        ana = self.works("user", "add", "ana", "--role", "listener", "--listener", "u0").stdout.strip()
        with Server(self) as server:
            contract = server.contract()
            seen = {}

            def ask(method, path, body=None, headers=None):
                status, answered, value = server.request(method, path, body, headers)
                found = contract.operation(method, path)
                self.assertIsNotNone(found, f"{method} {path}")
                seen.setdefault((method.lower(), found[0]), set()).add(str(status))
                return status, answered, value

            prefix = "/ml-analytics"
            ana = {"X-API-Key": self.works("token", "create", "--user", "ana", "--api-key").stdout.strip()}
            self.requests(ask, prefix, ana)
            missing = []
            for path, item in contract.document["paths"].items():
                for method, operation in item.items():
                    if method == "parameters":
                        continue
                    wanted = set(operation["responses"]) - HARD - {"default"}
                    names = [one["name"] for one in contract.parameters(path, operation)]
                    wanted -= {"409"} if "Idempotency-Key" in names else set()  # while the first one runs: idempotency_test.cpp
                    missing += [f"{method} {path} {status}" for status in sorted(wanted - seen.get((method, path), set()))]
            self.assertEqual(missing, [], "documented, but not answered here")

    def requests(self, ask, prefix, ana):
        for path in ("/health", "/health/live", "/health/ready", "/metrics", "/openapi.json"):
            ask("GET", path)
        # Good ones.
        ask("POST", f"{prefix}/recommendations", {"user_id": "u0"})
        ask("POST", f"{prefix}/recommendations/batch", {"user_ids": ["u0", "u1"]})
        ask("POST", f"{prefix}/recommendations/session", {"recent_tracks": ["i1"]})
        ask("POST", f"{prefix}/recommendations/playlist", {"tracks": ["i1"]})
        ask("GET", f"{prefix}/recommendations/popular")
        ask("GET", f"{prefix}/recommendations/latest")
        ask("POST", f"{prefix}/events", {"user_id": "u0", "track_id": "i1"}, {"Idempotency-Key": "a"})
        ask("PUT", f"{prefix}/tracks", '{"track_id": "n1", "track_name": "N", "artist_name": "A"}\n{}', NDJSON)
        ask("PUT", f"{prefix}/tracks/n2", {"track_name": "N"})
        ask("PUT", f"{prefix}/tracks/n2", {"track_name": "N2"})
        ask("GET", f"{prefix}/tracks/n2")
        ask("GET", f"{prefix}/tracks/i1/similar")
        ask("GET", f"{prefix}/artists")
        ask("GET", f"{prefix}/artists/A")
        ask("GET", f"{prefix}/users/u0")
        ask("GET", f"{prefix}/users/u0/recommendations")
        ask("GET", f"{prefix}/users/u0/history?limit=2")
        ask("GET", f"{prefix}/users/u0/export")
        ask("GET", f"{prefix}/models")
        ask("GET", f"{prefix}/models/status")
        ask("GET", f"{prefix}/models/item_knn")
        _, _, job = ask("POST", f"{prefix}/models/popularity/train", {}, {"Idempotency-Key": "b"})
        ask("GET", f"{prefix}/jobs/{job['id']}/events")
        ask("POST", f"{prefix}/jobs/{job['id']}/cancel")
        _, _, job = ask("POST", f"{prefix}/models/hybrid/train", {})
        ask("POST", f"{prefix}/jobs/{job['id']}/cancel")
        _, _, job = ask("POST", f"{prefix}/models/popularity/promote", {"version": 1, "force": True}, {"Idempotency-Key": "c"})
        ask("GET", f"{prefix}/jobs/{job['id']}/events")
        ask("GET", f"{prefix}/jobs")
        ask("GET", f"{prefix}/jobs/{job['id']}")
        ask("POST", f"{prefix}/models/popularity/rollback")
        _, _, job = ask("POST", f"{prefix}/models/popularity/train", {})
        ask("GET", f"{prefix}/jobs/{job['id']}/events")
        ask("POST", f"{prefix}/models/popularity/rollback")
        ask("POST", f"{prefix}/audio/analyze", self.upload(), MULTIPART)
        ask("POST", f"{prefix}/audio/analyze?background=true", self.upload(), MULTIPART)
        ask("GET", f"{prefix}/audio-features/i1,i2")
        ask("GET", f"{prefix}/monitoring/health")
        ask("GET", f"{prefix}/monitoring/metrics")
        # Not there.
        for path in ("tracks/none", "tracks/none/similar", "artists/none", "users/none", "users/none/history",
                     "users/none/export", "models/none", "jobs/none", "jobs/none/events"):
            ask("GET", f"{prefix}/{path}")
        for path in ("models/none/train", "models/none/promote", "models/none/rollback", "jobs/none/cancel"):
            ask("POST", f"{prefix}/{path}")
        # Not valid.
        for path in ("recommendations", "recommendations/batch", "recommendations/session", "recommendations/playlist",
                     "events", "models/hybrid/train", "models/item_knn/promote"):
            ask("POST", f"{prefix}/{path}", "[]")
        for path in ("recommendations/popular", "recommendations/latest", "tracks/i1/similar", "artists", "artists/A",
                     "users/u0/recommendations", "users/u0/history", "jobs"):
            ask("GET", f"{prefix}/{path}?limit=0")
        ask("GET", f"{prefix}/audio-features/{'x,' * 101}")
        ask("PUT", f"{prefix}/tracks", "", NDJSON)
        ask("PUT", f"{prefix}/tracks", "{}")
        ask("PUT", f"{prefix}/tracks/n2", {})
        ask("POST", f"{prefix}/audio/analyze", self.upload("tone.exe"), MULTIPART)
        ask("POST", f"{prefix}/audio/analyze", "{}")
        # In conflict.
        ask("DELETE", f"{prefix}/users/admin")
        # Not by them: every operation that is not open, without a credential and as a listener about somebody else.
        for method, path, body, kind in (
                ("POST", "recommendations", {"user_id": "u1"}, {}), ("POST", "recommendations/batch", {"user_ids": ["u1"]}, {}),
                ("POST", "events", {"user_id": "u1", "track_id": "i1"}, {}), ("PUT", "tracks", "{}", NDJSON),
                ("PUT", "tracks/n2", {"track_name": "N"}, {}), ("DELETE", "tracks/n2", None, {}), ("GET", "users/u1", None, {}),
                ("DELETE", "users/u1", None, {}), ("GET", "users/u1/recommendations", None, {}),
                ("GET", "users/u1/history", None, {}), ("GET", "users/u1/export", None, {}), ("GET", "models", None, {}),
                ("GET", "models/status", None, {}), ("GET", "models/item_knn", None, {}), ("POST", "models/hybrid/train", {}, {}),
                ("POST", "models/item_knn/promote", {}, {}), ("POST", "models/item_knn/rollback", None, {}), ("GET", "jobs", None, {}),
                ("GET", "jobs/x", None, {}), ("GET", "jobs/x/events", None, {}), ("POST", "jobs/x/cancel", None, {}),
                ("POST", "audio/analyze", self.upload(), MULTIPART), ("GET", "monitoring/health", None, {}),
                ("GET", "monitoring/metrics", None, {})):
            self.assertEqual(ask(method, f"{prefix}/{path}", body, kind | ana)[0], 403, path)
            self.assertEqual(ask(method, f"{prefix}/{path}", body, kind | NOBODY)[0], 401, path)
        for method, path in (("POST", "recommendations/session"), ("POST", "recommendations/playlist"),
                             ("GET", "recommendations/popular"), ("GET", "recommendations/latest"), ("GET", "tracks/i1"),
                             ("GET", "tracks/i1/similar"), ("GET", "artists"), ("GET", "artists/A"), ("GET", "audio-features/i1")):
            self.assertEqual(ask(method, f"{prefix}/{path}", None, NOBODY)[0], 401, path)
        # OAuth.
        for path in ("token", "revoke"):
            ask("POST", f"{prefix}/auth/{path}", "", FORM | NOBODY)
        ask("POST", f"{prefix}/auth/token", "grant_type=client_credentials&client_id=x&client_secret=y", FORM | NOBODY)
        password = self.works("user", "add", "bob", "--role", "operator").stdout.strip()
        ask("POST", f"{prefix}/auth/token", f"grant_type=password&username=bob&password={password}", FORM | NOBODY)
        ask("POST", f"{prefix}/auth/revoke", "token=x", FORM | NOBODY)
        # Gone at last.
        ask("DELETE", f"{prefix}/tracks/n2")
        ask("DELETE", f"{prefix}/tracks/n2")
        ask("DELETE", f"{prefix}/users/u1")
        ask("DELETE", f"{prefix}/users/u1")

    def test_every_parameter_is_read(self):
        """A value that the contract rules out is refused by its name."""
        values = {"integer": "x", "boolean": "maybe", "string": "%FF"}
        with Server(self) as server:
            contract = server.contract()
            for path, item in contract.document["paths"].items():
                for method, operation in item.items():
                    if method == "parameters":
                        continue
                    for one in contract.parameters(path, operation):
                        if one["in"] != "query":
                            continue
                        target = re.sub(r"\{\w+\}", "i1", path).replace("/users/i1", "/users/u0")
                        value = values[one["schema"]["type"]] if "pattern" not in one["schema"] else "zz"
                        body, kind = (self.upload(), MULTIPART) if "audio/analyze" in path else (None, {})
                        if value == "%FF":
                            value = "x" * 65
                        status, _, answer = server.request(method.upper(), f"{target}?{one['name']}={value}", body, kind)
                        self.assertEqual(status, 422, f"{method} {path} {one['name']}: {answer}")
                        self.assertEqual(answer["detail"][0]["loc"], ["query", one["name"]], path)

    def test_the_check_itself_finds_faults(self):
        with Server(self) as server:
            contract = server.contract()
            good = {"status": "ready", "problems": []}
            kind = {"Content-Type": "application/json"}

            def faults(value, status=200, headers=kind):
                return contract.check("GET", "/health/ready", status, headers, json.dumps(value))
            self.assertEqual(faults(good), [])
            self.assertTrue(faults({"status": "ready"}))
            self.assertTrue(faults(good | {"more": 1}))
            self.assertTrue(faults(good | {"problems": "none"}))
            self.assertTrue(faults(good | {"status": "fine"}))
            self.assertTrue(faults(good, 201))
            self.assertTrue(faults(good, 200, {"Content-Type": "text/html"}))


if __name__ == "__main__":
    unittest.main()
