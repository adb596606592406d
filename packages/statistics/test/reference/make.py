"""Makes values.json: what scipy, lifelines, statsmodels, numpy, ruptures and pymannkendall say.

    pip install numpy scipy lifelines statsmodels ruptures pymannkendall
    python make.py > values.json && npx biome format --write values.json
"""

import itertools
import json

import lifelines
import numpy as np
import pymannkendall
import ruptures
import scipy
import statsmodels
import statsmodels.api as sm
from lifelines import KaplanMeierFitter
from lifelines.utils import restricted_mean_survival_time
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

rng = np.random.default_rng(20240501)


def clean(x):
    if isinstance(x, dict):
        return {k: clean(v) for k, v in x.items()}
    if isinstance(x, (list, tuple, np.ndarray)):
        return [clean(v) for v in x]
    if isinstance(x, (np.integer, int)) and not isinstance(x, bool):
        return int(x)
    if isinstance(x, (np.floating, float)):
        return float(x)
    return x


def distributions():
    z = [-6.5, -5, -1.96, -0.3, 0, 0.7, 2.5]
    t = [(-8, 4), (-1.3, 7.4), (-2.2, 1), (-3.3, 200)]
    return {
        "cdf": [[v, stats.norm.cdf(v)] for v in z],
        "quantile": [[p, stats.norm.ppf(p)] for p in (1e-6, 0.001, 0.025, 0.3, 0.5, 0.975)],
        "student": [[a, d, 2 * stats.t.cdf(a, d)] for a, d in t],
        "halfWidth": [[0.95, d, stats.t.ppf(0.975, d)] for d in (1, 2, 3, 10, 73.5, 300)],
    }


def bootstrap():
    # All n^n resamples: the bootstrap distribution itself, without Monte Carlo error.
    values = [0.91, 0.932, 0.918, 0.957, 0.901]
    means = np.mean(np.array(list(itertools.product(values, repeat=5))), axis=1)
    medians = np.median(np.array(list(itertools.product(values, repeat=5))), axis=1)
    # Law school data: Efron and Tibshirani, An Introduction to the Bootstrap (1993), table 3.1.
    lsat = [576, 635, 558, 578, 666, 580, 555, 661, 651, 605, 653, 575, 545, 572, 594]
    gpa = [3.39, 3.30, 2.81, 3.03, 3.44, 3.07, 3.00, 3.43, 3.36, 3.13, 3.12, 2.74, 2.76, 2.88, 2.96]
    skewed = np.round(rng.lognormal(0, 0.8, 20), 4)

    def of(data, statistic, **kw):
        out = {}
        for method in ("percentile", "BCa"):
            ci = stats.bootstrap(
                data, statistic, n_resamples=100_000, method=method, random_state=np.random.default_rng(1), **kw
            ).confidence_interval
            out[method.lower()] = [ci.low, ci.high]
        return out

    correlation = lambda x, y: stats.pearsonr(x, y).statistic
    return {
        "enumerated": {
            "values": values,
            "mean": np.percentile(means, [2.5, 97.5]),
            "median": np.percentile(medians, [2.5, 97.5]),
        },
        "skewedMean": {"values": skewed, **of((skewed,), np.mean)},
        "lawSchool": {
            "lsat": lsat,
            "gpa": gpa,
            "correlation": correlation(lsat, gpa),
            **of((np.array(lsat), np.array(gpa)), correlation, paired=True, vectorized=False),
        },
    }


def survival():
    # 6-MP arm of Freireich et al. (1963), in weeks.
    time = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
    reached = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
    km = KaplanMeierFitter().fit(time, reached)
    ci = km.confidence_interval_survival_function_
    at = sorted({t for t, r in zip(time, reached) if r})
    return {
        "time": time,
        "reached": [bool(r) for r in reached],
        "steps": [[t, km.predict(t), ci.iloc[:, 0].asof(t), ci.iloc[:, 1].asof(t)] for t in at],
        "median": km.median_survival_time_,
        "restrictedMean": [[h, restricted_mean_survival_time(km, t=h)] for h in (10, 20.5, 35)],
    }


def proportions():
    cases = [(81, 263), (15, 148), (0, 20), (1, 29), (29, 29), (4, 5)]
    return [[k, n, *proportion_confint(k, n, 0.05, "wilson")] for k, n in cases]


def walsh(d):
    d = np.asarray(d)
    i, j = np.triu_indices(len(d))
    return np.sort((d[i] + d[j]) / 2)


def signed_rank_weights(n):
    counts = np.zeros(n * (n + 1) // 2 + 1)
    counts[0] = 1
    for r in range(1, n + 1):
        shifted = np.zeros_like(counts)
        shifted[r:] = counts[:-r]
        counts = counts + shifted
    return counts / 2.0**n


def hodges_lehmann(d, level=0.95):
    w = walsh(d)
    cdf = np.cumsum(signed_rank_weights(len(d)))
    k = 0
    while cdf[k] <= (1 - level) / 2:
        k += 1
    k = max(k, 1)
    return {"value": np.median(w), "low": w[k - 1], "high": w[len(w) - k], "level": 1 - 2 * cdf[k - 1]}


def paired():
    # Hollander and Wolfe, Nonparametric Statistical Methods: the Hamilton depression scale.
    x = [1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30]
    y = [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29]
    depression = np.array(y) - np.array(x)
    # Darwin's maize, Fisher (1935), in eighths of an inch.
    darwin = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48]
    long = np.round(rng.normal(0.2, 1, 40), 6)
    tied = [1, -1, 2, 2, 3, -2, 4, 1, 3, 5, -1, 2]
    big = np.round(rng.normal(0.08, 1, 260), 6)

    def flips(d):
        r = stats.permutation_test(
            (np.asarray(d, float),), np.mean, permutation_type="samples", n_resamples=np.inf, alternative="two-sided"
        )
        return r.pvalue

    def rank_flips(d):
        d = np.asarray(d, float)
        ranks = stats.rankdata(abs(d))
        signs = np.array(list(itertools.product((-1, 1), repeat=len(d))))
        w = signs @ ranks
        return np.mean(abs(w) >= abs(np.sign(d) @ ranks))

    a, b = np.round(rng.normal(0, 1, 12), 2), np.round(rng.normal(0.6, 1, 9), 2)
    u = stats.mannwhitneyu(b, a).statistic
    return {
        "depression": {
            "x": x,
            "y": y,
            "pValue": stats.wilcoxon(depression, mode="exact").pvalue,
            "flips": flips(depression),
            "hodgesLehmann": hodges_lehmann(depression),
        },
        "darwin": {"differences": darwin, "flips": flips(darwin)},
        "long": {
            "differences": long,
            "pValue": stats.wilcoxon(long, mode="exact").pvalue,
            "hodgesLehmann": hodges_lehmann(long),
        },
        "tied": {"differences": tied, "pValue": rank_flips(tied)},
        "big": {"differences": big, "pValue": stats.wilcoxon(big, mode="approx", correction=False).pvalue},
        "cliff": {"a": a, "b": b, "delta": 2 * u / (len(a) * len(b)) - 1},
    }


def multiplicity():
    # Benjamini and Hochberg (1995), section 4.1.
    p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0]
    shuffled = [p[i] for i in rng.permutation(len(p))]
    return {
        "pValues": shuffled,
        "holm": multipletests(shuffled, method="holm")[1],
    }


def profiles():
    # As AlgoPerf's scoring: ratios to the best, share within tau, trapezoids over [1, 4] (here with many points).
    times = np.round(rng.lognormal(3, 0.7, (4, 9)), 3)
    times[0, 2] = times[3, 7] = times[2, 7] = np.inf
    times[:, 5] = np.inf
    best = times.min(axis=0)
    ratios = np.where(np.isinf(times), np.inf, times / np.where(np.isinf(best), 1, best))
    tau = np.linspace(1, 4, 300_001)
    rho = np.array([(row[:, None] <= tau).mean(axis=0) for row in ratios])
    return {
        "times": [[None if np.isinf(v) else v for v in row] for row in times],
        "scores": np.trapezoid(rho, tau, axis=1) / 3,
        "atTwo": (ratios <= 2).mean(axis=1),
    }


def lines():
    n = np.repeat([1, 2, 3, 5, 10], 4).astype(float)
    y = np.round(2.1 + 1.6 * n + rng.normal(0, 0.15, n.size) * np.sqrt(n), 5)
    wild = y.copy()
    wild[[3, 9, 17]] += [9, -6, 14]
    sen = stats.theilslopes(wild, n, 0.95)
    return {
        "x": n,
        "wild": wild,
        "theilSen": [sen.slope, sen.low_slope, sen.high_slope],
    }


def geometric():
    ratios = np.round(rng.lognormal(0.3, 0.2, 7), 4)
    logs = np.log(ratios)
    low, high = stats.t.interval(0.95, 6, logs.mean(), stats.sem(logs))
    return {"ratios": ratios, "value": stats.gmean(ratios), "low": np.exp(low), "high": np.exp(high)}


def histories():
    nile = sm.datasets.nile.load_pandas().data["volume"].to_numpy()
    noisy = np.round(rng.normal(0, 1, 120) + np.repeat([0, 4, 4, 1.5, 6, 6], 20), 6)
    penalty = 3 * np.log(noisy.size)
    trend = np.round(rng.normal(0, 1, 60) + 0.02 * np.arange(60), 1)
    mk = pymannkendall.original_test(trend)
    yw = pymannkendall.original_test(np.repeat([1, 2, 3, 3, 2], 5))
    return {
        "nile": nile,
        "levels": {
            "values": noisy,
            "penalty": penalty,
            "ends": ruptures.Pelt(model="l2", min_size=3, jump=1).fit(noisy).predict(pen=penalty),
        },
        # ruptures' "clinear" is continuous; "linear" regresses on given columns: index and constant here.
        "lines": lines_of(rng),
        "trend": {"values": trend, "s": mk.s, "p": mk.p, "tau": mk.Tau, "slope": mk.slope},
        "tied": {"s": yw.s, "p": yw.p},
    }


def lines_of(rng):
    t = np.arange(90.0)
    y = np.where(t < 30, 0.4 * t, np.where(t < 55, 20 - 0.3 * t, -5 + 0.2 * t)) + np.round(rng.normal(0, 1, 90), 6)
    signal = np.column_stack([y, t, np.ones(90)])
    penalty = 30.0
    algo = ruptures.Pelt(model="linear", min_size=5, jump=1).fit(signal)
    return {"values": y, "penalty": penalty, "ends": algo.predict(pen=penalty)}


print(
    json.dumps(
        clean(
            {
                "made with": {
                    m.__name__: m.__version__ for m in (np, scipy, lifelines, statsmodels)
                }
                | {"ruptures": ruptures.version.version, "pymannkendall": pymannkendall.__version__},
                "distributions": distributions(),
                "bootstrap": bootstrap(),
                "survival": survival(),
                "proportions": proportions(),
                "paired": paired(),
                "multiplicity": multiplicity(),
                "profiles": profiles(),
                "lines": lines(),
                "geometric": geometric(),
                "histories": histories(),
            }
        ),
        indent=1,
    )
)
