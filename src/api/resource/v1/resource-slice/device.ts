import { deepEqual } from '#machinery'
import { compareQuantities, parseQuantity, zeroQuantity } from '#machinery/quantity'
import {
  type FieldErrors,
  type FieldPath,
  invalidField,
  notFoundField,
  requiredField,
} from '#machinery/validation'
import type {
  Device,
  DeviceCounterConsumption,
  ResourceSliceSpec,
} from '../../../generated/types/resource-v1.ts'
import { ensure } from '../../../shared/checks.ts'
import { validateBindingConditions } from '../shared/binding-conditions.ts'
import { boundedList, boundedMap, boundedSet } from '../shared/lists.ts'
import { longestQualifiedName, validateLabelName, validateQualifiedName } from '../shared/names.ts'
import { validateDeviceTaint } from '../shared/taints.ts'
import { countValues, validateAttribute } from './attributes.ts'
import { validateShared, validateUnshared } from './capacities.ts'
import { validateCounters } from './counters.ts'
import { validateNodeChoice } from './node-choice.ts'

const mostNames = 32
const mostValues = 48
const mostTaints = 16
const mostConsumptions = 2
const oneChoice =
  'exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when `perDeviceNodeSelection` is set to true in the ResourceSlice spec'

interface Around {
  readonly spec: ResourceSliceSpec
  readonly before: ResourceSliceSpec | undefined
}

/** Errors of one device of a slice. */
export function validateDevice(
  device: Device,
  path: FieldPath,
  { spec, before }: Around,
): FieldErrors {
  const { name = '', attributes = {}, capacity = {}, taints } = device
  const names = Object.keys(attributes).length + Object.keys(capacity).length
  const values = countValues(attributes)
  const old = before?.devices?.find((each) => each.name === name)
  const qualified = { longestKey: longestQualifiedName, checkKey: validateQualifiedName }
  return [
    ...validateLabelName(name, path.child('name')),
    ...tooMany(names, mostNames, path, 'attributes and capacities'),
    ...tooMany(values, mostValues, path, 'attribute values'),
    ...boundedMap(attributes, path.child('attributes'), { ...qualified, check: validateAttribute }),
    ...boundedMap(capacity, path.child('capacity'), {
      ...qualified,
      check: device.allowMultipleAllocations ? validateShared : validateUnshared,
    }),
    ...(old && deepEqual(old.taints, taints)
      ? []
      : boundedList(taints, path.child('taints'), mostTaints, validateDeviceTaint)),
    ...boundedSet(device.consumesCounters, path.child('consumesCounters'), {
      most: mostConsumptions,
      check: validateConsumption,
      keyOf: ({ counterSet }) => counterSet,
    }),
    ...validateOwnNodes(device, path, spec.perDeviceNodeSelection ?? false),
    ...validateBindingConditions(device, path),
    ...validateMappings(device, path.child('nodeAllocatableResourceMappings')),
  ]
}

function tooMany(count: number, most: number, path: FieldPath, what: string): FieldErrors {
  return ensure(count <= most, () =>
    invalidField(path, count, `the total number of ${what} must not exceed ${most}`),
  )
}

function validateConsumption(
  { counterSet = '', counters }: DeviceCounterConsumption,
  path: FieldPath,
): FieldErrors {
  return validateCounters(
    { name: counterSet, at: path.child('counterSet') },
    counters,
    path.child('counters'),
  )
}

function validateOwnNodes(device: Device, path: FieldPath, isPerDevice: boolean): FieldErrors {
  const { nodeName, nodeSelector, allNodes } = device
  if (!isPerDevice) {
    const isSet = nodeName !== undefined || nodeSelector !== undefined || allNodes !== undefined
    const detail =
      '`nodeName`, `nodeSelector` and `allNodes` can only be set if `perDeviceNodeSelection` is set to true in the ResourceSlice spec'
    return ensure(!isSet, () => invalidField(path, null, detail))
  }
  const { errors, used } = validateNodeChoice(device, path, 'must not be empty')
  return [
    ...errors,
    ...(used.length === 0 ? [requiredField(path, oneChoice)] : []),
    ...(used.length > 1 ? [invalidField(path, `{${used.join(', ')}}`, oneChoice)] : []),
  ]
}

/** What a device takes of its node's own resources; upstream drops the field unless a gate is on. */
function validateMappings(
  { nodeAllocatableResourceMappings: mappings = {}, capacity = {} }: Device,
  path: FieldPath,
): FieldErrors {
  return Object.entries(mappings).flatMap(([name, { allocationMultiplier, capacityKey }]) => {
    const at = path.key(name)
    const keyAt = at.child('capacityKey')
    const isNative = !name.includes('/') || name.includes('kubernetes.io/')
    const isPositive =
      allocationMultiplier === undefined ||
      compareQuantities(parseQuantity(allocationMultiplier), zeroQuantity) > 0
    return [
      ...ensure(isNative, () => invalidField(at, name, 'must be a node allocatable resource name')),
      ...ensure(allocationMultiplier !== undefined || capacityKey !== undefined, () =>
        invalidField(at, '', 'at least one of allocationMultiplier or capacityKey must be set'),
      ),
      ...ensure(isPositive, () =>
        invalidField(at.child('allocationMultiplier'), allocationMultiplier, 'must be positive'),
      ),
      ...ensure(capacityKey !== '', () =>
        invalidField(keyAt, '', 'capacityKey must not be an empty string'),
      ),
      ...ensure(!capacityKey || Object.hasOwn(capacity, capacityKey), () =>
        notFoundField(keyAt, capacityKey),
      ),
    ]
  })
}
