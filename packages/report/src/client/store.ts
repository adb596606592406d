// An observable value.

export interface Store<T> {
  get(): T;
  set(next: T): void;
  /** Calls `watcher` on every change. */
  watch(watcher: (value: T) => void): void;
}

export function createStore<T>(initial: T): Store<T> {
  const watchers = new Set<(value: T) => void>();
  let value = initial;
  return {
    get: () => value,
    set(next) {
      value = next;
      for (const watcher of watchers) watcher(value);
    },
    watch(watcher) {
      watchers.add(watcher);
    },
  };
}
