from fastapi import FastAPI, Header, Request

from shop.users import confirm, user_of

app = FastAPI()


@app.get("/items")
def items(request: Request, token: str = Header(), next_page_token: str = ""):
    return user_of(token).items_after(request.query_params.get("after", next_page_token))


@app.get("/confirm")
def confirm_address(token: str):
    return confirm(token)
