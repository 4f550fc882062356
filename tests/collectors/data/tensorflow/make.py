"""Saves the models with tensorflow-cpu 2.21.0: ``python make.py FOLDER``. Only graph and fingerprint are kept."""

import sys

import tensorflow as tf


class Model(tf.Module):
    def __init__(self, weights):
        super().__init__()
        self.w = tf.Variable(weights, name="w")

    @tf.function(input_signature=[tf.TensorSpec([2], tf.float32, name="x")])
    def predict(self, x):
        return {"y": x * self.w}


for version, weights in ((1, [1.0, 2.0]), (2, [1.0, 2.0]), (3, [3.0, 4.0])):
    model = Model(weights)
    tf.saved_model.save(model, f"{sys.argv[1]}/fraud/{version}", signatures=model.predict)
