// Types of faults.mjs, for the tests.

export interface Edit {
  readonly in: string;
  readonly from: string;
  readonly to: string;
}

export interface Fault {
  readonly kind: 'slower' | 'default' | 'cg' | 'momentum' | 'copy' | 'none';
  readonly name: string;
  readonly edits: readonly Edit[];
}

export const FAULTS: readonly Fault[];
