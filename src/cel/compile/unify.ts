import { type CelType, celTypes } from '../values/cel-type.ts'
import type { Overload } from '../values/overload.ts'

/** What is known of the types that are still to be found out, by their numbers. */
export class Bindings {
  readonly #known = new Map<number, CelType>()
  /** The numbers in the order in which they were found out, to go back. */
  readonly #found: number[] = []
  #next = 0

  /** A type that is still to be found out. */
  fresh(): CelType {
    return { kind: 'unknown', id: this.#next++ }
  }

  /** What is known of a type, at its outermost. */
  resolve(type: CelType): CelType {
    let current = type
    while (current.kind === 'unknown') {
      const known = this.#known.get(current.id)
      if (!known) return current
      current = known
    }
    return current
  }

  /** A type with all put in that has been found out; what has not is dyn. */
  settle(type: CelType): CelType {
    return mapped(this.resolve(type), (part) => this.settle(part), celTypes.dyn)
  }

  /** Whether a value of the second type can stand where the first is wanted; keeps what follows from it. */
  assign(wanted: CelType, given: CelType): boolean {
    const before = this.#found.length
    if (this.#assign(wanted, given)) return true
    this.#goBack(before)
    return false
  }

  /** The overload with types of its own in place of its parameters, for one call. */
  instance({ parameters, result }: Overload): { parameters: readonly CelType[]; result: CelType } {
    const own = new Map<string, CelType>()
    const replace = (type: CelType): CelType => {
      if (type.kind !== 'parameter') return mapped(type, replace)
      const known = own.get(type.name) ?? this.fresh()
      own.set(type.name, known)
      return known
    }
    return { parameters: parameters.map(replace), result: replace(result) }
  }

  /** Goes back to what was known then, for overloads that are tried one after the other. */
  trial<T>(attempt: () => T): T {
    const before = this.#found.length
    const result = attempt()
    this.#goBack(before)
    return result
  }

  #goBack(length: number): void {
    for (const id of this.#found.splice(length)) this.#known.delete(id)
  }

  #assign(wanted: CelType, given: CelType): boolean {
    const a = this.resolve(wanted)
    const b = this.resolve(given)
    if (a.kind === 'unknown') return this.#bind(a.id, b)
    if (b.kind === 'unknown') return this.#bind(b.id, a)
    if (isDynamic(a) || isDynamic(b)) return true
    if (a.kind === 'null' || b.kind === 'null') return isNullable(a) && isNullable(b)
    if (kindOf(a) !== kindOf(b)) return false
    if ('name' in a && 'name' in b) return a.name === b.name
    const parts = a.kind === 'type' ? [] : partsOf(a)
    const others = partsOf(b)
    return parts.every((part, i) => this.#assign(part, others[i] ?? part))
  }

  #bind(id: number, type: CelType): boolean {
    if (type.kind === 'unknown' && type.id === id) return true
    if (this.#mentions(type, id)) return false
    this.#known.set(id, type)
    this.#found.push(id)
    return true
  }

  #mentions(type: CelType, id: number): boolean {
    const found = this.resolve(type)
    if (found.kind === 'unknown') return found.id === id
    return partsOf(found).some((part) => this.#mentions(part, id))
  }
}

/** Whether a type says nothing of its values. */
export const isDynamic = ({ kind }: CelType): boolean =>
  kind === 'dyn' || kind === 'error' || kind === 'intOrString'

/** A date is a moment for expressions. */
const kindOf = ({ kind }: CelType): CelType['kind'] => (kind === 'date' ? 'timestamp' : kind)

/** Whether cel-go takes null for a value of a type; an optional value is an opaque one there. */
const isNullable = ({ kind }: CelType): boolean =>
  kind === 'null' ||
  kind === 'object' ||
  kind === 'message' ||
  kind === 'opaque' ||
  kind === 'optional' ||
  kind === 'duration' ||
  kind === 'timestamp' ||
  kind === 'date'

function partsOf(type: CelType): readonly CelType[] {
  if (type.kind === 'list' || type.kind === 'optional') return [type.element]
  if (type.kind === 'map') return [type.key, type.value]
  return type.kind === 'type' ? [type.of] : []
}

function mapped(type: CelType, change: (part: CelType) => CelType, unknown = type): CelType {
  switch (type.kind) {
    case 'list':
    case 'optional':
      return { ...type, element: change(type.element) }
    case 'map':
      return { ...type, key: change(type.key), value: change(type.value) }
    case 'type':
      return { ...type, of: change(type.of) }
    case 'unknown':
      return unknown
    default:
      return type
  }
}
