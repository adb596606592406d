// A peer's process: started once, pinned, spoken to in JSON lines.

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** Characters of a process's stderr that are kept, for the reason of its end. */
const STDERR_TAIL = 4000;

/** Why a peer gave no result: it cannot (`unsupported`), it failed (`error`), or it took too long (`timeout`). */
export class PeerFailure extends Error {
  /** @param {'unsupported' | 'error' | 'timeout'} kind */
  constructor(kind, message) {
    super(message);
    this.kind = kind;
  }
}

export class PeerProcess {
  #child;
  #lines;
  #stderr = '';
  #ended;

  /**
   * @param {string} name
   * @param {readonly string[]} command the program and its arguments
   * @param {{ env?: Record<string, string> }} [options]
   */
  constructor(name, command, { env = {} } = {}) {
    this.name = name;
    const [program, ...args] = command;
    this.#child = spawn(program, args, {
      env: { ...process.env, ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.#child.stderr.setEncoding('utf8').on('data', (text) => {
      this.#stderr = (this.#stderr + text).slice(-STDERR_TAIL);
    });
    // A process that ends while it is written to shows in `ended`.
    this.#child.stdin.on('error', () => {});
    this.#ended = new Promise((resolve) => {
      this.#child.on('error', (error) => resolve(`could not be started: ${error.message}`));
      this.#child.on('close', (code, signal) =>
        resolve(signal === null ? `exit code ${code}` : `signal ${signal}`),
      );
    });
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /**
   * Sends a request and waits for its answer.
   *
   * @throws PeerFailure if the peer says so, ends, or does not answer in time; in the last case it is ended
   */
  async ask(request, timeoutSeconds) {
    this.#child.stdin.write(`${JSON.stringify(request)}\n`);
    let timer;
    const late = new Promise((resolve) => {
      timer = setTimeout(resolve, 1000 * timeoutSeconds, { late: true });
    });
    const next = await Promise.race([this.#lines.next(), late]);
    clearTimeout(timer);
    if ('late' in next) {
      this.kill();
      throw new PeerFailure('timeout', `${request.op} took more than ${timeoutSeconds} s`);
    }
    if (next.done) {
      const how = await this.#ended;
      const last = this.#stderr.trim().split('\n').at(-1) ?? '';
      throw new PeerFailure('error', `the process ended (${how})${last === '' ? '' : `: ${last}`}`);
    }
    const answer = JSON.parse(next.value);
    if ('unsupported' in answer) throw new PeerFailure('unsupported', answer.unsupported);
    if ('error' in answer) throw new PeerFailure('error', answer.error);
    return answer;
  }

  /** Whether it can still be asked. */
  get alive() {
    const { exitCode, signalCode, killed, pid } = this.#child;
    return exitCode === null && signalCode === null && !killed && pid !== undefined;
  }

  /** Ends the process at once. */
  kill() {
    this.#child.kill('SIGKILL');
  }

  /** Ends the process; it has a few seconds to do so by itself. */
  async stop() {
    this.#child.stdin.end();
    const timer = setTimeout(() => this.kill(), 3000);
    await this.#ended;
    clearTimeout(timer);
  }
}
