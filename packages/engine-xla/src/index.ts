// Tensor programs for XLA.

export { type Lowered, type LoweringOptions, lower } from './lowering/lower.js';
export type { Precision } from './lowering/rule.js';
