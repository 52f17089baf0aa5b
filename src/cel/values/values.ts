import { CelError } from './cel-error.ts'
import type { CelListIdentity, CelType } from './cel-type.ts'

/** A value of CEL: int is a bigint, double a number. */
export type CelValue =
  | null
  | boolean
  | bigint
  | number
  | string
  | Uint8Array
  | CelUint
  | CelTimestamp
  | CelDuration
  | CelList
  | CelMap
  | CelObject
  | CelMessage
  | CelOptional
  | CelTypeValue
  | CelOpaque
  | CelPreserved

/** An unsigned integer. */
export class CelUint {
  readonly value: bigint
  constructor(value: bigint) {
    if (value < 0n || value > 0xffff_ffff_ffff_ffffn)
      throw new CelError('unsigned integer overflow')
    this.value = value
  }
}

const earliest = -62_135_596_800n * 10n ** 9n
const latest = 253_402_300_800n * 10n ** 9n

/** A moment, in nanoseconds since 1970, in the years 1 to 9999. */
export class CelTimestamp {
  readonly nanos: bigint
  constructor(nanos: bigint) {
    if (nanos < earliest || nanos >= latest) throw new CelError('timestamp overflow')
    this.nanos = nanos
  }
}

/** A span of time in nanoseconds. */
export class CelDuration {
  readonly nanos: bigint
  constructor(nanos: bigint) {
    if (BigInt.asIntN(64, nanos) !== nanos) throw new CelError('duration overflow')
    this.nanos = nanos
  }
}

/** A list holds values. Elements that come from JSON are converted when the list is first looked into. */
export class CelList {
  readonly size: number
  readonly identity: CelListIdentity | undefined
  #items: readonly CelValue[] | undefined
  readonly #make: () => readonly CelValue[]

  constructor(
    items: readonly CelValue[] | { readonly size: number; make(): readonly CelValue[] },
    identity?: CelListIdentity,
  ) {
    this.identity = identity
    if ('make' in items) {
      this.size = items.size
      this.#make = () => items.make()
    } else {
      this.size = items.length
      this.#items = items
      this.#make = () => items
    }
  }

  get items(): readonly CelValue[] {
    this.#items ??= this.#make()
    return this.#items
  }
}

/** What a map can have as keys; whole doubles and uints find the int of the same value. */
export type CelKey = string | bigint | boolean

/** A map holds values by their keys. Values that come from JSON are converted one by one, when they are asked for. */
export class CelMap {
  readonly #values: Map<CelKey, CelValue | (() => CelValue)>

  constructor(entries: Iterable<readonly [CelKey, CelValue | (() => CelValue)]>) {
    this.#values = new Map(entries)
  }

  get size(): number {
    return this.#values.size
  }

  get keys(): readonly CelKey[] {
    return [...this.#values.keys()]
  }

  get(key: CelKey): CelValue | undefined {
    const value = this.#values.get(key)
    if (typeof value !== 'function') return value
    const made = value()
    this.#values.set(key, made)
    return made
  }

  has(key: CelKey): boolean {
    return this.#values.has(key)
  }

  /** Whether there is a value for the key, be it one that stands in for what the map does not have. */
  finds(key: CelKey): boolean {
    return this.#values.has(key)
  }
}

/** A map that gives another value for keys that it does not have, as if it had them. */
export class CelDefaultMap extends CelMap {
  readonly #absent: CelValue

  constructor(entries: Iterable<readonly [CelKey, CelValue | (() => CelValue)]>, absent: CelValue) {
    super(entries)
    this.#absent = absent
  }

  override get(key: CelKey): CelValue {
    return super.get(key) ?? this.#absent
  }

  override finds(): boolean {
    return true
  }
}

/** An object with declared fields over a JSON object; null counts as absent. */
export class CelObject {
  readonly type: CelType & { readonly kind: 'object' }
  readonly json: Readonly<Record<string, unknown>>
  readonly #convert: (type: CelType, json: unknown) => CelValue
  readonly #made = new Map<string, CelValue>()

  constructor(
    type: CelType & { readonly kind: 'object' },
    json: Readonly<Record<string, unknown>>,
    convert: (type: CelType, json: unknown) => CelValue,
  ) {
    this.type = type
    this.json = json
    this.#convert = convert
  }

  has(field: string): boolean {
    const declared = this.type.fields.get(field)
    if (!declared) throw new CelError(`no such field '${field}'`)
    return Object.hasOwn(this.json, declared.name) && !isAbsent(this.json[declared.name])
  }

  get(field: string): CelValue | undefined {
    const declared = this.type.fields.get(field)
    if (!declared || !this.has(field)) return undefined
    const known = this.#made.get(field)
    if (known !== undefined) return known
    const made = this.#convert(declared.type, this.json[declared.name])
    this.#made.set(field, made)
    return made
  }
}

/** A value whose fields are made when they are first read; making one may fail with a CelError. */
export function lazyObject(
  type: CelType & { readonly kind: 'object' },
  makers: Readonly<Record<string, () => CelValue>>,
): CelValue {
  return new CelObject(type, makers, (_, make) => (make as () => CelValue)()) // Cast: of its own makers.
}

/** A message that an expression has written out, of which only the fields that it wrote are there. */
export class CelMessage {
  readonly typeName: string
  readonly fields: ReadonlyMap<string, CelValue>
  constructor(typeName: string, fields: ReadonlyMap<string, CelValue>) {
    this.typeName = typeName
    this.fields = fields
  }
}

/** Whether a property counts as not there. */
export const isAbsent = (json: unknown): boolean => json === undefined || json === null

/** A value that may be missing. */
export class CelOptional {
  readonly value: CelValue | undefined
  constructor(value?: CelValue) {
    this.value = value
  }
}

/** Makes an optional value of what is given, or one without a value. */
export function optionalValue(value: CelValue | undefined): CelValue {
  return new CelOptional(value)
}

/** A type as a value, as `type(1)` gives it. */
export class CelTypeValue {
  readonly name: string
  constructor(name: string) {
    this.name = name
  }
}

/** A value of a library, such as a URL. */
export abstract class CelOpaque {
  /** Its type's whole name. */
  abstract readonly typeName: string
  /** Whether it equals another value of the same type. */
  abstract equals(other: CelOpaque): boolean
  /** Its size, for the cost of what reads it. */
  get size(): number {
    return 1
  }
}

/** Data that no schema describes: it can only be compared. */
export class CelPreserved {
  readonly json: unknown
  constructor(json: unknown) {
    this.json = json
  }
}

/** The name of the type of a value at run time. */
export function typeNameOf(value: CelValue): string {
  if (value === null) return 'null_type'
  switch (typeof value) {
    case 'boolean':
      return 'bool'
    case 'bigint':
      return 'int'
    case 'number':
      return 'double'
    case 'string':
      return 'string'
    default:
      return objectTypeName(value)
  }
}

function objectTypeName(value: object): string {
  if (value instanceof Uint8Array) return 'bytes'
  if (value instanceof CelUint) return 'uint'
  if (value instanceof CelTimestamp) return 'google.protobuf.Timestamp'
  if (value instanceof CelDuration) return 'google.protobuf.Duration'
  if (value instanceof CelList) return 'list'
  if (value instanceof CelMap) return 'map'
  if (value instanceof CelObject) return value.type.name
  if (value instanceof CelMessage) return value.typeName
  if (value instanceof CelOptional) return 'optional_type'
  if (value instanceof CelTypeValue) return 'type'
  if (value instanceof CelOpaque) return value.typeName
  return 'unknown'
}
