// The normal, Student and chi-squared distributions, from jStat (simple-statistics only has four-digit tables).

import jStat from 'jstat';

/** P(Z <= z) for a standard normal Z, to 1e-15 (absolute: a tail below that is 0). */
export function normalCdf(z: number): number {
  return jStat.normal.cdf(z, 0, 1);
}

/** The z with P(Z <= z) = p; -Infinity and Infinity at 0 and 1. */
export function normalQuantile(p: number): number {
  if (p <= 0) return Number.NEGATIVE_INFINITY;
  if (p >= 1) return Number.POSITIVE_INFINITY;
  return jStat.normal.inv(p, 0, 1);
}

/** P(|Z| >= |z|), to 1e-15. */
export function normalTwoSided(z: number): number {
  return 2 * normalCdf(-Math.abs(z));
}

/** P(|T| >= |t|) for Student's T with `degrees` degrees of freedom (any positive number). */
export function studentTwoSided(t: number, degrees: number): number {
  return 2 * jStat.studentt.cdf(-Math.abs(t), degrees);
}

/** The t with P(|T| <= t) = level: half-widths of intervals in standard errors. */
export function studentHalfWidth(level: number, degrees: number): number {
  return jStat.studentt.inv((1 + level) / 2, degrees);
}

/** P(T >= t) for Student's T. */
export function studentUpper(t: number, degrees: number): number {
  return jStat.studentt.cdf(-t, degrees);
}

/** The t with P(T <= t) = p. */
export function studentQuantile(p: number, degrees: number): number {
  return jStat.studentt.inv(p, degrees);
}

/** P(X >= x) for chi-squared X. */
export function chiSquaredUpper(x: number, degrees: number): number {
  return x <= 0 ? 1 : 1 - jStat.chisquare.cdf(x, degrees);
}

/** The z with P(|Z| <= z) = level. */
export function normalHalfWidth(level: number): number {
  return normalQuantile((1 + level) / 2);
}
