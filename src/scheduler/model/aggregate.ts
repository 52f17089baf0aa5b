import type { PodInfo } from './pod-info.ts'

/** What one pod adds to a sum, under a name of the asker's choice (a topology key, say). */
export interface Contribution {
  readonly key: string
  readonly amount: number
}

/** A sum over the pods of each node. */
export interface AggregateQuery {
  /** Says all that the contributions depend on: the same text is the same query. */
  readonly text: string
  /** Only these pods can contribute. */
  readonly pods: 'all' | 'with-affinity' | 'with-anti-affinity'
  readonly contributionsOf: (pod: PodInfo) => readonly Contribution[]
}

/** The sums, by name, then by the node's slot; absent where they are zero. */
export type Aggregate = ReadonlyMap<string, readonly (number | undefined)[]>

const one: readonly Contribution[] = [{ key: '', amount: 1 }]
const none: readonly Contribution[] = []

/** The query that counts the matching pods of each node. */
export function countQuery(text: string, matches: (pod: PodInfo) => boolean): AggregateQuery {
  return { text, pods: 'all', contributionsOf: (pod) => (matches(pod) ? one : none) }
}

/** The answer to a `countQuery` for each node. */
export function countOf(aggregate: Aggregate): (node: { readonly slot: number }) => number {
  const counts = aggregate.get('') ?? []
  return ({ slot }) => counts[slot] ?? 0
}
