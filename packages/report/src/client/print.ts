// Printing: registered steps prepare the page and restore it afterwards.

/** `before` run in order, `after` in reverse. */
interface Preparation {
  before(): void;
  after(): void;
}

const preparations: Preparation[] = [];
let printing = false;

export const isPrinting = (): boolean => printing;

export function onPrint(before: () => void, after: () => void): void {
  preparations.push({ before, after });
}

/** Covers printing and emulated print media. */
export function startPrint(): void {
  const begin = () => {
    if (printing) return;
    printing = true;
    for (const { before } of preparations) before();
  };
  const end = () => {
    if (!printing) return;
    printing = false;
    for (const { after } of preparations.toReversed()) after();
  };
  addEventListener('beforeprint', begin);
  addEventListener('afterprint', end);
  matchMedia('print').addEventListener('change', ({ matches }) => (matches ? begin() : end()));
}
