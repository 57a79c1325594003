"""/docs and /redoc in a browser: they show the contract, one may log in there, and nothing is asked of any other host.

With MLA_SCREENSHOTS=FOLDER pictures of both are left there.
"""

import os
import subprocess
import unittest
from pathlib import Path

from browser import Browser
from program import PROGRAM, ROOT, Case, Server, slow


class ApiDocs(Case):
    def open(self, server, browser, page):
        if "This page was not built in" in server.get(page)[2]:
            raise unittest.SkipTest("skipped: built without npm")
        browser.open(f"http://127.0.0.1:{server.port}{page}")

    def ends_well(self, server, browser, page):
        if os.environ.get("MLA_SCREENSHOTS"):
            browser.screenshot(Path(os.environ["MLA_SCREENSHOTS"]) / f"{page.strip('/')}.png")
        own = f"http://127.0.0.1:{server.port}/"
        self.assertIn(f"{own}openapi.json", browser.requests)
        self.assertGreater(len(browser.requests), 4)
        # Its own script of the search, and pictures inside of style sheets, are asked of nobody.
        outside = [one for one in browser.requests if not one.startswith((own, "data:", f"blob:{own}", "about:"))]
        return outside

    def test_built_without_npm_a_page_says_how_to_get_it(self):
        tool = PROGRAM.parent / "src" / "front" / "http" / "mla_embed_pages"
        source = self.folder / "pages.cpp"
        subprocess.run([tool, ROOT / "web" / "api-docs", self.folder / "none", source], check=True, timeout=60)
        text = source.read_text(encoding="utf-8")
        for page in ("/docs", "/redoc"):
            self.assertIn(f'{{"{page}", "text/html; charset=utf-8", ', text)
        said = (ROOT / "web" / "api-docs" / "missing.html").read_text(encoding="utf-8")
        self.assertIn("tools/install.sh pages", said)
        wrong = subprocess.run([tool, self.folder, self.folder, source], stderr=subprocess.PIPE, text=True, timeout=60, check=False)
        self.assertEqual(wrong.returncode, 1)
        self.assertRegex(wrong.stderr, "^embed_pages: cannot read .*\n$")

    def test_npm_that_fails_or_is_missing_does_not_end_a_build(self):
        pages = self.folder / "pages"
        pages.mkdir()
        for name in ("package.json", ".npmrc"):
            (pages / name).write_bytes((ROOT / "web" / "api-docs" / name).read_bytes())
        (pages / "package-lock.json").write_text("no lock file")
        fetched = self.folder / "fetched" / "fetched"
        for path in (os.environ["PATH"], "/nowhere"):
            done = subprocess.run(["/bin/bash", ROOT / "tools" / "api_docs" / "fetch.sh", pages, fetched.parent],
                                  env={"PATH": f"{self.tools()}:{path}", "HOME": str(self.folder)}, stderr=subprocess.PIPE, text=True,
                                  timeout=300, check=False)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("warning: /docs and /redoc are built without", done.stderr)
            self.assertEqual(fetched.read_bytes(), b"")
        self.assertIn("npm is not installed (tools/install.sh pages)", done.stderr)

    def tools(self):
        """A folder with the few programs that the script needs beside npm."""
        folder = self.folder / "bin"
        folder.mkdir(exist_ok=True)
        for name in ("cat", "mkdir", "touch", "cp", "rm"):
            if not (folder / name).exists():
                (folder / name).symlink_to(f"/bin/{name}")
        return folder

    @slow
    def test_docs(self):
        with Server(self) as server, Browser() as browser:
            self.open(server, browser, "/docs")
            browser.wait("document.querySelectorAll('.opblock').length > 30")
            shown = browser.run("document.body.innerText")
            self.assertIn("/ml-analytics/recommendations/batch", shown)
            self.assertIn("Authorize", shown)
            resources = browser.run("[...document.querySelectorAll('.opblock-tag')].map(one => one.dataset.tag).join(' ')")
            self.assertEqual(resources, "authentication recommendations events tracks artists users models jobs audio "
                                        "monitoring server")
            self.assertNotIn("Failed to load", shown)
            browser.run("document.querySelector('.btn.authorize').click()")
            browser.wait("document.querySelectorAll('.auth-container').length >= 4")
            offered = browser.run("document.querySelector('.modal-ux').innerText")
            for name in ("bearer", "apiKey", "password", "clientCredentials"):
                self.assertIn(name, offered)
            browser.run("document.querySelector('.close-modal').click()")
            # Trying a route out asks this server.
            browser.run("document.querySelector('#operations-server-live .opblock-summary-control').click()")
            browser.wait("document.querySelector('#operations-server-live .try-out__btn')")
            browser.run("document.querySelector('#operations-server-live .try-out__btn').click()")
            browser.wait("document.querySelector('#operations-server-live .execute')")
            browser.run("document.querySelector('#operations-server-live .execute').click()")
            browser.wait("document.querySelector('#operations-server-live .live-responses-table')?.innerText.includes('alive')")
            browser.run("scrollTo(0, 0)")
            self.assertEqual(self.ends_well(server, browser, "/docs"), [])
            self.assertEqual(browser.complaints, [])
            # Where a provider of OAuth would send the browser back to.
            self.assertIn("oauth2-redirect.js", server.get("/docs/oauth2-redirect")[2])
            self.assertIn("swaggerUIRedirectOauth2", server.get("/docs/oauth2-redirect.js")[2])

    @slow
    def test_redoc(self):
        with Server(self) as server, Browser() as browser:
            self.open(server, browser, "/redoc")
            browser.wait("document.querySelectorAll('[data-section-id]').length > 30")
            self.assertIn("/ml-analytics/recommendations/batch", browser.run("document.body.textContent"))
            # Its search runs in a worker, which this policy has to allow.
            browser.run("""(() => {
                const field = document.querySelector('input[type=text]');
                Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(field, 'playlist');
                field.dispatchEvent(new Event('input', {bubbles: true}));
            })()""")
            browser.wait("[...document.querySelectorAll('[role=search] li')].some(one => one.innerText.includes('playlist'))")
            outside = self.ends_well(server, browser, "/redoc")
            # It names its maker's logo; the policy has seen to it that nobody was asked.
            self.assertTrue(all(one.endswith("/redoc/logo-mini.svg") for one in outside), outside)
            self.assertTrue(all("logo-mini.svg" in one for one in browser.complaints), browser.complaints)
            self.assertEqual(len(outside), len(browser.complaints))


if __name__ == "__main__":
    unittest.main()
