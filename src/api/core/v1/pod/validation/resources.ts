import {
  compareQuantities,
  formatQuantity,
  tryParseQuantity,
  zeroQuantity,
} from '#machinery/quantity'
import {
  type FieldErrors,
  type FieldPath,
  forbiddenField,
  invalidField,
  notFoundField,
  notSupportedField,
  requiredField,
} from '#machinery/validation'
import type {
  ContainerResizePolicy,
  PodSpec,
  ResourceRequirements,
} from '../../../../generated/types/index.ts'
import { change } from '../../../../shared/change.ts'
import {
  eachItem,
  ensure,
  onlyOnce,
  requireKnown,
  requireValue,
} from '../../../../shared/checks.ts'
import {
  allowsOvercommit,
  isHugePageResource,
  validateContainerResourceName,
  validateResourceName,
  validateResourceQuantity,
} from '../../../../shared/resource-amounts.ts'
import { amountsOf, isPodLevelResource, podRequests } from '../model/requests.ts'

type ResourceList = Readonly<Record<string, string>>

const noErrors: FieldErrors = []

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
export function validatePodResources(spec: PodSpec, path: FieldPath): FieldErrors {
  const { resources } = spec
  if (!resources) return []
  return [
    ...ensure(!resources.claims?.length, () =>
      forbiddenField(path.child('claims'), 'claims cannot be set for Resources at pod-level'),
    ),
    ...validateLists(resources, path, (name, at) => [
      ...validateResourceName(name, at),
      ...ensure(isPodLevelResource(name), () =>
        notSupportedField(at, name, ['cpu', 'hugepages-', 'memory']),
      ),
    ]),
    ...validateConsistency(spec, path),
  ]
}

/** The pod as a whole requests no less than its containers do, and limits each of them. */
function validateConsistency(spec: PodSpec, path: FieldPath): FieldErrors {
  const own = amountsOf(spec.resources?.requests)
  const limits = amountsOf(spec.resources?.limits)
  const together = podRequests({
    spec: change(spec, { resources: undefined, overhead: undefined }),
  })
  return [
    ...[...together].flatMap(([name, amount]) => {
      const requested = own.get(name) ?? zeroQuantity
      return ensure(compareQuantities(amount, requested) <= 0, () =>
        invalidField(
          path.child('requests').key(name),
          formatQuantity(requested),
          `must be greater than or equal to aggregate container requests of ${formatQuantity(amount)}`,
        ),
      )
    }),
    ...eachItem(spec.containers, path.child('containers'), ({ resources }, at) =>
      [...amountsOf(resources?.limits)].flatMap(([name, limit]) => {
        const most = limits.get(name)
        return ensure(!most || compareQuantities(limit, most) <= 0, () =>
          invalidField(
            at.key(name).child('limits'),
            formatQuantity(limit),
            `must be less than or equal to pod limits of ${formatQuantity(most ?? limit)}`,
          ),
        )
      }),
    ),
  ]
}

function validateLists(
  { limits = {}, requests = {} }: ResourceRequirements,
  path: FieldPath,
  checkName: (name: string, path: FieldPath) => FieldErrors,
): FieldErrors {
  const each = (list: ResourceList, at: FieldPath) =>
    Object.entries(list).flatMap(([name, text]) => {
      const place = at.key(name)
      const [named, counted] = [checkName(name, place), validateResourceQuantity(name, text, place)]
      return named.length + counted.length === 0 ? noErrors : [...named, ...counted]
    })
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
    // Upstream names the list in all other errors.
    ...requireKnown(policy.resourceName, path, ['cpu', 'memory']),
    ...requireKnown(policy.restartPolicy, path, ['NotRequired', 'RestartContainer']),
    ...ensure(restartPolicy !== 'Never' || policy.restartPolicy === 'NotRequired', () =>
      invalidField(
        path,
        policy.restartPolicy,
        "must be 'NotRequired' when `restartPolicy` is 'Never'",
      ),
    ),
  ])
}
