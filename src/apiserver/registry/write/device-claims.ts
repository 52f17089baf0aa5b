import {
  namespaces,
  type ResourceClaimStatus,
  type ResourceClaimTemplate,
  type ResourceV1,
  resourceClaims,
  resourceClaimTemplates,
} from '#api'
import { andThen, type MaybePromise } from '#lib'
import { deepEqual, type KubeObject, type UserInfo } from '#machinery'
import { type FieldErrors, type FieldPath, fieldPath, forbiddenField } from '#machinery/validation'
import type { ResourceAttributes } from '../../authz/authorizer.ts'
import { refusal } from '../../authz/refusal.ts'
import type { RequestScope } from '../../request/resource-request.ts'
import type { ObjectWrite } from './write.ts'

const adminLabel = 'resource.kubernetes.io/admin-access'
const accountPrefix = 'system:serviceaccount:'
const nodeNameKey = 'authentication.kubernetes.io/node-name'

/**
 * What a claim of devices may say only where its namespace or its writer has been trusted with it: upstream asks for
 * that among the rules of the kind.
 */
export function claimRefusals(write: ObjectWrite): MaybePromise<FieldErrors> {
  const { scope, object, existing } = write
  if (scope.stored.group !== resourceClaims.group) return []
  if (scope.stored.plural === resourceClaimTemplates.plural) {
    // Cast: the resource says so.
    const { spec } = object as KubeObject as ResourceClaimTemplate
    return existing ? [] : adminRequested(spec.spec, scope)
  }
  if (scope.stored.plural !== resourceClaims.plural) return []
  // Cast: the resource says so.
  const claim = object as KubeObject as ResourceV1.ResourceClaim
  if (!existing) return adminRequested(claim.spec, scope)
  if (scope.subresource !== 'status') return []
  const old = (existing.object as KubeObject as ResourceV1.ResourceClaim).status ?? {} // Cast: as above.
  return statusRefusals(claim.status ?? {}, old, scope)
}

function adminRequested(
  { devices }: ResourceV1.ResourceClaim['spec'],
  scope: RequestScope,
): FieldErrors {
  const requests = devices?.requests ?? []
  const i = requests.findIndex(({ exactly }) => exactly?.adminAccess)
  if (i < 0) return []
  return adminAllowed(fieldPath('spec', 'devices', 'requests').index(i).child('adminAccess'), scope)
}

function adminAllowed(path: FieldPath, { world, namespace }: RequestScope): FieldErrors {
  const labels = world.objects.get(namespaces, { name: namespace })?.metadata.labels
  if (labels?.[adminLabel] === 'true') return []
  const detail = `admin access to devices requires the \`${adminLabel}: true\` label on the containing namespace`
  return [forbiddenField(path, detail)]
}

function statusRefusals(
  status: ResourceClaimStatus,
  old: ResourceClaimStatus,
  scope: RequestScope,
): MaybePromise<FieldErrors> {
  const results = status.allocation?.devices?.results ?? []
  const wasGranted = old.allocation?.devices?.results?.some(({ adminAccess }) => adminAccess)
  const i = wasGranted ? -1 : results.findIndex(({ adminAccess }) => adminAccess)
  const place = fieldPath('status', 'allocation', 'devices', 'results')
  const admin = i < 0 ? [] : adminAllowed(place.index(i).child('adminAccess'), scope)
  return andThen(bindingRefusals(status, old, scope), (binding) =>
    andThen(driverRefusals(status, old, scope), (drivers) => [...admin, ...binding, ...drivers]),
  )
}

/** Who allocates or reserves needs the permission to bind claims, besides that to write their status. */
function bindingRefusals(
  status: ResourceClaimStatus,
  old: ResourceClaimStatus,
  scope: RequestScope,
): MaybePromise<FieldErrors> {
  const isSame =
    deepEqual(status.allocation, old.allocation) &&
    deepEqual(status.reservedFor ?? [], old.reservedFor ?? [])
  if (isSame) return []
  const verb = verbOf(scope)
  const asked = { verb, subresource: 'binding', namespace: '', name: '' }
  return andThen(refusalOf(asked, scope), (refused) =>
    refused === undefined
      ? []
      : [
          forbiddenField(
            fieldPath('status', 'allocation'),
            `changing status.allocation or status.reservedFor requires resource="resourceclaims/binding", verb="${verb}" permission: ${refused}`,
          ),
        ],
  )
}

/** Who says how a device stands needs the permission to speak for its driver. */
function driverRefusals(
  status: ResourceClaimStatus,
  old: ResourceClaimStatus,
  scope: RequestScope,
): MaybePromise<FieldErrors> {
  if (!status.allocation) return []
  const verb = verbOf(scope)
  const isLocal = isOnNode(scope.user, nodeOf(status))
  const verbs = [...(isLocal ? [`associated-node:${verb}`] : []), `arbitrary-node:${verb}`]
  const place = fieldPath('status', 'devices')
  const drivers = changedDrivers(status, old)
  return drivers.reduce<MaybePromise<FieldErrors>>(
    (before, driver) =>
      andThen(before, (errors) =>
        andThen(firstRefusal(verbs, driver, scope), (refused) =>
          refused === undefined
            ? errors
            : [
                ...errors,
                forbiddenField(
                  place,
                  `changing status.devices requires resource="resourceclaims/driver", verb="[${verbs.join(' ')}]" permission: ${refused}`,
                ),
              ],
        ),
      ),
    [],
  )
}

/** Undefined where one of the verbs is allowed, else why the first is not. */
function firstRefusal(
  verbs: readonly string[],
  driver: string,
  scope: RequestScope,
): MaybePromise<string | undefined> {
  const [verb = '', ...others] = verbs
  const asked = { verb, subresource: 'driver', namespace: scope.namespace, name: driver }
  return andThen(refusalOf(asked, scope), (refused) => {
    if (refused === undefined || others.length === 0) return refused
    return andThen(firstRefusal(others, driver, scope), (next) => next && refused)
  })
}

type Asked = Pick<ResourceAttributes, 'verb' | 'subresource' | 'namespace' | 'name'>

function refusalOf(asked: Asked, scope: RequestScope): MaybePromise<string | undefined> {
  const { world, user, signal, stored } = scope
  const attributes: ResourceAttributes = {
    ...{ kind: 'resource', user, group: stored.group, version: stored.version },
    ...{ resource: stored.plural, ...asked },
  }
  return andThen(world.authorizer.authorize(attributes, signal), ({ kind, reason, error }) => {
    if (kind === 'allow') return undefined
    // What went wrong stands before the reason (upstream: `checkAuthorization`).
    const why = [error ?? '', reason].filter((each) => each !== '').join(': ')
    return refusal(attributes, why).message
  })
}

function verbOf({ request }: RequestScope): string {
  return request.method === 'PATCH' ? 'patch' : 'update'
}

function changedDrivers(
  { devices = [] }: ResourceClaimStatus,
  { devices: before = [] }: ResourceClaimStatus,
): readonly string[] {
  const changed = [
    ...devices.filter((device) => !before.some((known) => deepEqual(known, device))),
    ...before.filter((known) => !devices.some((device) => deepEqual(known, device))),
  ]
  return [...new Set(changed.map(({ driver }) => driver))].sort()
}

/** The node that an allocation is bound to, if it is one alone. */
function nodeOf({ allocation }: ResourceClaimStatus): string | undefined {
  const [term, ...others] = allocation?.nodeSelector?.nodeSelectorTerms ?? []
  const [field, ...further] = term?.matchFields ?? []
  const isOne = term && others.length === 0 && !term.matchExpressions?.length
  if (!isOne || !field || further.length > 0) return undefined
  const { key, operator, values = [] } = field
  return key === 'metadata.name' && operator === 'In' && values.length === 1 ? values[0] : undefined
}

function isOnNode({ name, extra }: UserInfo, node: string | undefined): boolean {
  const nodes = extra?.[nodeNameKey] ?? []
  return (
    node !== undefined && name.startsWith(accountPrefix) && nodes.length === 1 && nodes[0] === node
  )
}
