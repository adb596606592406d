// Controls shared by all curves of the page: the x axis, logarithmic axes.

import type { Abscissa, CurveView } from '../charts/curves.js';
import { choice, toggle } from '../controls.js';
import { element } from '../dom.js';
import type { Store } from '../store.js';

/** @param work whether the curves count their work in gradients */
export function viewControls(view: Store<CurveView>, work: boolean): HTMLElement {
  return element(
    'div',
    { class: 'view-controls' },
    choice<Abscissa>(
      'Horizontal axis',
      [
        { value: 'iterations', text: 'Iterations' },
        { value: 'epoch', text: 'Epochs' },
        { value: 'seconds', text: 'Seconds' },
        ...(work ? [{ value: 'gradientEquivalents' as const, text: 'Gradients' }] : []),
      ],
      part(view, 'x'),
    ),
    toggle('log x', part(view, 'logX')),
    toggle('log loss', part(view, 'logY')),
  );
}

/** A store of one field of another. */
function part<T, K extends keyof T>(store: Store<T>, key: K): Store<T[K]> {
  return {
    get: () => store.get()[key],
    set: (value) => store.set({ ...store.get(), [key]: value }),
    watch: (watcher) => store.watch((value) => watcher(value[key])),
  };
}
