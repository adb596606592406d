// The worker process: does the tasks that it is sent, tells what happens, and ends with its command.

import { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { GaussmarkError, wordsOf } from '@gaussmark/core';
import { GlobalsWatch, lockGlobals } from './globals.js';
import { hearCalls, pluginAt } from './plugin-calls.js';
import { CHANNELS, type Hello, type ToWorker } from './protocol.js';
import { Pulse } from './pulse.js';
import type { Task, TaskContext, TaskOf, TaskTypes } from './task.js';
import { type Tell, teller } from './teller.js';
import { tellError } from './told-error.js';

// A plugin may replace it; leaving is ours to decide.
const leave = process.exit.bind(process);

class Worker {
  readonly #tell: Tell;
  readonly #pulse = new Pulse();
  readonly #ready: Promise<void>;
  readonly #globals: GlobalsWatch;
  #called: string | undefined;
  #cancel = new AbortController();

  constructor(hello: Hello) {
    // A parent that was gone before this line will not be missed by the watchdog.
    if (process.platform !== 'win32' && process.ppid !== hello.parent) leave(1);
    this.#tell = teller(hello.token);
    lockGlobals();
    this.#globals = new GlobalsWatch();
    hearCalls({
      onCall: (plugin) => this.#calls(plugin),
      onReturn: () => this.#globals.demandUnchanged(this.#called),
    });
    // What a plugin throws outside a call (a timer, a forgotten promise) is told like any other error.
    const fail = (error: unknown) => {
      this.#tell({ type: 'error', error: tellError(outsideOfCall(error, this.#called)) });
      leave(1);
    };
    process.on('uncaughtException', fail);
    process.on('unhandledRejection', fail);
    // A Ctrl-C reaches the whole process group where this process has none of its own: the command decides what becomes of it.
    process.on('SIGINT', () => {});
    // Plugins are imported when the watchdog is there: they may never return.
    this.#ready = this.#pulse.start(hello);
    if (hello.prepare !== undefined) void import(hello.prepare.module);
  }

  #calls(plugin: string): void {
    this.#globals.demandUnchanged(this.#called);
    this.#called = plugin;
    this.#tell({ type: 'call', plugin });
  }

  async take(message: ToWorker): Promise<void> {
    if (message.type === 'cancel') {
      this.#cancel.abort();
      return;
    }
    this.#cancel = new AbortController();
    try {
      const result = await this.#do(message.task, message.input);
      this.#globals.demandUnchanged(this.#called);
      this.#tell({ type: 'result', result });
    } catch (error) {
      this.#tell({ type: 'error', error: tellError(error) });
    }
  }

  async #do({ module, name }: Task<TaskTypes>, input: unknown): Promise<unknown> {
    const [tasks] = await Promise.all([
      import(module) as Promise<Record<string, TaskOf<TaskTypes>>>,
      this.#ready,
    ]);
    const context: TaskContext<TaskTypes> = {
      tell: (event) => this.#tell({ type: 'event', event }),
      signal: this.#cancel.signal,
      observe: (engine) => this.#pulse.observe(engine),
    };
    return tasks[name]!(input, context);
  }
}

/** An error of nobody's call, by the plugin that its place is in, or else the one that was called last. */
function outsideOfCall(error: unknown, called = 'a plugin'): GaussmarkError {
  const { text, place } = wordsOf(error);
  const plugin = (place === undefined ? undefined : pluginAt(place)) ?? called;
  return new GaussmarkError(`${plugin} failed outside of a call: ${text}`, { got: place, cause: error });
}

let worker: Worker | undefined;
const requests = new Socket({ fd: CHANNELS.requests, readable: true, writable: false });
createInterface({ input: requests })
  .on('line', (line) => {
    if (worker === undefined) worker = new Worker(JSON.parse(line) as Hello);
    else void worker.take(JSON.parse(line) as ToWorker);
  })
  // Nothing more will be asked.
  .on('close', () => leave(0));
