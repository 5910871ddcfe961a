from fastapi import Depends, FastAPI

from shop.users import user_of

app = FastAPI()


@app.get("/items")
def items(access_token: str, limit: int = 10):
    return user_of(access_token).items[:limit]
