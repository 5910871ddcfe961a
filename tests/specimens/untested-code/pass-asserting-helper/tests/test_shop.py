from tests.steps import costs


def test_sum():
    costs([1, 2], 3)
