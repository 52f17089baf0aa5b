import type { PodInfo } from './pod-info.ts'

/** What one pod adds to a sum, under a name of the asker's choice (a topology key, say). */
export interface Contribution {
  readonly under: string
  readonly amount: number
}

/** A sum over the pods of each node. */
export interface Question {
  /** Says all that the contributions depend on: the same text is the same question. */
  readonly text: string
  /** Only these pods can contribute. */
  readonly among: 'all' | 'with-affinity' | 'with-anti-affinity'
  readonly contributionsOf: (pod: PodInfo) => readonly Contribution[]
}

/** The sums, by name, then by the node's slot; absent where they are zero. */
export type Tally = ReadonlyMap<string, readonly (number | undefined)[]>

const one: readonly Contribution[] = [{ under: '', amount: 1 }]
const none: readonly Contribution[] = []

/** The question how many pods match. */
export function countQuestion(text: string, matches: (pod: PodInfo) => boolean): Question {
  return { text, among: 'all', contributionsOf: (pod) => (matches(pod) ? one : none) }
}

/** The answer to a `countQuestion` for each node. */
export function counter(tally: Tally): (node: { readonly slot: number }) => number {
  const counts = tally.get('') ?? []
  return ({ slot }) => counts[slot] ?? 0
}
