"""The server that one writes with FastAPI and implicit, for bench/serve.sh: fastapi_server.py PORT ITEMS.csv EVENTS.csv

Alternating least squares with 128 factors on the same events, 20 items that the listener has not played, with titles and
scores, in two processes. With ?remember=true an answer is kept in a dictionary of the process.
"""
import csv
import math
import os
import sys

import numpy as np
import scipy.sparse as sp
import uvicorn
from fastapi import FastAPI, HTTPException
from implicit.als import AlternatingLeastSquares
from pydantic import BaseModel


class Recommendation(BaseModel):
    track_id: str
    track_name: str
    artist_name: str
    album: str
    confidence_score: float
    recommendation_reason: str
    evidence: list[str]


class Recommendations(BaseModel):
    recommendations: list[Recommendation]
    model: str
    notes: list[str]


def rows(path):
    with open(path, encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        next(reader)
        yield from reader


def load(items_file, events_file):
    items = list(rows(items_file))
    item_number = {row[0]: i for i, row in enumerate(items)}
    users = {}
    pairs = [(users.setdefault(user, len(users)), item_number[item]) for user, item, *_ in rows(events_file)]
    plays = sp.csr_matrix((np.ones(len(pairs), np.float32), np.array(pairs).T), (len(users), len(items)))
    model = AlternatingLeastSquares(factors=128, iterations=4, alpha=20, random_state=1)
    model.fit(plays, show_progress=False)
    return items, users, plays, model


def application():
    items, users, plays, model = load(*os.environ["FILES"].split("\n"))
    kept = {}
    app = FastAPI()

    @app.get("/users/{user}/recommendations", response_model=Recommendations)
    async def recommendations(user: str, limit: int = 20, remember: bool = False):
        if remember and (user, limit) in kept:
            return kept[user, limit]
        if user not in users:
            raise HTTPException(404, "no such listener")
        number = users[user]
        found, scores = model.recommend(number, plays[number], N=limit)
        heard = items[plays[number].indices[0]]
        answer = Recommendations(
            recommendations=[Recommendation(track_id=items[i][0], track_name=items[i][1], artist_name=items[i][2], album=items[i][3],
                                            confidence_score=1 / (1 + math.exp(-score)),
                                            recommendation_reason=f"Because you listened to {heard[1]} by {heard[2]}", evidence=[heard[0]])
                             for i, score in zip(found.tolist(), scores.tolist())],
            model="ials", notes=[])
        if remember:
            kept[user, limit] = answer
        return answer

    return app


if __name__ == "__main__":
    os.environ["FILES"] = "\n".join(sys.argv[2:4])
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    uvicorn.run("fastapi_server:application", factory=True, port=int(sys.argv[1]), workers=2, log_level="warning", access_log=False)
