// The gradient checker: compares a function's derivatives with finite differences and each other, then those of its gradient.

import { expect } from 'vitest';
import {
  grad,
  isFloat,
  jvp,
  linearize,
  sizeOf,
  square,
  sum,
  type Tensor,
  type TensorValue,
  type Tree,
  trace,
  tree,
  vector,
} from '../src/index.js';
import { evaluate } from '../src/reference.js';
import { float64 } from './values.js';

/** A function at a point where its derivatives are checked. */
export interface Case {
  readonly name: string;
  readonly fn: (...inputs: Tensor[]) => Tensor;
  /** Float64 inputs vary; int32 and bool ones are fixed. */
  readonly inputs: readonly TensorValue[];
  /** The value in plain arithmetic, row-major. */
  readonly expected?: readonly number[];
  /** The derivative is zero by definition, regardless of finite differences. */
  readonly stopped?: true;
  /** There is no reverse mode. */
  readonly forwardOnly?: true;
}

type Map = (at: readonly Tensor[]) => readonly Tensor[];

/** Step of the central difference: its error is about h^2 f''' + 1e-16 / h. */
const STEP = 1e-5;

/** All checks on one case. */
export function checkDerivatives({ fn, inputs, expected, stopped, forwardOnly }: Case): void {
  const point = inputs.filter((input) => isFloat(input.type.dtype));
  // A map of the float inputs only; the others are captured, like a mini-batch's labels.
  const varying =
    (fixed: readonly Tensor[]): Map =>
    (at) => {
      let [next, nextFixed] = [0, 0];
      return [fn(...inputs.map((i) => (isFloat(i.type.dtype) ? at[next++]! : fixed[nextFixed++]!)))];
    };
  const fixed = inputs.filter((input) => !isFloat(input.type.dtype));
  const subject: Subject = { map: varying, point, fixed };

  if (expected !== undefined) {
    const value = run(subject, (map, at) => map(at), []);
    expect(value[0]!.data.length).toBe(expected.length);
    expectClose(value, [expected], 1e-13);
  }
  if (stopped) {
    const { tangent } = derivatives(subject);
    for (const { data } of tangent) expect(data.every((element) => element === 0)).toBe(true);
    return;
  }
  checkForward(subject);
  if (forwardOnly) {
    const along: Subject = {
      ...subject,
      map: (f) => (at) =>
        jvp(
          varying(f),
          at,
          at.map((x) => square(x)),
        ).tangent,
    };
    checkForward(along);
    return;
  }
  checkTransposed(subject);
  const gradient: Subject = {
    ...subject,
    map: (f) => grad((at: readonly Tensor[]) => varying(f)(at).map((y) => sum(square(y)))[0]!),
  };
  checkForward(gradient);
  checkTransposed(gradient);
}

interface Subject {
  readonly map: (fixed: readonly Tensor[]) => Map;
  readonly point: readonly TensorValue[];
  readonly fixed: readonly TensorValue[];
}

/** Evaluates a function derived from the map at its point, with further inputs. */
function run(
  { map, point, fixed }: Subject,
  fn: (map: Map, at: readonly Tensor[], ...extra: (readonly Tensor[])[]) => readonly Tensor[],
  extra: readonly (readonly TensorValue[])[],
  at: readonly TensorValue[] = point,
): TensorValue[] {
  const types = (values: readonly TensorValue[]) => values.map((value) => value.type);
  const { program } = trace(
    (f: readonly Tensor[], x: readonly Tensor[], ...rest: (readonly Tensor[])[]) => fn(map(f), x, ...rest),
    types(fixed),
    types(at),
    ...extra.map(types),
  );
  return evaluate(program, [...fixed, ...at, ...extra.flat()]);
}

function derivatives(subject: Subject) {
  const direction = subject.point.map((x, i) => float64(x.type.shape, { seed: 100 + i, low: -1, high: 1 }));
  return { direction, tangent: run(subject, (map, x, v) => jvp(map, x, v!).tangent, [direction]) };
}

/** J v against (f(x + h v) - f(x - h v)) / 2h. */
function checkForward(subject: Subject): void {
  const { direction, tangent } = derivatives(subject);
  const shifted = (h: number) =>
    subject.point.map((x, i) => ({ ...x, data: x.data.map((e, k) => e + h * direction[i]!.data[k]!) }));
  const value = (h: number) => run(subject, (map, x) => map(x), [], shifted(h) as TensorValue[]);
  const [ahead, behind] = [value(STEP), value(-STEP)];
  const difference = ahead.map(({ data }, i) =>
    Array.from(data, (e, k) => (e - behind[i]!.data[k]!) / (2 * STEP)),
  );
  expectClose(tangent, difference, 1e-6);
}

/** linearize's J v against jvp's, and <J v, u> = <v, J' u>. */
function checkTransposed(subject: Subject): void {
  const { direction, tangent } = derivatives(subject);
  const cotangent = tangent.map((y, i) => float64(y.type.shape, { seed: 200 + i, low: -1, high: 1 }));
  const linearized = run(subject, (map, x, v) => linearize(map, x).jvp(v!), [direction]);
  expectClose(
    linearized,
    tangent.map(({ data }) => data),
    1e-12,
  );
  const [forward, backward] = run(
    subject,
    (map, x, v, u) => {
      const { jvp, vjp } = linearize(map, x);
      return [vector.dot(jvp(v!), u!), vector.dot(v!, vjp(u!))];
    },
    [direction, cotangent],
  ).map(({ data }) => data[0]!);
  const magnitude = tangent
    .flatMap(({ data }, i) => Array.from(data, (e, k) => Math.abs(e * cotangent[i]!.data[k]!)))
    .reduce((a, b) => a + b, 0);
  expect(Math.abs(forward! - backward!)).toBeLessThanOrEqual(1e-12 * Math.max(1, magnitude));
}

/** Each tensor within `tolerance` of the expected one, relative to its largest element (at least 1). */
export function expectClose(
  got: readonly TensorValue[],
  expected: readonly ArrayLike<number>[],
  tolerance: number,
): void {
  expect(got.length).toBe(expected.length);
  for (const [i, { type, data }] of got.entries()) {
    const reference = Array.from(expected[i]!);
    expect(data.length).toBe(sizeOf(type.shape));
    expect(data.length).toBe(reference.length);
    const scale = Math.max(1, ...reference.map(Math.abs));
    const error = Math.max(0, ...reference.map((e, k) => Math.abs(e - data[k]!)));
    expect(error, `output ${i}: got [${data}], expected [${reference}]`).toBeLessThanOrEqual(
      tolerance * scale,
    );
  }
}

/** Traces a function for the types of values, and evaluates it on them; one array of numbers per leaf. */
export function compute(
  fn: (...inputs: never[]) => Tree<Tensor>,
  ...inputs: readonly Tree<TensorValue>[]
): number[][] {
  const types = inputs.map((input) => tree.map((value: TensorValue) => value.type, input));
  const { program } = trace(fn, ...types);
  return evaluate(
    program,
    inputs.flatMap((input) => tree.leaves<TensorValue>(input)),
  ).map(({ data }) => Array.from(data));
}
