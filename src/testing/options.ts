import type { SimNodeSpec } from '#cluster/simulation'
import { KnarrError } from '#lib'
import { checkDns1123Subdomain } from '#machinery/validation'
import type { Duration } from './duration.ts'

/** The options of `simulate()`, all of which have defaults. */
export interface SimulateOptions {
  /** The number of nodes, named `node-1` and so on, or each node by itself; default 1. */
  readonly nodes?: number | readonly SimNodeSpec[]
  /** The seed of all randomness; the same seed and inputs give the same event log. Default 1. */
  readonly seed?: number | string
  /** Wall time at the start; default 2026-01-01T00:00:00Z. */
  readonly start?: Date
  /**
   * The network of pods, or one of each family by comma, as in `10.128.0.0/9,fd00:10:244::/48`; default
   * the first of these.
   */
  readonly podCidr?: string
  /** The network of Services, or one of each family; default `10.96.0.0/12`. */
  readonly serviceCidr?: string
  /** Versions of the API besides those that are served anyway, such as `extensions/v1beta1=true`. */
  readonly runtimeConfig?: readonly string[]
  /** The text of a behaviour file, which says how containers behave. */
  readonly behaviours?: string
  /** A snapshot to restore, in place of everything above. */
  readonly from?: Uint8Array
  /** A point of an exact snapshot's past to stop at; default its end. */
  readonly to?: PointInTime
  /** The most entries of the event log that are kept; default 20,000. */
  readonly historyLimit?: number
  /**
   * What is caught that would make a run depend on the machine: ambient time and chance (the
   * default), real I/O too (`strict`), or nothing.
   */
  readonly guard?: 'off' | 'ambient' | 'strict'
}

/** A point of a cluster's past, given as a time or as a revision. */
export interface PointInTime {
  /** A duration since the start, or the cluster's wall time. */
  readonly at?: Duration | Date
  /** A revision, as in `metadata.resourceVersion`: the point at which the store has reached it. */
  readonly revision?: number
}

const guards = ['off', 'ambient', 'strict']

const known: ReadonlySet<string> = new Set<keyof SimulateOptions>([
  'nodes',
  'seed',
  'start',
  'behaviours',
  'runtimeConfig',
  'podCidr',
  'serviceCidr',
  'from',
  'to',
  'historyLimit',
  'guard',
])

/** The latest start, since times are written with four digits of a year. */
const latestStart = Date.UTC(9000, 0)

/** Checks options that would otherwise fail much later, as something else. @throws KnarrError `BadOption` */
export function checkOptions(options: SimulateOptions): void {
  const unknown = Object.keys(options).find((name) => !known.has(name))
  if (unknown !== undefined) throw badOption(unknown, `there is no such option`)
  const { nodes = 1, start, historyLimit, guard } = options
  if (Array.isArray(nodes)) checkNodes(nodes)
  else checkCount('nodes', nodes as number, 0)
  if (historyLimit !== undefined) checkCount('historyLimit', historyLimit, 1)
  if (start && !(start instanceof Date && start.getTime() >= 0 && start.getTime() < latestStart)) {
    throw badOption('start', 'an invalid date')
  }
  if (guard !== undefined && !guards.includes(guard)) {
    throw badOption('guard', `${guard}; there are ${guards.join(', ')}`)
  }
  checkSource(options)
}

function checkSource({ seed, from, to, behaviours }: SimulateOptions): void {
  if (seed !== undefined && !(typeof seed === 'string' || Number.isFinite(seed))) {
    throw badOption('seed', `${seed}; it is a number or a text`)
  }
  if (behaviours !== undefined && typeof behaviours !== 'string') {
    throw badOption('behaviours', 'it is the text of a behaviour file')
  }
  if (from !== undefined && !(from instanceof Uint8Array)) {
    throw badOption('from', 'it is the bytes of a snapshot')
  }
  if (to && !from) throw badOption('to', 'there is no snapshot that it could be a point of')
}

function checkCount(option: string, count: number, least: number): void {
  if (Number.isInteger(count) && count >= least) return
  throw badOption(option, `${count}; it is a whole number, at least ${least}`)
}

function checkNodes(nodes: readonly SimNodeSpec[]): void {
  const names = nodes.map(({ name }) => name)
  for (const [index, { name, cpus = 1, memoryBytes = 1 }] of nodes.entries()) {
    const [fault] = checkDns1123Subdomain(name ?? '')
    if (fault !== undefined) throw badOption('nodes', `${name}: ${fault}`)
    if (names.indexOf(name) !== index) throw badOption('nodes', `${name} is there twice`)
    const size = [cpus, memoryBytes].find((each) => !(each > 0 && Number.isFinite(each)))
    if (size !== undefined) throw badOption('nodes', `${name}: ${size} is no size of a machine`)
  }
}

function badOption(option: string, what: string): KnarrError {
  return new KnarrError('BadOption', `${option}: ${what}`)
}
