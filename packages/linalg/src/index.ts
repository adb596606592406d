// Dense linear algebra over traced tensors.

export { cholesky, logDeterminant, solveSpd } from './cholesky.js';
export { solveDamped } from './damped.js';
export { type Eigendecomposition, eigh } from './eigh.js';
export { gram } from './gram.js';
export { inverseRoot } from './inverse-root.js';
export { inverseSpd } from './inverse-spd.js';
export {
  determinant,
  inverse,
  type LuFactorization,
  lu,
  type SignLogDeterminant,
  signLogDeterminant,
  solve,
} from './lu.js';
export { identity } from './matrices.js';
export { polarFactor } from './polar.js';
export { type QrFactorization, qr } from './qr.js';
export { type SingularValueDecomposition, svd } from './svd.js';
export { solveTriangular, type TriangularOptions } from './triangular.js';
