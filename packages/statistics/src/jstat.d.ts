// Types for the part of jStat used here, which ships none.

declare module 'jstat' {
  interface Distributions {
    readonly normal: {
      cdf(x: number, mean: number, deviation: number): number;
      inv(p: number, mean: number, deviation: number): number;
    };
    readonly chisquare: {
      cdf(x: number, degrees: number): number;
    };
    readonly studentt: {
      cdf(x: number, degrees: number): number;
      inv(p: number, degrees: number): number;
    };
  }
  const jStat: Distributions;
  export default jStat;
}
