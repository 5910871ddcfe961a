from shop import price


def test_sum():
    assert price([1]) == 1
