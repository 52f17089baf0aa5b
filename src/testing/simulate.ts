import { generateKeyPairSync } from 'node:crypto'
import {
  createSimCluster,
  defaultSimOptions,
  numberedNodes,
  restoreSnapshot,
  type SimCluster,
  type SimClusterOptions,
  type SimClusterWorld,
  type SimNodeSpec,
  untilReady,
} from '#cluster/simulation'
import { silentLogger, systemClock } from '#lib'
import { createGuard, type Guard } from '#sim'
import { createSimulation, type Simulation } from './simulation.ts'

export interface SimulateOptions {
  /** How many, or which; default 1. Named `node-1` and so on. */
  readonly nodes?: number | readonly SimNodeSpec[]
  /** Draws every chance; the same seed and the same inputs give the same event log. Default 1. */
  readonly seed?: number | string
  /** Wall time at the start; default 2026-01-01T00:00:00Z. */
  readonly start?: Date
  /** How containers behave: a behaviour file. */
  readonly behaviours?: string
  /** Starts from a snapshot, in place of everything above. */
  readonly from?: Uint8Array
  /** Entries of the event log that are kept; default 20,000. */
  readonly historyLimit?: number
  /**
   * What is caught that would make a run depend on the machine: ambient time and chance (the
   * default), real I/O too (`strict`), or nothing.
   */
  readonly guard?: 'off' | 'ambient' | 'strict'
}

/**
 * Starts a cluster in this process, on virtual time, and goes on until all its nodes are Ready.
 * Time then moves only when it is told to.
 */
export async function simulate(options: SimulateOptions = {}): Promise<Simulation> {
  const mode = options.guard ?? 'ambient'
  const guard = mode === 'off' ? undefined : createGuard({ isStrict: mode === 'strict' })
  try {
    const cluster = await open(options, guard)
    return createSimulation(cluster, guard, (from) => simulate({ ...options, from }))
  } catch (error) {
    guard?.[Symbol.dispose]()
    throw error
  }
}

async function open(options: SimulateOptions, guard: Guard | undefined): Promise<SimCluster> {
  const world: SimClusterWorld = {
    wall: systemClock,
    log: silentLogger,
    tokenKey: sharedTokenKey(),
    // Whoever moves time hears of it.
    onFailure: () => undefined,
    ...(guard ? { guard } : {}),
    ...(options.historyLimit === undefined ? {} : { historyLimit: options.historyLimit }),
  }
  if (options.from) return restoreSnapshot(options.from, world)
  const cluster = await createSimCluster(clusterOptions(options), world)
  await untilReady(cluster)
  return cluster
}

function clusterOptions({
  seed,
  start,
  behaviours,
  nodes: wanted = 1,
}: SimulateOptions): SimClusterOptions {
  return {
    ...defaultSimOptions,
    nodes: typeof wanted === 'number' ? numberedNodes(wanted) : wanted,
    ...(seed === undefined ? {} : { seed }),
    ...(start ? { startWallMs: start.getTime() } : {}),
    ...(behaviours === undefined ? {} : { behaviours }),
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
