// Evaluation: mean loss and accuracy over a whole split, in chunks of bounded size.

import { type Program, sizeOf } from '@gaussmark/autodiff';
import { type Buffer, defined, type Engine, type Executable } from '@gaussmark/core';
import { errorNames, evaluationProgram, type Subject } from './programs.js';
import type { TrainingData } from './training.js';

/** Examples evaluated at once. */
const CHUNK = 1000;

interface Chunk {
  readonly executable: Executable;
  readonly rows: Buffer;
  readonly size: number;
}

/** The programs that evaluate a split, by chunk size. */
export type EvaluationPrograms = ReadonlyMap<number, Program>;

/** Traces the evaluation of a split: of full chunks, and of the last one. */
export function evaluationPrograms(
  subject: Subject,
  splitSize: number,
  chunk: number = CHUNK,
): EvaluationPrograms {
  const sizes = new Set(chunkSizes(splitSize, chunk));
  return new Map([...sizes].map((size) => [size, evaluationProgram(subject, splitSize, size)]));
}

function chunkSizes(splitSize: number, chunk: number): number[] {
  return Array.from({ length: Math.ceil(splitSize / chunk) }, (_, i) =>
    Math.min(chunk, splitSize - i * chunk),
  );
}

export interface Score {
  readonly loss: number;
  /** Share classified correctly, from 0 to 1; only for classification. */
  readonly accuracy?: number;
  /** Root mean squares, by name; only of a dataset with a known solution. */
  readonly errors?: Readonly<Record<string, number>>;
}

/** A split compiled for repeated evaluation. */
export class Evaluation {
  private constructor(
    private readonly chunks: readonly Chunk[],
    private readonly data: TrainingData,
    private readonly result: Buffer,
    /** Number of classifications: examples, or positions of all sequences; undefined for regression. */
    private readonly labels: number | undefined,
    private readonly errors: readonly string[],
  ) {}

  /** @param chunk examples evaluated at once; the score does not depend on it, as each chunk counts by its size */
  static async prepare(
    engine: Engine,
    subject: Subject,
    data: TrainingData,
    chunk: number = CHUNK,
    programs: EvaluationPrograms = evaluationPrograms(subject, data.size, chunk),
  ): Promise<Evaluation> {
    const chunks: Chunk[] = [];
    for (const [k, size] of chunkSizes(data.size, chunk).entries()) {
      const rows = engine.upload({
        type: { dtype: 'int32', shape: [size] },
        data: Int32Array.from({ length: size }, (_, i) => k * chunk + i),
      });
      const executable =
        chunks.find((chunk) => chunk.size === size)?.executable ??
        (await engine.compile(programs.get(size)!));
      chunks.push({ executable, rows, size });
    }
    const errors = errorNames(subject);
    const result = engine.allocate({ dtype: subject.dtype, shape: [2 + errors.length] });
    const { task, target } = subject.spec;
    const labels = task === 'classification' ? data.size * sizeOf(target.shape) : undefined;
    return new Evaluation(chunks, data, result, labels, errors);
  }

  async score(params: readonly Buffer[]): Promise<Score> {
    let loss = 0;
    let correct = 0;
    const squares = this.errors.map(() => 0);
    for (const { executable, rows, size } of this.chunks) {
      await executable.run([...params, this.data.inputs, this.data.targets, rows], [this.result]);
      const [meanLoss, hits, ...means] = await this.result.read();
      loss += meanLoss! * size;
      correct += hits!;
      for (const [i, mean] of means.entries()) squares[i]! += mean * size;
    }
    const accuracy = this.labels === undefined ? undefined : correct / this.labels;
    const errors =
      this.errors.length === 0
        ? undefined
        : Object.fromEntries(this.errors.map((name, i) => [name, Math.sqrt(squares[i]! / this.data.size)]));
    return defined({ loss: loss / this.data.size, accuracy, errors });
  }
}
