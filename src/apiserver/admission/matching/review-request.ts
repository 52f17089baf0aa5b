import type { GroupVersionKind } from '#api'
import type { Resource, UserInfo } from '#machinery'
import type { AdmissionAttributes } from '../admission.ts'
import { askedName, askedNamespace, requestedResource } from './asked.ts'
import { operationOf } from './match-rules.ts'
import { kindOf } from './versioned.ts'

/** What a review and the variable `request` say of a request, besides its objects (upstream: `AdmissionRequest`). */
export interface ReviewRequest {
  readonly kind: GroupVersionKind
  readonly resource: GroupVersionResource
  readonly subResource?: string
  readonly requestKind: GroupVersionKind
  readonly requestResource: GroupVersionResource
  readonly requestSubResource?: string
  readonly name?: string
  readonly namespace?: string
  readonly operation: string
  readonly userInfo: {
    readonly username?: string
    readonly uid?: string
    readonly groups?: readonly string[]
    readonly extra?: UserInfo['extra']
  }
  readonly dryRun: boolean
  readonly options: AdmissionAttributes['options'] | null
}

interface GroupVersionResource {
  readonly group: string
  readonly version: string
  readonly resource: string
}

/** What is said of a request to whoever sees it as one for the resource given. */
export function reviewRequestOf(
  attributes: AdmissionAttributes,
  resource: Resource,
): ReviewRequest {
  const { subresource, user, dryRun, options = null } = attributes
  const asked = requestedResource(attributes)
  const [name, namespace] = [askedName(attributes), askedNamespace(attributes)]
  return {
    kind: kindOf(attributes, resource),
    resource: namesOf(resource),
    ...(subresource && { subResource: subresource }),
    requestKind: kindOf(attributes, asked),
    requestResource: namesOf(asked),
    ...(subresource && { requestSubResource: subresource }),
    ...(name && { name }),
    ...(namespace && { namespace }),
    operation: operationOf(attributes),
    userInfo: {
      ...(user.name && { username: user.name }),
      ...(user.uid && { uid: user.uid }),
      ...(user.groups.length > 0 && { groups: user.groups }),
      ...(user.extra && Object.keys(user.extra).length > 0 && { extra: user.extra }),
    },
    dryRun,
    options,
  }
}

function namesOf({ group, version, plural }: Resource): GroupVersionResource {
  return { group, version, resource: plural }
}
