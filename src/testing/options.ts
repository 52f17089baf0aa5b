import type { SimNodeSpec, SnapshotPoint } from '#cluster/simulation'
import { KnarrError } from '#lib'
import { checkDns1123Subdomain } from '#machinery'
import { type Duration, toMs } from './duration.ts'

/**
 * A point in the past of a simulation: how long after its start, a virtual date, or the first instant
 * that has a revision.
 */
export type Point = Duration | Date | { readonly revision: number }

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
  /** Where in the snapshot, which is an exact one; default its end. */
  readonly at?: Point
  /** Entries of the event log that are kept; default 20,000. */
  readonly historyLimit?: number
  /**
   * What is caught that would make a run depend on the machine: ambient time and chance (the
   * default), real I/O too (`strict`), or nothing.
   */
  readonly guard?: 'off' | 'ambient' | 'strict'
}

const guards = ['off', 'ambient', 'strict']

/** Tells at once what would otherwise show much later, as something else. @throws KnarrError `BadOption` */
export function checkOptions(options: SimulateOptions): void {
  const { nodes = 1, start, from, at, historyLimit, guard } = options
  if (typeof nodes === 'number') checkCount('nodes', nodes, 0)
  else checkNames(nodes.map(({ name }) => name))
  if (historyLimit !== undefined) checkCount('historyLimit', historyLimit, 1)
  if (start && Number.isNaN(start.getTime())) throw bad('start', 'an invalid date')
  if (at !== undefined && !from) throw bad('at', 'it says where in a snapshot, and there is none')
  if (guard !== undefined && !guards.includes(guard)) {
    throw bad('guard', `${guard}; there are ${guards.join(', ')}`)
  }
}

function checkCount(option: string, count: number, least: number): void {
  if (Number.isInteger(count) && count >= least) return
  throw bad(option, `${count}; it is a whole number, at least ${least}`)
}

function checkNames(names: readonly string[]): void {
  for (const [index, name] of names.entries()) {
    const [fault] = checkDns1123Subdomain(name)
    if (fault !== undefined) throw bad('nodes', `${name}: ${fault}`)
    if (names.indexOf(name) !== index) throw bad('nodes', `${name} is there twice`)
  }
}

/** @throws KnarrError `BadOption`, `BadDuration` */
export function pointOf(at: Point): SnapshotPoint {
  if (at instanceof Date) {
    if (Number.isNaN(at.getTime())) throw bad('at', 'an invalid date')
    return { kind: 'wall', ms: at.getTime() }
  }
  if (typeof at !== 'object') return { kind: 'elapsed', ms: toMs(at) }
  checkCount('at.revision', at.revision, 1)
  return { kind: 'revision', revision: at.revision }
}

function bad(option: string, what: string): KnarrError {
  return new KnarrError('BadOption', `${option}: ${what}`)
}
