from shop import price


def test_prices_add_up():
    assert price([1, 2]) == 3
