import type { Encoded, Stored } from '#machinery'
import { internalError, StatusError } from '#machinery/status'
import type { StoredValue } from '#store'

/** A value of the store cannot be read, such as one whose key of encryption is not known: a 500. */
export class UnreadableValueError extends StatusError {
  /** Why, without what upstream puts before it. */
  readonly why: string

  constructor(why: string, cause?: unknown) {
    const { code, reason, message, details } = internalError(why)
    super({ code, reason, message, ...(details && { details }), cause })
    this.name = 'UnreadableValueError'
    this.why = why
  }
}

/** The values of a resource that could not be read so far. Whoever asks for one is refused. */
export interface UnreadableValues {
  /** Reads a value, or keeps it for later. */
  read(value: StoredValue): Encoded<Stored> | undefined
  /** Whether there was one at the key, which is replaced or gone. */
  drop(key: string): boolean
  clear(): void
  /** @throws StatusError 500 where the object at the key is one of them. */
  refuseKey(key: string): void
  /** @throws StatusError 500 where one of them lies below a prefix. */
  refuseBelow(prefix: string): void
}

/** `found` is told of values that can be read after all: a key may have come in the meantime. */
export function createUnreadableValues(
  read: (value: StoredValue) => Encoded<Stored>,
  found: (key: string, object: Encoded<Stored>) => void,
): UnreadableValues {
  const held = new Map<
    string,
    { readonly value: StoredValue; readonly error: UnreadableValueError }
  >()
  const attempt = (value: StoredValue) => {
    try {
      return read(value)
    } catch (error) {
      if (!(error instanceof UnreadableValueError)) throw error
      held.set(value.key, { value, error })
      return undefined
    }
  }
  const retry = () => {
    for (const { value } of [...held.values()]) {
      const object = attempt(value)
      if (!object) continue
      held.delete(value.key)
      found(value.key, object)
    }
  }
  return {
    read: attempt,
    drop: (key) => held.delete(key),
    clear: () => held.clear(),
    refuseKey(key) {
      if (!held.has(key)) return
      retry()
      const error = held.get(key)?.error
      if (error) throw error
    },
    refuseBelow(prefix) {
      if (held.size === 0) return
      retry()
      for (const [key, { error }] of held) {
        if (!key.startsWith(prefix)) continue
        throw internalError(`unable to transform key ${JSON.stringify(key)}: ${error.why}`, error)
      }
    },
  }
}
