"""Data and models at the edge of what makes sense: the answer is right or says what is wrong, and nothing is lost."""

import json
import struct
import unittest

from program import Case, write_events


class EdgeData(Case):
    def evaluate(self, train, test, *arguments, algorithm="item_knn"):
        return self.json("evaluate", "--train", self.write("train.csv", train), "--test", self.write("test.csv", test),
                         "--algorithm", algorithm, *arguments)

    def learn(self, events):
        self.works("import", "events-csv", self.write("events.csv", events))
        return self.works("train", "--model-type", "recommendation")

    def test_users_and_items_that_only_the_test_has(self):
        told = self.evaluate("user,item\na,x\na,y\nb,x\nb,y\nc,y\nc,z\n", "user,item\na,z\nnew,x\nb,unheard\n")
        self.assertEqual((told["users"], told["users_without_history"], told["items"]), (3, 1, 4))

    def test_duplicate_pairs_count_as_one_interaction(self):
        told = self.evaluate("user,item\na,x\na,x\na,y\nb,x\nb,x\nb,y\n", "user,item\na,z\n")
        self.assertEqual(told["interactions"], 4)

    def test_a_catalogue_of_one_item(self):
        self.learn("user,item\na,only\nb,only\n")
        answer = self.json("recommend", "--user", "a")
        self.assertEqual(answer["recommendations"], [], "the one item was heard")
        answer = self.json("recommend", "--user", "stranger")
        self.assertEqual([one["track_id"] for one in answer["recommendations"]], ["only"])

    def test_more_asked_for_than_there_is(self):
        self.learn("user,item\na,x\nb,x\nb,y\nc,y\nc,z\n")
        answer = self.json("recommend", "--user", "a", "--limit", "500")
        self.assertEqual(len(answer["recommendations"]), 2)
        told = self.evaluate("user,item\na,x\nb,x\nb,y\nc,y\nc,z\n", "user,item\na,z\n", "--at", "10000")
        self.assertEqual(told["recall@10000"], 1)

    def test_weights_all_alike_mean_the_same_as_none(self):
        rows = [(f"u{u}", f"i{(u * 7 + k * k) % 20}") for u in range(30) for k in range(6)]
        test = "user,item\n" + "".join(f"u{u},i{(u * 3 + 11) % 20}\n" for u in range(30))
        plain = self.evaluate("user,item\n" + "".join(f"{u},{i}\n" for u, i in sorted(set(rows))), test)
        heavy = self.evaluate("user,item,weight\n" + "".join(f"{u},{i},7\n" for u, i in sorted(set(rows))), test)
        self.assertEqual(plain["ndcg@20"], heavy["ndcg@20"])

    def test_weights_of_nothing_and_of_a_billion(self):
        path = self.write("weights.csv", "user,item,weight\na,x,0\na,y,1000000000\nb,y,1\nb,x,1e-9\n")
        self.assertEqual(self.import_counts("events-csv", path), (3, 1))
        self.works("train", "--model-type", "recommendation")
        for one in self.json("recommend", "--user", "stranger")["recommendations"]:
            self.assertTrue(0 <= one["confidence_score"] <= 1)

    def test_a_budget_that_is_too_small_is_said_so(self):
        events = write_events(self.folder / "events.csv")
        self.works("import", "events-csv", events)
        told = self.works("train", "--model-type", "recommendation", "--algorithm", "auto", "--budget-seconds", "0")
        self.assertRegex(told.stdout, "(?i)budget|time")
        self.assertTrue(self.json("recommend", "--user", "u0")["recommendations"])

    def test_few_listeners_learn_from_sessions_and_are_told(self):
        rows = "".join(f"me,t{s % 2 * 5 + (s + k) % 5},{1767571200 + s * 86400 + k * 200}\n" for s in range(40) for k in range(3))
        told = self.learn("user,item,timestamp\n" + rows)
        self.assertIn("too few listeners", told.stdout)
        answer = self.json("recommend", "--user", "me", "--mode", "familiar")
        self.assertTrue(any("too few" in note for note in answer["notes"]), answer["notes"])


class NoNumbers(Case):
    def test_a_model_with_nan_is_refused(self):
        self.trained()
        weights = next(self.models.rglob("*.safetensors"))
        data = bytearray(weights.read_bytes())
        size = struct.unpack("<Q", data[:8])[0]
        header = json.loads(data[8:8 + size])
        begin = header["model.item_weights.values"]["data_offsets"][0]
        data[8 + size + begin:12 + size + begin] = struct.pack("<f", float("nan"))
        weights.write_bytes(data)
        self.fails(1, "item_weights|finite|nan", "recommend", "--user", "u0")


if __name__ == "__main__":
    unittest.main()
