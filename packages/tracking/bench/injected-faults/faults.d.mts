// Types of faults.mjs, for the tests.

export interface Edit {
  readonly in: string;
  readonly from: string;
  readonly to: string;
}

export interface Fault {
  readonly kind: 'slower' | 'default' | 'cg' | 'momentum' | 'copy' | 'formula' | 'none';
  readonly name: string;
  readonly edits: readonly Edit[];
  /** What is measured, in place of the profile's. */
  readonly measure?: { readonly problem: string; readonly optimizer: string };
}

export const FAULTS: readonly Fault[];
