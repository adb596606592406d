"""Makes the golden trajectories of this package: facebookresearch/schedule_free, commit 70785b5, in float64.

    git clone https://github.com/facebookresearch/schedule_free && pip install numpy typing_extensions     # torch is used if it is installed
    python make.py schedule_free/schedulefree && npx biome format --write .

The parameters are y, and `point` is x: what the authors' `eval()` puts in their place.
"""

import pathlib
import sys

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1] / "plugin-conformance" / "golden"))
from torch_on_numpy import NAME, descend, module
from trajectory import write

FOLDER = pathlib.Path(sys.argv[1])
AdamW = module(FOLDER / "adamw_schedulefree.py").AdamWScheduleFree
SGD = module(FOLDER / "sgd_schedulefree.py").SGDScheduleFree


def make(name, shape, hyperparameters, reference, **options):
    def optimizer(layers):
        made = reference([x for each in layers for x in each.values()], foreach=False, **options)
        made.train()
        return made

    step, point = descend(optimizer)
    write(HERE / f"{name}-{shape}.json", optimizer=name, source=f"facebookresearch/schedule_free 70785b5, {NAME}",
          hyperparameters=hyperparameters, shape=shape, step=step, point=point)


make("schedule-free-sgd", "tall", {"learningRate": 0.3}, SGD, lr=0.3)
make("schedule-free-sgd", "wide",
     {"learningRate": 1, "beta": 0.7, "weightDecay": 0.1, "warmup": 0.25, "averagePower": 1, "ratePower": 1.5},
     SGD, lr=1.0, momentum=0.7, weight_decay=0.1, warmup_steps=5, r=1.0, weight_lr_power=1.5)
make("schedule-free-adamw", "tall", {"learningRate": 0.05, "epsilon": 0.01}, AdamW, lr=0.05, eps=0.01)
make("schedule-free-adamw", "wide",
     {"learningRate": 0.1, "beta1": 0.8, "beta2": 0.9, "weightDecay": 0.2, "warmup": 0.25, "averagePower": 0.5},
     AdamW, lr=0.1, betas=(0.8, 0.9), weight_decay=0.2, warmup_steps=5, r=0.5)
