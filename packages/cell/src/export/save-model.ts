// Saves the trained model of a run: its parameters as .npz, and where the engine can, its forward pass as .onnx.

import path from 'node:path';
import { type TensorValue, trace, tree } from '@gaussmark/autodiff';
import { type Buffer, type Engine, makeDirectory, type Params, replaceFile } from '@gaussmark/core';
import type { Cell } from '../cell.js';
import { npz } from '../npz.js';
import { exampleTypes, type Subject } from '../programs.js';
import { fileNotes } from './file-notes.js';

/** Where to save the model of a run. */
export interface SaveRequest {
  /** The report's directory. */
  readonly directory: string;
  /** Relative to it, without extension: `params/boston-sgd-seed1-3fa2c81b`. */
  readonly name: string;
}

/** The files of a saved model, relative to the report's directory. */
export interface SavedModel {
  /** One array per parameter, by path. */
  readonly params: string;
  /** From `x`, one example, to `outputs`. Absent if the engine has no file format. */
  readonly onnx?: string;
}

/** The name of an array or input; the only parameter of a model may have no path of its own. */
export const namedParams = ({ params }: Pick<Subject, 'params'>): string[] =>
  tree.paths(tree.structureOf(params)).map((each) => (each === '' ? 'params' : each));

/**
 * @param params the parameters to save, on the engine
 * @throws GaussmarkError if they do not fit an .npz file; StorageError if a file cannot be written
 */
export async function saveModel(
  { directory, name }: SaveRequest,
  cell: Cell,
  subject: Subject,
  engine: Engine,
  params: readonly Buffer[],
): Promise<SavedModel> {
  const values: Record<string, TensorValue> = {};
  const names = namedParams(subject);
  for (const [i, buffer] of params.entries())
    values[names[i]!] = { type: buffer.type, data: (await buffer.read()).slice() };
  makeDirectory(path.dirname(path.join(directory, name)));
  const lost = 'the trained parameters could not be saved';
  const saved = { params: `${name}.npz` };
  replaceFile(path.join(directory, saved.params), npz(values), { lost });
  if (engine.export === undefined) return saved;
  const { inputs } = exampleTypes(subject, 1);
  const apply = (at: Params, x: Parameters<Subject['model']['apply']>[1]) => subject.model.apply(at, x);
  const bytes = await engine.export(trace(apply, subject.params, inputs).program, {
    inputs: [...names, 'x'],
    outputs: ['outputs'],
    values,
    metadata: fileNotes(cell),
  });
  const onnx = `${name}.onnx`;
  replaceFile(path.join(directory, onnx), bytes, { lost });
  return { ...saved, onnx };
}
