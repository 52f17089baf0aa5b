import { formatEntry, type History, type LogEntry } from '#history'

/** A matcher of entries: a part of the entry's line, a pattern, or a predicate. */
export type Matcher = string | RegExp | ((entry: LogEntry) => boolean)

/** A limit on when something has to happen. */
export interface Within {
  /** The limit in the cluster's milliseconds since the first entry that is kept. */
  readonly within?: number
}

type Log = Pick<History, 'entries'>

/**
 * `FailedExpectation` is thrown when an expectation of a log does not hold. It is no AssertionError,
 * because vitest and jest show the expected and the actual value of those, and here there are none.
 */
export class FailedExpectation extends Error {
  override readonly name = 'FailedExpectation'
}

/** Throws unless every entry matches. @throws FailedExpectation */
export function always(log: Log, what: Matcher): void {
  const index = log.entries.findIndex((entry) => !matches(entry, what))
  if (index >= 0) fail(`expected always ${nameOf(what)}, but once not`, log, index)
}

/** Throws if an entry matches. @throws FailedExpectation */
export function never(log: Log, what: Matcher): void {
  const index = log.entries.findIndex((entry) => matches(entry, what))
  if (index >= 0) fail(`expected never ${nameOf(what)}, but it happened`, log, index)
}

/** Throws unless some entry matches, within the limit if there is one. @throws FailedExpectation */
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

/** Throws unless both happened, and `first` happened before `second` for the first time. @throws FailedExpectation */
export function happenedBefore(log: Log, first: Matcher, second: Matcher): void {
  eventually(log, first)
  eventually(log, second)
  const at = (what: Matcher) => log.entries.findIndex((entry) => matches(entry, what))
  if (at(first) < at(second)) return
  fail(`expected ${nameOf(first)} before ${nameOf(second)}, but it was not`, log, at(second))
}

/** The expectations that can be had of one log. */
export interface LogExpectations {
  always(what: Matcher): void
  never(what: Matcher): void
  eventually(what: Matcher, within?: Within): void
  happenedBefore(first: Matcher, second: Matcher): void
}

/**
 * Begins an expectation of a log: `expect(cluster.log).never('OOMKilled')`. It throws plain errors, so
 * that any test runner will do.
 */
export function expect(log: Log): LogExpectations {
  return {
    always: (what) => always(log, what),
    never: (what) => never(log, what),
    eventually: (what, within) => eventually(log, what, within),
    happenedBefore: (first, second) => happenedBefore(log, first, second),
  }
}

function matches(entry: LogEntry, what: Matcher): boolean {
  if (typeof what === 'function') return what(entry)
  const line = formatEntry(entry)
  // A pattern with the flag g would remember where it was.
  return typeof what === 'string' ? line.includes(what) : line.search(what) >= 0
}

function nameOf(what: Matcher): string {
  if (typeof what === 'string') return JSON.stringify(what)
  return what instanceof RegExp ? String(what) : what.name || 'what was asked'
}

/** How many lines are shown before and after the one that does not match. */
const context = 3

function fail(message: string, { entries }: Log, index: number): never {
  const from = Math.max(0, index - context)
  const shown = entries
    .slice(from, index + context + 1)
    .map((entry, offset) => `${from + offset === index ? '>' : ' '} ${formatEntry(entry)}`)
  throw new FailedExpectation(`${message}\n${shown.join('\n') || '  (the log is empty)'}`)
}
