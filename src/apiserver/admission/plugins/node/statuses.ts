import type { PersistentVolumeClaim, Pod } from '#api'
import { deepEqual, goQuote } from '#machinery'
import type { AdmissionAttributes } from '../../admission.ts'
import { objectAs, refuse } from '../../attributes.ts'

/** A kubelet tells of pods that are its own, and of nothing else about them. */
export function checkPodStatus(attributes: AdmissionAttributes, node: string): void {
  requireUpdate(attributes)
  const old = objectAs<Pod>(attributes.old ?? {})
  const now = objectAs<Pod>(attributes.object ?? {})
  const quoted = goQuote(node)
  if (old.spec?.nodeName !== node) {
    throw refuse(
      attributes,
      `node ${quoted} can only update pod status for pods with spec.nodeName set to itself`,
    )
  }
  if (!deepEqual(old.metadata?.labels ?? {}, now.metadata?.labels ?? {})) {
    throw refuse(attributes, `node ${quoted} cannot update labels through pod status`)
  }
  const { resourceClaimStatuses: oldClaims = [], extendedResourceClaimStatus: oldExtended } =
    old.status ?? {}
  const { resourceClaimStatuses: claims = [], extendedResourceClaimStatus: extended } =
    now.status ?? {}
  if (!deepEqual(oldClaims, claims)) {
    throw refuse(attributes, `node ${quoted} cannot update resource claim statues`)
  }
  if (!deepEqual(oldExtended, extended)) {
    throw refuse(attributes, `node ${quoted} cannot update extended resource claim status`)
  }
}

/** A kubelet tells how large volumes have become, and nothing else about claims. */
export function checkClaim(attributes: AdmissionAttributes, node: string): void {
  if (attributes.subresource !== 'status') throw refuse(attributes, 'may only update PVC status')
  requireUpdate(attributes)
  const [old, now] = [attributes.old, attributes.object].map((claim) =>
    withoutSizes(objectAs<PersistentVolumeClaim>(claim ?? {})),
  )
  if (deepEqual(old, now)) return
  throw refuse(
    attributes,
    `node ${goQuote(node)} is not allowed to update fields other than status.quantity and status.conditions`,
  )
}

/** All that a kubelet may not change; an update need not name the revision that it is of. */
function withoutSizes({ metadata, spec, status }: PersistentVolumeClaim): object {
  const { resourceVersion: _r, managedFields: _m, ...kept } = metadata ?? {}
  const {
    capacity: _c,
    conditions: _s,
    allocatedResources: _a,
    allocatedResourceStatuses: _t,
    ...others
  } = status ?? {}
  return { spec, metadata: kept, status: others }
}

function requireUpdate(attributes: AdmissionAttributes): void {
  if (attributes.verb === 'update') return
  throw refuse(attributes, `unexpected operation ${goQuote(attributes.verb.toUpperCase())}`)
}
