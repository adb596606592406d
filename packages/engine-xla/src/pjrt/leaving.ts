// Leaves the process cleanly while native work runs: a plugin's threads crash in a process that tears down around them.

import { exitNow } from './native.js';

/** A client, as far as leaving concerns it. */
interface Leaving {
  readonly plugin: { readonly isBusy: boolean };
  destroy(): void;
}

const clients = new Set<Leaving>();
let listens = false;

/** Destroys the client when the process exits, which waits for its work. */
export function endWithProcess(client: Leaving): void {
  clients.add(client);
  if (listens) return;
  listens = true;
  process.once('exit', leave);
}

export function forget(client: Leaving): void {
  clients.delete(client);
}

function leave(code: number): void {
  // A call on another thread (a compilation, a wait) uses the client, and cannot be stopped. Nothing but the process's own end
  // is safe then.
  if ([...clients].some(({ plugin }) => plugin.isBusy)) exitNow(code);
  for (const client of clients) {
    try {
      client.destroy();
    } catch {
      exitNow(code);
    }
  }
}
