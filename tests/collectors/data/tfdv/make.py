"""Writes the samples with tensorflow-data-validation 1.16.1: ``python make.py FOLDER``."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import tensorflow_data_validation as tfdv

random = np.random.default_rng(0)
before = pd.DataFrame({"amount": random.normal(0, 1, 500), "kind": random.choice(list("ab"), 500)})
after = pd.DataFrame({"amount": random.normal(2, 1, 500), "kind": random.choice(list("abc"), 500, p=[0.8, 0.1, 0.1])})
old, new = (tfdv.generate_statistics_from_dataframe(frame) for frame in (before, after))
schema = tfdv.infer_schema(old)
tfdv.get_feature(schema, "kind").drift_comparator.infinity_norm.threshold = 0.1
tfdv.get_feature(schema, "amount").drift_comparator.jensen_shannon_divergence.threshold = 0.2
anomalies = tfdv.validate_statistics(new, schema, previous_statistics=old)
folder = Path(sys.argv[1])
tfdv.write_schema_text(schema, str(folder / "schema.pbtxt"))
tfdv.write_anomalies_text(anomalies, str(folder / "anomalies.pbtxt"))
(folder / "SchemaDiff.pb").write_bytes(anomalies.SerializeToString())
