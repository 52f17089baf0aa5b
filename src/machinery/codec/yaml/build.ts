import { EVENT_ID, type Event, getScalarValue, SCALAR_STYLE, type ScalarEvent } from 'js-yaml'
import { ownText } from '#lib'
import { goQuote } from '../../values/go-format.ts'
import { plainScalar, taggedScalar } from './scalar.ts'

/** A document of a stream as a JSON value. */
export interface YamlDocument {
  readonly value: unknown
  /** Keys that a map has more than once, as go-yaml names them: `line 2: key "a" already set in map`. */
  readonly duplicates: readonly string[]
}

export interface BuildLimits {
  readonly maxDepth: number
  /** How many nodes the documents may have together, what aliases stand for included. */
  readonly maxNodes: number
}

/** A finished node: its value, and what it weighs where an alias brings it in again. */
interface Built {
  readonly value: unknown
  readonly nodes: number
  readonly height: number
}

interface Frame {
  readonly kind: 'document' | 'sequence' | 'mapping'
  readonly anchor: string | undefined
  readonly items: unknown[]
  readonly entries: Map<string, unknown>
  /** Of a mapping: the key that waits for its value, or that what follows is merged. */
  key: string | typeof merge | undefined
  nodes: number
  height: number
}

const merge = Symbol('<<')

/** How many repeated keys are named: as many faults as strict decoding lists. */
const maxDuplicates = 100

/**
 * Puts documents together from the events of a parser, each node once: an alias is the very value of
 * its anchor, and is counted as if it were written out.
 * @throws Error with go-yaml's text for what JSON cannot hold or what is too large.
 */
export function buildDocuments(
  source: string,
  events: readonly Event[],
  limits: BuildLimits,
): readonly YamlDocument[] {
  const builder = new Builder(source, limits)
  for (const event of events) builder.take(event)
  return builder.documents
}

class Builder {
  readonly documents: YamlDocument[] = []
  readonly #source: string
  readonly #limits: BuildLimits
  readonly #stack: Frame[] = []
  readonly #lines: LineCounter
  #anchors = new Map<string, Built | undefined>()
  #duplicates: string[] = []
  #nodes = 0

  constructor(source: string, limits: BuildLimits) {
    this.#source = source
    this.#limits = limits
    this.#lines = lineCounter(source)
  }

  take(event: Event): void {
    switch (event.type) {
      case EVENT_ID.DOCUMENT:
        this.#anchors = new Map()
        this.#duplicates = []
        this.#open('document', undefined)
        break
      case EVENT_ID.SEQUENCE:
        this.#open('sequence', this.#anchorOf(event))
        break
      case EVENT_ID.MAPPING:
        this.#open('mapping', this.#anchorOf(event))
        break
      case EVENT_ID.SCALAR:
        this.#scalar(event)
        break
      case EVENT_ID.ALIAS:
        this.#put(
          this.#aliased(this.#source.slice(event.anchorStart, event.anchorEnd)),
          event.anchorStart,
        )
        break
      case EVENT_ID.POP:
        this.#close()
        break
    }
  }

  #open(kind: Frame['kind'], anchor: string | undefined): void {
    if (this.#stack.length > this.#limits.maxDepth) throw tooDeep(this.#limits)
    // Its anchor is known but without a value until it is closed.
    if (anchor !== undefined) this.#anchors.set(anchor, undefined)
    const entries = new Map<string, unknown>()
    this.#stack.push({ kind, anchor, items: [], entries, key: undefined, nodes: 1, height: 1 })
  }

  #close(): void {
    const frame = this.#stack.pop()!
    if (frame.kind === 'document') {
      this.documents.push({ value: frame.items[0] ?? null, duplicates: this.#duplicates })
      return
    }
    // fromEntries defines keys, so that even `__proto__` is only a key.
    const value = frame.kind === 'sequence' ? frame.items : Object.fromEntries(frame.entries)
    const built = { value, nodes: frame.nodes, height: frame.height }
    if (frame.anchor !== undefined) this.#anchors.set(frame.anchor, built)
    this.#count(1)
    this.#put(built, undefined)
  }

  #scalar(event: ScalarEvent): void {
    const text = event.valueStart < 0 ? '' : getScalarValue(this.#source, event)
    const tag = this.#tagOf(event)
    const isPlain = event.style === SCALAR_STYLE.PLAIN && tag === undefined
    const inside = this.#stack.at(-1)!
    if (
      inside.kind === 'mapping' &&
      inside.key === undefined &&
      text === '<<' &&
      (isPlain || tag === 'merge')
    ) {
      inside.key = merge
      return
    }
    const read = isPlain ? plainScalar(text) : taggedScalar(tag ?? 'str', text)
    // An object that is stored must not keep the whole document, with its comments.
    const value = typeof read === 'string' ? ownText(read) : read
    const built = { value, nodes: 1, height: 0 }
    const anchor = this.#anchorOf(event)
    if (anchor !== undefined) this.#anchors.set(anchor, built)
    this.#count(1)
    this.#put(built, event.valueStart)
  }

  #aliased(anchor: string): Built {
    const built = this.#anchors.get(anchor)
    if (built) {
      this.#count(built.nodes)
      if (this.#nodes > this.#limits.maxNodes)
        throw new Error('document contains excessive aliasing')
      if (this.#stack.length + built.height > this.#limits.maxDepth) throw tooDeep(this.#limits)
      return built
    }
    throw new Error(
      this.#anchors.has(anchor)
        ? `anchor '${anchor}' value contains itself`
        : `unknown anchor '${anchor}' referenced`,
    )
  }

  /** Where the node ends up: as an item, a key, a value, or the document. */
  #put(built: Built, at: number | undefined): void {
    const frame = this.#stack.at(-1)!
    frame.nodes += built.nodes
    frame.height = Math.max(frame.height, built.height + 1)
    if (frame.kind !== 'mapping') frame.items.push(built.value)
    else if (frame.key === undefined) frame.key = keyOf(built.value)
    else {
      const { key } = frame
      frame.key = undefined
      if (key === merge) this.#merge(frame, built.value, at)
      else this.#set(frame, key, built.value, at)
    }
  }

  /** What comes later counts, as in go-yaml, which calls it a fault only when it is strict. */
  #set(frame: Frame, key: string, value: unknown, at: number | undefined): void {
    if (frame.entries.has(key) && this.#duplicates.length < maxDuplicates) {
      const line = this.#lines(at)
      this.#duplicates.push(`line ${line}: key ${goQuote(key)} already set in map`)
    }
    frame.entries.set(key, value)
  }

  #merge(frame: Frame, value: unknown, at: number | undefined): void {
    // Of several the earlier ones take precedence.
    const maps: readonly unknown[] = Array.isArray(value) ? value.toReversed() : [value]
    for (const map of maps) {
      if (!isMap(map)) throw new Error('map merge requires map or sequence of maps as the value')
      for (const [key, each] of Object.entries(map)) {
        this.#count(1)
        this.#set(frame, key, each, at)
      }
    }
  }

  #count(nodes: number): void {
    this.#nodes += nodes
    if (this.#nodes > this.#limits.maxNodes && nodes === 1) throw tooMany(this.#limits)
  }

  #anchorOf({
    anchorStart,
    anchorEnd,
  }: {
    readonly anchorStart: number
    readonly anchorEnd: number
  }) {
    return anchorStart < 0 ? undefined : this.#source.slice(anchorStart, anchorEnd)
  }

  /** The short name of one of YAML's own tags, or the tag as it is written. */
  #tagOf({ tagStart, tagEnd }: ScalarEvent): string | undefined {
    if (tagStart < 0) return undefined
    const written = this.#source.slice(tagStart, tagEnd)
    return /^(?:!!|!?<?tag:yaml\.org,2002:)(\w+)>?$/.exec(written)?.[1] ?? written
  }
}

/** The text of a key; JSON has no others. */
function keyOf(value: unknown): string {
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean')
    return String(value)
  throw new Error(value === null ? 'unsupported map key of type: %!s(<nil>)' : 'invalid map key')
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function tooMany({ maxNodes }: BuildLimits): Error {
  return new Error(`exceeded max number of nodes of ${maxNodes}`)
}

export function tooDeep({ maxDepth }: BuildLimits): Error {
  return new Error(`exceeded max depth of ${maxDepth}`)
}

type LineCounter = (at: number | undefined) => number

/** Lines of places that come one after the other, in one pass over the text. */
function lineCounter(source: string): LineCounter {
  let [seen, line] = [0, 1]
  return (at) => {
    for (; at !== undefined && seen < at; seen++) if (source.charCodeAt(seen) === 0x0a) line++
    return line
  }
}
