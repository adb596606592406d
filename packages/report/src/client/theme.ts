// The light or dark theme: the system's until the reader chooses.

import type { Scheme } from './colours.js';
import { onPrint } from './print.js';
import { createStore } from './store.js';

const STORAGE_KEY = 'gaussmark-theme';
const system = matchMedia('(prefers-color-scheme: dark)');

const systemScheme = (): Scheme => (system.matches ? 'dark' : 'light');

/** Pages on disk may lack storage; the choice then lasts as long as the page. */
function stored(): Scheme | null {
  try {
    const value = localStorage.getItem(STORAGE_KEY);
    return value === 'light' || value === 'dark' ? value : null;
  } catch {
    return null;
  }
}

let chosen = stored();

export const scheme = createStore<Scheme>(chosen ?? systemScheme());

const apply = (value: Scheme): void => document.documentElement.setAttribute('data-theme', value);

export function startTheme(): void {
  // Registered first: other watchers read the new colours.
  scheme.watch(apply);
  apply(scheme.get());
  system.addEventListener('change', () => {
    if (chosen === null) scheme.set(systemScheme());
  });
  // Print in light colours.
  let before: Scheme = scheme.get();
  onPrint(
    () => {
      before = scheme.get();
      if (before !== 'light') scheme.set('light');
    },
    () => {
      if (before !== 'light') scheme.set(before);
    },
  );
}

export function toggleTheme(): void {
  chosen = scheme.get() === 'dark' ? 'light' : 'dark';
  try {
    localStorage.setItem(STORAGE_KEY, chosen);
  } catch {
    // Without storage the choice is not remembered.
  }
  scheme.set(chosen);
}
