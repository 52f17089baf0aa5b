import { createHash } from 'node:crypto'
import type { CommitRecord, RefusedRequest } from '#apiserver'
import { type Channel, createChannel } from '#lib'
import type { LogEntry, Note } from './entries/entry.ts'
import { formatEntry } from './entries/format-entry.ts'
import { createRefusalFilter } from './refusal-filter.ts'
import { noteToEntry, refusalToEntry, writeToEntry } from './to-entry.ts'

/** How much an event log keeps. */
export interface HistoryOptions {
  /** The most entries kept; older ones are dropped. Default 20,000. */
  readonly limit?: number
}

/** How entries are written as lines. */
export interface LineOptions {
  /** Whether heartbeats are included. Default false. */
  readonly routine?: boolean
  /** Times as differences to the first entry ever recorded (the default), or as RFC 3339. */
  readonly time?: 'relative' | 'absolute'
}

/** The event log of a cluster holds what happened, in order, and why. */
export interface History {
  /** Records a committed write; the objects in it are not kept. */
  readonly record: (record: CommitRecord) => void
  /** Records a refused request, unless refusals would crowd out what was written. */
  readonly refuse: (refused: RefusedRequest) => void
  /** Records something that is no write. */
  readonly note: (note: Note) => void
  /** The entries that are kept, oldest first. */
  readonly entries: readonly LogEntry[]
  /** How many entries were recorded before the first that is kept. */
  readonly dropped: number
  /** Returns the kept entries about one object, oldest first. */
  about(resource: string, key: string): readonly LogEntry[]
  /** Iterates over entries from now on, until `signal` aborts; throws when its reader falls too far behind. */
  follow(signal: AbortSignal): AsyncIterable<LogEntry>
  /** Returns the kept entries as lines of text. */
  lines(options?: LineOptions): readonly string[]
  /** Returns the SHA-256, in hex, of the lines of all entries ever recorded, with absolute times. */
  hash(): string
}

/** Entries a follower may be behind. */
const followCapacity = 4096

/** Makes an empty event log. */
export function createHistory({ limit = 20_000 }: HistoryOptions = {}): History {
  const digest = createHash('sha256')
  const followers = new Set<Channel<LogEntry>>()
  let buffered: LogEntry[] = []
  let sequence = 0
  let startMs = 0
  /** How many of what is held are in the digest; the others wait until somebody asks for it. */
  let digested = 0
  const digestAll = () => {
    for (const entry of buffered.slice(digested)) digest.update(`${formatEntry(entry)}\n`)
    digested = buffered.length
    return digest
  }
  const add = (entry: LogEntry) => {
    if (entry.sequence === 1) startMs = entry.wallMs
    buffered.push(entry)
    if (buffered.length >= limit * 2) {
      digestAll()
      buffered = buffered.slice(-limit)
      digested = buffered.length
    }
    for (const follower of followers) {
      if (!follower.push(entry)) follower.fail(new Error('the reader of the log is too slow'))
    }
  }
  const admits = createRefusalFilter(limit)
  const kept = () => (buffered.length > limit ? buffered.slice(-limit) : buffered)
  return {
    record: (record) => add(writeToEntry(record, ++sequence)),
    refuse: (refused) => {
      const entry = refusalToEntry(refused, sequence + 1)
      if (!admits(entry)) return
      sequence++
      add(entry)
    },
    note: (note) => add(noteToEntry(note, ++sequence)),
    get entries() {
      return kept()
    },
    get dropped() {
      return Math.max(0, sequence - limit)
    },
    about: (resource, key) =>
      kept().filter((entry) => entry.resource === resource && entry.key === key),
    follow(signal) {
      const channel = createChannel<LogEntry>(followCapacity, { signal })
      followers.add(channel)
      signal.addEventListener('abort', () => followers.delete(channel), { once: true })
      return channel
    },
    lines({ routine = false, time = 'relative' } = {}) {
      const shown = routine ? kept() : kept().filter((entry) => !entry.routine)
      return shown.map((entry) => formatEntry(entry, time === 'relative' ? startMs : undefined))
    },
    hash: () => digestAll().copy().digest('hex'),
  }
}
