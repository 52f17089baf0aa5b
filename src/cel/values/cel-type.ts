/** One field of an object: its name in JSON and its type. */
export interface CelField {
  readonly name: string
  readonly type: CelType
}

/** How a list counts as a collection: a set, or a map by the named fields of its elements. */
export type CelListIdentity = 'set' | readonly string[]

/**
 * A type of CEL: what a value is declared as, and how a JSON value becomes one.
 */
export type CelType = CelShape & {
  /** Whether null stands for a value of it in JSON. */
  readonly isNullable?: boolean
  /** At most so many letters, elements or entries. */
  readonly maxSize?: number
}

type CelShape =
  | { readonly kind: SimpleKind }
  | { readonly kind: 'string' | 'bytes' | 'timestamp' | 'duration' }
  | { readonly kind: 'date' }
  | { readonly kind: 'type'; readonly of: CelType }
  | { readonly kind: 'optional'; readonly element: CelType }
  | {
      readonly kind: 'list'
      readonly element: CelType
      readonly identity?: CelListIdentity
    }
  | {
      readonly kind: 'map'
      readonly key: CelType
      readonly value: CelType
      /** Whether a value that is written like a field has the bound of the values too. */
      readonly boundsFields?: boolean
    }
  | {
      readonly kind: 'object'
      readonly name: string
      /** By the name that an expression writes. */
      readonly fields: ReadonlyMap<string, CelField>
    }
  | { readonly kind: 'opaque'; readonly name: string }
  | {
      readonly kind: 'message'
      readonly name: string
      /** The fields that it can have; any where undefined. */
      readonly fields?: Readonly<Record<string, CelType>>
    }
  /** A parameter of a signature, such as the A of `list<A>`. */
  | { readonly kind: 'parameter'; readonly name: string }
  /** A type that is still to be found out. */
  | { readonly kind: 'unknown'; readonly id: number }

type SimpleKind = 'dyn' | 'error' | 'null' | 'bool' | 'int' | 'uint' | 'double' | 'intOrString'

const simple = (kind: SimpleKind): CelType => Object.freeze({ kind })

/** These are the types without parameters. */
export const celTypes = {
  dyn: simple('dyn'),
  error: simple('error'),
  null: simple('null'),
  bool: simple('bool'),
  int: simple('int'),
  uint: simple('uint'),
  double: simple('double'),
  intOrString: simple('intOrString'),
  string: Object.freeze({ kind: 'string' }),
  bytes: Object.freeze({ kind: 'bytes' }),
  timestamp: Object.freeze({ kind: 'timestamp' }),
  duration: Object.freeze({ kind: 'duration' }),
  date: Object.freeze({ kind: 'date' }),
} as const satisfies Record<string, CelType>

/** A list of one type; `identity` says how it counts as a collection. */
export function listType(
  element: CelType,
  options: { readonly identity?: CelListIdentity } = {},
): CelType {
  return Object.freeze({ kind: 'list', element, ...options })
}

/** A map of one type of keys to one type of values. */
export function mapType(
  key: CelType,
  value: CelType,
  options: { readonly boundsFields?: boolean } = {},
): CelType {
  return Object.freeze({ kind: 'map', key, value, ...options })
}

/** The same type with a bound for its letters, elements or entries, from which costs are estimated. */
export function boundedType(type: CelType, maxSize: number): CelType {
  return Object.freeze({ ...type, maxSize })
}

/** The same type, for which null may stand in JSON. */
export function nullableType(type: CelType): CelType {
  return Object.freeze({ ...type, isNullable: true })
}

/** An optional value of one type. */
export function optionalType(element: CelType): CelType {
  return Object.freeze({ kind: 'optional', element })
}

/** Named types of Kubernetes' libraries, by the short names that signatures write. */
export const opaqueNames = {
  URL: 'kubernetes.URL',
  IP: 'net.IP',
  CIDR: 'net.CIDR',
  Quantity: 'kubernetes.Quantity',
  Semver: 'kubernetes.Semver',
  NamedFormat: 'kubernetes.NamedFormat',
  Authorizer: 'kubernetes.authorization.Authorizer',
  PathCheck: 'kubernetes.authorization.PathCheck',
  GroupCheck: 'kubernetes.authorization.GroupCheck',
  ResourceCheck: 'kubernetes.authorization.ResourceCheck',
  Decision: 'kubernetes.authorization.Decision',
} as const

/**
 * The type of a message that a mutation writes: `Object`, or `Object.spec` for what stands there in it, with any
 * fields, or `JSONPatch`; undefined for other names.
 */
export function messageType(name: string): CelType | undefined {
  if (name === 'Object' || name.startsWith('Object.')) return { kind: 'message', name }
  return name === 'JSONPatch' ? jsonPatchType : undefined
}

const jsonPatchType: CelType = Object.freeze({
  kind: 'message',
  name: 'JSONPatch',
  fields: {
    op: celTypes.string,
    path: celTypes.string,
    from: celTypes.string,
    value: celTypes.dyn,
  },
})

/** A type as signatures write it: `map<string, list<A>>`; undefined for what is none. */
export function parseCelType(text: string): CelType | undefined {
  const name = text.trim()
  if (/^[A-Z]$/.test(name)) return { kind: 'parameter', name }
  if (Object.hasOwn(celTypes, name)) return Object.entries(celTypes).find(([k]) => k === name)?.[1]
  if (Object.hasOwn(opaqueNames, name)) return opaqueType(name as keyof typeof opaqueNames) // Cast: it has it.
  const open = name.indexOf('<')
  if (open < 0 || !name.endsWith('>')) return undefined
  const [first, second] = splitTypes(name.slice(open + 1, -1)).map(parseCelType)
  if (!first) return undefined
  switch (name.slice(0, open)) {
    case 'list':
      return listType(first)
    case 'optional':
      return optionalType(first)
    case 'type':
      return { kind: 'type', of: first }
    case 'map':
      return second ? mapType(first, second) : undefined
    default:
      return undefined
  }
}

/** Splits `string, list<A>` at the commas that stand outside of brackets. */
export function splitTypes(text: string): string[] {
  const parts: string[] = []
  let depth = 0
  let start = 0
  for (let i = 0; i < text.length; i++) {
    const letter = text.charAt(i)
    if (letter === '<') depth++
    else if (letter === '>') depth--
    else if (letter === ',' && depth === 0) {
      parts.push(text.slice(start, i))
      start = i + 1
    }
  }
  const last = text.slice(start)
  return last.trim() === '' ? parts : [...parts, last]
}

/** A type in the words of upstream's messages: `list(string)`, `optional_type(int)`. */
export function formatCelType(type: CelType): string {
  switch (type.kind) {
    case 'list':
      return `list(${formatCelType(type.element)})`
    case 'map':
      return `map(${formatCelType(type.key)}, ${formatCelType(type.value)})`
    case 'optional':
      return `optional_type(${formatCelType(type.element)})`
    case 'type':
      return `type(${formatCelType(type.of)})`
    case 'object':
    case 'opaque':
    case 'message':
    case 'parameter':
      return type.name
    case 'error':
      return '!error!'
    case 'intOrString':
    case 'unknown':
      return 'dyn'
    case 'date':
      return 'timestamp'
    default:
      return type.kind
  }
}

/** A type by the names that it is declared by, which upstream's messages on results show. */
export function declaredTypeName(type: CelType): string {
  switch (type.kind) {
    case 'null':
      return 'null_type'
    case 'timestamp':
    case 'date':
      return 'google.protobuf.Timestamp'
    case 'duration':
      return 'google.protobuf.Duration'
    case 'list':
      return `list(${declaredTypeName(type.element)})`
    case 'optional':
      return `optional_type(${declaredTypeName(type.element)})`
    case 'map':
      return `map(${declaredTypeName(type.key)}, ${declaredTypeName(type.value)})`
    default:
      return formatCelType(type)
  }
}

/** A type of a library by its short name, such as `Authorizer` for the variable `authorizer`. */
export function opaqueType(name: keyof typeof opaqueNames): CelType {
  return { kind: 'opaque', name: opaqueNames[name] }
}
