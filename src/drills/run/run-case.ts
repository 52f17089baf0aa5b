import type { SimCluster } from '#cluster/simulation'
import type { LogEntry } from '#history'
import { seededRandom } from '#lib'
import type { Scene } from '../input/scene.ts'
import { applyScene } from './apply.ts'
import type { DrillCase } from './drill.ts'
import type { DrillObservation } from './observation.ts'
import { openCluster } from './open-cluster.ts'
import { placeAsBefore } from './place.ts'
import { createSampler, type Sampler } from './sampler.ts'
import { createStage, type OpenDrillStage } from './stage.ts'
import { startTraffic, type Traffic } from './traffic.ts'
import { createWantedCheck, type WantedCheck } from './wanted.ts'

/** Everything that decides how a run goes. */
export interface RunOptions {
  readonly scene: Scene
  readonly drillCase: DrillCase
  readonly seed: number
  readonly ratePerSecond: number
  /** The text of a behaviour file. */
  readonly behaviours: string
}

/** A run with all that was written in it, for the one that is shown. */
export interface DetailedRun {
  readonly observation: DrillObservation
  readonly entries: readonly LogEntry[]
  readonly sampler: Sampler
  /** The event log, line by line. */
  readonly lines: readonly string[]
}

/** The longest that an application may take to be Ready before anything is done to it. */
const startLimitMs = 10 * 60_000
/** How long clients have asked before anything is done. */
const warmUpMs = 3_000
/** How long all is well before a run ends. */
const calmMs = 6_000
/** More than the longest time that a request may take. */
const lastRequestMs = 6_000

/** Runs one case with one seed. */
export async function runCase(options: RunOptions): Promise<DrillObservation> {
  return (await run(options, undefined)).observation
}

/** Runs one case with one seed, and keeps what a report shows of it. */
export async function runInDetail(options: RunOptions): Promise<DetailedRun> {
  const sampler = createSampler()
  return { ...(await run(options, sampler)), sampler }
}

async function run(options: RunOptions, sampler: Sampler | undefined) {
  const { scene, seed, behaviours } = options
  await using cluster = await openCluster(scene.nodes, seed, behaviours)
  const check = createWantedCheck(cluster, scene.workloads)
  const readiness: { atMs: number; isReady: boolean }[] = []
  const look = () => {
    const isReady = check.isReady()
    if (isReady !== readiness.at(-1)?.isReady) {
      readiness.push({ atMs: cluster.clock.wallMs(), isReady })
    }
    sampler?.look(cluster)
  }
  const stage = createStage({ cluster, scene, look, isReady: check.isReady })
  const fromMs = cluster.clock.wallMs()
  const { traffic, zeroMs, neverReady } = await perform(options, stage, check)
  const { entries } = cluster.history
  const relative = (ms: number) => ms - zeroMs
  const observation: DrillObservation = {
    requests: traffic?.requests(zeroMs) ?? [],
    readiness: readiness.map((each) => ({ ...each, atMs: relative(each.atMs) })),
    restarts: restartsIn(entries, zeroMs) - stage.ownRestarts,
    unfinished: [
      ...stage.unfinished,
      ...(neverReady ? [`${neverReady.join(', ')} is not Ready before anything is done`] : []),
    ],
    faults: stage.bands.map((band) => ({
      ...band,
      fromMs: relative(band.fromMs),
      toMs: band.toMs === null ? null : relative(band.toMs),
    })),
    zeroWallMs: zeroMs,
    fromMs: relative(fromMs),
    toMs: relative(cluster.clock.wallMs()),
    ...(neverReady ? { neverReady } : {}),
  }
  // Lines cost more than the run itself: only those that are shown are written.
  const lines = sampler ? cluster.history.lines({ routine: true, time: 'absolute' }) : []
  return { observation, entries: sampler ? entries : [], lines }
}

interface Performed {
  readonly traffic?: Traffic
  readonly zeroMs: number
  readonly neverReady?: readonly string[]
}

/** Starts the application and its clients, does what the case does, and watches until all is calm again. */
async function perform(
  options: RunOptions,
  stage: OpenDrillStage,
  check: WantedCheck,
): Promise<Performed> {
  const { scene, drillCase } = options
  const { cluster } = stage
  if (drillCase.fromTheStart) {
    const zeroMs = cluster.clock.wallMs()
    const traffic = begin(options, cluster, [])
    await applyScene(cluster, scene.objects)
    await drillCase.act(stage, [])
    await watch(stage, drillCase, traffic, zeroMs)
    return { traffic, zeroMs }
  }
  const apply = () => applyScene(cluster, scene.objects)
  if (scene.placements) await placeAsBefore(stage, apply)
  else await apply()
  if (!(await stage.until(stage.isReady, startLimitMs))) {
    return { zeroMs: cluster.clock.wallMs(), neverReady: check.missing().map(({ id }) => id) }
  }
  const lost = drillCase.lost?.(stage) ?? []
  check.lose(lost.length)
  const traffic = begin(options, cluster, lost)
  await stage.advance(warmUpMs + phaseMs(options))
  const zeroMs = cluster.clock.wallMs()
  await drillCase.act(stage, lost)
  await watch(stage, drillCase, traffic, zeroMs)
  return { traffic, zeroMs }
}

/** Probes and syncs are at another point of their period in every run. */
function phaseMs({ seed, drillCase }: RunOptions): number {
  return Math.floor(seededRandom(`${seed}/${drillCase.name}`).next() * 10_000)
}

function begin(
  { scene, ratePerSecond, seed }: RunOptions,
  cluster: SimCluster,
  lost: readonly string[],
) {
  const nodes = scene.nodes.map(({ name }) => name).filter((name) => !lost.includes(name))
  const first = seed % Math.max(1, nodes.length)
  return startTraffic(cluster, {
    services: scene.services,
    ratePerSecond,
    nodes: [...nodes.slice(first), ...nodes.slice(0, first)],
  })
}

/** Goes on until all has been Ready and no request was lost for a while, then lets the last requests end. */
async function watch(
  stage: OpenDrillStage,
  { leastMs = 10_000, mostMs = 10 * 60_000, endsUnready }: DrillCase,
  traffic: Traffic,
  zeroMs: number,
): Promise<void> {
  const { clock } = stage.cluster
  const elapsed = () => clock.wallMs() - zeroMs
  await stage.advance(Math.max(0, leastMs - elapsed()))
  while (!endsUnready && elapsed() < mostMs) {
    await stage.until(stage.isReady, mostMs - elapsed())
    let wasReady = true
    const left = Math.min(calmMs, Math.max(0, mostMs - elapsed()))
    await stage.until(() => {
      wasReady &&= stage.isReady()
      return !wasReady
    }, left)
    if (wasReady && traffic.lastLossMs() < clock.wallMs() - calmMs) break
  }
  traffic.stop()
  await stage.advance(lastRequestMs)
}

/** Counts what the log says of containers that were started again. */
function restartsIn(entries: readonly LogEntry[], zeroWallMs: number): number {
  let count = 0
  for (const { kind, changes, wallMs } of entries) {
    if (kind !== 'Pod' || wallMs < zeroWallMs) continue
    for (const change of changes) if (/^container .*\brestart \d+/.test(change)) count++
  }
  return count
}
