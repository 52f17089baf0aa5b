import { KnarrError } from '#lib'

/** A point of what an exact snapshot tells, to go on from in place of its end. */
export type SnapshotPoint =
  /** The first quiescent instant at which this revision is there. */
  | { readonly kind: 'revision'; readonly revision: number }
  /** Virtual milliseconds since the start. */
  | { readonly kind: 'elapsed'; readonly ms: number }
  /** Virtual wall time. */
  | { readonly kind: 'wall'; readonly ms: number }

/** The span of time that a snapshot tells of. */
export interface Span {
  readonly startWallMs: number
  /** Since the start. */
  readonly endMs: number
}

/** The last instant to replay to, since the start. @throws KnarrError `BadPoint` */
export function endOf(point: SnapshotPoint | undefined, { startWallMs, endMs }: Span): number {
  if (point === undefined || point.kind === 'revision') return endMs
  const ms = point.kind === 'wall' ? point.ms - startWallMs : point.ms
  if (ms >= 0 && ms <= endMs) return ms
  const span = [startWallMs, startWallMs + endMs].map((each) => new Date(each).toISOString())
  throw badPoint(`it tells of ${endMs / 1000}s, from ${span.join(' to ')}, not of ${ms / 1000}s`)
}

export function badPoint(why: string): KnarrError {
  return new KnarrError('BadPoint', `the snapshot cannot be gone on from there: ${why}`)
}
