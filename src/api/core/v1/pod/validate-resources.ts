import {
  compareQuantities,
  type FieldErrors,
  type FieldPath,
  forbiddenField,
  invalidField,
  notFoundField,
  notSupportedField,
  requiredField,
  tryParseQuantity,
} from '#machinery'
import type { ContainerResizePolicy, ResourceRequirements } from '../../../generated/types/index.ts'
import { eachItem, ensure, onlyOnce, requireKnown, requireValue } from '../../../shared/checks.ts'
import {
  allowsOvercommit,
  isHugePageResource,
  validateContainerResourceName,
  validateResourceQuantity,
} from '../../../shared/resource-amounts.ts'
import { isPodLevelResource } from './requests.ts'

type ResourceList = Readonly<Record<string, string>>

/** What a container requests and is limited to. */
export function validateContainerResources(
  resources: ResourceRequirements | undefined,
  path: FieldPath,
  claimNames: ReadonlySet<string> = new Set(),
): FieldErrors {
  if (!resources) return []
  return [
    ...validateLists(resources, path, validateContainerResourceName),
    ...validateClaims(resources, path.child('claims'), claimNames),
  ]
}

/** What a pod requests and is limited to as a whole: cpu, memory and huge pages. */
export function validatePodResources(
  resources: ResourceRequirements | undefined,
  path: FieldPath,
): FieldErrors {
  if (!resources) return []
  return [
    ...ensure(!resources.claims?.length, () =>
      forbiddenField(path.child('claims'), 'claims may not be set for Resources at pod-level'),
    ),
    ...validateLists(resources, path, (name, at) => [
      ...validateContainerResourceName(name, at),
      ...ensure(isPodLevelResource(name), () =>
        notSupportedField(at, name, ['cpu', 'hugepages-', 'memory']),
      ),
    ]),
  ]
}

function validateLists(
  { limits = {}, requests = {} }: ResourceRequirements,
  path: FieldPath,
  checkName: (name: string, path: FieldPath) => FieldErrors,
): FieldErrors {
  const each = (list: ResourceList, at: FieldPath) =>
    Object.entries(list).flatMap(([name, text]) => [
      ...checkName(name, at.key(name)),
      ...validateResourceQuantity(name, text, at.key(name)),
    ])
  const names = [...Object.keys(limits), ...Object.keys(requests)]
  const needsHost = names.some(isHugePageResource) && !names.some(isHostResource)
  return [
    ...each(limits, path.child('limits')),
    ...each(requests, path.child('requests')),
    ...Object.keys(requests).flatMap((name) => validateBalance(name, { limits, requests }, path)),
    ...ensure(!needsHost, () => forbiddenField(path, 'HugePages require cpu or memory')),
  ]
}

function isHostResource(name: string): boolean {
  return name === 'cpu' || name === 'memory'
}

function validateBalance(
  name: string,
  { limits, requests }: { readonly limits: ResourceList; readonly requests: ResourceList },
  path: FieldPath,
): FieldErrors {
  const [limitText, requestText] = [limits[name], requests[name] ?? '']
  if (limitText === undefined) {
    return ensure(allowsOvercommit(name), () =>
      requiredField(path.child('limits'), 'Limit must be set for non overcommitable resources'),
    )
  }
  const [limit, request] = [tryParseQuantity(limitText), tryParseQuantity(requestText)]
  if (!limit || !request) return []
  const order = compareQuantities(request, limit)
  const error = (rule: string) =>
    invalidField(path.child('requests'), requestText, `${rule} ${name} limit of ${limitText}`)
  if (order !== 0 && !allowsOvercommit(name)) return [error('must be equal to')]
  return order > 0 ? [error('must be less than or equal to')] : []
}

function validateClaims(
  { claims }: ResourceRequirements,
  path: FieldPath,
  known: ReadonlySet<string>,
): FieldErrors {
  const seen = new Set<string>()
  return eachItem(claims, path, ({ name, request = '' }, at) => [
    ...requireValue(name, at.child('name')),
    ...(name ? onlyOnce(seen, request ? `${name}/${request}` : name, at) : []),
    ...ensure(!name || known.has(name), () => notFoundField(at, name)),
  ])
}

/** Whether a container restarts when its resources change while it runs. */
export function validateResizePolicy(
  policies: readonly ContainerResizePolicy[] | undefined,
  path: FieldPath,
  restartPolicy: string | undefined,
): FieldErrors {
  const seen = new Set<string>()
  return eachItem(policies, path, (policy, at) => [
    ...onlyOnce(seen, policy.resourceName, at),
    ...requireKnown(policy.resourceName, at, ['cpu', 'memory']),
    ...requireKnown(policy.restartPolicy, at, ['NotRequired', 'RestartContainer']),
    ...ensure(restartPolicy !== 'Never' || policy.restartPolicy !== 'RestartContainer', () =>
      invalidField(
        at,
        policy.restartPolicy,
        "must be 'NotRequired' when `restartPolicy` is 'Never'",
      ),
    ),
  ])
}
