// src/client/figures.ts, bundled by scripts/bundle.mjs.

import type { PageData } from './page-data.js';

export interface Figure {
  /** Without extension: letters, digits and hyphens. */
  readonly name: string;
  readonly svg: string;
}

export function drawFigures(data: PageData): Figure[];
