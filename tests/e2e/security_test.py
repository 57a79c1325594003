"""Who may call: users, tokens and keys by command line and by HTTP, and what a server refuses to start with."""

import json
import stat
import time
import unittest
import urllib.parse

from program import Case, Server

RECOMMEND = "/ml-analytics/recommendations"
SECRET = {"JWT_SECRET_KEY": "0123456789abcdef0123456789abcdef"}


class Words(Case):
    def test_users_are_added_listed_changed_and_removed(self):
        made = self.works("user", "add", "ana", "--role", "listener", "--listener", "user 42")
        self.assertRegex(made.stdout, r"\A[a-z2-9]{24}\n\Z", "the password alone")
        self.assertIn("shown this once", made.stderr)
        self.works("user", "add", "boss", "--role", "admin", "--password-stdin", stdin=None, input="correct horse battery\n")
        users = [json.loads(line) for line in self.works("user", "list", "--json").stdout.splitlines()]
        self.assertEqual([(user["name"], user["role"], user["listener"], user["disabled"]) for user in users],
                         [("ana", "listener", "user 42", False), ("boss", "admin", "boss", False)])
        self.assertIn("listener user 42", self.works("user", "list").stdout)
        self.works("user", "role", "ana", "operator")
        self.works("user", "disable", "ana")
        self.fails(1, "user enable ana", "token", "create", "--user", "ana")
        self.works("user", "enable", "ana")
        self.assertNotEqual(self.works("user", "password", "ana").stdout, made.stdout)
        self.works("user", "remove", "ana")
        self.fails(1, "no user 'ana'", "user", "remove", "ana")
        self.fails(1, "no admin would be left", "user", "remove", "boss")
        self.fails(1, "already", "user", "add", "boss", "--role", "admin")
        self.fails(2, "role", "user", "add", "eve", "--role", "emperor")
        self.fails(1, "no name", "user", "add", "two words", "--role", "admin")
        self.fails(1, "12 to 1024", "user", "add", "eve", "--role", "admin", "--password-stdin", stdin=None, input="short\n")
        self.fails(1, "no line", "user", "add", "eve", "--role", "admin", "--password-stdin")
        log = [json.loads(line) for line in self.works("audit", "--json").stdout.splitlines()]
        self.assertEqual([entry["what"] for entry in reversed(log)],
                         ["user.add", "user.add", "user.role.operator", "user.disable", "user.enable", "user.password", "user.remove"])
        self.assertTrue(all(entry["who"].startswith("local:") for entry in log))
        self.assertIn("user.remove", self.works("audit", "--limit", "1").stdout)

    def test_tokens_and_keys(self):
        self.fails(1, "no user 'admin'", "token", "create", "--user", "admin")
        self.works("user", "add", "admin", "--role", "admin")
        token = self.works("token", "create", "--user", "admin").stdout
        self.assertRegex(token, r"\A[\w-]+\.[\w-]+\.[\w-]+\n\Z")
        key = self.works("token", "create", "--user", "admin", "--api-key", "--minutes", "5").stdout
        self.assertRegex(key, r"\Amlk_[\w-]{43}\n\Z")
        listed = [json.loads(line) for line in self.works("token", "list", "--json").stdout.splitlines()]
        self.assertEqual(sorted(one["kind"] for one in listed), ["key", "token"])
        self.works("token", "revoke", listed[0]["id"])
        self.assertEqual(len(self.works("token", "list").stdout.splitlines()), 1)
        self.fails(1, "no token", "token", "revoke", "0000")
        self.fails(2, "minutes", "token", "create", "--user", "admin", "--minutes", "0")

    def test_the_database_is_its_owners_alone(self):
        self.works("user", "list")
        self.assertEqual(stat.S_IMODE(self.database.stat().st_mode), 0o600)

    def test_production_needs_a_secret(self):
        production = ("serve", "--port", "0", "--environment", "production")
        self.fails(1, "production needs JWT_SECRET_KEY, 32 bytes", *production)
        self.fails(1, "JWT_SECRET_KEY .*31 bytes", *production, env={"JWT_SECRET_KEY": "x" * 31})
        self.fails(1, "key_set_file", *production, "--set", "security.jwt.algorithm=EdDSA")
        with Server(self, "--environment", "production", env=SECRET) as server:
            self.assertEqual(server.get("/health/live")[0], 200)
            self.assertIn(server.post(RECOMMEND, {"user_id": "u0"})[0], (200, 503))
        self.assertNotIn(SECRET["JWT_SECRET_KEY"], self.works("config", "--show", env=SECRET).stdout)


class Http(Case):
    def setUp(self):
        super().setUp()
        self.trained()

    def form(self, server, path, **fields):
        return server.request("POST", path, urllib.parse.urlencode(fields),
                              {"Content-Type": "application/x-www-form-urlencoded", "X-API-Key": ""})

    def test_the_first_start_makes_an_admin_once(self):
        with Server(self) as server:
            text = server.printed()
            password = text.split("shown this once: ")[1].split()[0]
            status, headers, answer = self.form(server, "/ml-analytics/auth/token", grant_type="password",
                                                username="admin", password=password)
            self.assertEqual(status, 200, answer)
            self.assertEqual(headers["Cache-Control"], "no-store")
            bearer = {"Authorization": f"Bearer {answer['access_token']}"}
            self.assertEqual(server.request("POST", RECOMMEND, {"user_id": "u0"}, bearer)[0], 200)
            server.stop()
            self.assertNotIn(password, server.text(), "the log shows the password")
        with Server(self) as server:
            self.assertEqual(server.printed(), "")

    def test_without_a_token_only_health_and_metrics(self):
        nobody = {"X-API-Key": ""}
        with Server(self) as server:
            for path in ("/health", "/health/live", "/health/ready", "/metrics", "/openapi.json"):
                self.assertEqual(server.request("GET", path, headers=nobody)[0], 200, path)
            for method, path in (("POST", RECOMMEND), ("POST", "/ml-analytics/events"), ("GET", "/ml-analytics/tracks/i1"),
                                 ("PUT", "/ml-analytics/tracks/i1")):
                status, headers, answer = server.request(method, path, {}, nobody)
                self.assertEqual((status, answer), (401, {"detail": "Not authenticated"}), path)
                self.assertIn("Bearer", headers["WWW-Authenticate"])
        with Server(self, "--set", "security.open_metrics=false") as server:
            self.assertEqual(server.request("GET", "/metrics", headers=nobody)[0], 401)
            self.assertEqual(server.request("GET", "/metrics", headers={"Authorization": f"Bearer {server.token()}"})[0], 200)

    def test_a_listener_reaches_its_own_data(self):
        with Server(self) as server:
            self.works("user", "add", "ana", "--role", "listener", "--listener", "u0")
            ana = {"Authorization": f"Bearer {server.token('ana')}"}
            self.assertEqual(server.request("POST", RECOMMEND, {"user_id": "u0"}, ana)[0], 200)
            self.assertEqual(server.request("POST", RECOMMEND, {"user_id": "u1"}, ana)[0], 403)
            self.assertEqual(server.request("POST", RECOMMEND, {"user_id": "nobody at all"}, ana)[0], 403)
            event = {"track_id": "i1", "type": "like"}
            self.assertEqual(server.request("POST", "/ml-analytics/events", event | {"user_id": "u0"}, ana)[0], 200)
            self.assertEqual(server.request("POST", "/ml-analytics/events", event | {"user_id": "u1"}, ana)[0], 403)
            self.assertEqual(server.request("PUT", "/ml-analytics/tracks/i1", {"track_name": "X"}, ana)[0], 403)
            self.assertEqual(server.get("/ml-analytics/tracks/i1", **ana)[0], 200)

    def test_what_is_taken_back_is_seen_by_a_running_server(self):
        with Server(self) as server:
            self.works("user", "add", "backend", "--role", "service")
            key = {"X-API-Key": self.works("token", "create", "--user", "backend", "--api-key").stdout.strip()}
            self.assertEqual(server.get("/ml-analytics/tracks/i1", **key)[0], 200)
            self.works("user", "disable", "backend")
            deadline = time.monotonic() + 60
            while server.get("/ml-analytics/tracks/i1", **key)[0] != 401:
                self.assertLess(time.monotonic(), deadline, "a disabled user still comes in")
                time.sleep(0.1)

    def test_changes_are_in_the_audit_log_with_the_request(self):
        with Server(self) as server:
            headers = {"Authorization": f"Bearer {server.token()}", "X-Request-ID": "mine-1"}
            server.request("PUT", "/ml-analytics/tracks/new", {"track_name": "New"}, headers)
        entry = json.loads(self.works("audit", "--limit", "1", "--json").stdout)
        self.assertEqual((entry["who"], entry["what"], entry["subject"], entry["request_id"]),
                         ("admin", "track.put", "new", "mine-1"))

    def test_refresh_revoke_and_client_credentials(self):
        password = self.works("user", "add", "ana", "--role", "operator").stdout.strip()
        secret = self.works("user", "add", "backend", "--role", "service").stdout.strip()
        path = "/ml-analytics/auth/token"
        with Server(self) as server:
            _, _, first = self.form(server, path, grant_type="password", username="ana", password=password)
            _, _, second = self.form(server, path, grant_type="refresh_token", refresh_token=first["refresh_token"])
            self.assertTrue(second["access_token"])
            status, _, answer = self.form(server, path, grant_type="refresh_token", refresh_token=first["refresh_token"])
            self.assertEqual((status, answer["error"]), (400, "invalid_grant"))
            status, _, answer = self.form(server, path, grant_type="client_credentials", client_id="backend", client_secret=secret)
            self.assertEqual(status, 200, answer)
            bearer = {"Authorization": f"Bearer {answer['access_token']}"}
            self.assertEqual(server.get("/ml-analytics/tracks/i1", **bearer)[0], 200)
            self.assertEqual(self.form(server, "/ml-analytics/auth/revoke", token=answer["access_token"])[0], 200)
            self.assertEqual(server.get("/ml-analytics/tracks/i1", **bearer)[0], 401)
            status, headers, answer = self.form(server, path, grant_type="client_credentials", client_id="backend", client_secret="wrong")
            self.assertEqual((status, answer["error"]), (401, "invalid_client"))
            self.assertIn("Basic", headers["WWW-Authenticate"])


if __name__ == "__main__":
    unittest.main()
