module example.com/shop

require github.com/go-chi/chi/v5 v5.2.0
