"""Makes the golden trajectories of this package: KellerJordan/Muon's muon.py, commit 857d1ad, without its cast to bfloat16.

    git clone https://github.com/KellerJordan/Muon && pip install numpy     # torch is used if it is installed
    python make.py Muon/muon.py && npx biome format --write .
"""

import math
import pathlib
import sys

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1] / "plugin-conformance" / "golden"))
from torch_on_numpy import NAME, descend, module
from trajectory import STEPS, write

reference = module(sys.argv[1])


def make(shape, hyperparameters, hidden, others, factor=None):
    def optimizer(layers):
        return reference.SingleDeviceMuonWithAuxAdam([
            {"params": [each["weight"] for each in layers], "use_muon": True, **hidden},
            {"params": [each["bias"] for each in layers], "use_muon": False, **others},
        ])

    step, _ = descend(optimizer, transposed=True, factor=factor)
    write(HERE / f"muon-{shape}.json", optimizer="muon", source=f"KellerJordan/Muon 857d1ad in float64, {NAME}",
          hyperparameters=hyperparameters, shape=shape, step=step)


make("tall", {}, {}, {})
make("wide",
     {"learningRate": 0.1, "momentum": 0.8, "weightDecay": 0.2, "auxiliaryLearningRate": 0.05, "auxiliaryBeta1": 0.7,
      "auxiliaryBeta2": 0.9, "auxiliaryEpsilon": 0.01, "schedule": "cosine"},
     {"lr": 0.1, "momentum": 0.8, "weight_decay": 0.2},
     {"lr": 0.05, "betas": (0.7, 0.9), "eps": 0.01, "weight_decay": 0.2},
     factor=lambda t: (1 + math.cos(math.pi * t / STEPS)) / 2)
