"""Prints the configuration with tensorflow-serving-api 2.21.0, whose messages are those of the server."""

from google.protobuf import text_format
from tensorflow_serving.config import model_server_config_pb2

message = model_server_config_pb2.ModelServerConfig()
models = message.model_config_list
fraud = models.config.add(name="fraud", base_path="models/fraud", model_platform="tensorflow")
fraud.model_version_policy.specific.versions.extend([2, 3])
fraud.version_labels["stable"] = 2
fraud.version_labels["canary"] = 3
ranking = models.config.add(name="ranking", base_path="/models/ranking", model_platform="tensorflow")
ranking.model_version_policy.all.SetInParent()
models.config.add(name="latest", base_path="gs://user:pw@bucket/latest", model_platform="tensorflow")
print(text_format.MessageToString(message), end="")
