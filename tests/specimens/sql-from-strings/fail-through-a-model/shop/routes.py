from fastapi import APIRouter

from shop.items import Items

router = APIRouter()


@router.get("/items/{name}")
async def item(name: str):
    return Items.find_by_name(name)
