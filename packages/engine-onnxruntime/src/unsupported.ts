// Detects programs that a provider cannot run, before compilation.

import { dtypesOf, type Program } from '@gaussmark/autodiff';
import type { ProviderName } from './providers/provider.js';

/** Shading languages and Core ML have no float64. DirectML's double precision is optional and not relied on. */
const SINGLE_PRECISION: ReadonlySet<ProviderName> = new Set(['webgpu', 'coreml', 'dml']);

/** Why a provider cannot run a program, phrased to follow the engine's name; null if it can. */
export function unsupportedBy(provider: ProviderName, program: Program): string | null {
  if (!SINGLE_PRECISION.has(provider) || !dtypesOf(program).has('float64')) return null;
  return `has no float64 with provider=${provider}, whose devices compute in float32 (--dtype float32)`;
}
