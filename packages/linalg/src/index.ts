// Dense linear algebra over traced tensors.

export { cholesky, logDeterminant, solveSpd } from './cholesky.js';
export { solveTriangular, type TriangularOptions } from './triangular.js';
