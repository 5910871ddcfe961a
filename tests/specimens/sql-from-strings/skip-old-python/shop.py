from flask import Flask, request
import sqlite3

print "starting"
sqlite3.connect("shop.db").execute("SELECT 1")
