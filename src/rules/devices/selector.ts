import {
  boundedType,
  CelDefaultMap,
  CelError,
  CelMap,
  type CelType,
  type CelValue,
  type CompiledCel,
  celTypeName,
  celTypes,
  compileRule,
  formatCelType,
  lazyObject,
  mapType,
  opaqueType,
  quantityOperand,
  semverOperand,
} from '#cel'
import { parseQuantity } from '#machinery/quantity'

/** What an expression reads of an attribute: one of these is set. */
interface AttributeValue {
  readonly int?: number
  readonly bool?: boolean
  readonly string?: string
  readonly version?: string
}

/** What an expression knows of a device. */
export interface SelectableDevice {
  /** The domain of attributes and capacities whose names have none. */
  readonly driver: string
  readonly allowMultipleAllocations?: boolean
  readonly attributes?: Readonly<Record<string, AttributeValue>>
  readonly capacity?: Readonly<Record<string, { readonly value: string | number }>>
}

/** An expression that picks devices. */
export interface DeviceSelection {
  /** What it costs at most; Infinity where there is no bound. */
  maxCost(): number
  /** Whether it picks the device, or why it cannot tell. */
  matches(device: SelectableDevice): boolean | { readonly error: string }
}

const mostNames = 32
const domain = boundedType(celTypes.string, 63)
const identifier = boundedType(celTypes.string, mostNames)
const attribute = boundedType(celTypes.dyn, 64)
const field = (name: string, type: CelType) => [name, { name, type }] as const

const namesOf = (values: CelType, boundsFields: boolean): CelType =>
  boundedType(
    mapType(domain, boundedType(mapType(identifier, values, { boundsFields }), mostNames)),
    mostNames,
  )

const deviceType: CelType & { readonly kind: 'object' } = {
  kind: 'object',
  name: 'kubernetes.DRADevice',
  fields: new Map([
    field('driver', boundedType(celTypes.string, 63)),
    field('allowMultipleAllocations', boundedType(celTypes.bool, 1)),
    field('attributes', namesOf(attribute, true)),
    field('capacity', namesOf(opaqueType('Quantity'), false)),
  ]),
}

/**
 * Reads and checks an expression of a DeviceClass or a request (upstream: `CompileCELExpression`), or gives what is
 * wrong with it.
 */
export function compileDeviceSelector(
  expression: string,
): DeviceSelection | { readonly error: string } {
  const compiled = compileRule(expression, { variables: { device: deviceType } })
  if ('error' in compiled) return { error: compiled.error }
  const { kind } = compiled.checkedType
  if (kind !== 'bool' && kind !== 'dyn') {
    const got = formatCelType(compiled.checkedType)
    return { error: `must evaluate to bool or the unknown type, not ${got}` }
  }
  return {
    maxCost: () => compiled.maxCost(),
    matches: (device) => matches(compiled, device),
  }
}

function matches(
  compiled: CompiledCel,
  device: SelectableDevice,
): boolean | { readonly error: string } {
  try {
    const outcome = compiled.evaluate({ device: deviceValue(device) })
    if ('error' in outcome) return { error: outcome.error }
    if (typeof outcome.value === 'boolean') return outcome.value
    const type = celTypeName(outcome.value)
    return { error: `CEL result of type ${type} could not be converted to bool` }
  } catch (error) {
    if (error instanceof CelError) return { error: error.message }
    throw error
  }
}

/** @throws CelError for an attribute without a value that expressions know. */
function deviceValue({
  driver,
  allowMultipleAllocations = false,
  attributes = {},
  capacity = {},
}: SelectableDevice): CelValue {
  const known = byDomain(driver, attributes, attributeValue)
  const amounts = byDomain(driver, capacity, ({ value }) => quantityOperand(parseQuantity(value)))
  return lazyObject(deviceType, {
    driver: () => driver,
    allowMultipleAllocations: () => allowMultipleAllocations,
    attributes: () => known,
    capacity: () => amounts,
  })
}

/** Upstream gives an empty map for a domain of which the device says nothing. */
function byDomain<T>(
  driver: string,
  named: Readonly<Record<string, T>>,
  convert: (value: T, name: string) => CelValue,
): CelValue {
  const domains = new Map<string, [string, CelValue][]>()
  for (const [name, value] of Object.entries(named)) {
    const slash = name.indexOf('/')
    const own = slash < 0 ? driver : name.slice(0, slash)
    const entries = domains.get(own) ?? []
    entries.push([name.slice(slash + 1), convert(value, name)])
    domains.set(own, entries)
  }
  const maps = [...domains].map(([name, entries]) => [name, new CelMap(entries)] as const)
  return new CelDefaultMap(maps, new CelMap([]))
}

function attributeValue({ int, bool, string, version }: AttributeValue, name: string): CelValue {
  if (int !== undefined) return BigInt(int)
  if (bool !== undefined) return bool
  if (string !== undefined) return string
  if (version === undefined) throw new CelError(`attribute ${name}: unsupported attribute value`)
  try {
    return semverOperand(version)
  } catch (error) {
    if (!(error instanceof CelError)) throw error
    throw new CelError(`attribute ${name}: parse semantic version: ${error.message}`)
  }
}
