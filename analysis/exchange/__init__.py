"""Results in and out: CDISC ARS, the data frames of R `cards`, and results.json files that another program made."""
