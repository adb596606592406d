// Paper: the light theme, everything unfolded, every chart drawn at the width of a column.

/** What is done before printing, in this order, and taken back after it. */
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

/** Paper, and whatever shows the page as it would be printed. */
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
