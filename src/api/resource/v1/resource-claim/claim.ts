import {
  type FieldErrors,
  type FieldPath,
  invalidField,
  requiredField,
} from '#machinery/validation'
import type {
  DeviceClaim,
  DeviceConstraint,
  ResourceClaimSpec,
} from '../../../generated/types/resource-v1.ts'
import { changeMember } from '../../../shared/change.ts'
import { validateConfiguration } from '../shared/configs.ts'
import { boundedList, boundedSet } from '../shared/lists.ts'
import { validateFullyQualifiedName, validateLabelName } from '../shared/names.ts'
import { mostRequests, validateRequests, withRequestDefaults } from './requests.ts'

const mostConstraints = 32
const mostConfigs = 32
const notNamed =
  "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'"

/** The spec of a claim or a template with its defaults. */
export function withClaimDefaults(spec: ResourceClaimSpec): ResourceClaimSpec {
  return changeMember(spec, 'devices', withRequestDefaults)
}

/** Errors of the spec of a claim or of a template. */
export function validateClaimSpec(
  spec: ResourceClaimSpec | undefined,
  path: FieldPath,
): FieldErrors {
  const { requests, constraints, config } = spec?.devices ?? {}
  const at = path.child('devices')
  const names = requestNames(spec?.devices)
  return [
    ...validateRequests(requests, at.child('requests')),
    ...boundedList(constraints, at.child('constraints'), mostConstraints, (each, place) =>
      validateConstraint(each, place, names),
    ),
    ...boundedList(config, at.child('config'), mostConfigs, (each, place) => [
      ...validateNamed(each.requests, place.child('requests'), names),
      ...validateConfiguration(each, place, false),
    ]),
  ]
}

/** The names of a claim's requests, each with those of its alternatives: `gpu`, `gpu/large`. */
export type RequestNames = ReadonlySet<string>

/** Every name that a part of the claim can refer to. */
export function requestNames(devices: DeviceClaim | undefined): RequestNames {
  return new Set(
    (devices?.requests ?? []).flatMap(({ name, firstAvailable = [] }) => [
      name,
      ...firstAvailable.map((each) => `${name}/${each.name}`),
    ]),
  )
}

function validateConstraint(
  { requests, matchAttribute, distinctAttribute }: DeviceConstraint,
  path: FieldPath,
  names: RequestNames,
): FieldErrors {
  const named = validateNamed(requests, path.child('requests'), names)
  if (matchAttribute !== undefined) {
    const at = path.child('matchAttribute')
    return [...named, ...validateFullyQualifiedName(matchAttribute, at)]
  }
  if (distinctAttribute !== undefined) {
    const at = path.child('distinctAttribute')
    return [...named, ...validateFullyQualifiedName(distinctAttribute, at)]
  }
  // Upstream's text says so although none is set.
  const detail =
    'exactly one of "matchAttribute" or "distinctAttribute" is required, but multiple fields are set'
  return [...named, requiredField(path, detail)]
}

/** Errors of a list of names of requests, each of which stands once. */
export function validateNamed(
  requests: readonly string[] | undefined,
  path: FieldPath,
  names: RequestNames,
): FieldErrors {
  return boundedSet(requests, path, {
    most: mostRequests,
    check: (name, at) => validateNameRef(name, at, names),
    keyOf: (name) => name,
  })
}

/** Errors of one name of a request, or of one of its alternatives. */
export function validateNameRef(name: string, path: FieldPath, names: RequestNames): FieldErrors {
  const segments = name.split('/')
  if (segments.length > 2) return [invalidField(path, name, notNamed)]
  return [
    ...segments.flatMap((segment) => validateLabelName(segment, path)),
    ...(names.has(name) ? [] : [invalidField(path, name, notNamed)]),
  ]
}
