import { createHash } from 'node:crypto'
import type { CommitRecord } from '#apiserver'
import { type Channel, createChannel } from '#lib'
import type { Entry, Note } from './entry.ts'
import { lineOf } from './line.ts'
import { entryOf, summarize } from './summarize.ts'

export interface HistoryOptions {
  /** Entries kept; older ones are let go. Default 20,000. */
  readonly limit?: number
}

export interface LineOptions {
  /** Also heartbeats. Default false. */
  readonly routine?: boolean
  /** Times as differences to the first entry ever recorded (the default), or as RFC 3339. */
  readonly time?: 'relative' | 'absolute'
}

/** The event log of a cluster: what happened, in order, and why. */
export interface History {
  /** Takes a committed write; the objects in it are not kept. */
  readonly record: (record: CommitRecord) => void
  /** Takes something that is no write. */
  readonly note: (note: Note) => void
  /** What is kept, oldest first. */
  readonly entries: readonly Entry[]
  /** How many entries were recorded before the first that is kept. */
  readonly forgotten: number
  /** The kept entries about one object, oldest first. */
  about(resource: string, key: string): readonly Entry[]
  /** Entries from now on; ends with `signal`, or throws when its reader falls too far behind. */
  follow(signal: AbortSignal): AsyncIterable<Entry>
  lines(options?: LineOptions): readonly string[]
  /** SHA-256 in hex over the lines of all entries ever recorded, with absolute times. */
  hash(): string
}

/** Entries a follower may be behind. */
const followCapacity = 4096

export function createHistory({ limit = 20_000 }: HistoryOptions = {}): History {
  const digest = createHash('sha256')
  const followers = new Set<Channel<Entry>>()
  let held: Entry[] = []
  let sequence = 0
  let startMs = 0
  /** How many of what is held are in the digest; the others wait until somebody asks for it. */
  let digested = 0
  const digestAll = () => {
    for (const entry of held.slice(digested)) digest.update(`${lineOf(entry)}\n`)
    digested = held.length
    return digest
  }
  const add = (entry: Entry) => {
    if (entry.sequence === 1) startMs = entry.wallMs
    held.push(entry)
    if (held.length >= limit * 2) {
      digestAll()
      held = held.slice(-limit)
      digested = held.length
    }
    for (const follower of followers) {
      if (!follower.push(entry)) follower.fail(new Error('the reader of the log is too slow'))
    }
  }
  const kept = () => (held.length > limit ? held.slice(-limit) : held)
  return {
    record: (record) => add(summarize(record, ++sequence)),
    note: (note) => add(entryOf(note, ++sequence)),
    get entries() {
      return kept()
    },
    get forgotten() {
      return Math.max(0, sequence - limit)
    },
    about: (resource, key) =>
      kept().filter((entry) => entry.resource === resource && entry.key === key),
    follow(signal) {
      const channel = createChannel<Entry>(followCapacity, { signal })
      followers.add(channel)
      signal.addEventListener('abort', () => followers.delete(channel), { once: true })
      return channel
    },
    lines({ routine = false, time = 'relative' } = {}) {
      const told = routine ? kept() : kept().filter((entry) => !entry.routine)
      return told.map((entry) => lineOf(entry, time === 'relative' ? startMs : undefined))
    },
    hash: () => digestAll().copy().digest('hex'),
  }
}
