import type { SimNodeSpec } from '#cluster/simulation'
import { KnarrError } from '#lib'
import { checkDns1123Subdomain } from '#machinery'
import type { Duration } from './duration.ts'

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
  /** With an exact snapshot: goes only as far as a point before its end. */
  readonly to?: PointInTime
  /** Entries of the event log that are kept; default 20,000. */
  readonly historyLimit?: number
  /**
   * What is caught that would make a run depend on the machine: ambient time and chance (the
   * default), real I/O too (`strict`), or nothing.
   */
  readonly guard?: 'off' | 'ambient' | 'strict'
}

/** A point of a cluster's past: an instant or a revision. */
export interface PointInTime {
  /** Since the start, or wall time of the cluster. */
  readonly at?: Duration | Date
  /** As in `metadata.resourceVersion`: as soon as the store has come to it. */
  readonly revision?: number
}

const guards = ['off', 'ambient', 'strict']

const known: ReadonlySet<string> = new Set<keyof SimulateOptions>([
  'nodes',
  'seed',
  'start',
  'behaviours',
  'from',
  'to',
  'historyLimit',
  'guard',
])

/** Times are written with four digits of a year. */
const latestStart = Date.UTC(9000, 0)

/** Tells at once what would otherwise show much later, as something else. @throws KnarrError `BadOption` */
export function checkOptions(options: SimulateOptions): void {
  const strange = Object.keys(options).find((name) => !known.has(name))
  if (strange !== undefined) throw bad(strange, `there is no such option`)
  const { nodes = 1, start, historyLimit, guard } = options
  if (Array.isArray(nodes)) checkNodes(nodes)
  else checkCount('nodes', nodes as number, 0)
  if (historyLimit !== undefined) checkCount('historyLimit', historyLimit, 1)
  if (start && !(start instanceof Date && start.getTime() >= 0 && start.getTime() < latestStart)) {
    throw bad('start', 'an invalid date')
  }
  if (guard !== undefined && !guards.includes(guard)) {
    throw bad('guard', `${guard}; there are ${guards.join(', ')}`)
  }
  checkSource(options)
}

function checkSource({ seed, from, to, behaviours }: SimulateOptions): void {
  if (seed !== undefined && !(typeof seed === 'string' || Number.isFinite(seed))) {
    throw bad('seed', `${seed}; it is a number or a text`)
  }
  if (behaviours !== undefined && typeof behaviours !== 'string') {
    throw bad('behaviours', 'it is the text of a behaviour file')
  }
  if (from !== undefined && !(from instanceof Uint8Array)) {
    throw bad('from', 'it is the bytes of a snapshot')
  }
  if (to && !from) throw bad('to', 'there is no snapshot that it could be a point of')
}

function checkCount(option: string, count: number, least: number): void {
  if (Number.isInteger(count) && count >= least) return
  throw bad(option, `${count}; it is a whole number, at least ${least}`)
}

function checkNodes(nodes: readonly SimNodeSpec[]): void {
  const names = nodes.map(({ name }) => name)
  for (const [index, { name, cpus = 1, memoryBytes = 1 }] of nodes.entries()) {
    const [fault] = checkDns1123Subdomain(name ?? '')
    if (fault !== undefined) throw bad('nodes', `${name}: ${fault}`)
    if (names.indexOf(name) !== index) throw bad('nodes', `${name} is there twice`)
    const size = [cpus, memoryBytes].find((each) => !(each > 0 && Number.isFinite(each)))
    if (size !== undefined) throw bad('nodes', `${name}: ${size} is no size of a machine`)
  }
}

function bad(option: string, what: string): KnarrError {
  return new KnarrError('BadOption', `${option}: ${what}`)
}
