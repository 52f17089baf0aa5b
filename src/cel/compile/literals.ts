import { UnsignedInt } from '@marcbachmann/cel-js/evaluator'
import { type CelType, celTypes, listType, mapType } from '../values/cel-type.ts'
import { CelUint, type CelValue } from '../values/values.ts'
import type { CelNode } from './node.ts'

const constant = (type: CelType, value: CelValue): CelNode => ({ op: 'constant', type, value })

/** The node of a literal of the library's tree. */
export function literal(value: unknown): CelNode {
  if (value === null) return constant(celTypes.null, null)
  if (typeof value === 'string') return constant(celTypes.string, value)
  if (typeof value === 'boolean') return constant(celTypes.bool, value)
  if (typeof value === 'bigint') return constant(celTypes.int, value)
  if (typeof value === 'number') return constant(celTypes.double, value)
  if (value instanceof UnsignedInt) return constant(celTypes.uint, new CelUint(value.value))
  if (value instanceof Uint8Array) return constant(celTypes.bytes, Uint8Array.from(value))
  throw new Error('no literal of CEL')
}

/** Names of types, which are values too. */
export const typeNames: Readonly<Record<string, CelType>> = {
  bool: celTypes.bool,
  int: celTypes.int,
  uint: celTypes.uint,
  double: celTypes.double,
  string: celTypes.string,
  bytes: celTypes.bytes,
  null_type: celTypes.null,
  list: listType(celTypes.dyn),
  map: mapType(celTypes.dyn, celTypes.dyn),
  'google.protobuf.Timestamp': celTypes.timestamp,
  'google.protobuf.Duration': celTypes.duration,
  'net.IP': { kind: 'opaque', name: 'net.IP' },
  'net.CIDR': { kind: 'opaque', name: 'net.CIDR' },
}
