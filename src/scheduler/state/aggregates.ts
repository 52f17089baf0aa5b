import type { Aggregate, AggregateQuery } from '../model/aggregate.ts'
import type { PodsOfNode } from '../model/node-info.ts'
import type { PodInfo } from '../model/pod-info.ts'

/**
 * Sums over the pods of each node that are kept from cycle to cycle. The first time a query is
 * made all its pods are visited; from then on only those that came and went since. So a cycle
 * never scans all pods, however many there are.
 */
export interface Aggregates {
  podAdded(slot: number, pod: PodInfo): void
  podRemoved(slot: number, pod: PodInfo): void
  /** The sums as of now. They are kept up to date in place: to be read before anything changes. */
  query(query: AggregateQuery, all: Iterable<NodeSlotPods>): Aggregate
}

export interface NodeSlotPods {
  readonly slot: number
  readonly load: PodsOfNode
}

interface Move {
  readonly slot: number
  readonly pod: PodInfo
  readonly sign: 1 | -1
}

interface Answer {
  readonly query: AggregateQuery
  readonly sums: Map<string, number[]>
  /** Moves counted so far. */
  upTo: number
}

/** Queries remembered; the one not asked for longest is forgotten first. */
const maxAnswers = 512
/** Moves remembered; an answer that missed more is computed anew. */
const maxMoves = 8192

export function createAggregates(): Aggregates {
  const answers = new Map<string, Answer>()
  let moves: Move[] = []
  let dropped = 0

  const record = (move: Move) => {
    moves.push(move)
    if (moves.length < 2 * maxMoves) return
    moves = moves.slice(maxMoves)
    dropped += maxMoves
  }
  const catchUp = (answer: Answer) => {
    for (let i = answer.upTo - dropped; i < moves.length; i++) {
      const { slot, pod, sign } = moves[i] as Move
      apply(answer, slot, pod, sign)
    }
    answer.upTo = dropped + moves.length
  }
  return {
    podAdded: (slot, pod) => record({ slot, pod, sign: 1 }),
    podRemoved: (slot, pod) => record({ slot, pod, sign: -1 }),
    query(query, all) {
      const known = answers.get(query.text)
      answers.delete(query.text)
      const isCurrent = known !== undefined && known.upTo >= dropped
      const answer = isCurrent ? known : compute(query, all, dropped + moves.length)
      if (isCurrent) catchUp(answer)
      answers.set(query.text, answer)
      if (answers.size > maxAnswers) answers.delete(answers.keys().next().value ?? '')
      return answer.sums
    },
  }
}

/** The sums over the given pods, from nothing. */
export function computeAggregate(query: AggregateQuery, all: Iterable<NodeSlotPods>): Aggregate {
  return compute(query, all, 0).sums
}

function compute(query: AggregateQuery, all: Iterable<NodeSlotPods>, upTo: number): Answer {
  const answer: Answer = { query, sums: new Map(), upTo }
  for (const { slot, load } of all) {
    for (const pod of podsAmong(load, query.pods)) apply(answer, slot, pod, 1)
  }
  return answer
}

function podsAmong(load: PodsOfNode, among: AggregateQuery['pods']): readonly PodInfo[] {
  switch (among) {
    case 'all':
      return load.pods
    case 'with-affinity':
      return load.podsWithAffinity
    case 'with-anti-affinity':
      return load.podsWithAntiAffinity
  }
}

function apply({ query, sums }: Answer, slot: number, pod: PodInfo, sign: 1 | -1): void {
  for (const { key, amount } of query.contributionsOf(pod)) {
    let bySlot = sums.get(key)
    if (!bySlot) {
      bySlot = []
      sums.set(key, bySlot)
    }
    bySlot[slot] = (bySlot[slot] ?? 0) + sign * amount
  }
}
