"""Parameters and training states of flax in msgpack."""

from __future__ import annotations

from pathlib import Path

NEEDS = ("flax", "jax", "optax")


def build(folder: Path) -> None:
    """Initialise two modules, take a step, and write parameters, optimiser and whole states."""
    import jax
    import jax.numpy as jnp
    import optax
    from flax import linen, serialization
    from flax.training import train_state

    modules = {
        "dense": (linen.Dense(3), jnp.ones((1, 4))),
        "convolution": (linen.Conv(2, (3, 3)), jnp.ones((1, 8, 8, 1))),
        "attention": (linen.MultiHeadDotProductAttention(2), jnp.ones((1, 3, 8))),
        "half": (linen.Dense(3, param_dtype=jnp.bfloat16), jnp.ones((1, 4))),
    }
    for name, (module, example) in modules.items():
        variables = module.init(jax.random.key(0), example)
        state = train_state.TrainState.create(apply_fn=module.apply, params=variables["params"], tx=optax.adam(0.01))
        state = state.apply_gradients(grads=variables["params"])
        (folder / f"{name}.msgpack").write_bytes(serialization.to_bytes(variables))
        (folder / f"{name}-state.msgpack").write_bytes(serialization.to_bytes(state))
    target = folder / "repository"
    target.mkdir()
    (target / "flax_model.msgpack").write_bytes(serialization.to_bytes(variables))
