import {
  type FieldErrors,
  type FieldPath,
  invalidField,
  notSupportedField,
  requiredField,
} from '#machinery/validation'
import type {
  DeviceClaim,
  DeviceRequest,
  DeviceSubRequest,
  ExactDeviceRequest,
} from '../../../generated/types/resource-v1.ts'
import { changeMember, fill, mapItems } from '../../../shared/change.ts'
import { eachItem, ensure } from '../../../shared/checks.ts'
import { boundedSet } from '../shared/lists.ts'
import { validateClassName, validateLabelName } from '../shared/names.ts'
import { validateSelectors } from '../shared/selectors.ts'
import { validateDeviceToleration } from '../shared/taints.ts'

/** So many requests a claim may have, and so many devices an allocation. */
export const mostRequests = 32
const mostAlternatives = 8
const eitherForm = 'exactly one of `exactly` or `firstAvailable` is required'

/** The claim's requests with their defaults: one device each. */
export function withRequestDefaults(claim: DeviceClaim): DeviceClaim {
  return changeMember(claim, 'requests', (requests) =>
    mapItems(requests, (request) =>
      changeMember(changeMember(request, 'exactly', counted), 'firstAvailable', (list) =>
        mapItems(list, counted),
      ),
    ),
  )
}

function counted<T extends ExactDeviceRequest | DeviceSubRequest>(request: T): T {
  const { allocationMode = '' } = request
  if (allocationMode !== '' && allocationMode !== 'ExactCount') return request
  return fill<ExactDeviceRequest | DeviceSubRequest>(request, {
    allocationMode: 'ExactCount',
    count: 1,
  }) as T // Cast: only members of both forms are filled in.
}

/** Errors of the requests of a claim. */
export function validateRequests(requests: DeviceClaim['requests'], path: FieldPath): FieldErrors {
  return boundedSet(requests, path, {
    most: mostRequests,
    check: validateRequest,
    keyOf: ({ name }) => name,
  })
}

function validateRequest(request: DeviceRequest, path: FieldPath): FieldErrors {
  const { name = '', exactly, firstAvailable = [] } = request
  return [...validateLabelName(name, path.child('name')), ...validateForm()]

  function validateForm(): FieldErrors {
    if (exactly && firstAvailable.length > 0) {
      return [invalidField(path, null, `${eitherForm}, but multiple fields are set`)]
    }
    if (exactly) return validateWanted(exactly, path.child('exactly'))
    if (firstAvailable.length === 0) return [requiredField(path, eitherForm)]
    return boundedSet(firstAvailable, path.child('firstAvailable'), {
      most: mostAlternatives,
      check: (each, at) => [
        ...validateLabelName(each.name ?? '', at.child('name')),
        ...validateWanted(each, at),
      ],
      keyOf: (each) => each.name,
    })
  }
}

function validateWanted(
  wanted: ExactDeviceRequest | DeviceSubRequest,
  path: FieldPath,
): FieldErrors {
  return [
    ...validateClassName(wanted.deviceClassName ?? '', path.child('deviceClassName')),
    ...validateSelectors(wanted.selectors, path.child('selectors')),
    ...validateMode(wanted, path),
    ...eachItem(wanted.tolerations, path.child('tolerations'), validateDeviceToleration),
  ]
}

function validateMode(
  { allocationMode = '', count = 0 }: ExactDeviceRequest | DeviceSubRequest,
  path: FieldPath,
): FieldErrors {
  const at = path.child('count')
  switch (allocationMode) {
    case 'All':
      return ensure(count === 0, () =>
        invalidField(at, count, "must not be specified when allocationMode is 'All'"),
      )
    case 'ExactCount':
      return ensure(count > 0, () => invalidField(at, count, 'must be greater than zero'))
    default:
      return [
        notSupportedField(path.child('allocationMode'), allocationMode, ['All', 'ExactCount']),
      ]
  }
}
