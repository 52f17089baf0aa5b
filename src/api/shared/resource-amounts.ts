/** Rules for named quantities of resources, those of upstream's core validation. */
import {
  compareQuantities,
  type Quantity,
  tryParseQuantity,
  zeroQuantity,
} from '#machinery/quantity'
import {
  checkQualifiedName,
  type FieldErrors,
  type FieldPath,
  invalidField,
} from '#machinery/validation'
import { ensure, invalidWith } from './checks.ts'

const hugePagesPrefix = 'hugepages-'
const containerResources = new Set(['cpu', 'memory', 'ephemeral-storage'])
const integerResources = new Set([
  'pods',
  'services',
  'replicationcontrollers',
  'resourcequotas',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
  'services.nodeports',
  'services.loadbalancers',
])
const quotaResources = new Set([
  ...containerResources,
  ...integerResources,
  'requests.cpu',
  'requests.memory',
  'requests.storage',
  'requests.ephemeral-storage',
  'limits.cpu',
  'limits.memory',
  'limits.ephemeral-storage',
])

const standardResources = new Set([...quotaResources, 'storage'])

/** Whether a resource is one of Kubernetes' own: no prefix, or one of kubernetes.io. */
function isNativeResource(name: string): boolean {
  return !name.includes('/') || name.includes('kubernetes.io/')
}

export function isHugePageResource(name: string): boolean {
  return name.startsWith(hugePagesPrefix)
}

/** Whether a name is one of a resource that nodes advertise, counted in whole numbers: `example.com/gpu`. */
export function isExtendedResource(name: string): boolean {
  if (isNativeResource(name) || name.startsWith('requests.')) return false
  return checkQualifiedName(`requests.${name}`).length === 0
}

/** Whether more may be promised of a resource than there is: limits above requests. */
export function allowsOvercommit(name: string): boolean {
  return isNativeResource(name) && !isHugePageResource(name)
}

/** A name that quotas and nodes may use. */
export function validateResourceName(name: string, path: FieldPath): FieldErrors {
  const messages = checkQualifiedName(name)
  if (messages.length > 0) return invalidWith(path, name, messages)
  const isKnown = name.includes('/') || standardResources.has(name) || isQuotaHugePages(name)
  return ensure(isKnown, () =>
    invalidField(path, name, 'must be a standard resource type or fully qualified'),
  )
}

/** Whether quotas know the resource without a prefix. */
export function isQuotaResource(name: string): boolean {
  return quotaResources.has(name) || isQuotaHugePages(name)
}

/** A name that quotas may bound. */
export function validateQuotaResourceName(name: string, path: FieldPath): FieldErrors {
  const isKnown = name.includes('/') || isQuotaResource(name)
  const rule = 'must be a standard resource for quota'
  return [
    ...validateResourceName(name, path),
    ...ensure(isKnown, () => invalidField(path, name, rule)),
  ]
}

function isQuotaHugePages(name: string): boolean {
  return isHugePageResource(name) || name.startsWith(`requests.${hugePagesPrefix}`)
}

/** A name that containers may use. */
export function validateContainerResourceName(name: string, path: FieldPath): FieldErrors {
  const errors = validateResourceName(name, path)
  if (!name.includes('/')) {
    const isKnown = containerResources.has(name) || isHugePageResource(name)
    const rule = 'must be a standard resource for containers'
    return [...errors, ...ensure(isKnown, () => invalidField(path, name, rule))]
  }
  const isAllowed = isNativeResource(name) || isExtendedResource(name)
  const rule = "doesn't follow extended resource name standard"
  return [...errors, ...ensure(isAllowed, () => invalidField(path, name, rule))]
}

/** A quantity not below zero, and whole where the resource is counted. */
export function validateResourceQuantity(name: string, text: string, path: FieldPath): FieldErrors {
  const quantity = tryParseQuantity(text)
  if (!quantity) return []
  const isCounted = integerResources.has(name) || isExtendedResource(name)
  return [
    ...validateNonNegativeQuantity(quantity, text, path),
    ...ensure(!isCounted || quantity.nanos % 1_000_000_000n === 0n, () =>
      invalidField(path, text, 'must be an integer'),
    ),
  ]
}

function validateNonNegativeQuantity(
  quantity: Quantity,
  text: string,
  path: FieldPath,
): FieldErrors {
  return ensure(compareQuantities(quantity, zeroQuantity) >= 0, () =>
    invalidField(path, text, 'must be greater than or equal to 0'),
  )
}
