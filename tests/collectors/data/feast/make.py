"""Applies and materialises the store beside this file with feast 0.67.0: ``python make.py``."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
from feast import Entity, FeatureService, FeatureStore, FeatureView, Field, FileSource, ValueType
from feast.types import Float32

Path("data").mkdir(exist_ok=True)
time = pd.Timestamp("2025-09-01", tz="UTC")
table = {"driver_id": [1, 2], "event_timestamp": [time] * 2, "created": [time] * 2, "rate": [0.1, 0.2]}
pd.DataFrame(table).to_parquet("data/stats.parquet")
store = FeatureStore(".")
driver = Entity(name="driver", join_keys=["driver_id"], value_type=ValueType.INT64)
source = FileSource(
    name="stats_source",
    path="data/stats.parquet",
    timestamp_field="event_timestamp",
    created_timestamp_column="created",
)
view = FeatureView(
    name="driver_stats",
    entities=[driver],
    ttl=timedelta(days=30),
    schema=[Field(name="rate", dtype=Float32)],
    source=source,
    online=True,
    tags={"team": "fraud"},
)
store.apply([driver, source, view, FeatureService(name="fraud_service", features=[view])])
store.materialize(datetime(2025, 8, 1, tzinfo=UTC), datetime(2025, 9, 2, tzinfo=UTC))
