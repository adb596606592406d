"""Makes the golden trajectories of this package: konstmish/prodigy, commit 3efb213, in float64.

    git clone https://github.com/konstmish/prodigy && pip install numpy     # torch is used if it is installed
    python make.py prodigy/prodigyopt/prodigy.py && npx biome format --write .
"""

import math
import pathlib
import sys

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1] / "plugin-conformance" / "golden"))
from torch_on_numpy import NAME, descend, module
from trajectory import STEPS, write

Prodigy = module(sys.argv[1]).Prodigy


def make(name, shape, hyperparameters, factor=None, **options):
    step, _ = descend(lambda layers: Prodigy([x for each in layers for x in each.values()], **options), factor=factor)
    write(HERE / f"prodigy-{name}.json", optimizer="prodigy", source=f"konstmish/prodigy 3efb213, {NAME}",
          hyperparameters=hyperparameters, shape=shape, step=step)


cosine = lambda t: (1 + math.cos(math.pi * t / STEPS)) / 2
make("tall", "tall", {"d0": 1e-3}, d0=1e-3)
make("wide", "wide",
     {"d0": 1e-2, "beta1": 0.8, "beta2": 0.9, "beta3": 0.7, "epsilon": 0.01, "weightDecay": 0.1, "biasCorrection": True,
      "dCoefficient": 2, "schedule": "cosine"},
     factor=cosine, d0=1e-2, betas=(0.8, 0.9), beta3=0.7, eps=0.01, weight_decay=0.1, use_bias_correction=True, d_coef=2.0)
make("growth", "tall", {"d0": 1e-2, "growthRate": 1.2, "safeguardWarmup": True, "schedule": "cosine"},
     factor=cosine, d0=1e-2, growth_rate=1.2, safeguard_warmup=True)
