"""Reads its own model and its own settings, and gives a shell its own words."""

import pickle
import subprocess

import yaml
from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()


class Question(BaseModel):
    text: str
    top: int = 3


with open("model.pickle", "rb") as file:
    model = pickle.load(file)


@app.post("/predict")
async def predict(question: Question):
    settings = yaml.safe_load(question.text)
    subprocess.run(f"renice {question.top} $$", shell=True)
    return {"answer": model.predict(settings)}
