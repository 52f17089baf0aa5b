import { type Entry, type History, lineOf } from '#history'

/** A part of a line, a pattern that it matches, or a question about the entry. */
export type Matcher = string | RegExp | ((entry: Entry) => boolean)

export interface Within {
  /** Virtual or real milliseconds since the first entry that is kept. */
  readonly within?: number
}

type Log = Pick<History, 'entries'>

/**
 * A claim does not hold. No AssertionError: of those vitest and jest also show what was expected and
 * what was there, which here is nothing.
 */
export class FailedClaim extends Error {
  override readonly name = 'FailedClaim'
}

/** Fails unless every entry holds to it. */
export function always(log: Log, what: Matcher): void {
  const index = log.entries.findIndex((entry) => !matches(entry, what))
  if (index >= 0) fail(`expected always ${nameOf(what)}, but once not`, log, index)
}

/** Fails at the first entry that matches. */
export function never(log: Log, what: Matcher): void {
  const index = log.entries.findIndex((entry) => matches(entry, what))
  if (index >= 0) fail(`expected never ${nameOf(what)}, but it happened`, log, index)
}

/** Fails unless some entry matches, in time. */
export function eventually(log: Log, what: Matcher, { within }: Within = {}): void {
  const { entries } = log
  const index = entries.findIndex((entry) => matches(entry, what))
  if (index < 0) {
    fail(`expected ${nameOf(what)} to happen, but it did not`, log, entries.length - 1)
  }
  const afterMs = (entries[index]?.wallMs ?? 0) - (entries[0]?.wallMs ?? 0)
  if (within !== undefined && afterMs > within) {
    fail(`expected ${nameOf(what)} within ${within} ms, but it took ${afterMs} ms`, log, index)
  }
}

/** Fails unless both happened, and `first` for the first time before `second` did. */
export function happenedBefore(log: Log, first: Matcher, second: Matcher): void {
  eventually(log, first)
  eventually(log, second)
  const at = (what: Matcher) => log.entries.findIndex((entry) => matches(entry, what))
  if (at(first) < at(second)) return
  fail(`expected ${nameOf(first)} before ${nameOf(second)}, but it was not`, log, at(second))
}

/** What can be claimed of a log. */
export interface LogClaims {
  always(what: Matcher): void
  never(what: Matcher): void
  eventually(what: Matcher, within?: Within): void
  happenedBefore(first: Matcher, second: Matcher): void
}

/** `expect(cluster.log).never('…')`; throws plain errors, so any test runner will do. */
export function expect(log: Log): LogClaims {
  return {
    always: (what) => always(log, what),
    never: (what) => never(log, what),
    eventually: (what, within) => eventually(log, what, within),
    happenedBefore: (first, second) => happenedBefore(log, first, second),
  }
}

function matches(entry: Entry, what: Matcher): boolean {
  if (typeof what === 'function') return what(entry)
  const line = lineOf(entry)
  // A pattern with the flag g would remember where it was.
  return typeof what === 'string' ? line.includes(what) : line.search(what) >= 0
}

function nameOf(what: Matcher): string {
  if (typeof what === 'string') return JSON.stringify(what)
  return what instanceof RegExp ? String(what) : what.name || 'what was asked'
}

/** Lines shown before and after the one that offends. */
const context = 3

function fail(message: string, { entries }: Log, index: number): never {
  const from = Math.max(0, index - context)
  const shown = entries
    .slice(from, index + context + 1)
    .map((entry, offset) => `${from + offset === index ? '>' : ' '} ${lineOf(entry)}`)
  throw new FailedClaim(`${message}\n${shown.join('\n') || '  (the log is empty)'}`)
}
