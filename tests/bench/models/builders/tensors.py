"""safetensors, GGUF, HDF5 and NumPy files by their own libraries."""

from __future__ import annotations

from pathlib import Path

NEEDS = ("safetensors", "gguf", "h5py", "numpy")


def build(folder: Path) -> None:
    """Save the same small tensors in each format, in several layouts."""
    import gguf
    import h5py
    import numpy as np
    from safetensors.numpy import save_file

    draw = np.random.default_rng(0)
    for kind in ("float64", "float32", "float16", "int64", "int32", "int8", "uint8", "bool"):
        tensors = {"layer.weight": draw.normal(size=(4, 3)).astype(kind), "layer.bias": np.zeros(3, kind)}
        save_file(tensors, folder / f"{kind}.safetensors", metadata={"format": "np"})
        np.savez(folder / f"{kind}.npz", **tensors)
        np.savez_compressed(folder / f"{kind}-packed.npz", **tensors)
        np.save(folder / f"{kind}.npy", tensors["layer.weight"])
        for version in ("earliest", "latest"):
            with h5py.File(folder / f"{kind}-{version}.h5", "w", libver=version) as opened:
                group = opened.create_group("model_weights")
                group.attrs["backend"] = "numpy"
                for name, value in tensors.items():
                    group.create_dataset(name, data=value, compression="gzip" if version == "latest" else None)
    for kind in ("float32", "float16", "int8"):
        writer = gguf.GGUFWriter(folder / f"{kind}.gguf", "llama")
        writer.add_block_count(1)
        writer.add_chat_template("{% for m in messages %}{{ m.content }}{% endfor %}")
        writer.add_token_list([f"token{number}" for number in range(50)])
        writer.add_tensor("token_embd.weight", draw.normal(size=(8, 4)).astype(kind))
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
