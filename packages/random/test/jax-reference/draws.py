# Prints draws.expected.json: numbers of jax.random. Run with jax 0.10.2.
import json, sys
import jax, numpy as np
jax.config.update('jax_enable_x64', True)
assert jax.config.jax_threefry_partitionable
r=jax.random
i32=lambda a: np.asarray(a).view(np.int32).reshape(-1).tolist()
def data(k): return i32(r.key_data(k))
k=r.key(42)
big=r.key(4000000000)
out={
 "source": "jax "+jax.__version__+", jax.random with threefry2x32, partitionable; words as int32",
 "key": {"0": data(r.key(0)), "4000000000": data(big)},
 "fold": {"7": data(r.fold_in(k,7)), "4294967295": data(r.fold_in(k,4294967295))},
 "split": i32(r.key_data(r.split(k,5))),
 "bits": i32(r.bits(k,(3,4),'uint32')),
 "uniform32": np.asarray(r.uniform(k,(3,4),'float32')).reshape(-1).tolist(),
 "uniform64": np.asarray(r.uniform(k,(3,4),'float64')).reshape(-1).tolist(),
}
print(json.dumps(out,indent=1))
