"""Words of a call that are off: exit code 2, and one line that helps; settings that are off: exit code 1."""

import json
import unittest

from program import Case


class Words(Case):
    def test_nothing_and_nonsense(self):
        self.fails(2, "give a command: serve, import, .*; see ml-analytics --help$")
        self.fails(2, r"unknown command 'recomend' \(did you mean 'recommend'\?\)", "recomend", "--user", "u")
        self.fails(2, r"unknown option '--usr' \(did you mean '--user'\?\); see ml-analytics recommend --help$",
                   "recommend", "--usr", "u")
        self.fails(2, r"unknown option '--limt' \(did you mean '--limit'\?\)", "recommend", "--user", "u", "--limt=3")
        self.fails(2, "'v w' is more than it takes", "recommend", "--user", "u", "v", "w")
        self.fails(2, "give a command: list, show, .*; see ml-analytics models --help$", "models")
        self.fails(2, r"unknown command 'lst' \(did you mean 'list'\?\); see ml-analytics models --help$", "models", "lst")

    def test_missing_and_impossible_options(self):
        self.fails(2, "user", "recommend")
        self.fails(2, "limit", "recommend", "--user", "u", "--limit", "0")
        self.fails(2, "limit", "recommend", "--user", "u", "--limit", "many")
        self.fails(2, "model-type", "train")
        self.fails(2, "model-type", "train", "--model-type", "weather")
        self.fails(2, "train", "evaluate", "--train", "a.csv")
        self.fails(2, "data", "evaluate", "--protocol", "leave-one-out")
        self.fails(2, "environment", "config", "--show", "--environment", "moon")
        self.fails(2, "KIND|kind", "import")

    def test_config_shows_or_recommends(self):
        self.fails(2, "show|recommend", "config")
        self.fails(2, "show|recommend", "config", "--show", "--recommend")
        advice = self.works("config", "--recommend").stdout
        self.assertRegex(advice, r"(?m)^performance:\n  threads: [1-9]\d*  # \d+ core")
        self.assertRegex(advice, r"(?m)^#   scan: auto  # 0 MiB of vectors")
        shown = self.works("config", "--show", "--config", self.write("advice.yaml", advice)).stdout
        self.assertRegex(shown, r"(?m)^jobs.memory_mb = [1-9]\d* +# .*advice.yaml")
        words = advice.rstrip().rpartition("#   ml-analytics ")[2]
        self.assertTrue(words.startswith("train --model-type recommendation --algorithm ials --params '{"), words)

    def test_an_unknown_kind_names_the_known(self):
        self.fails(2, "events-csv", "import", "events-cvs", self.write("a.csv", "user,item\n"))

    def test_an_unknown_algorithm_names_the_nearest(self):
        self.fails(2, "item_knn", "train", "--model-type", "recommendation", "--algorithm", "itemknn")
        self.fails(2, "item_knn", "recommend", "--user", "u", "--algorithm", "item_kn")

    def test_algorithms_that_come_later_say_so(self):
        for name in ("deep_learning", "two_tower", "transformer"):
            self.fails(1, name, "train", "--model-type", "recommendation", "--algorithm", name)

    def test_parameters_are_checked(self):
        data = self.write("a.csv", "user,item\nu,i\nv,i\nv,j\n")
        base = ["train", "--model-type", "recommendation", "--algorithm", "item_knn", "--data-path", data,
                "--output-path", self.folder / "m", "--params"]
        self.fails(2, "JSON", *base, "{")
        self.fails(2, "JSON|object", *base, "[1]")
        self.fails(2, "neighbours|none_such", *base, '{"none_such": 1}')
        self.assertFalse((self.folder / "m").exists())

    def test_auto_takes_a_budget_and_no_parameters(self):
        data = self.write("a.csv", "user,item\nu,i\nu,k\nv,i\nv,j\n")
        words = ["evaluate", "--train", data, "--test", data, "--algorithm", "auto"]
        self.fails(2, "params", *words, "--params", '{"factors": 8}')
        self.fails(2, "budget", *words, "--budget-seconds", "-1")
        shown = json.loads(self.works(*words, "--budget-seconds", "0", "--json").stdout)
        self.assertEqual((shown["algorithm"], shown["auto"]["algorithm"]), ("popularity", "popularity"))
        self.assertIn("budget", " ".join(shown["auto"]["notes"]))
        self.fails(1, "auto", "recommend", "--user", "u", "--algorithm", "auto")

    def test_help_goes_to_stdout_and_is_no_error(self):
        for words in (["--help"], ["train", "--help"], ["serve", "--help"], ["--version"]):
            result = self.works(*words)
            self.assertEqual(result.stderr, "")
            self.assertNotEqual(result.stdout, "")


class Settings(Case):
    def test_an_unknown_key_names_file_line_and_the_nearest(self):
        self.write("c.yaml", "models:\n  recommendation:\n    embeding_dim: 64\n")
        line = self.fails(1, "embedding_dim", "config", "--show", "--config", "c.yaml")
        self.assertRegex(line, r"c\.yaml:3")

    def test_a_wrong_type_names_file_line_and_value(self):
        self.write("c.yaml", "\nserver:\n  port: eighty\n")
        line = self.fails(1, "eighty", "config", "--show", "--config", "c.yaml")
        self.assertRegex(line, r"c\.yaml:3")

    def test_broken_yaml_and_missing_file(self):
        self.write("c.yaml", "server: [1, 2\n")
        self.fails(1, r"c\.yaml", "config", "--show", "--config", "c.yaml")
        self.fails(1, r"none\.yaml", "config", "--show", "--config", "none.yaml")

    def test_a_variable_of_the_wrong_type_is_named(self):
        self.fails(1, "ML_MAX_WORKERS", "config", "--show", env={"ML_MAX_WORKERS": "many"})

    def test_show_prints_values_sources_and_no_secret(self):
        self.write("c.yaml", "server:\n  port: 8123\n")
        text = self.works("config", "--show", "--config", "c.yaml", "--environment", "production",
                          env={"JWT_SECRET_KEY": "do-not-print-me", "LOG_LEVEL": "warning"}).stdout
        self.assertRegex(text, r"(?m)^server\.port = 8123  # c\.yaml:2$")
        self.assertRegex(text, r"(?m)^logging\.level = warning  # .*LOG_LEVEL$")
        self.assertRegex(text, r"(?m)^models\.recommendation\.embedding_dim = 128  # default$")
        self.assertNotIn("do-not-print-me", text)

    def test_the_command_line_wins_over_file_and_variable(self):
        self.write("c.yaml", "performance:\n  threads: 2\n")
        text = self.works("config", "--show", "--config", "c.yaml", "--set", "performance.threads=4",
                          env={"ML_MAX_WORKERS": "3"}).stdout
        self.assertRegex(text, r"(?m)^performance\.threads = 4  # command line$")


if __name__ == "__main__":
    unittest.main()
