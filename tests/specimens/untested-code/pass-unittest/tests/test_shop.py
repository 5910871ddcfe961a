import unittest

from shop import price


class PriceTest(unittest.TestCase):
    def test_sum(self):
        self.assertEqual(price([1, 2]), 3)
