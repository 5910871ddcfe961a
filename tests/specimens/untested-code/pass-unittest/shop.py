def price(items):
    return sum(items)
