import { type Encoded, freezeDeep, type KubeObject, type Stored } from '#machinery'
import type { StoredBytes } from '#store'

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

/** The object of a stored value with the revision as its resourceVersion, frozen and shareable. */
export function stamped(blob: StoredBytes, revision: number): Encoded<Stored> {
  const object = canonical('object' in blob ? (blob as ObjectBlob).object : parse(blob.bytes))
  const metadata = { ...object.metadata, resourceVersion: String(revision) }
  const hasNoVersion = object.metadata?.resourceVersion === undefined
  const stored = freezeDeep({ ...object, metadata }) as Stored
  return new StampedObject(stored, hasNoVersion ? blob : undefined)
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

  constructor(object: KubeObject) {
    this.object = freezeDeep(object)
  }

  get bytes(): Buffer {
    this.#bytes ??= Buffer.from(JSON.stringify(this.object))
    return this.#bytes
  }
}

class StampedObject implements Encoded<Stored> {
  readonly object: Stored
  readonly #blob: StoredBytes | undefined
  #bytes: Buffer | undefined

  constructor(object: Stored, blob: StoredBytes | undefined) {
    this.object = object
    this.#blob = blob
  }

  get bytes(): Buffer {
    this.#bytes ??=
      (this.#blob && withVersion(this.#blob.bytes, this.object)) ??
      Buffer.from(JSON.stringify(this.object))
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
  return Buffer.concat([head, version, bytes.subarray(head.length)])
}

function parse(bytes: Uint8Array): KubeObject {
  return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'))
}
