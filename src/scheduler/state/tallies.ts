import type { Load } from '../model/node-info.ts'
import type { PodInfo } from '../model/pod-info.ts'
import type { Question, Tally } from '../model/tally.ts'

/**
 * Sums over the pods of each node that are kept from cycle to cycle. The first time a question is
 * asked all its pods are looked at; from then on only those that came and went since. So a cycle
 * never scans all pods, however many there are.
 */
export interface Tallies {
  came(slot: number, pod: PodInfo): void
  went(slot: number, pod: PodInfo): void
  /** The sums as of now. They are kept up to date in place: to be read before anything changes. */
  ask(question: Question, all: Iterable<SlottedLoad>): Tally
}

export interface SlottedLoad {
  readonly slot: number
  readonly load: Load
}

interface Move {
  readonly slot: number
  readonly pod: PodInfo
  readonly sign: 1 | -1
}

interface Answer {
  readonly question: Question
  readonly sums: Map<string, number[]>
  /** Moves counted so far. */
  upTo: number
}

/** Questions remembered; the one not asked for longest is forgotten first. */
const maxAnswers = 512
/** Moves remembered; an answer that missed more is computed anew. */
const maxMoves = 8192

export function createTallies(): Tallies {
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
    came: (slot, pod) => record({ slot, pod, sign: 1 }),
    went: (slot, pod) => record({ slot, pod, sign: -1 }),
    ask(question, all) {
      const known = answers.get(question.text)
      answers.delete(question.text)
      const isCurrent = known !== undefined && known.upTo >= dropped
      const answer = isCurrent ? known : compute(question, all, dropped + moves.length)
      if (isCurrent) catchUp(answer)
      answers.set(question.text, answer)
      if (answers.size > maxAnswers) answers.delete(answers.keys().next().value ?? '')
      return answer.sums
    },
  }
}

/** The sums over the given pods, from nothing. */
export function tallyOf(question: Question, all: Iterable<SlottedLoad>): Tally {
  return compute(question, all, 0).sums
}

function compute(question: Question, all: Iterable<SlottedLoad>, upTo: number): Answer {
  const answer: Answer = { question, sums: new Map(), upTo }
  for (const { slot, load } of all) {
    for (const pod of podsAmong(load, question.among)) apply(answer, slot, pod, 1)
  }
  return answer
}

function podsAmong(load: Load, among: Question['among']): readonly PodInfo[] {
  switch (among) {
    case 'all':
      return load.pods
    case 'with-affinity':
      return load.podsWithAffinity
    case 'with-anti-affinity':
      return load.podsWithAntiAffinity
  }
}

function apply({ question, sums }: Answer, slot: number, pod: PodInfo, sign: 1 | -1): void {
  for (const { under, amount } of question.contributionsOf(pod)) {
    let bySlot = sums.get(under)
    if (!bySlot) {
      bySlot = []
      sums.set(under, bySlot)
    }
    bySlot[slot] = (bySlot[slot] ?? 0) + sign * amount
  }
}
