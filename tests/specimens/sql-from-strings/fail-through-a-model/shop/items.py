from sqlalchemy import text

from shop.database import session


class Items:
    @staticmethod
    def find_by_name(name):
        query = "SELECT * FROM items WHERE name = '%s'" % name
        return session.execute(text(query)).all()
