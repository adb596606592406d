// Captured output of bounded size: its beginning and its end.

/** Characters kept of the beginning, and of the end. */
const HALF = 32 * 1024;

export class BoundedOutput {
  #head = '';
  #tail = '';
  #dropped = 0;

  add(text: string): void {
    const room = HALF - this.#head.length;
    this.#head += text.slice(0, Math.max(0, room));
    if (text.length <= room) return;
    const all = this.#tail + text.slice(Math.max(0, room));
    this.#tail = all.slice(-HALF);
    this.#dropped += all.length - this.#tail.length;
  }

  /** What was kept, with a note where text is missing; undefined if nothing was added. */
  get text(): string | undefined {
    if (this.#head === '') return undefined;
    const gap = this.#dropped === 0 ? '' : `\n[... ${this.#dropped} characters left out ...]\n`;
    return `${this.#head}${gap}${this.#tail}`;
  }

  /** The last characters. */
  tail(length: number): string {
    return (this.#head + this.#tail).slice(-length);
  }
}
