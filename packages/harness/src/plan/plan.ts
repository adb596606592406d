// The plan of a benchmark: every run in order, what is skipped and why. All invalid input is refused here.

import type { ReportProblem, ReportSkip } from '@gaussmark/analysis';
import {
  type FloatDType,
  sizeOf,
  type TensorType,
  type TensorValue,
  type Tree,
  tree,
} from '@gaussmark/autodiff';
import { type Cell, type CellProblem, contextOf, type Locations, mostBatches } from '@gaussmark/cell';
import {
  type ChosenPlugin,
  canonicalJson,
  choosePlugins,
  type DatasetSpec,
  defined,
  demandFewRuns,
  demandNoContradiction,
  fitModel,
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
import { findProfile, findPublished, problemDefinitions } from './builtin.js';
import { DatasetCatalog, type DatasetFacts } from './dataset-catalog.js';
import { AUTO, type EngineChoice, EngineChooser } from './engine-choice.js';
import { EngineSupport } from './engine-support.js';
import {
  demandRepresentable,
  demandRepresentableSettings,
  demandRoom,
  demandSplit,
  demandStep,
} from './preflight.js';
import { DEFAULT_PROFILE, type Group, groupsOf, type PlanRequest } from './request.js';
import { shardOf } from './shard.js';
import { type TracedProblem, TracedRuns } from './traced-runs.js';

export interface Plan {
  /** The profile, by name or path; absent if its problems or optimizers were replaced. */
  readonly profile?: string;
  /** A heading that names what is compared. */
  readonly title: string;
  /** In running order. */
  readonly cells: readonly Cell[];
  /** The problems of the cells, as in the report. */
  readonly problems: readonly ReportProblem[];
  readonly skipped: readonly ReportSkip[];
  /** If a shard was requested: the runs of all shards, including those that an engine does not support. */
  readonly ofAllShards?: number;
  /** The optimizer whose step is the unit of the others, where the profile names one of those that run. */
  readonly baseline?: string;
  /** Published results to compare with. */
  readonly published?: PublishedResults;
  /** The info of each engine, by label. */
  readonly engines: Readonly<Record<string, Readonly<Record<string, string | number | boolean>>>>;
  /** With engine `auto`: what was chosen for each problem, and the times. */
  readonly engineChoices?: readonly EngineChoice[];
}

/** The budget if neither the problem nor the request sets one. */
const DEFAULT_EPOCHS = 20;

/**
 * Turns a request into runs.
 *
 * Checks everything before the first run: names, hyperparameters and budgets. Starts every engine once, creates every model for
 * the shapes of its data, and loads and verifies every dataset once. Pairs that do not fit are skipped with the reason.
 *
 * Runs are ordered by seed, then problem, with the optimizers taking turns: a slow spell of the machine affects all that are
 * compared, and stopping early leaves complete comparisons over the first seeds.
 *
 * @throws GaussmarkError that names the invalid input
 */
export async function makePlan(
  request: PlanRequest,
  registry: Registry,
  locations: Locations,
  catalog?: DatasetCatalog,
): Promise<Plan> {
  const chosen = request.profile ?? DEFAULT_PROFILE;
  const profile = await findProfile(chosen, locations.cwd);
  const published = await findPublished(profile, chosen, locations.cwd);
  const planner = new Planner(request, registry, locations, catalog);
  const content = await planner.plan(groupsOf(request, profile));
  const named = profile.baseline && registry.find('optimizer', profile.baseline).name;
  const baseline = content.cells.find(({ optimizer }) => optimizer.name === named)?.optimizer.name;
  const own = request.problems !== undefined || request.optimizers !== undefined;
  const called = isPath(chosen) ? plainPath(chosen, locations.cwd) : profile.name;
  return {
    ...(own
      ? { title: titleOf(content.cells, content.problems) }
      : { profile: called, title: profile.summary }),
    ...defined({ baseline, published }),
    ...content,
  };
}

/**
 * The plan of groups, checked and ordered as by {@link makePlan}.
 *
 * @param catalog may hold verified datasets
 * @throws GaussmarkError that names the invalid input
 */
export async function planGroups(
  groups: readonly Group[],
  request: PlanRequest,
  registry: Registry,
  locations: Locations,
  catalog?: DatasetCatalog,
): Promise<Plan> {
  const content = await new Planner(request, registry, locations, catalog).plan(groups);
  return { title: titleOf(content.cells, content.problems), ...content };
}

/** Plans a request, or given groups. */
export type MakePlan = (request: PlanRequest, groups?: readonly Group[]) => Promise<Plan>;

/** Makes plans in this process, reading each dataset only once. */
export function localPlanner(registry: Registry, locations: Locations): MakePlan {
  const catalog = new DatasetCatalog(registry, locations);
  return (request, groups) =>
    groups === undefined
      ? makePlan(request, registry, locations, catalog)
      : planGroups(groups, request, registry, locations, catalog);
}

/** A problem with its data and network, or the reason why they do not fit. */
interface Prepared {
  readonly problem: CellProblem;
  readonly spec: DatasetSpec;
  readonly parameterCount: number;
  readonly mismatch: string | undefined;
  /** Absent if they do not fit. */
  readonly traced?: TracedProblem;
  readonly epochs: number | undefined;
  readonly targets: Goals | undefined;
}

interface Candidate {
  /** Of its seed, within the group. */
  readonly rank: number;
  readonly prepared: Prepared;
  readonly cell: Cell;
  readonly optimizer: ChosenPlugin<'optimizer'>;
  readonly engine: ChosenPlugin<'engine'>;
}

/** What the runs of a group share, for one seed. */
type Terms = Pick<Cell, 'seed' | 'budget'> &
  Pick<Group, 'limits' | 'evaluateOn' | 'evaluateEvery'> &
  Pick<Candidate, 'rank'>;

class Planner {
  readonly #candidates = new Map<string, Candidate>();
  readonly #skips = new Map<string, ReportSkip>();
  readonly #prepared = new Map<string, Prepared>();
  readonly #engines: EngineSupport;
  readonly #runs = new TracedRuns();
  readonly #catalog: DatasetCatalog;
  readonly #chooser: EngineChooser;

  constructor(
    private readonly request: PlanRequest,
    private readonly registry: Registry,
    private readonly locations: Locations,
    catalog = new DatasetCatalog(registry, locations),
  ) {
    this.#catalog = catalog;
    this.#engines = new EngineSupport(registry);
    this.#chooser = new EngineChooser(registry, locations, request.threads);
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
    // --threads changes the profile's engine, but not one given on the command line.
    if (request.engines !== undefined) demandNoContradiction(request.engines, threadsOf(request));
    const isAuto = demandAlone(group.engines);
    const engines = isAuto
      ? undefined
      : await choosePlugins('engine', group.engines, registry, threadsOf(request));
    for (const engine of engines ?? []) await this.#engines.start(engine);
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
      engines: group.engines.length,
      seeds: group.seeds.length,
    });
    for (const { problem, included } of pairs) {
      const prepared = await this.prepare(problem);
      const budget = group.budget ?? { epochs: prepared.epochs ?? DEFAULT_EPOCHS };
      const earlier = group.engineChoices?.find((choice) => choice.problem === problem.name);
      const own = engines ?? [
        await this.chosen(prepared, included, { budget, seed: group.seeds[0] ?? 1 }, earlier),
      ];
      for (const [rank, seed] of group.seeds.entries()) {
        const terms = { seed, rank, budget, limits, evaluateOn, evaluateEvery };
        for (const engine of own) {
          for (const optimizer of included) this.pair(prepared, optimizer, engine, terms);
        }
      }
    }
  }

  /** The engine that `auto` stands for on a problem: the one chosen earlier, or the fastest. */
  private async chosen(
    { problem, spec, mismatch }: Prepared,
    optimizers: readonly ChosenPlugin<'optimizer'>[],
    terms: Pick<Cell, 'budget' | 'seed'>,
    earlier: EngineChoice | undefined,
  ): Promise<ChosenPlugin<'engine'>> {
    if (earlier !== undefined) {
      const engine = await this.#chooser.repeat(earlier);
      await this.#engines.start(engine);
      return engine;
    }
    const fitting = optimizers.filter(
      (optimizer) => (mismatch ?? optimizerMismatch(optimizer, problem, spec)) === undefined,
    );
    // A plugin given by path may end its process, so only its run traces it.
    const model = this.registry.find('model', problem.model.name);
    const timed = fitting.filter(({ entry }) => [entry, model].every(({ source }) => source !== 'path'));
    if (fitting.length > 0 && timed.length === 0) {
      throw new GaussmarkError(
        `engine 'auto' times no plugins given by path, and '${problem.name}' has no others`,
        {
          remedy: 'name an engine, or add an installed optimizer, which is then timed',
        },
      );
    }
    const engine = await this.#chooser.choose(
      problem.name,
      timed.map(
        (optimizer) =>
          (engine): Cell => ({
            id: [problem.name, optimizer.label, engine.label].join('/'),
            problem,
            optimizer: optimizer.choice,
            label: optimizer.label,
            engine: engine.choice,
            engineLabel: engine.label,
            ...terms,
          }),
      ),
    );
    await this.#engines.start(engine);
    return engine;
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
      throw new GaussmarkError(`${cell.id} is requested twice, evaluated at different steps`, {
        expected: 'one evaluateEvery per problem and optimizer',
        got: `every ${interval(other.cell.evaluateEvery)} and every ${interval(evaluateEvery)}`,
        remedy: 'remove the pair from one of the runs of the profile',
      });
    }
    if (other !== undefined && JSON.stringify(other.cell.budget) !== JSON.stringify(budget)) {
      throw new GaussmarkError(`${cell.id} is requested twice, with different budgets`, {
        expected: 'one budget per problem and optimizer',
        got: `${JSON.stringify(other.cell.budget)} and ${JSON.stringify(budget)}`,
        remedy: 'remove the pair from one of the runs of the profile',
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
    const spec = await this.#catalog.describe(resolved.dataset);
    const { epochs, targets, ...definition } = resolved;
    const problem: CellProblem = { ...definition, loss: resolved.loss ?? lossFor(spec.task) };
    const prepared = { problem, spec, epochs, targets, ...(await this.fit(problem, spec)) };
    this.#prepared.set(resolved.name, prepared);
    return prepared;
  }

  /** Creates the model for the data, to count its parameters or find why it does not fit. */
  private async fit(
    problem: CellProblem,
    spec: DatasetSpec,
  ): Promise<Pick<Prepared, 'mismatch' | 'parameterCount' | 'traced'>> {
    const entry = this.registry.find('model', problem.model.name);
    const mismatch = modelMismatch(entry.manifest, problem, spec);
    if (mismatch !== undefined) return { mismatch, parameterCount: 0 };
    const plugin = await loadPlugin(this.registry, entry);
    const residual = await this.#catalog.residual(problem.dataset);
    const { name, hyperparameters } = problem.model;
    return callPlugin('model', name, () => {
      const fitted = fitModel(plugin, hyperparameters, spec, residual);
      if ('incompatible' in fitted) return { mismatch: String(fitted.incompatible), parameterCount: 0 };
      const { model } = fitted;
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

  /** The cells of the requested shard. */
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

  /** Loads the data of the cells, creates every optimizer, and asks the engines about its programs. */
  private async finish(): Promise<PlanContent> {
    // Seeds outermost; within a seed, the requested order.
    const all = [...this.#candidates.values()].sort((a, b) => a.rank - b.rank);
    const candidates = this.mine(all);
    if (this.request.stopAtTarget && all.every(({ cell }) => cell.target === undefined)) {
      throw new GaussmarkError('--stop-at-target without a target', {
        remedy: 'give one, as in --target testLoss=0.02; none of these problems has its own',
      });
    }
    const cells: Cell[] = [];
    const problems = new Map<string, ReportProblem>();
    const optimizers = new Map<ChosenPlugin<'optimizer'>, OptimizerPlugin>();
    for (const { prepared, cell, optimizer, engine } of candidates) {
      const { problem, traced } = prepared;
      const data = await this.#catalog.verify(problem.dataset);
      demandRepresentable(cell, this.#catalog.largestOf(problem.dataset));
      demandRepresentableSettings(cell);
      demandSplit(cell, data.trainSize, this.#catalog.classesOf(problem.dataset));
      const described = problems.get(problem.name) ?? describeProblem(prepared, data);
      const plugin = optimizers.get(optimizer) ?? (await loadPlugin(this.registry, optimizer.entry));
      optimizers.set(optimizer, plugin);
      const facts = { trainSize: data.trainSize, stepsPerEpoch: described.stepsPerEpoch };
      const context = contextOf(cell, facts, traced!.subject, mostBatches(optimizer.entry.manifest));
      const making = callPlugin('optimizer', optimizer.entry.name, () =>
        plugin.create(cell.optimizer.hyperparameters, context),
      );
      // A search draws its own values: if the optimizer refuses them, the trial's run records that.
      const isTrial = cell.evaluateOn !== undefined;
      const instance = await (isTrial ? making.catch(() => undefined) : making);
      // Plugins given by path may end their process, so only their run traces them. If the engine does not support the step, that
      // run is skipped.
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
      ...(this.#chooser.choices.length === 0 ? {} : { engineChoices: this.#chooser.choices }),
    };
  }
}

type PlanContent = Omit<Plan, 'profile' | 'title' | 'published'>;

/** Whether the engine is to be chosen by measurement. @throws GaussmarkError if others are given beside `auto` */
function demandAlone(engines: readonly string[]): boolean {
  if (!engines.includes(AUTO)) return false;
  if (engines.length === 1) return true;
  throw new GaussmarkError("engine 'auto' stands alone", {
    expected: "'auto', which tries every engine, or names of engines",
    got: engines.join(', '),
    remedy: "remove the others to compare engines by 'auto', or 'auto' to run all of them",
  });
}

/** Whether a pair of problem and optimizer is included. */
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

/** The types of a network's parameters, from an initialization if it does not declare them. */
function typesOf(model: Model): Tree<TensorType> {
  return model.types?.() ?? tree.map(({ type }: TensorValue): TensorType => type, model.init(1));
}

/** `adam and lion on sine10, boston`. */
export function titleOf(
  cells: readonly Pick<Cell, 'optimizer'>[],
  problems: readonly { readonly name: string; readonly title?: string | undefined }[],
): string {
  const optimizers = [...new Set(cells.map(({ optimizer }) => optimizer.name))];
  if (optimizers.length === 0) return 'Nothing to compare';
  // More names than a headline can hold are in the tables.
  const compared = optimizers.length > 4 ? `${optimizers.length} optimizers` : optimizers.join(' and ');
  return `${compared} on ${problems.map(({ name, title }) => title ?? name).join(', ')}`;
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
    return `the loss ${loss} is for ${losses[loss].task}, but the data is for ${task}`;
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

/** @throws GaussmarkError if the problem has no measure for a goal */
function demandMeasurable(goals: Goals | undefined, { name }: CellProblem, { task }: DatasetSpec): void {
  if (goals?.testAccuracy === undefined || task === 'classification') return;
  throw new GaussmarkError(`problem '${name}' has a testAccuracy target, but a ${task} has no accuracy`, {
    remedy: 'give a testLoss or trainLoss target, or run problems of other tasks separately',
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
