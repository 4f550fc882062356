import csv
import json
import joblib
rows = list(csv.DictReader(open("data/holdout.csv")))
model = joblib.load("models/fraud.joblib")
found = model.predict([[float(r["amount"]), int(r["night"])] for r in rows])
right = sum(int(a) == int(r["fraud"]) for a, r in zip(found, rows))
json.dump({"accuracy": round(right / len(rows), 4)}, open("metrics.json", "w"))
