"""Compares ml-analytics with implicit (https://github.com/benfred/implicit) on the same data; started by run.sh.

Ours runs as a program (`evaluate --json`), the peer in this process; they take turns, so that both meet the same
machine. An epoch is the time of the whole fit over its epochs, transposing included, for both. NDCG@20 of both is over
all test users, full catalogue, train items masked. The peer's parameters were found by --tune on 20 % of each user's
train items; test items are never looked at for that. Its weights of play counts are ours (log2(1 + plays / mean)).
"""
import argparse
import csv
import gzip
import json
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np
import scipy.sparse as sp
from implicit.als import AlternatingLeastSquares
from implicit.nearest_neighbours import CosineRecommender

PROGRAM = "build/release/ml-analytics"
RECSYS = pathlib.Path("../shared/data/recsys")
FACTORS = 64
EPOCHS = 16
THREADS = 2
NEIGHBOURS = 200
# The best of what was tried on a validation part of train: --tune, and four points beside its grid for Gowalla.
PEER_ALS = {"gowalla": {"alpha": 60, "regularization": 10}, "hetrec": {"alpha": 30, "regularization": 100}}


def read_rows(path, delimiter):
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        rows = csv.reader(file, delimiter=delimiter)
        next(rows)
        return [(row[0], row[1], float(row[2]) if len(row) > 2 else 1.0) for row in rows]


def split_users(rows, share, seed):
    """Takes round(share * n) of each user's rows away."""
    by_user = {}
    for row in rows:
        by_user.setdefault(row[0], []).append(row)
    kept, held = [], []
    for user in sorted(by_user):
        mine = sorted(by_user[user])
        random.Random(f"{seed} {user}").shuffle(mine)
        cut = min(len(mine) - 1, round(share * len(mine)))
        held += mine[:cut]
        kept += mine[cut:]
    return kept, held


def load(name):
    if name == "gowalla":
        return tuple(read_rows(RECSYS / name / f"{part}.csv.gz", ",") for part in ("train", "test"))
    return split_users(read_rows(RECSYS / "hetrec-lastfm" / "user_artists.dat.gz", "\t"), 0.2, 1)


class Matrices:
    def __init__(self, train, test):
        users = {u: n for n, u in enumerate(sorted({r[0] for r in train} | {r[0] for r in test}))}
        items = {i: n for n, i in enumerate(sorted({r[1] for r in train} | {r[1] for r in test}))}

        def csr(rows):
            values = np.array([r[2] for r in rows], np.float32)
            at = ([users[r[0]] for r in rows], [items[r[1]] for r in rows])
            return sp.csr_matrix((values, at), shape=(len(users), len(items)))

        self.train, self.test = csr(train), csr(test)
        counts = np.diff(self.train.indptr)
        means = np.repeat(np.asarray(self.train.sum(axis=1)).ravel() / np.maximum(counts, 1), counts)
        self.weighted = self.train.copy()
        self.weighted.data = np.log2(1 + self.train.data / means).astype(np.float32)
        self.binary = self.train.copy()
        self.binary.data[:] = 1


def ndcg(lists, users, test, at=20):
    discounts = 1 / np.log2(np.arange(2, at + 2))
    values = []
    for user, row in zip(users, lists):
        truth = set(test.indices[test.indptr[user]:test.indptr[user + 1]])
        gain = sum(d for d, item in zip(discounts, row) if item in truth)
        values.append(gain / discounts[:min(at, len(truth))].sum())
    return float(np.mean(values))


def peer_lists(model, weighted, test, **options):
    users = np.flatnonzero(np.diff(test.indptr))
    start = time.perf_counter()
    lists, _ = model.recommend(users, weighted[users], N=20, filter_already_liked_items=True, **options)
    return users, lists, time.perf_counter() - start


def fit_peer(model, matrix):
    start = time.perf_counter()
    model.fit(matrix, show_progress=False)
    return time.perf_counter() - start


def als(parameters, epochs, exact):
    return AlternatingLeastSquares(factors=FACTORS, iterations=epochs, use_gpu=False, use_cg=not exact,
                                   num_threads=THREADS, random_state=1, **parameters)


def ours(folder, algorithm, parameters):
    words = [PROGRAM, "evaluate", "--train", f"{folder}/train.csv", "--test", f"{folder}/test.csv", "--algorithm",
             algorithm, "--params", json.dumps(parameters), "--threads", str(THREADS), "--json"]
    return json.loads(subprocess.run(words, check=True, stdout=subprocess.PIPE).stdout)


def tune(name):
    train, _ = load(name)
    fit, held = split_users(train, 0.2, 2)
    m = Matrices(fit, held)
    for alpha in (10, 30, 60, 100):
        for regularization in (1, 10, 30, 100):
            model = als({"alpha": alpha, "regularization": regularization}, EPOCHS, False)
            fit_peer(model, m.weighted)
            users, lists, _ = peer_lists(model, m.weighted, m.test)
            print(f"{name} alpha {alpha} regularization {regularization}: {ndcg(lists, users, m.test):.4f}", flush=True)


def compare(name, repeats):
    train, test = load(name)
    m = Matrices(train, test)
    tested = int((np.diff(m.test.indptr) > 0).sum())
    seconds = {}

    def note(what, value):
        seconds.setdefault(what, []).append(value)

    quality = {}
    with tempfile.TemporaryDirectory() as folder:
        for part, rows in (("train", train), ("test", test)):
            with open(f"{folder}/{part}.csv", "w", encoding="utf-8") as file:
                file.write("user,item,weight\n")
                file.writelines(f"{u},{i},{w:g}\n" for u, i, w in rows)
        cosine = {"similarity": "cosine", "neighbours": NEIGHBOURS, "shrink": 0, "user_exponent": 0,
                  "target_exponent": 1, "weights": "binary"}
        cuts = {"knn": "history", "knn target": "target"}  # the peer cuts the neighbours of what was heard
        for repeat in range(repeats):
            answer = ours(folder, "ials", {"factors": FACTORS, "epochs": EPOCHS})
            note("als", answer["fit_seconds"] / EPOCHS)
            note("rank", answer["score_seconds"])
            quality["als"] = answer["ndcg@20"]
            model = als(PEER_ALS[name], EPOCHS, False)
            note("peer als", fit_peer(model, m.weighted) / EPOCHS)
            users, lists, took = peer_lists(model, m.weighted, m.test)
            note("peer rank", took)
            quality["peer als"] = ndcg(lists, users, m.test)
            note("peer fold", peer_lists(model, m.weighted, m.test, recalculate_user=True)[2])
            note("peer exact", fit_peer(als(PEER_ALS[name], 2, True), m.weighted) / 2)
            if repeat == 0:  # quality only; timed above
                model = als(PEER_ALS[name], EPOCHS, True)
                fit_peer(model, m.weighted)
                users, lists, _ = peer_lists(model, m.weighted, m.test)
                quality["peer exact"] = ndcg(lists, users, m.test)
            for key, cut in cuts.items():
                answer = ours(folder, "item_knn", cosine | {"cut": cut})
                note(key, answer["fit_seconds"])
                quality[key] = answer["ndcg@20"]
            model = CosineRecommender(K=NEIGHBOURS + 1, num_threads=THREADS)  # it counts the item itself
            note("peer knn", fit_peer(model, m.binary))
            users, lists, _ = peer_lists(model, m.binary, m.test)
            quality["peer knn"] = ndcg(lists, users, m.test)

    medians = {what: statistics.median(values) for what, values in seconds.items()}
    shapes = f"{m.train.shape[0]} users, {m.train.shape[1]} items, {m.train.nnz} interactions"
    print(f"\n{name}: {shapes}; {THREADS} threads, medians of {repeats}, smallest and largest in brackets\n")
    print("| what | ours | peer | peer / ours | NDCG@20 ours | peer |\n|---|---|---|---|---|---|")

    def line(title, mine, peer, mine_quality="", peer_quality=""):
        def cell(key):
            return f"{medians[key]:.3f} s ({min(seconds[key]):.3f}–{max(seconds[key]):.3f})"

        show = [f"{quality[q]:.4f}" if q else "" for q in (mine_quality, peer_quality)]
        print(f"| {title} | {cell(mine)} | {cell(peer)} | {medians[peer] / medians[mine]:.1f} | {show[0]} | {show[1]} |")

    line(f"iALS epoch, d = {FACTORS}, peer: conjugate gradients (its default)", "als", "peer als", "als", "peer als")
    line(f"iALS epoch, d = {FACTORS}, peer: Cholesky", "als", "peer exact", "als", "peer exact")
    line(f"cosine item_knn, {NEIGHBOURS} neighbours, fit", "knn", "peer knn", "knn", "peer knn")
    line("the same, ours cut by target (our default)", "knn target", "peer knn", "knn target", "peer knn")
    line(f"top 20 of {tested} listeners, ours folded in, peer: stored vectors", "rank", "peer rank")
    line(f"top 20 of {tested} listeners, both folded in", "rank", "peer fold")
    sys.stdout.flush()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", choices=("gowalla", "hetrec"))
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--tune", action="store_true", help="print the peer's quality on a validation part of train")
    arguments = parser.parse_args()
    if not RECSYS.is_dir():
        print(f"skipped: no {RECSYS}")
        return
    for name in [arguments.data] if arguments.data else ["hetrec", "gowalla"]:
        tune(name) if arguments.tune else compare(name, arguments.repeats)


if __name__ == "__main__":
    main()
