from django.db import connection
from django.http import JsonResponse


def items(request):
    sql = "SELECT name FROM items"
    if "colour" in request.GET:
        sql += " WHERE colour = '" + request.GET["colour"].strip() + "'"
    sql += " ORDER BY name"
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return JsonResponse({"items": cursor.fetchall()})
