// Calling into plugins: whatever they throw names them.

import { GaussmarkError, type PluginKind } from '@gaussmark/core';

/**
 * The result of a call into a plugin.
 *
 * @throws GaussmarkError: the plugin's own, or one that says which plugin threw what, and where.
 */
export async function callPlugin<T>(kind: PluginKind, name: string, call: () => T | Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    if (cause instanceof GaussmarkError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    const place = cause instanceof Error ? /\((file:.*|\/.*)\)/.exec(cause.stack ?? '')?.[1] : undefined;
    throw new GaussmarkError(`${kind} '${name}' failed: ${reason}`, { got: place, cause });
  }
}
