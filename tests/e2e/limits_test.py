"""What a server on the internet refuses: too many requests and logins, pages of other origins, oversized uploads; what a
stop lets finish; and secrets that are sealed."""

import http.client
import json
import signal
import socket
import time
import unittest
import urllib.parse

from program import PATIENCE, Case, Server

TOKEN = "/ml-analytics/auth/token"
EVENTS = "/ml-analytics/events"


class Limits(Case):
    def log_in(self, server, name, password, **headers):
        form = urllib.parse.urlencode({"grant_type": "password", "username": name, "password": password})
        return server.request("POST", TOKEN, form, {"Content-Type": "application/x-www-form-urlencoded", "X-API-Key": ""} | headers)

    def test_too_many_requests_of_one_user(self):
        self.works("user", "add", "ana", "--role", "listener")
        with Server(self, "--set", "security.rate_limiting.burst_requests=2", env={"API_RATE_LIMIT": "1"}) as server:
            ana = {"Authorization": f"Bearer {server.token('ana')}"}
            for left in (2, 1, 0):
                status, headers, _ = server.get("/ml-analytics/tracks/none", **ana)
                self.assertEqual(status, 404)
                self.assertEqual(headers["RateLimit-Policy"], '"requests";q=1;w=60')
                self.assertRegex(headers["RateLimit"], f'^"requests";r={left};t=[0-9]+$')
            status, headers, answer = server.get("/ml-analytics/tracks/none", **ana)
            self.assertEqual(status, 429)
            self.assertLessEqual(int(headers["Retry-After"]), 60)
            self.assertRegex(answer["detail"], "^Too many requests; try again in [0-9]+ seconds$")
            self.assertEqual(server.get("/ml-analytics/tracks/none")[0], 404, "another user")
            self.assertEqual(server.get("/health")[0], 200)
            self.assertIn('ml_analytics_rate_limited_total{limit="principal"} 1', server.get("/metrics")[2])

    def test_too_many_logins_and_whose_address_counts(self):
        password = self.works("user", "add", "ana", "--role", "listener").stdout.strip()
        with Server(self, "--set", "server.trusted_proxies=127.0.0.0/8", "--set", "security.rate_limiting.logins_per_minute=3") as server:
            def come_from(address):
                return {"X-Forwarded-For": f"made.up, {address}"}
            for name in ("a", "b", "c"):
                self.assertEqual(self.log_in(server, name, "wrong password", **come_from("192.0.2.1"))[0], 400)
            status, headers, answer = self.log_in(server, "ana", password, **come_from("192.0.2.1"))
            self.assertEqual((status, answer["detail"]), (429, f"Too many logins; try again in {headers['Retry-After']} seconds"))
            self.assertEqual(self.log_in(server, "ana", password, **come_from("192.0.2.2"))[0], 200)
            self.assertIn("192.0.2.1", server.text(), "the log says where it came from")

    def test_pages_of_other_origins(self):
        with Server(self, env={"CORS_ORIGINS": '["https://app.example"]'}) as server:
            asked = {"Origin": "https://app.example", "Access-Control-Request-Method": "POST",
                     "Access-Control-Request-Headers": "authorization,content-type"}
            status, headers, _ = server.request("OPTIONS", EVENTS, headers=asked | {"X-API-Key": ""})
            self.assertEqual(status, 204)
            self.assertEqual(headers["Access-Control-Allow-Origin"], "https://app.example")
            self.assertIn("POST", headers["Access-Control-Allow-Methods"])
            self.assertIn("Authorization", headers["Access-Control-Allow-Headers"])
            self.assertEqual(server.get("/health", Origin="https://app.example")[1]["Access-Control-Allow-Origin"], "https://app.example")
            evil = server.get("/health", Origin="https://evil.example")[1]
            self.assertNotIn("Access-Control-Allow-Origin", evil)
            self.assertEqual(evil["Vary"], "Origin")
            self.assertNotIn("Access-Control-Allow-Credentials", headers)
            for name, value in (("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "no-referrer"),
                                ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
                                ("Cache-Control", "no-store")):
                self.assertEqual(evil[name], value)

    def test_a_chunked_upload_beyond_10_mib(self):
        with Server(self) as server:
            connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
            chunks = (b"x" * 65536 for _ in range(11 * 16))
            connection.request("POST", EVENTS, chunks, {"X-API-Key": "", "Content-Type": "application/json"}, encode_chunked=True)
            self.assertEqual(connection.getresponse().status, 413)
            connection.close()
            self.assertEqual(server.get("/health")[0], 200)

    def test_a_stop_lets_what_has_begun_finish(self):
        with Server(self) as server:
            body = json.dumps({"user_id": "u", "track_id": "t"}).encode()
            head = (f"POST {EVENTS} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {server.token()}\r\n"
                    f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n").encode()
            with socket.create_connection(("127.0.0.1", server.port), timeout=60) as begun, \
                    socket.create_connection(("127.0.0.1", server.port), timeout=60) as idle:
                idle.sendall(b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n")
                self.assertIn(b"200 OK", idle.recv(4096))
                begun.sendall(head + body[:5])
                self.wait_for_connections(server, 2)
                server.process.send_signal(signal.SIGTERM)
                self.assertEqual(idle.recv(4096), b"", "an idle connection is closed")
                self.assertIsNone(server.process.poll(), "it waits for the other")
                begun.sendall(body[5:])
                answer = begun.recv(65536)
                self.assertIn(b"HTTP/1.1 200", answer)
                self.assertIn(b"Connection: close", answer)
            self.assertEqual(server.process.wait(PATIENCE), 0)
            with self.assertRaises(OSError):
                socket.create_connection(("127.0.0.1", server.port), timeout=5).close()

    def wait_for_connections(self, server, count):
        """Until the server has read what these connections have sent: it shows them, and this question's own."""
        deadline = time.monotonic() + PATIENCE
        while f"ml_analytics_active_connections {count + 1}" not in server.get("/metrics")[2]:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.02)


class Secrets(Case):
    KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
    SECRET = "a secret of more than 32 bytes for tokens"

    def seal(self, name, secret, key=KEY):
        sealed = self.works("secrets", "seal", name, input=secret + "\n", stdin=None, env={"ML_SECRETS_KEY": key})
        self.assertRegex(sealed.stdout, r"^sealed:v1:[A-Za-z0-9_-]+\n$")
        return sealed.stdout.strip()

    def test_a_sealed_secret_signs_tokens_and_is_shown_nowhere(self):
        sealed = self.seal("security.jwt.secret_key", self.SECRET)
        config = self.write("sealed.yaml", f"security:\n  jwt:\n    secret_key: {sealed}\n")
        key = self.write("secrets.key", self.KEY + "\n")
        key.chmod(0o600)
        env = {"ML_SECRETS_KEY_FILE": str(key)}
        shown = self.works("config", "--show", "--config", config, env=env)
        self.assertIn("security.jwt.secret_key = ***  # ", shown.stdout)
        self.assertNotIn("more than 32", shown.stdout + shown.stderr)
        self.assertNotIn(sealed, shown.stdout)
        # A token under the plain secret is good for a server with the sealed one: it is the same secret.
        token = self.works("token", "create", "--user", self.user(), env={"JWT_SECRET_KEY": self.SECRET}).stdout.strip()
        with Server(self, "--config", str(config), env=env) as server:
            self.assertEqual(server.get("/ml-analytics/tracks/x", Authorization=f"Bearer {token}")[0], 404)
            self.assertNotIn("more than 32", server.text() + server.printed())

    def user(self):
        self.works("user", "add", "ana", "--role", "admin", env={"JWT_SECRET_KEY": self.SECRET})
        return "ana"

    def test_sealed_and_opened_by_hand(self):
        sealed = self.seal("database.url", "postgresql://u:p@h/d")
        opened = self.works("secrets", "open", "database.url", input=sealed + "\n", stdin=None, env={"ML_SECRETS_KEY": self.KEY})
        self.assertEqual(opened.stdout, "postgresql://u:p@h/d\n")
        key = self.write("k", self.KEY)
        key.chmod(0o600)
        opened = self.works("secrets", "open", "database.url", "--key-file", key, input=sealed, stdin=None)
        self.assertEqual(opened.stdout, "postgresql://u:p@h/d\n")

    def test_what_is_wrong_is_one_line(self):
        sealed = self.seal("security.jwt.secret_key", self.SECRET)
        other = "BQECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
        with_key = {"ML_SECRETS_KEY": self.KEY}

        def show(value, says, env, key="security.jwt.secret_key"):
            line = self.fails(1, says, "config", "--show", "--set", f"{key}={value}", env=env)
            self.assertNotIn("more than 32", line)
        show(sealed, "command line: 'security.jwt.secret_key': there is no key for sealed secrets: set ML_SECRETS_KEY", {})
        show(sealed, "does not open: it was sealed with another key or for another setting, or it was changed", {"ML_SECRETS_KEY": other})
        show(sealed[:-2] + ("AA" if sealed[-2:] != "AA" else "BB"), "does not open|no sealed value", with_key)
        show(sealed, "does not open", with_key, key="alerts.webhook_url")
        show(sealed, "ML_SECRETS_KEY: the key must be 32 bytes in base64", {"ML_SECRETS_KEY": "short"})
        show("sealed:v1:!", "no sealed value", with_key)
        public = self.write("public.key", self.KEY)
        public.chmod(0o644)
        show(sealed, "everybody on this machine can reach it", {"ML_SECRETS_KEY_FILE": str(public)})
        self.fails(2, "there is no key 'security.jwt.secret'; did you mean 'security.jwt.secret_key'", "secrets", "seal",
                   "security.jwt.secret", env=with_key)
        self.fails(2, "'server.port' is no text", "secrets", "seal", "server.port", env=with_key)
        self.fails(1, "secrets seal: there is no line on standard input", "secrets", "seal", "database.url", env=with_key)


if __name__ == "__main__":
    unittest.main()
