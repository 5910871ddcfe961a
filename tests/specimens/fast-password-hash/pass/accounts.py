import argon2
from fastapi import FastAPI
from pydantic import BaseModel, model_validator

app = FastAPI()
hasher = argon2.PasswordHasher()


class Registration(BaseModel):
    name: str
    password: str
    password_again: str

    @model_validator(mode="after")
    def agree(self):
        if self.password != self.password_again:
            raise ValueError("the passwords differ")
        return self


@app.post("/register")
def register(wanted: Registration):
    return {"hash": hasher.hash(wanted.password)}
