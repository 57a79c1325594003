"""The main job from import to explained recommendations, by command line and by HTTP."""

import json
import math
import time
import unittest

from analyze_test import wav
from program import Case, Server, shared, write_events


class CommandLine(Case):
    def test_import_train_recommend_explains_with_evidence(self):
        events = write_events(self.folder / "events.csv")
        counts = self.import_counts("events-csv", events)
        self.assertEqual(counts, (40 * 15, 0))
        self.works("train", "--model-type", "recommendation")
        heard = {line.split(",")[1] for line in events.read_text().splitlines() if line.startswith("u0,")}

        answer = self.json("recommend", "--user", "u0", "--limit", "5")
        items = [one["track_id"] for one in answer["recommendations"]]
        self.assertEqual(len(items), 5)
        self.assertEqual(len(set(items)), 5)
        self.assertFalse(set(items) & heard, "something that was heard came back")
        own_half = {f"i{i}" for i in range(30)}
        self.assertTrue(set(items[:3]) <= own_half, f"{items} are not what this group listens to")
        for one in answer["recommendations"]:
            self.assertTrue(0 <= one["confidence_score"] <= 1)
            self.assertTrue(one["recommendation_reason"])
        named = {item for one in answer["recommendations"][:3] for item in heard
                 if item in one["recommendation_reason"].replace(",", " ").split()}
        self.assertTrue(named, f"no reason names what u0 heard: {answer['recommendations'][:3]}")

    def test_the_same_call_gives_the_same_answer(self):
        self.trained()
        first, second = (self.json("recommend", "--user", "u3")["recommendations"] for _ in range(2))
        for one in first + second:  # decay goes on between the two calls
            one["confidence_score"] = round(one["confidence_score"], 4)
        self.assertEqual(first, second)

    def test_training_gives_the_same_bytes_at_any_thread_count(self):
        data = write_events(self.folder / "events.csv")
        for threads in (1, 3):
            self.works("train", "--model-type", "recommendation", "--data-path", data, "--algorithm", "ials",
                       "--params", '{"factors": 8}', "--output-path", self.folder / f"m{threads}",
                       env={"ML_MAX_WORKERS": str(threads)})
        one, three = (next((self.folder / f"m{threads}").rglob("*.safetensors")).read_bytes() for threads in (1, 3))
        self.assertTrue(one == three, "the weights depend on the number of threads")

    def test_similar_and_references(self):
        self.trained()
        answer = self.json("similar", "--track", "i1", "--limit", "5")
        items = [one["track_id"] for one in answer["recommendations"]]
        self.assertNotIn("i1", items)
        self.assertTrue(set(items[:3]) <= {f"i{i}" for i in range(30)}, items)
        answer = self.json("recommend", "--reference-track", "i40", "--limit", "3")
        self.assertTrue({one["track_id"] for one in answer["recommendations"]} <= {f"i{i}" for i in range(30, 60)})
        self.fails(1, "i999", "similar", "--track", "i999")

    def test_an_update_takes_in_what_is_new(self):
        self.fails(1, "no model", "train", "--model-type", "recommendation", "--update", "--data-path",
                   write_events(self.folder / "events.csv"))
        self.works("import", "events-csv", self.folder / "events.csv")
        ials = ["train", "--model-type", "recommendation", "--algorithm", "ials"]
        self.works(*ials, "--params", '{"factors": 8}')
        new = self.folder / "new.csv"
        new.write_text("user,item\n" + "".join(f"{u},brand-new\n{u},i{i}\n" for u in ("u0", "v0", "v1") for i in range(5)))
        self.works("import", "events-csv", new)
        told = self.works(*ials, "--update").stdout
        self.assertIn("1 items are new", told)
        self.assertIn("ials/2", told)
        found = self.json("recommend", "--user", "u1", "--algorithm", "ials", "--limit", "100")
        self.assertIn("brand-new", [one["track_id"] for one in found["recommendations"]])
        self.assertTrue(self.json("recommend", "--user", "v0", "--algorithm", "ials")["recommendations"])
        self.fails(2, "leave --params", *ials, "--update", "--params", '{"factors": 9}')

    def test_answers_become_playlists(self):
        self.trained()
        catalogue = self.folder / "catalogue.csv"
        catalogue.write_text("id,title,artist,path\n" + "".join(
            f"i{i},Song ä {i},Artist {i},{f'/music/a b/{i}.flac' if i % 2 == 0 else ''}\n" for i in range(60)))
        self.works("import", "catalogue-csv", catalogue)
        out = self.folder / "list.m3u8"
        answer = self.json("similar", "--track", "i1", "--limit", "10", "--output", out)
        files = [f"/music/a b/{one['track_id'][1:]}.flac" for one in answer["recommendations"]
                 if int(one["track_id"][1:]) % 2 == 0]
        lines = out.read_text().splitlines()
        self.assertEqual(lines[0], "#EXTM3U")
        self.assertEqual([line for line in lines if not line.startswith("#")], files)
        out = self.folder / "list.jspf"
        answer = self.json("recommend", "--user", "u0", "--limit", "10", "--output", out)
        playlist = json.loads(out.read_text())["playlist"]
        self.assertEqual([track["title"] for track in playlist["track"]],
                         [one["track_name"] for one in answer["recommendations"]])
        for track in playlist["track"]:
            if "location" in track:
                self.assertTrue(track["location"][0].startswith("file:///music/a%20b/"))
        self.fails(2, "m3u8", "similar", "--track", "i1", "--output", self.folder / "list.txt")
        self.fails(1, "nowhere", "similar", "--track", "i1", "--output", self.folder / "nowhere" / "list.jspf")

    def test_an_evening_is_asked_for_in_any_language(self):
        self.trained()
        answer = self.json("recommend", "--user", "u0", "--time-of-day", "Soirée", "--day-of-week", "Freitag")
        self.assertTrue(any("time of day" in note for note in answer["notes"]), answer["notes"])
        self.fails(2, "teatime", "recommend", "--user", "u0", "--time-of-day", "teatime")
        self.fails(2, "someday", "recommend", "--user", "u0", "--day-of-week", "someday")

    def test_without_a_model_it_says_how_to_train(self):
        self.works("import", "events-csv", write_events(self.folder / "events.csv"))
        self.fails(1, "train", "recommend", "--user", "u0")

    def test_training_without_data_says_so(self):
        self.fails(1, "import|no events|empty", "train", "--model-type", "recommendation")

    def test_evaluate_prints_the_contract(self):
        train = write_events(self.folder / "train.csv", seed=1, timed=False)
        test = write_events(self.folder / "test.csv", seed=2, timed=False)
        result = self.json("evaluate", "--train", train, "--test", test, "--algorithm", "item_knn", "--at", "10")
        expected = {"algorithm", "params", "users", "items", "interactions", "recall@10", "ndcg@10", "recall_min@10", "map@10",
                    "hit_rate@10", "coverage@10", "gini@10", "novelty@10", "fit_seconds", "score_seconds", "peak_rss_bytes",
                    "threads"}
        self.assertLessEqual(expected, set(result))
        self.assertEqual(result["users"], 40)
        self.assertEqual(result["interactions"], 600)
        self.assertGreater(result["ndcg@10"], 0.3, "two clean groups must be found")

    def test_leave_one_out_prints_the_contract(self):
        rows = "".join(f"u{u} " + " ".join(f"i{(u + k) % 20}" for k in range(6)) + "\n" for u in range(40))
        result = self.json("evaluate", "--protocol", "leave-one-out", "--data", self.write("seq.txt", rows), "--algorithm",
                           "item_knn")
        self.assertLessEqual({"hr@10", "ndcg@10", "users"}, set(result))
        self.assertGreaterEqual(result["hr@10"], result["ndcg@10"])

    def test_catalogue_names_reach_the_answer(self):
        self.write("c.csv", "id,title,artist\n" + "".join(f"i{i},Song {i},Artist {i % 7}\n" for i in range(60)))
        self.works("import", "catalogue-csv", self.folder / "c.csv")
        self.trained()
        one = self.json("recommend", "--user", "u0", "--limit", "1")["recommendations"][0]
        self.assertEqual(one["track_name"], "Song " + one["track_id"][1:])
        self.assertEqual(one["artist_name"], f"Artist {int(one['track_id'][1:]) % 7}")

    def test_familiar_discover_and_owned(self):
        rows = (f"i{i},Song {i},Artist {i % 30},{'/music/%d.ogg' % i if i % 2 else ''}\n" for i in range(60))
        self.write("c.csv", "id,title,artist,path\n" + "".join(rows))
        self.works("import", "catalogue-csv", self.folder / "c.csv")
        self.trained()
        heard = {line.split(",")[1] for line in (self.folder / "events.csv").read_text().splitlines()
                 if line.startswith("u0,")}
        artists = {int(item[1:]) % 30 for item in heard}

        def artist_numbers(*words):
            answer = self.json("recommend", "--user", "u0", "--limit", "10", *words)
            return [int(one["track_id"][1:]) for one in answer["recommendations"]]

        familiar = artist_numbers("--mode", "familiar")
        discovered = artist_numbers("--mode", "discover")
        self.assertTrue(familiar and all(i % 30 in artists for i in familiar), familiar)
        self.assertTrue(discovered and not any(i % 30 in artists for i in discovered), discovered)
        owned = artist_numbers("--owned-only")
        self.assertTrue(owned and all(i % 2 for i in owned), owned)
        self.fails(2, "mode", "recommend", "--user", "u0", "--mode", "strange")

    def test_hetrec_from_the_folder(self):
        self.works("import", "auto", shared("recsys", "hetrec-lastfm"))
        self.works("train", "--model-type", "recommendation", "--algorithm", "item_knn")
        answer = self.json("recommend", "--user", "2", "--limit", "3")
        self.assertEqual(len(answer["recommendations"]), 3)
        for one in answer["recommendations"]:
            self.assertTrue(one["artist_name"] and not one["artist_name"].isdigit(), one)


class Http(Case):
    def setUp(self):
        super().setUp()
        self.trained()

    def test_recommendations_events_and_tracks(self):
        with Server(self) as server:
            status, headers, answer = server.post("/ml-analytics/recommendations", {"user_id": "u0", "limit": 4})
            self.assertEqual(status, 200, answer)
            self.assertEqual(len(answer["recommendations"]), 4)
            self.assertTrue(answer["request_id"])
            self.assertIn("X-Process-Time", headers)
            self.assertLessEqual({"track_id", "track_name", "artist_name", "confidence_score", "recommendation_reason"},
                                 set(answer["recommendations"][0]))
            top = answer["recommendations"][0]["track_id"]

            # What was just disliked never comes again, at once and after a restart.
            status, _, told = server.post("/ml-analytics/events", {"user_id": "u0", "track_id": top, "type": "dislike"})
            self.assertIn(status, (200, 201, 202), told)
            self.assert_gone(server, top)

            status, _, _ = server.request("PUT", "/ml-analytics/tracks/new1", {"track_name": "New", "artist_name": "Artist"})
            self.assertIn(status, (200, 201, 204))
            status, _, track = server.get("/ml-analytics/tracks/new1")
            self.assertEqual((status, track["track_name"]), (200, "New"))
            self.assertEqual(server.get("/ml-analytics/tracks/none")[0], 404)
            self.assertEqual(server.stop(), 0)
        with Server(self) as server:
            self.assert_gone(server, top)

    def assert_gone(self, server, item):
        _, _, answer = server.post("/ml-analytics/recommendations", {"user_id": "u0", "limit": 50})
        self.assertNotIn(item, [one["track_id"] for one in answer["recommendations"]])

    def test_an_unknown_listener_is_served_after_the_first_events(self):
        with Server(self) as server:
            server.post("/ml-analytics/events",
                        {"events": [{"user_id": "fresh", "track_id": f"i{i}", "type": "listen"} for i in range(5)]})
            _, _, answer = server.post("/ml-analytics/recommendations", {"user_id": "fresh", "limit": 3})
            items = {one["track_id"] for one in answer["recommendations"]}
            self.assertTrue(items and items <= {f"i{i}" for i in range(30)}, answer)

    def test_errors_have_the_contracts_shapes(self):
        with Server(self) as server:
            path = "/ml-analytics/recommendations"
            status, _, answer = server.post(path, {"user_id": "u0", "limit": "many"})
            self.assertEqual(status, 422)
            self.assertLessEqual({"loc", "msg", "type"}, set(answer["detail"][0]))
            status, _, answer = server.post(path, b"{")
            self.assertEqual(status, 422)
            status, headers, answer = server.request("POST", path, b"{", {"Accept": "application/problem+json"})
            self.assertIn("application/problem+json", headers["Content-Type"])
            self.assertEqual(answer["status"], 422)
            self.assertEqual(server.get("/nowhere")[0], 404)
            self.assertEqual(server.request("DELETE", "/health")[0], 405)
            self.assertEqual(server.post(path, b"[" * 100_000)[0], 422)
            self.assertEqual(server.post(path, b" " * (11 << 20))[0], 413)
            self.assertEqual(server.get("/health/live")[0], 200, "it must go on after all that")

    def test_health_and_metrics(self):
        with Server(self) as server:
            status, _, health = server.get("/health")
            self.assertEqual(status, 200)
            self.assertLessEqual({"status", "timestamp", "version"}, set(health))
            self.assertEqual(server.get("/health/ready")[0], 200)
            status, headers, text = server.get("/metrics")
            self.assertEqual(status, 200)
            self.assertIn("text/plain", headers["Content-Type"])
            self.assertRegex(text, r'ml_analytics_requests_total\{[^}]*endpoint="/health"[^}]*\} 1')

    def test_ready_only_with_a_model(self):
        bare = {"ML_MODEL_PATH": str(self.folder / "nothing")}
        with Server(self, env=bare) as server:
            self.assertEqual(server.get("/health/ready")[0], 503)
            self.assertEqual(server.get("/health/live")[0], 200)
            status, _, answer = server.post("/ml-analytics/recommendations", {"user_id": "u0"})
            self.assertEqual(status, 503)
            self.assertIn("train", str(answer))

    def test_logs_are_json_lines_with_the_request_id(self):
        with Server(self, env={"LOG_LEVEL": "debug"}) as server:
            _, _, answer = server.post("/ml-analytics/recommendations", {"user_id": "u0"})
            _, headers, _ = server.get("/health", **{"X-Request-ID": "mine-7"})
            self.assertEqual(headers["X-Request-ID"], "mine-7")
            server.stop()
            lines = [json.loads(line) for line in server.text().splitlines()]
        self.assertTrue(all({"time", "level", "room", "message"} <= set(line) for line in lines), lines)
        for request in (answer["request_id"], "mine-7"):
            self.assertTrue(any(line.get("request_id") == request for line in lines), f"{request}: {lines}")

    def test_a_model_trained_meanwhile_is_taken_over(self):
        with Server(self) as server:
            self.assertEqual(server.get("/health")[2]["models_loaded"], ["item_knn/1"])
            self.works("train", "--model-type", "recommendation", "--algorithm", "item_knn")
            deadline = time.monotonic() + 60
            while server.get("/health")[2]["models_loaded"] != ["item_knn/2"]:
                self.assertLess(time.monotonic(), deadline, "the newer model was not loaded")
                time.sleep(0.1)


class Resources(Case):
    """Every resource once over a socket; what exactly they answer, the tests of the room say."""

    def test_recommendations_of_every_kind(self):
        self.trained()
        with Server(self) as server:
            def ids(answer):
                return [one["track_id"] for one in answer["recommendations"]]
            status, _, alone = server.get("/ml-analytics/users/u0/recommendations?limit=3")
            self.assertEqual(status, 200, alone)
            status, _, batch = server.post("/ml-analytics/recommendations/batch", {"user_ids": ["u0", "u1"], "limit": 3})
            self.assertEqual(status, 200, batch)
            self.assertEqual(ids(batch["results"][0]), ids(alone))
            half = {f"i{i}" for i in range(30)}
            for path, name in (("session", "recent_tracks"), ("playlist", "tracks")):
                status, _, answer = server.post(f"/ml-analytics/recommendations/{path}", {name: ["i1", "i2"], "limit": 3})
                self.assertEqual(status, 200, answer)
                self.assertTrue(set(ids(answer)) <= half, answer)
            status, _, answer = server.get("/ml-analytics/tracks/i1/similar?limit=3")
            self.assertTrue(set(ids(answer)) <= half, answer)
            status, _, answer = server.get("/ml-analytics/recommendations/popular?limit=5")
            self.assertEqual(len(answer["tracks"]), 5)
            self.assertGreaterEqual(answer["tracks"][0]["plays"], 1)

    def test_a_catalogue_in_bulk_and_its_artists(self):
        lines = "".join(json.dumps({"track_id": f"t{i}", "track_name": f"T{i}", "artist_name": f"A{i % 3}", "release_date": "2020"})
                        + "\n" for i in range(9))
        with Server(self) as server:
            status, _, answer = server.request("PUT", "/ml-analytics/tracks", (lines + "{}\n").encode(),
                                               {"Content-Type": "application/x-ndjson"})
            self.assertEqual((status, answer["added"], answer["failed"], answer["errors"][0]["line"]), (200, 9, 1, 10))
            _, _, artists = server.get("/ml-analytics/artists?limit=2")
            self.assertEqual([one["artist_name"] for one in artists["artists"]], ["A0", "A1"])
            _, _, rest = server.get(f"/ml-analytics/artists?cursor={artists['next_cursor']}")
            self.assertEqual(rest, {"artists": [{"artist_name": "A2", "tracks": 3}], "next_cursor": None})
            self.assertEqual(len(server.get("/ml-analytics/artists/A2")[2]["tracks"]), 3)
            self.assertEqual(server.request("DELETE", "/ml-analytics/tracks/t2")[0], 204)
            self.assertEqual(len(server.get("/ml-analytics/recommendations/latest")[2]["tracks"]), 8)

    def test_a_person_is_exported_and_erased_and_events_are_sent_twice(self):
        with Server(self) as server:
            events = {"events": [{"user_id": "ana", "track_id": f"t{i}", "timestamp": 1700000000 + i} for i in range(5)]}
            key = {"Idempotency-Key": "batch-1"}
            first = server.request("POST", "/ml-analytics/events", events, key)
            second = server.request("POST", "/ml-analytics/events", events, key)
            self.assertEqual((first[0], first[2]["added"]), (200, 5))
            self.assertEqual(second[2], first[2])
            self.assertEqual(second[1]["Idempotent-Replayed"], "true")
            events["events"].pop()
            self.assertEqual(server.request("POST", "/ml-analytics/events", events, key)[0], 422)
            _, _, page = server.get("/ml-analytics/users/ana/history?limit=2")
            self.assertEqual([one["track_id"] for one in page["events"]], ["t4", "t3"])
            _, _, page = server.get(f"/ml-analytics/users/ana/history?cursor={page['next_cursor']}")
            self.assertEqual([one["track_id"] for one in page["events"]], ["t2", "t1", "t0"])
            self.assertEqual(len(server.get("/ml-analytics/users/ana/export")[2]["events"]), 5)
            self.assertEqual(server.request("DELETE", "/ml-analytics/users/ana")[0], 204)
            self.assertEqual(server.get("/ml-analytics/users/ana")[0], 404)

    def test_models_jobs_and_their_progress(self):
        self.trained()
        with Server(self) as server:
            self.assertEqual([one["id"] for one in server.get("/ml-analytics/models")[2]["models"]], ["item_knn"])
            status, headers, job = server.post("/ml-analytics/models/popularity/train", {})
            self.assertEqual((status, headers["Location"]), (202, f"/ml-analytics/jobs/{job['id']}"))
            status, headers, text = server.get(f"/ml-analytics/jobs/{job['id']}/events")
            self.assertEqual((status, headers["Content-Type"]), (200, "text/event-stream"))
            told = [json.loads(line.removeprefix("data: ")) for line in text.splitlines() if line.startswith("data: ")]
            self.assertEqual(told[-1]["state"], "succeeded", told[-1])
            self.assertEqual(told[-1]["result"]["model"], "popularity/1")
            self.assertEqual(server.get(f"/ml-analytics/jobs/{job['id']}")[2], told[-1])
            self.assertEqual(server.post(f"/ml-analytics/jobs/{job['id']}/cancel", None)[0], 409)
            status, _, promoted = server.post("/ml-analytics/models/popularity/promote", {"version": 1})
            self.assertEqual(status, 202, promoted)
            server.get(f"/ml-analytics/jobs/{promoted['id']}/events")
            self.assertEqual(server.get(f"/ml-analytics/jobs/{promoted['id']}")[2]["state"], "succeeded")
            self.assertEqual(server.post("/ml-analytics/models/popularity/rollback", None)[0], 409)
            self.assertEqual(server.get("/ml-analytics/monitoring/health")[2]["jobs_waiting"], 0)

    def test_files_are_analysed_at_once_and_in_the_background(self):
        tone = wav([math.sin(i / 20) / 2 for i in range(22050)])
        form = {"Content-Type": "multipart/form-data; boundary=XX"}

        def body(name, content):
            return (f'--XX\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode() + content
                    + b"\r\n--XX--\r\n")
        with Server(self) as server:
            path = "/ml-analytics/audio/analyze"
            status, _, analysis = server.request("POST", path, body("tone.wav", tone), form)
            self.assertEqual((status, analysis.get("file")), (200, "tone.wav"), analysis)
            status, _, job = server.request("POST", path + "?background=true", body("tone.wav", tone), form)
            self.assertEqual(status, 202, job)
            server.get(f"/ml-analytics/jobs/{job['id']}/events")
            done = server.get(f"/ml-analytics/jobs/{job['id']}")[2]
            self.assertEqual(done["state"], "succeeded", done)
            self.assertEqual(done["result"]["tempo"], analysis["tempo"])
            self.assertEqual(list((self.folder / "uploads").iterdir()), [], "files are left behind")
            self.assertEqual(server.request("POST", path, body("tone.mp3", tone), form)[0], 422)


if __name__ == "__main__":
    unittest.main()
