port = 8000
