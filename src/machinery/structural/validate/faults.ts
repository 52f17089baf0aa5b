/** What is wrong with a value, gathered while it is validated. */
import {
  type FieldError,
  invalidField,
  notSupportedField,
  requiredField,
  tooLongField,
  tooManyField,
} from '../../fields/field-errors.ts'
import { type FieldPath, fieldPath } from '../../fields/field-path.ts'
import { requestEntityTooLarge } from '../../status/status-errors.ts'

/** One fault. Of several with the same message only the first counts. */
export interface Fault {
  /** The path from the root of what is validated; empty for the root, and for faults without a place. */
  readonly name: string
  readonly message: string
  readonly kind: 'invalid' | 'type' | 'required' | 'enum' | 'tooLong' | 'tooMany'
  /** What upstream shows as the value; undefined where it has none. */
  readonly value?: unknown
  readonly limit?: number
  readonly supported?: readonly string[]
}

/** Where faults go. It counts all of them, and keeps as many as an answer can carry. */
export interface Faults {
  /**
   * Takes what a check costs, in looks at one value, from what the whole validation may cost.
   * @throws StatusError 413 when it costs too much: a schema and an object of a megabyte each could
   * keep the server busy for hours.
   */
  spend(looks: number): void
  /** An empty collection for an attempt, on the account of this one. */
  attempt(): Faults
  readonly count: number
  add(make: () => Fault): void
  /** Forgets what was added since the count was this. */
  forget(count: number): void
  addAll(others: Faults): void
  readonly kept: readonly Fault[]
}

/** As many faults, and as much text, as one answer gives: a hostile object could have millions. */
const maxFaults = 1000
const maxTextLength = 1 << 20

/** Some seconds' worth. What clients really send takes a hundredth of it. */
const maxLooks = 10_000_000

/** An empty collection. */
export function createFaults(account = { left: maxLooks }): Faults {
  const kept: Fault[] = []
  let [count, textLength] = [0, 0]
  return {
    spend(looks) {
      account.left -= looks
      if (account.left < 0) throw requestEntityTooLarge('it takes too long to validate')
    },
    attempt: () => createFaults(account),
    get count() {
      return count
    },
    add(make) {
      count++
      if (kept.length >= maxFaults || textLength >= maxTextLength) return
      const fault = make()
      kept.push(fault)
      textLength += lengthOf(fault)
    },
    forget(to) {
      count = to
      for (const fault of kept.splice(to)) textLength -= lengthOf(fault)
    },
    addAll(others) {
      const room = Math.max(0, Math.min(maxFaults - kept.length, others.kept.length))
      for (const fault of others.kept.slice(0, room)) {
        if (textLength >= maxTextLength) break
        kept.push(fault)
        textLength += lengthOf(fault)
      }
      count += others.count
    },
    kept,
  }
}

function lengthOf({ name, message, value, supported = [] }: Fault): number {
  const inValue = typeof value === 'string' ? value.length : 0
  return name.length + message.length + inValue + supported.join().length
}

/** The faults as clients see them, below a path; without one, those of the root have none. */
export function fieldErrorsOf(faults: Faults, base?: FieldPath): FieldError[] {
  const messages = new Set<string>()
  return faults.kept.flatMap((fault) => {
    if (messages.has(fault.message)) return []
    messages.add(fault.message)
    return [fieldErrorOf(fault, pathOf(fault.name, base))]
  })
}

function pathOf(name: string, base: FieldPath | undefined): FieldPath {
  const plain = name.replace(/^\./, '')
  if (plain === '') return base ?? fieldPath()
  return base ? base.child(plain) : fieldPath(plain)
}

function fieldErrorOf(fault: Fault, path: FieldPath): FieldError {
  const { value, message, limit = -1, supported = [] } = fault
  switch (fault.kind) {
    case 'required':
      return requiredField(path)
    case 'enum':
      return notSupportedField(path, value, supported)
    case 'tooLong':
      return tooLongField(path, limit)
    case 'tooMany':
      return tooManyField(path, Number(value), limit)
    case 'type':
      return { ...invalidField(path, value ?? '', message), type: 'FieldValueTypeInvalid' }
    case 'invalid':
      return invalidField(path, value ?? '', message)
  }
}
