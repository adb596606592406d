// The peers' side of the protocol: JSON lines on stdin and stdout, one answer for each request, in order.
//
//   { op: 'hello', threads }                      -> { info }       names and versions of what runs
//   { op: 'write', problem, directory,            -> { }            ours alone: writes the problem's files, with batches of
//     mostExamples, generated }                                     at most so many examples; of random data if
//                                                                   `generated: { inputShape, classes }`
//   { op: 'prepare', directory, step, threads }   -> { seconds }    loads and compiles; `step` as in problems.mjs
//   { op: 'run', count, untimed? }                -> { seconds, values, cgIterations, lineSearchSteps }
//
// A run starts at the written parameters and takes `untimed` steps (default 0) and `count` more, cycling through the batches: `seconds` is
// the wall-clock time of the latter, including the wait for the last results. `values` are what is compared: the batch losses before the
// first updates of an optimizer, the loss and the norm of the last gradient, the norm of the last Gauss-Newton product. `cgIterations` and
// `lineSearchSteps` are those of all steps together (0 except for SGN). An answer { unsupported } says what the peer cannot do,
// { error } what went wrong.

import { createInterface } from 'node:readline';

/** Thrown by a peer for a step that it cannot run. */
export class Unsupported extends Error {}

/** Losses that an answer holds at most: what is compared. */
export const REPORTED_LOSSES = 13;

/** @param {Record<string, (request: any) => Promise<object>>} handlers by operation */
export async function serve(handlers) {
  // The protocol owns stdout; what a library prints goes to stderr.
  const answer = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);
  for (const method of ['log', 'info', 'debug', 'warn']) console[method] = console.error;
  for await (const line of createInterface({ input: process.stdin })) {
    const request = JSON.parse(line);
    try {
      const handler = handlers[request.op];
      if (handler === undefined) throw new Unsupported(`no operation '${request.op}'`);
      answer(await handler(request));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      answer(error instanceof Unsupported ? { unsupported: reason } : { error: reason });
    }
  }
}
