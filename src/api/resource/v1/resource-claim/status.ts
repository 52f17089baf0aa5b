import { deepEqual } from '#machinery'
import {
  type FieldErrors,
  type FieldPath,
  fieldPath,
  forbiddenField,
  invalidField,
  tooLongField,
  tooManyField,
  validateImmutable,
} from '#machinery/validation'
import { validateNodeSelector } from '../../../core/v1/pod/validation/affinity.ts'
import type {
  AllocatedDeviceStatus,
  AllocationResult,
  ResourceClaim,
  ResourceClaimStatus,
} from '../../../generated/types/resource-v1.ts'
import { ensure, requireKnown, requireValue } from '../../../shared/checks.ts'
import { validateConditionList } from '../../../shared/conditions.ts'
import { validateBindingConditions } from '../shared/binding-conditions.ts'
import { validateConfiguration, validateRawObject } from '../shared/configs.ts'
import { boundedList, boundedSet } from '../shared/lists.ts'
import {
  validateDriverName,
  validateLabelName,
  validatePoolName,
  validateShareId,
} from '../shared/names.ts'
import { type RequestNames, requestNames, validateNamed, validateNameRef } from './claim.ts'
import { validateInterfaceAddress } from './interface-address.ts'

const mostConsumers = 256
const mostResults = 32
const mostConfigs = 64
const mostConditions = 8
const mostIps = 16
const longestInterface = 256
const longestHardwareAddress = 128

interface DeviceName {
  readonly driver: string
  readonly pool: string
  readonly device: string
  readonly shareID?: string
}

/** One device of a claim, or the share of it that the claim has. */
function allocatedDeviceId({ driver, pool, device, shareID }: DeviceName): string {
  const name = `${driver}/${pool}/${device}`
  return shareID === undefined ? name : `${name}/${shareID}`
}

/** Status without what is said of devices that the claim had and has no more. */
export function withoutDeallocated(
  status: ResourceClaimStatus,
  old: ResourceClaimStatus | undefined,
): ResourceClaimStatus {
  const { devices, ...rest } = status
  if (!devices) return status
  const has = idsOf(status.allocation)
  const gone = new Set([...idsOf(old?.allocation)].filter((id) => !has.has(id)))
  const kept = devices.filter((device) => !gone.has(allocatedDeviceId(device)))
  if (kept.length === 0) return rest
  return kept.length === devices.length ? status : { ...rest, devices: kept }
}

function idsOf(allocation: AllocationResult | undefined): ReadonlySet<string> {
  return new Set((allocation?.devices?.results ?? []).map(allocatedDeviceId))
}

/** Errors of an update of a claim's status. */
export function validateClaimStatus(claim: ResourceClaim, old: ResourceClaim): FieldErrors {
  const path = fieldPath('status')
  const { reservedFor, devices, allocation }: ResourceClaimStatus = claim.status ?? {}
  const allocated = idsOf(allocation)
  return [
    ...boundedSet(reservedFor, path.child('reservedFor'), {
      most: mostConsumers,
      check: (consumer, at) => [
        ...requireValue(consumer.resource, at.child('resource')),
        ...requireValue(consumer.name, at.child('name')),
        ...requireValue(consumer.uid, at.child('uid')),
      ],
      keyOf: ({ uid }) => uid,
    }),
    ...boundedSet(devices, path.child('devices'), {
      most: Number.POSITIVE_INFINITY,
      check: (device, at) => validateDeviceStatus(device, at, allocated),
      keyOf: allocatedDeviceId,
    }),
    ...validateReserved(claim, old, path.child('reservedFor')),
    ...validateAllocation(claim, old, path.child('allocation')),
  ]
}

function validateReserved(
  { metadata, status }: ResourceClaim,
  old: ResourceClaim,
  path: FieldPath,
): FieldErrors {
  const { reservedFor = [], allocation } = status ?? {}
  if (reservedFor.length === 0) return []
  if (!allocation) return [forbiddenField(path, 'may not be specified when `allocated` is not set')]
  if (metadata?.deletionTimestamp === undefined) return []
  const before = old.status?.reservedFor ?? []
  return ensure(
    reservedFor.every((each) => before.some((known) => deepEqual(known, each))),
    () =>
      forbiddenField(
        path,
        'new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set',
      ),
  )
}

/** What is allocated stays until all of it is given back. */
function validateAllocation(
  { spec, status }: ResourceClaim,
  old: ResourceClaim,
  path: FieldPath,
): FieldErrors {
  const { allocation } = status ?? {}
  if (!allocation) return []
  if (old.status?.allocation) return validateImmutable(allocation, old.status.allocation, path)
  const names = requestNames(spec.devices)
  const { devices = {}, nodeSelector } = allocation
  const at = path.child('devices')
  return [
    ...boundedList(devices.results, at.child('results'), mostResults, (result, place) =>
      validateResult(result, place, names),
    ),
    ...boundedList(devices.config, at.child('config'), mostConfigs, (config, place) => [
      ...requireKnown(config.source, place.child('source'), ['FromClaim', 'FromClass']),
      ...validateNamed(config.requests, place.child('requests'), names),
      ...validateConfiguration(config, place, false),
    ]),
    ...(nodeSelector ? validateNodeSelector(nodeSelector, path.child('nodeSelector')) : []),
  ]
}

type Result = NonNullable<NonNullable<AllocationResult['devices']>['results']>[number]

function validateResult(result: Result, path: FieldPath, names: RequestNames): FieldErrors {
  const { request = '', driver = '', pool = '', device = '', shareID } = result
  return [
    ...validateNameRef(request, path.child('request'), names),
    ...validateDriverName(driver, path.child('driver')),
    ...validatePoolName(pool, path.child('pool')),
    ...validateLabelName(device, path.child('device')),
    ...validateBindingConditions(result, path),
    ...(shareID === undefined ? [] : validateShareId(shareID, path.child('shareID'))),
  ]
}

function validateDeviceStatus(
  status: AllocatedDeviceStatus,
  path: FieldPath,
  allocated: ReadonlySet<string>,
): FieldErrors {
  const { driver = '', pool = '', device = '', shareID, conditions = [], data } = status
  const id = allocatedDeviceId(status)
  return [
    ...validateDriverName(driver, path.child('driver')),
    ...validatePoolName(pool, path.child('pool')),
    ...validateLabelName(device, path.child('device')),
    ...(shareID === undefined ? [] : validateShareId(shareID, path.child('shareID'))),
    ...ensure(allocated.has(id), () =>
      invalidField(path, id, 'must be an allocated device in the claim'),
    ),
    ...ensure(conditions.length <= mostConditions, () =>
      tooManyField(path.child('conditions'), conditions.length, mostConditions),
    ),
    ...validateConditionList(conditions, path.child('conditions')),
    ...(data === undefined ? [] : validateRawObject(data, path.child('data'))),
    ...validateNetworkData(status.networkData, path.child('networkData')),
  ]
}

function validateNetworkData(
  data: AllocatedDeviceStatus['networkData'],
  path: FieldPath,
): FieldErrors {
  const { interfaceName = '', hardwareAddress = '', ips } = data ?? {}
  return [
    ...longAtMost(interfaceName, path.child('interfaceName'), longestInterface),
    ...longAtMost(hardwareAddress, path.child('hardwareAddress'), longestHardwareAddress),
    ...boundedSet(ips, path.child('ips'), {
      most: mostIps,
      check: validateInterfaceAddress,
      keyOf: (ip) => ip,
    }),
  ]
}

function longAtMost(text: string, path: FieldPath, most: number): FieldErrors {
  return ensure(Buffer.byteLength(text) <= most, () => tooLongField(path, most))
}
