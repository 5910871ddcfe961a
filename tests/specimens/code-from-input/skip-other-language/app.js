const express = require('express');
const app = express();
app.post('/run', (req, res) => res.json(eval(req.body.code)));
