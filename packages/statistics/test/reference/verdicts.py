"""Makes verdicts.json: what scipy says of Friedman's test, signed ranks over problems, power and certified targets.

    pip install numpy scipy
    python verdicts.py > verdicts.json && npx biome format --write verdicts.json
"""

import json

import numpy as np
import scipy
from scipy import stats

rng = np.random.default_rng(17)


def clean(x):
    if isinstance(x, dict):
        return {k: clean(v) for k, v in x.items()}
    if isinstance(x, (list, tuple, np.ndarray)):
        return [clean(v) for v in x]
    if isinstance(x, np.integer):
        return int(x)
    return float(x) if isinstance(x, np.floating) else x


def critical_difference(results):
    results = np.asarray(results)
    statistic, p = stats.friedmanchisquare(*results)
    pairs = []
    for i in range(len(results)):
        for j in range(i + 1, len(results)):
            test = stats.wilcoxon(np.log(results[j]) - np.log(results[i]), method="exact")
            pairs.append([i, j, test.pvalue])
    ranks = np.mean([stats.rankdata(column) for column in results.T], axis=0)
    return {"results": results, "friedman": [statistic, p], "ranks": ranks, "pairs": pairs}


def pairs_needed(differences, alpha, power):
    """The smallest n with that power, from the noncentral t distribution."""
    d = abs(np.mean(differences)) / np.std(differences, ddof=1)
    n = 2
    while True:
        t = stats.t.ppf(1 - alpha / 2, n - 1)
        shift = d * np.sqrt(n)
        if stats.nct.sf(t, n - 1, shift) + stats.nct.cdf(-t, n - 1, shift) >= power:
            return n
        n += 1


def certified(losses, target):
    test = stats.ttest_1samp(losses, target, alternative="less")
    return {"losses": losses, "target": target, "statistic": -test.statistic, "pValue": test.pvalue}


scales = np.array([0.1, 0.11, 0.3, 0.4])[:, None]
base = np.exp(rng.normal(0, 1, 12))[None, :]
untied = np.round(scales * base * np.exp(rng.normal(0, 0.25, (4, 12))), 6)
tied = [[1, 2, 3, 1, 2, 3, 4], [2, 2, 4, 1, 3, 5, 4], [2, 3, 3, 2, 2, 4, 6]]
samples = [np.round(rng.normal(m, 1, n), 3) for m, n in [(0.3, 10), (0.6, 12), (1.0, 8), (1.4, 8)]]
print(
    json.dumps(
        clean(
            {
                "made": f"numpy {np.__version__}, scipy {scipy.__version__}",
                "criticalDifference": critical_difference(untied),
                "tiedFriedman": {"results": tied, "friedman": stats.friedmanchisquare(*tied)},
                "power": [
                    [s, alpha, power, pairs_needed(s, alpha, power)]
                    for s in samples
                    for alpha, power in ((0.05, 0.8), (0.01, 0.9))
                ],
                "certified": [
                    certified([3.276, 3.279, 3.277, 3.278], 3.28),
                    certified([3.2771, 3.2779, 3.2774, 3.2776, 3.2772, 3.2775], 3.28),
                ],
                "chiSquared": [[x, d, stats.chi2.sf(x, d)] for x, d in ((0.5, 1), (7.8, 3), (30, 9))],
            }
        )
    )
)
