import { ownBytes } from '#lib'
import { encodeJson, parseJson } from '../values/json.ts'
import type { KubeObject } from './object.ts'

/**
 * One value in its two forms: the frozen object that in-process readers share, and the JSON bytes
 * that HTTP sends. Each form is made from the other once, when first asked for.
 */
export interface Encoded<T extends KubeObject = KubeObject> {
  readonly object: T
  readonly bytes: Uint8Array
}

class LazilyEncoded<T extends KubeObject> implements Encoded<T> {
  #object: T | undefined
  #bytes: Uint8Array | undefined

  constructor(object: T | undefined, bytes: Uint8Array | undefined) {
    this.#object = object
    this.#bytes = bytes
  }

  get object(): T {
    this.#object ??= freezeDeep(parseJson(textDecoder.decode(this.#bytes)) as T)
    return this.#object
  }

  get bytes(): Uint8Array {
    this.#bytes ??= ownBytes(encodeJson(this.#object))
    return this.#bytes
  }
}

const textDecoder = new TextDecoder()

/** Takes ownership of `object`: it is frozen, and must not be changed any more. */
export function encodedFrom<T extends KubeObject>(object: T): Encoded<T> {
  return new LazilyEncoded<T>(freezeDeep(object), undefined)
}

/** From bytes that are known to be JSON (they were written by us). */
export function encodedFromBytes<T extends KubeObject>(bytes: Uint8Array): Encoded<T> {
  return new LazilyEncoded<T>(undefined, bytes)
}

/** Freezes plain JSON; parts that are frozen already are known to be frozen throughout. */
export function freezeDeep<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  if (Array.isArray(value)) value.forEach(freezeDeep)
  else for (const name in value) freezeDeep(value[name])
  return Object.freeze(value)
}
