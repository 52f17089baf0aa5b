import { generateKeyPairSync } from 'node:crypto'
import {
  createSimCluster,
  defaultSimOptions,
  numberedNodes,
  restoreSimCluster,
  type SimCluster,
  type SimClusterOptions,
  type SimClusterWorld,
  untilReady,
} from '#cluster/simulation'
import type { Point } from '#lab/snapshots'
import { silentLogger, systemClock } from '#lib'
import { type AmbientGuard, createAmbientGuard } from '#sim'
import { type Duration, toMs } from './duration.ts'
import { checkOptions, type PointInTime, type SimulateOptions } from './options.ts'
import { createSimulation, type Simulation } from './simulation.ts'

/**
 * Starts a simulated cluster in this process and advances its virtual time until all nodes are Ready.
 * From then on time passes only when the test advances it.
 * @throws KnarrError `BadOption`, `NodesNotReady`; `BadSnapshot`, `NoSuchPoint` with `from`
 */
export async function simulate(options: SimulateOptions = {}): Promise<Simulation> {
  checkOptions(options)
  const mode = options.guard ?? 'ambient'
  const guard = mode === 'off' ? undefined : createAmbientGuard({ isStrict: mode === 'strict' })
  try {
    const cluster = await open(options, guard)
    return createSimulation(cluster, guard, (from, to) => {
      const { to: _, ...same } = options
      return simulate({ ...same, from, ...(to ? { to } : {}) })
    })
  } catch (error) {
    guard?.[Symbol.dispose]()
    throw error
  }
}

async function open(
  options: SimulateOptions,
  guard: AmbientGuard | undefined,
): Promise<SimCluster> {
  const world: SimClusterWorld = {
    wall: systemClock,
    log: silentLogger,
    tokenKey: sharedTokenKey(),
    // Whoever moves time hears of it.
    onFailure: () => undefined,
    ...(guard ? { guard } : {}),
    ...(options.historyLimit === undefined ? {} : { historyLimit: options.historyLimit }),
  }
  if (options.from) return restoreSimCluster(options.from, world, options.to && pointOf(options.to))
  const cluster = await createSimCluster(clusterOptions(options), world)
  await untilReady(cluster)
  return cluster
}

function pointOf({ at, revision }: PointInTime): Point {
  return {
    ...(at === undefined ? {} : at instanceof Date ? { wallMs: at.getTime() } : instantOf(at)),
    ...(revision === undefined ? {} : { revision }),
  }
}

/** What is no duration is no instant of a snapshot either. */
function instantOf(at: Duration): Point {
  try {
    return { atMs: toMs(at) }
  } catch {
    return { atMs: Number.NaN }
  }
}

function clusterOptions({
  seed,
  start,
  behaviours,
  runtimeConfig,
  podCidr,
  serviceCidr,
  nodes: wanted = 1,
}: SimulateOptions): SimClusterOptions {
  return {
    ...defaultSimOptions,
    nodes: typeof wanted === 'number' ? numberedNodes(wanted) : wanted,
    ...(seed === undefined ? {} : { seed }),
    ...(start ? { startWallMs: start.getTime() } : {}),
    ...(behaviours === undefined ? {} : { behaviours }),
    ...(runtimeConfig === undefined ? {} : { runtimeConfig }),
    ...(podCidr === undefined ? {} : { podCidr }),
    ...(serviceCidr === undefined ? {} : { serviceCidr }),
  }
}

/** Signs tokens of all clusters of this process; made when the first one needs it. */
let tokenKey: string | undefined

function sharedTokenKey(): string {
  tokenKey ??= generateKeyPairSync('ec', { namedCurve: 'P-256' })
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString()
  return tokenKey
}
