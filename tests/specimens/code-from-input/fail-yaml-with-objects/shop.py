import yaml
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route


async def upload(request):
    content = await request.body()
    return JSONResponse(yaml.load(content, Loader=yaml.Loader))


app = Starlette(routes=[Route("/upload", upload, methods=["POST"])])
