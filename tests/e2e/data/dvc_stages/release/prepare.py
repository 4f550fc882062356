import csv
rows = list(csv.DictReader(open("data/raw.csv")))
with open("data/features.csv", "w", newline="") as file:
    writer = csv.writer(file)
    writer.writerow(["event_time", "amount", "night", "fraud"])
    for row in rows:
        writer.writerow([row["event_time"], row["amount"], int(row["event_time"][11:13] < "06"), row["fraud"]])
