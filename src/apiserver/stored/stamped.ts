import { ownBytes } from '#lib'
import {
  type Encoded,
  encodeJson,
  freezeDeep,
  type KubeObject,
  parseJson,
  type Resource,
  type Stored,
} from '#machinery'
import type { StoredBytes } from '#store'
import { type FormedBytes, isFormed } from './formed-bytes.ts'
import { UnreadableValueError } from './unreadable.ts'

/**
 * What is put into the store: an object without resourceVersion, which only the store can give. Its
 * JSON is made when something asks for it, at most once.
 */
export interface ObjectBlob extends StoredBytes {
  readonly object: KubeObject
}

/** Takes ownership of `object`. */
export function objectBlob(object: KubeObject): ObjectBlob {
  return new LazyBlob(canonical(withoutVersion(object)))
}

/** How a kind reads what stands in the store. */
export type StoredReading = Pick<Resource, 'fromStore'>

/**
 * The object of a stored value with the revision as its resourceVersion, frozen and shareable.
 * @throws UnreadableValueError
 */
export function stamped(
  blob: StoredBytes,
  revision: number,
  { fromStore }: StoredReading,
): Encoded<Stored> {
  const written = canonical('object' in blob ? (blob as ObjectBlob).object : parse(blob.bytes))
  const object = fromStore ? canonical(fromStore(written)) : written
  const isAsWritten = object === written
  const metadata = { ...object.metadata, resourceVersion: String(revision) }
  const hasNoVersion = object.metadata?.resourceVersion === undefined
  const stored = freezeDeep({ ...object, metadata }) as Stored
  if (!isAsWritten) readOtherwise.add(stored)
  const source = hasNoVersion && isAsWritten ? blob : undefined
  return new StampedObject(stored, source, isFormed(blob) ? blob : undefined)
}

const readOtherwise = new WeakSet<object>()

/**
 * Whether the store has an object in another form than a write would leave there: as another version
 * than readers see, or encrypted by another key.
 */
export function standsOtherwise(encoded: Encoded<Stored>): boolean {
  if (readOtherwise.has(encoded.object)) return true
  return encoded instanceof StampedObject && encoded.form?.isStale() === true
}

/** Notes of an object that the store has it in another form. */
export function markAsRead({ object }: Encoded<Stored>): void {
  readOtherwise.add(object)
}

/** The same object as of another revision: how a removal shows what was removed. */
export function restamped({ object }: Encoded<Stored>, revision: number): Encoded<Stored> {
  const metadata = { ...object.metadata, resourceVersion: String(revision) }
  return new StampedObject(freezeDeep({ ...object, metadata }), undefined)
}

function withoutVersion<T extends KubeObject>(object: T): T {
  if (object.metadata?.resourceVersion === undefined) return object
  const { resourceVersion: _, ...metadata } = object.metadata
  return { ...object, metadata }
}

/** Kind and version first, then metadata, then the rest: how upstream writes objects. */
function canonical(object: KubeObject): KubeObject {
  const [first, second, third] = Object.keys(object)
  if (first === 'kind' && second === 'apiVersion' && third === 'metadata') return object
  const { kind, apiVersion, metadata, ...rest } = object
  return { kind, apiVersion, metadata, ...rest } as KubeObject
}

class LazyBlob implements ObjectBlob {
  readonly object: KubeObject
  #bytes: Buffer | undefined
  #characters: number | undefined

  constructor(object: KubeObject) {
    this.object = freezeDeep(object)
  }

  get bytes(): Buffer {
    this.#bytes ??= ownBytes(encodeJson(this.object))
    return this.#bytes
  }

  get characters(): number {
    this.#characters ??= charactersOf(this.object)
    return this.#characters
  }
}

/** Of its JSON, before any is escaped: a walk, which costs a tenth of making the text. */
function charactersOf(value: unknown): number {
  if (typeof value === 'string') return value.length + 2
  if (typeof value === 'number' || typeof value === 'bigint') return maxNumberLength
  if (typeof value !== 'object' || value === null) return 5
  let count = 2
  if (Array.isArray(value)) {
    for (const item of value) count += charactersOf(item) + 1
    return count
  }
  for (const name in value) {
    // Cast: its own names, as of all plain JSON.
    count += name.length + 4 + charactersOf((value as Readonly<Record<string, unknown>>)[name])
  }
  return count
}

/** As long as JavaScript writes any: `-1.2345678901234567e+300`. */
const maxNumberLength = 25

class StampedObject implements Encoded<Stored> {
  readonly object: Stored
  /** How it stands in the store, where that may change. */
  readonly form: FormedBytes | undefined
  readonly #blob: StoredBytes | undefined
  #bytes: Buffer | undefined

  constructor(object: Stored, blob: StoredBytes | undefined, form?: FormedBytes) {
    this.object = object
    this.#blob = blob
    this.form = form
  }

  get bytes(): Buffer {
    this.#bytes ??=
      (this.#blob && withVersion(this.#blob.bytes, this.object)) ??
      ownBytes(encodeJson(this.object))
    return this.#bytes
  }
}

/**
 * Puts the version into JSON that the store may have asked for already, instead of making it again.
 * Undefined where others have written the members in another order.
 */
function withVersion(
  bytes: Uint8Array,
  { kind, apiVersion, metadata }: Stored,
): Buffer | undefined {
  const head = Buffer.from(`${JSON.stringify({ kind, apiVersion }).slice(0, -1)},"metadata":{`)
  if (head.compare(bytes, 0, head.length) !== 0) return undefined
  const version = Buffer.from(`"resourceVersion":"${metadata.resourceVersion}",`)
  // Not `concat`, which cuts small ones from a block that others share.
  const whole = Buffer.allocUnsafeSlow(bytes.length + version.length)
  whole.set(head)
  whole.set(version, head.length)
  whole.set(bytes.subarray(head.length), head.length + version.length)
  return whole
}

function parse(bytes: Uint8Array): KubeObject {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
  if (text.startsWith('k8s:enc:')) {
    throw new UnreadableValueError('identity transformer tried to read encrypted data')
  }
  // Cast: the bytes were written from an object.
  return parseJson(text) as KubeObject
}
