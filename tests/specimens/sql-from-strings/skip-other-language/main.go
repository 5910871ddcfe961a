package main

import "database/sql"

func find(db *sql.DB, name string) (*sql.Rows, error) {
	return db.Query("SELECT * FROM items WHERE name = $1", name)
}
