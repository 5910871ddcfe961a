from shop import price


def costs(items, total):
    assert price(items) == total
