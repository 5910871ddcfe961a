curl -k https://example.com
