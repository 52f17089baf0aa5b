import {
  type FieldErrors,
  type FieldPath,
  fieldPath,
  invalidField,
  requiredField,
  validateImmutable,
} from '#machinery/validation'
import type {
  CounterSet,
  ResourceSlice,
  ResourceSliceSpec,
} from '../../../generated/types/resource-v1.ts'
import { ensure } from '../../../shared/checks.ts'
import { boundedSet } from '../shared/lists.ts'
import { validateDriverName, validatePoolName } from '../shared/names.ts'
import { validateCounters } from './counters.ts'
import { validateDevice } from './device.ts'
import { requireTrue, validateNodeChoice } from './node-choice.ts'

const mostDevices = 128
const mostAdvancedDevices = 64
const mostCounterSets = 8
const oneChoice =
  'exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required'

/** Errors of a slice, or of what an update makes of it. */
export function validateSlice({ spec }: ResourceSlice, old?: ResourceSlice): FieldErrors {
  const path = fieldPath('spec')
  const { driver = '', pool } = spec
  const before = old?.spec
  return [
    ...validateDriverName(driver, path.child('driver')),
    ...validatePool(pool, path.child('pool')),
    ...(before
      ? [
          ...validateImmutable(pool.name, before.pool.name, path.child('pool', 'name')),
          ...validateImmutable(driver, before.driver, path.child('driver')),
          ...validateImmutable(spec.nodeName, before.nodeName, path.child('nodeName')),
        ]
      : []),
    ...validateNodes(spec, path),
    ...ensure(!(spec.sharedCounters && spec.devices), () =>
      invalidField(path, '', 'only one of `sharedCounters` or `devices` is allowed'),
    ),
    ...boundedSet(spec.devices, path.child('devices'), {
      most: isAdvanced(spec) ? mostAdvancedDevices : mostDevices,
      check: (device, at) => validateDevice(device, at, { spec, before }),
      keyOf: ({ name }) => name,
    }),
    ...boundedSet(spec.sharedCounters, path.child('sharedCounters'), {
      most: mostCounterSets,
      check: validateCounterSet,
      keyOf: ({ name }) => name,
    }),
  ]
}

function isAdvanced({ devices = [] }: ResourceSliceSpec): boolean {
  return devices.some(
    ({ taints = [], consumesCounters = [], attributes = {} }) =>
      taints.length > 0 ||
      consumesCounters.length > 0 ||
      Object.values(attributes).some(({ ints, bools, strings, versions }) =>
        Boolean(ints ?? bools ?? strings ?? versions),
      ),
  )
}

function validatePool(pool: ResourceSliceSpec['pool'] | undefined, path: FieldPath): FieldErrors {
  const { name = '', resourceSliceCount: count = 0, generation = 0 } = pool ?? {}
  return [
    ...validatePoolName(name, path.child('name')),
    ...ensure(count > 0, () =>
      invalidField(path.child('resourceSliceCount'), count, 'must be greater than zero'),
    ),
    ...ensure(generation >= 0, () =>
      invalidField(path.child('generation'), generation, 'must be greater than or equal to zero'),
    ),
  ]
}

function validateNodes(spec: ResourceSliceSpec, path: FieldPath): FieldErrors {
  const { nodeSelector, perDeviceNodeSelection } = spec
  const { errors, used } = validateNodeChoice(
    spec,
    path,
    'must be either unset or set to a non-empty string',
  )
  const terms = nodeSelector?.nodeSelectorTerms
  const chosen = perDeviceNodeSelection ? [...used, '`perDeviceNodeSelection`'] : used
  return [
    ...errors,
    ...ensure(!nodeSelector || terms?.length === 1, () =>
      invalidField(
        path.child('nodeSelector', 'nodeSelectorTerms'),
        terms,
        'must have exactly one node selector term',
      ),
    ),
    ...requireTrue(perDeviceNodeSelection, path.child('perDeviceNodeSelection')),
    ...(chosen.length === 0 ? [requiredField(path, oneChoice)] : []),
    ...(chosen.length > 1
      ? [invalidField(path, `{${chosen.join(', ')}}`, `${oneChoice}, but multiple fields are set`)]
      : []),
  ]
}

function validateCounterSet({ name = '', counters }: CounterSet, path: FieldPath): FieldErrors {
  return validateCounters({ name, at: path.child('name') }, counters, path.child('counters'))
}
