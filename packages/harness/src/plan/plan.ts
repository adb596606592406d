// The plan of a benchmark: every run in its order, what is skipped and why. Whatever is wrong with the input ends here.

import type { ReportProblem, ReportSkip } from '@gaussmark/analysis';
import {
  type FloatDType,
  sizeOf,
  type TensorType,
  type TensorValue,
  type Tree,
  tree,
} from '@gaussmark/autodiff';
import {
  type ChosenPlugin,
  canonicalJson,
  choosePlugins,
  type DatasetSpec,
  defined,
  demandFewRuns,
  demandNoContradiction,
  formatInterval,
  GaussmarkError,
  type Goals,
  type Interval,
  isPath,
  losses,
  lossFor,
  type Model,
  type OptimizerPlugin,
  type PublishedResults,
  plainPath,
  type Registry,
  type ResolvedProblem,
  resolveProblems,
} from '@gaussmark/core';
import { callPlugin, loadPlugin, memoryLimit } from '@gaussmark/worker';
import type { Cell, CellProblem, Locations } from '../cell/cell.js';
import { plannedSteps } from '../cell/setup.js';
import { findProfile, findPublished, problemDefinitions } from './builtin.js';
import { type DatasetFacts, DatasetShelf } from './dataset-shelf.js';
import { EngineSupport } from './engine-support.js';
import { demandDataHeld, demandHeld, demandRoom, demandSplit, demandStep } from './foreseeable.js';
import { DEFAULT_PROFILE, type Group, groupsOf, type PlanRequest } from './request.js';
import { shardOf } from './shard.js';
import { type TracedProblem, TracedRuns } from './traced-runs.js';

export interface Plan {
  /** The profile that was run, by its name or the path of its file; absent if its problems or optimizers were replaced. */
  readonly profile?: string;
  /** What is compared, for a heading. */
  readonly title: string;
  /** In the order in which they run. */
  readonly cells: readonly Cell[];
  /** The problems of the cells, as the report describes them. */
  readonly problems: readonly ReportProblem[];
  readonly skipped: readonly ReportSkip[];
  /** How many runs all shards have together, if one was asked for; those whose steps an engine refuses are among them. */
  readonly ofAllShards?: number;
  /** The optimizer whose step is the unit of the others, where the profile names one of those that run. */
  readonly baseline?: string;
  /** What the profile compares its results with. */
  readonly published?: PublishedResults;
  /** What each engine says of itself, by its label. */
  readonly engines: Readonly<Record<string, Readonly<Record<string, string | number | boolean>>>>;
}

/** Epochs of a problem that says nothing of it, in a request that says nothing of it. */
const DEFAULT_EPOCHS = 20;

/**
 * Turns a request into runs.
 *
 * Everything is checked before the first one starts: names, hyperparameters, budgets; every engine is started once; every
 * model is made for the shapes of its data; every dataset that a run needs is loaded and verified once. A pair that
 * cannot work together is skipped with its reason.
 *
 * Order: seed by seed, then problem by problem, the optimizers taking turns, so that a slow spell of the machine falls on
 * all that are compared in seconds; and whoever stops a run early has all of them with the first seeds.
 *
 * @throws GaussmarkError for whatever is wrong, naming it
 */
export async function makePlan(
  request: PlanRequest,
  registry: Registry,
  locations: Locations,
  shelf?: DatasetShelf,
): Promise<Plan> {
  const chosen = request.profile ?? DEFAULT_PROFILE;
  const profile = await findProfile(chosen, locations.cwd);
  const published = await findPublished(profile, chosen, locations.cwd);
  const planner = new Planner(request, registry, locations, shelf);
  const content = await planner.plan(groupsOf(request, profile));
  const named = profile.baseline && registry.find('optimizer', profile.baseline).name;
  const baseline = content.cells.find(({ optimizer }) => optimizer.name === named)?.optimizer.name;
  const own = request.problems !== undefined || request.optimizers !== undefined;
  const called = isPath(chosen) ? plainPath(chosen, locations.cwd) : profile.name;
  return {
    ...(own ? { title: titleOf(content) } : { profile: called, title: profile.summary }),
    ...defined({ baseline, published }),
    ...content,
  };
}

/**
 * The plan of groups that were put together by a program, checked and ordered as by {@link makePlan}.
 *
 * @param shelf datasets that were verified already
 * @throws GaussmarkError for whatever is wrong, naming it
 */
export async function planGroups(
  groups: readonly Group[],
  request: PlanRequest,
  registry: Registry,
  locations: Locations,
  shelf?: DatasetShelf,
): Promise<Plan> {
  const content = await new Planner(request, registry, locations, shelf).plan(groups);
  return { title: titleOf(content), ...content };
}

/** Makes the plan of a request, or of groups that were put together by a program. */
export type MakePlan = (request: PlanRequest, groups?: readonly Group[]) => Promise<Plan>;

/** Plans made in this process, one after the other; a dataset is read once for all of them. */
export function localPlanner(registry: Registry, locations: Locations): MakePlan {
  const shelf = new DatasetShelf(registry, locations);
  return (request, groups) =>
    groups === undefined
      ? makePlan(request, registry, locations, shelf)
      : planGroups(groups, request, registry, locations, shelf);
}

/** A problem whose data and network are known to fit, or why they do not. */
interface Prepared {
  readonly problem: CellProblem;
  readonly spec: DatasetSpec;
  readonly parameterCount: number;
  readonly mismatch: string | undefined;
  /** Absent if there is a mismatch. */
  readonly traced?: TracedProblem;
  readonly epochs: number | undefined;
  readonly targets: Goals | undefined;
}

interface Candidate {
  /** Of its seed among those of its group. */
  readonly rank: number;
  readonly prepared: Prepared;
  readonly cell: Cell;
  readonly optimizer: ChosenPlugin<'optimizer'>;
  readonly engine: ChosenPlugin<'engine'>;
}

/** What the runs of a group have in common, for one seed. */
type Terms = Pick<Cell, 'seed' | 'budget'> &
  Pick<Group, 'limits' | 'evaluateOn' | 'evaluateEvery'> &
  Pick<Candidate, 'rank'>;

class Planner {
  readonly #candidates = new Map<string, Candidate>();
  readonly #skips = new Map<string, ReportSkip>();
  readonly #prepared = new Map<string, Prepared>();
  readonly #engines: EngineSupport;
  readonly #runs = new TracedRuns();
  readonly #shelf: DatasetShelf;

  constructor(
    private readonly request: PlanRequest,
    private readonly registry: Registry,
    private readonly locations: Locations,
    shelf = new DatasetShelf(registry, locations),
  ) {
    this.#shelf = shelf;
    this.#engines = new EngineSupport(registry);
  }

  async plan(groups: readonly Group[]): Promise<PlanContent> {
    try {
      for (const group of groups) await this.add(group);
      return await this.finish();
    } finally {
      await this.#engines.dispose();
    }
  }

  private async add(group: Group): Promise<void> {
    const { registry, request, locations } = this;
    const optimizers = await choosePlugins('optimizer', group.optimizers, registry);
    // An option changes the engine of a profile, but not one that was given beside it.
    if (request.engines !== undefined) demandNoContradiction(request.engines, threadsOf(request));
    const engines = await choosePlugins('engine', group.engines, registry, threadsOf(request));
    for (const engine of engines) await this.#engines.start(engine);
    const overrides = {
      ...defined({ dtype: group.dtype, batchSize: request.batchSize }),
    };
    const { limits, evaluateOn, evaluateEvery, only } = group;
    const pairs: {
      readonly problem: ResolvedProblem;
      readonly included: readonly ChosenPlugin<'optimizer'>[];
    }[] = [];
    for (const text of group.problems) {
      for (const problem of await resolveProblems(
        text,
        registry,
        problemDefinitions(locations.cwd),
        overrides,
      )) {
        pairs.push({
          problem,
          included: optimizers.filter(({ choice }) => isMeant(problem.name, choice, only)),
        });
      }
    }
    demandFewRuns({
      'pairs of problem and optimizer': pairs.reduce((sum, { included }) => sum + included.length, 0),
      engines: engines.length,
      seeds: group.seeds.length,
    });
    for (const { problem, included } of pairs) {
      const prepared = await this.prepare(problem);
      const budget = group.budget ?? { epochs: prepared.epochs ?? DEFAULT_EPOCHS };
      for (const [rank, seed] of group.seeds.entries()) {
        const terms = { seed, rank, budget, limits, evaluateOn, evaluateEvery };
        for (const engine of engines) {
          for (const optimizer of included) this.pair(prepared, optimizer, engine, terms);
        }
      }
    }
  }

  private pair(
    prepared: Prepared,
    optimizer: ChosenPlugin<'optimizer'>,
    engine: ChosenPlugin<'engine'>,
    { seed, rank, budget, limits, evaluateOn, evaluateEvery }: Terms,
  ): void {
    const { problem } = prepared;
    const goals = this.request.goals ?? prepared.targets;
    demandMeasurable(goals, problem, prepared.spec);
    demandRoom(prepared, limits?.memory ?? memoryLimit());
    const reason =
      prepared.mismatch ??
      optimizerMismatch(optimizer, problem, prepared.spec) ??
      engineMismatch(engine, problem.dtype);
    if (reason !== undefined) {
      this.skip(problem, optimizer, reason);
      return;
    }
    const cell: Cell = {
      id: [
        problem.name,
        optimizer.label,
        engine.label,
        `seed${seed}`,
        ...(evaluateOn === undefined ? [] : [`${evaluateOn.split}${evaluateOn.share}`]),
      ].join('/'),
      problem,
      optimizer: optimizer.choice,
      label: optimizer.label,
      engine: engine.choice,
      engineLabel: engine.label,
      seed,
      budget,
      ...defined({
        target: goals && { goals, stop: this.request.stopAtTarget ?? false },
        evaluateOn,
        evaluateEvery,
        limits,
      }),
    };
    const other = this.#candidates.get(cell.id);
    const interval = (every: Interval | undefined) => formatInterval(every ?? { epochs: 1 });
    if (other !== undefined && interval(other.cell.evaluateEvery) !== interval(evaluateEvery)) {
      throw new GaussmarkError(`${cell.id} is asked for twice, evaluated at different steps`, {
        expected: 'one evaluateEvery for a problem and an optimizer',
        got: `every ${interval(other.cell.evaluateEvery)} and every ${interval(evaluateEvery)}`,
        remedy: 'take the pair out of one of the runs of the profile',
      });
    }
    if (other !== undefined && JSON.stringify(other.cell.budget) !== JSON.stringify(budget)) {
      throw new GaussmarkError(`${cell.id} is asked for twice, with different budgets`, {
        expected: 'one budget for a problem and an optimizer',
        got: `${JSON.stringify(other.cell.budget)} and ${JSON.stringify(budget)}`,
        remedy: 'take the pair out of one of the runs of the profile',
      });
    }
    if (other === undefined) this.#candidates.set(cell.id, { rank, prepared, cell, optimizer, engine });
  }

  private skip(problem: CellProblem, optimizer: ChosenPlugin<'optimizer'>, reason: string): void {
    const skip = { problem: problem.name, optimizer: optimizer.label, reason };
    this.#skips.set(JSON.stringify(skip), skip);
  }

  private async prepare(resolved: ResolvedProblem): Promise<Prepared> {
    const known = this.#prepared.get(resolved.name);
    if (known !== undefined) return known;
    const spec = await this.#shelf.describe(resolved.dataset);
    const { epochs, targets, ...definition } = resolved;
    const problem: CellProblem = { ...definition, loss: resolved.loss ?? lossFor(spec.task) };
    const prepared = { problem, spec, epochs, targets, ...(await this.fit(problem, spec)) };
    this.#prepared.set(resolved.name, prepared);
    return prepared;
  }

  /** Makes the model for the data, for the number of its parameters or the reason why there is none. */
  private async fit(
    problem: CellProblem,
    spec: DatasetSpec,
  ): Promise<Pick<Prepared, 'mismatch' | 'parameterCount' | 'traced'>> {
    const entry = this.registry.find('model', problem.model.name);
    const mismatch = modelMismatch(entry.manifest, problem, spec);
    if (mismatch !== undefined) return { mismatch, parameterCount: 0 };
    const plugin = await loadPlugin(this.registry, entry);
    const { name, hyperparameters } = problem.model;
    return callPlugin('model', name, () => {
      const model = plugin.create(hyperparameters, spec);
      if ('incompatible' in model) return { mismatch: String(model.incompatible), parameterCount: 0 };
      const { batchSize, dtype } = problem;
      const own = typesOf(model);
      const types = tree.map(({ shape }: TensorType): TensorType => ({ dtype, shape }), own);
      const subject = { spec, model, loss: losses[problem.loss], dtype, params: types };
      return {
        mismatch: undefined,
        traced: { subject, batchSize },
        parameterCount: tree.leaves<TensorType>(types).reduce((count, { shape }) => count + sizeOf(shape), 0),
      };
    });
  }

  /** Those of the shard that was asked for. */
  private mine(all: readonly Candidate[]): readonly Candidate[] {
    if (this.request.shard === undefined) return all;
    const mine = new Set(
      shardOf(
        all.map(({ cell }) => cell),
        this.request.shard,
      ),
    );
    return all.filter(({ cell }) => mine.has(cell));
  }

  /** Loads the data of the cells, lets every optimizer see its hyperparameters, and asks engines about its steps. */
  private async finish(): Promise<PlanContent> {
    // Seeds outermost; within a seed, the order in which the cells were asked for.
    const all = [...this.#candidates.values()].sort((a, b) => a.rank - b.rank);
    const candidates = this.mine(all);
    if (this.request.stopAtTarget && all.every(({ cell }) => cell.target === undefined)) {
      throw new GaussmarkError('--stop-at-target without a target', {
        remedy: 'give one, as in --target testLoss=0.02; none of these problems brings its own',
      });
    }
    const cells: Cell[] = [];
    const problems = new Map<string, ReportProblem>();
    const optimizers = new Map<ChosenPlugin<'optimizer'>, OptimizerPlugin>();
    for (const { prepared, cell, optimizer, engine } of candidates) {
      const { problem, traced } = prepared;
      const data = await this.#shelf.verify(problem.dataset);
      demandDataHeld(cell, this.#shelf.largestOf(problem.dataset));
      demandHeld(cell);
      demandSplit(cell, data.trainSize, this.#shelf.classesOf(problem.dataset));
      const described = problems.get(problem.name) ?? describeProblem(prepared, data);
      const plugin = optimizers.get(optimizer) ?? (await loadPlugin(this.registry, optimizer.entry));
      optimizers.set(optimizer, plugin);
      const steps = plannedSteps(cell.budget, described.stepsPerEpoch);
      const making = callPlugin('optimizer', optimizer.entry.name, () =>
        plugin.create(cell.optimizer.hyperparameters, { plannedSteps: steps }),
      );
      // A search draws values that nobody wrote: a point that is refused is that trial's outcome, which its run records.
      const isTrial = cell.evaluateOn !== undefined;
      const instance = await (isTrial ? making.catch(() => undefined) : making);
      // The step and the network of a plugin given by path run in a process of their own alone: they may end it. If the engine
      // does not support such a step, its run is skipped.
      const model = this.registry.find('model', problem.model.name);
      const isTraced =
        instance !== undefined && [optimizer.entry, model].every(({ source }) => source !== 'path');
      const run = () => (isTraced ? this.#runs.of(optimizer, instance, traced!, data.trainSize) : undefined);
      const reason = this.#engines.reasonAgainst(engine, () => run()?.programs ?? []);
      if (reason !== undefined) {
        this.skip(problem, optimizer, reason);
        continue;
      }
      if (!isTrial && cell.budget.gradientEquivalents !== undefined) demandStep(cell, run()?.leastWork ?? 0);
      problems.set(problem.name, described);
      cells.push(cell);
    }
    return {
      cells,
      problems: [...problems.values()],
      skipped: [...this.#skips.values()],
      ...defined({ ofAllShards: this.request.shard && all.length }),
      engines: this.#engines.infos(),
    };
  }
}

type PlanContent = Omit<Plan, 'profile' | 'title' | 'published'>;

/** Whether an optimizer on a problem is among the pairs that are meant. */
function isMeant(
  problem: string,
  { name, hyperparameters }: Cell['optimizer'],
  only: Group['only'],
): boolean {
  if (only === undefined) return true;
  const key = canonicalJson([name, { ...hyperparameters }]);
  return only.some(
    ({ problem: where = problem, optimizer }) =>
      where === problem && canonicalJson([optimizer.name, { ...optimizer.hyperparameters }]) === key,
  );
}

/** The types of a network's parameters; drawn where the network does not tell them. */
function typesOf(model: Model): Tree<TensorType> {
  return model.types?.() ?? tree.map(({ type }: TensorValue): TensorType => type, model.init(1));
}

/** `sgd and sgn on sine10, boston`. */
function titleOf({ cells, problems }: PlanContent): string {
  const optimizers = [...new Set(cells.map(({ optimizer }) => optimizer.name))];
  if (optimizers.length === 0) return 'Nothing to compare';
  return `${optimizers.join(' and ')} on ${problems.map(({ name, title }) => title ?? name).join(', ')}`;
}

function threadsOf({ threads }: PlanRequest): Readonly<Record<string, number>> {
  return defined({ threads });
}

function modelMismatch(
  { capabilities }: ChosenPlugin<'model'>['entry']['manifest'],
  { model, dtype, loss }: CellProblem,
  { task, input }: DatasetSpec,
): string | undefined {
  const { tasks, dtypes, inputRanks } = capabilities ?? {};
  if (losses[loss].task !== task)
    return `the loss ${loss} is for ${losses[loss].task}, the data is for ${task}`;
  if (tasks?.includes(task) === false)
    return `model '${model.name}' is for ${tasks.join(' and ')}, the data is for ${task}`;
  if (dtypes?.includes(dtype) === false)
    return `model '${model.name}' works in ${dtypes.join(' and ')}, not in ${dtype}`;
  if (inputRanks?.includes(input.shape.length) === false) {
    const shape = `[${input.shape.join(', ')}]`;
    return `model '${model.name}' takes inputs of rank ${inputRanks.join(' or ')}, the data has ${shape}`;
  }
  return undefined;
}

function optimizerMismatch(
  { entry }: ChosenPlugin<'optimizer'>,
  { dtype, loss }: CellProblem,
  { task }: DatasetSpec,
): string | undefined {
  const { tasks, dtypes, losses: own } = entry.manifest.capabilities ?? {};
  const name = `optimizer '${entry.name}'`;
  if (tasks?.includes(task) === false)
    return `${name} is for ${tasks.join(' and ')}, the data is for ${task}`;
  if (own?.includes(loss) === false)
    return `${name} is for the loss ${own.join(' or ')}, the problem has ${loss}`;
  if (dtypes?.includes(dtype) === false) return `${name} works in ${dtypes.join(' and ')}, not in ${dtype}`;
  return undefined;
}

/** @throws GaussmarkError if a goal is one that the problem has no measure of. */
function demandMeasurable(goals: Goals | undefined, { name }: CellProblem, { task }: DatasetSpec): void {
  if (goals?.testAccuracy === undefined || task === 'classification') return;
  throw new GaussmarkError(`problem '${name}' has a target of testAccuracy, which a ${task} does not have`, {
    remedy: 'give a testLoss or a trainLoss to reach, or run problems of another task apart',
  });
}

function engineMismatch({ entry }: ChosenPlugin<'engine'>, dtype: FloatDType): string | undefined {
  const { dtypes } = entry.manifest.capabilities ?? {};
  return dtypes?.includes(dtype) === false
    ? `engine '${entry.name}' runs ${dtypes.join(' and ')}, not ${dtype}`
    : undefined;
}

function describeProblem({ problem, parameterCount }: Prepared, data: DatasetFacts): ReportProblem {
  const { name, title, definition, dataset, model, loss, dtype } = problem;
  const batchSize = Math.min(problem.batchSize, data.trainSize);
  return {
    name,
    ...defined({ title, definition }),
    dataset: {
      name: dataset.name,
      hyperparameters: { ...dataset.hyperparameters },
      ...data,
    },
    model: { name: model.name, hyperparameters: { ...model.hyperparameters }, parameterCount },
    loss,
    batchSize,
    ...defined({ requestedBatchSize: batchSize < problem.batchSize ? problem.batchSize : undefined }),
    dtype,
    trainLossMean: problem.trainLossMean,
    stepsPerEpoch: Math.ceil(data.trainSize / batchSize),
  };
}
