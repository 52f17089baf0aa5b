import { isDeepStrictEqual } from 'node:util'
import type { Commit, Key, Revision } from '../contract/store.ts'
import { comparableCommit, watchedCommits } from './model.ts'

/** etcd's published guarantees of a watch (etcd.io, "KV API guarantees"), by their names there. */
export type Guarantee = 'Ordered' | 'Unique' | 'Atomic' | 'Reliable' | 'Resumable' | 'Bookmarkable'

export interface Violation {
  readonly guarantee: Guarantee
  readonly what: string
}

/** One watch: what it asked for, and what it was given, in order. */
export interface Observation {
  readonly prefix: Key
  readonly after: Revision
  readonly received: readonly Commit[]
}

type Check = (truth: readonly Commit[], observation: Observation) => readonly string[]

const checks: Readonly<Record<Guarantee, Check>> = {
  Ordered: outOfOrder,
  Unique: repeated,
  Atomic: splitOrAltered,
  Reliable: missing,
  Resumable: fromBeforeTheStart,
  Bookmarkable: prematureMarkers,
}

/** How a watch breaks the guarantees, given all commits there were; none if it keeps them. */
export function watchViolations(
  truth: readonly Commit[],
  observation: Observation,
): readonly Violation[] {
  return Object.entries(checks).flatMap(([guarantee, check]) =>
    check(truth, observation).map((what) => ({ guarantee: guarantee as Guarantee, what })),
  )
}

export function isMarker({ changes }: Commit): boolean {
  return changes.length === 0
}

/** Ordered: commits come in the order of their revisions, and markers never go back. */
function outOfOrder(_truth: readonly Commit[], { received }: Observation): readonly string[] {
  return received
    .slice(1)
    .filter((commit, at) => commit.revision < (received[at]?.revision ?? 0))
    .map(({ revision }) => `${revision} comes after a later one`)
}

/** Unique: no commit comes twice. */
function repeated(_truth: readonly Commit[], { received }: Observation): readonly string[] {
  const revisions = received.filter((commit) => !isMarker(commit)).map(({ revision }) => revision)
  return revisions
    .filter((revision, at) => revisions.indexOf(revision) < at)
    .map((revision) => `${revision} comes twice`)
}

/** Atomic: a commit comes whole, with all its changes under the prefix as they were, and no other. */
function splitOrAltered(
  truth: readonly Commit[],
  { prefix, received }: Observation,
): readonly string[] {
  const wanted = new Map(
    watchedCommits(truth, prefix, 0).map((commit) => [commit.revision, comparableCommit(commit)]),
  )
  return received
    .filter((commit) => !isMarker(commit))
    .filter((commit) => !isDeepStrictEqual(comparableCommit(commit), wanted.get(commit.revision)))
    .map(({ revision }) => `${revision} is not the commit that was made`)
}

/** Reliable: between the start and the last thing received, no commit is missing. */
function missing(
  truth: readonly Commit[],
  { prefix, after, received }: Observation,
): readonly string[] {
  const last = Math.max(0, ...received.map(({ revision }) => revision))
  const got = new Set(
    received.filter((commit) => !isMarker(commit)).map(({ revision }) => revision),
  )
  return watchedCommits(truth, prefix, after)
    .filter(({ revision }) => revision <= last && !got.has(revision))
    .map(({ revision }) => `${revision} is missing`)
}

/** Resumable: a watch after a revision begins after that revision. */
function fromBeforeTheStart(
  _truth: readonly Commit[],
  { after, received }: Observation,
): readonly string[] {
  return received
    .filter((commit) => !isMarker(commit) && commit.revision <= after)
    .map(({ revision }) => `${revision} is not after ${after}`)
}

/** Bookmarkable: when a marker comes, everything up to its revision has come, and it is not ahead. */
function prematureMarkers(
  truth: readonly Commit[],
  { prefix, after, received }: Observation,
): readonly string[] {
  const newest = truth.at(-1)?.revision ?? after
  return received.flatMap((marker, at) => {
    if (!isMarker(marker)) return []
    if (marker.revision > newest) return [`marker ${marker.revision} is ahead of ${newest}`]
    const got = new Set(received.slice(0, at).map(({ revision }) => revision))
    return watchedCommits(truth, prefix, after)
      .filter(({ revision }) => revision <= marker.revision && !got.has(revision))
      .map(({ revision }) => `marker ${marker.revision} comes before ${revision}`)
  })
}
