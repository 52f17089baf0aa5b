import type { ResourceV1 } from '#api'

/** A constraint of a claim while devices are tried for it. */
export interface Constraint {
  /** Whether the device may be added, and remembers it. */
  add(request: RequestRef, device: ResourceV1.Device, driver: string): boolean
  /** Takes back what was added. */
  remove(request: RequestRef): void
}

/** A request, or one of the alternatives of a request. */
export interface RequestRef {
  readonly name: string
  readonly alternative?: string
}

/** Upstream's `createConstraints`; each kind of constraint asks for an attribute that all devices have. */
export function constraintOf({
  requests = [],
  matchAttribute,
  distinctAttribute,
}: ResourceV1.DeviceConstraint): Constraint {
  const names = new Set(requests)
  const isMeant = ({ name, alternative }: RequestRef) =>
    names.size === 0 ||
    names.has(name) ||
    (alternative !== undefined && names.has(`${name}/${alternative}`))
  const inner =
    matchAttribute === undefined
      ? distinctValues(distinctAttribute ?? '')
      : equalValues(matchAttribute)
  return {
    add: (request, device, driver) => !isMeant(request) || inner.add(request, device, driver),
    remove: (request) => {
      if (isMeant(request)) inner.remove(request)
    },
  }
}

function equalValues(attribute: string): Constraint {
  let common: string | undefined
  let count = 0
  return {
    add(_, device, driver) {
      const value = valueOfAttribute(device, driver, attribute)
      if (value === undefined) return false
      if (count === 0) common = value
      else if (value !== common) return false
      count++
      return true
    },
    remove() {
      count--
    },
  }
}

/** As upstream, it remembers the last value of each request. */
function distinctValues(attribute: string): Constraint {
  const seen = new Map<string, string>()
  let count = 0
  return {
    add({ name }, device, driver) {
      const value = valueOfAttribute(device, driver, attribute)
      if (value === undefined) return false
      if (count > 0 && [...seen.values()].includes(value)) return false
      seen.set(name, value)
      count++
      return true
    },
    remove({ name }) {
      seen.delete(name)
      count--
    },
  }
}

/** The value with its type, so that a text is no number; a driver need not write its own domain. */
function valueOfAttribute(
  { attributes = {} }: ResourceV1.Device,
  driver: string,
  name: string,
): string | undefined {
  const slash = name.indexOf('/')
  const isOwn = slash >= 0 && name.slice(0, slash) === driver
  const found = attributes[name] ?? (isOwn ? attributes[name.slice(slash + 1)] : undefined)
  if (!found) return undefined
  const { string, int, bool, version } = found
  if (string !== undefined) return `string ${string}`
  if (int !== undefined) return `int ${int}`
  if (bool !== undefined) return `bool ${bool}`
  return version === undefined ? undefined : `version ${version}`
}
