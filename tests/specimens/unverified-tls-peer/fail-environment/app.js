fetch(process.env.RATES_URL);
