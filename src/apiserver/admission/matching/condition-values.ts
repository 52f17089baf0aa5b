import type { Namespace } from '#api'
import { authorizerValue, type CelValue, celTypes, celValueOf, requestResourceValue } from '#cel'
import type { KubeObject, Stored } from '#machinery'
import type { Authorizer } from '../../authz/authorizer.ts'
import type { AdmissionAttributes } from '../admission.ts'
import { askedName, askedNamespace, requestedResource } from './asked.ts'
import { celAuthorizer } from './cel-authorizer.ts'
import type { ReviewRequest } from './review-request.ts'

/** What the variables of an expression of admission stand for. */
export interface ConditionInput {
  readonly attributes: AdmissionAttributes
  readonly request: ReviewRequest
  /** In the version that the rules of the webhook or policy name; undefined is null. */
  readonly object: KubeObject | undefined
  readonly oldObject: KubeObject | undefined
  readonly namespaceObject?: Stored<Namespace> | undefined
  readonly params?: KubeObject | undefined
  readonly authorizer: Authorizer
}

/**
 * The values of the variables of an expression, each made when it is first looked at. Upstream evaluates what the
 * objects hold, whatever the types of the variables say.
 */
export function conditionValues(input: ConditionInput): Readonly<Record<string, CelValue>> {
  const { attributes, request, object, oldObject, namespaceObject, params } = input
  const asked = requestedResource(attributes)
  const ask = celAuthorizer(input.authorizer, attributes.user)
  const makers: Readonly<Record<string, () => CelValue>> = {
    object: () => celValueOf(celTypes.dyn, object),
    oldObject: () => celValueOf(celTypes.dyn, oldObject),
    request: () => celValueOf(celTypes.dyn, request),
    namespaceObject: () =>
      celValueOf(celTypes.dyn, namespaceObject && shownNamespace(namespaceObject)),
    params: () => celValueOf(celTypes.dyn, params),
    authorizer: () => authorizerValue(ask),
    'authorizer.requestResource': () =>
      requestResourceValue(ask, {
        group: asked.group,
        resource: asked.plural,
        subresource: attributes.subresource,
        namespace: askedNamespace(attributes),
        name: askedName(attributes),
      }),
  }
  return lazily(makers)
}

function lazily(
  makers: Readonly<Record<string, () => CelValue>>,
): Readonly<Record<string, CelValue>> {
  const values: Record<string, CelValue> = {}
  for (const [name, make] of Object.entries(makers)) {
    Object.defineProperty(values, name, {
      configurable: true,
      enumerable: true,
      get() {
        const value = make()
        Object.defineProperty(values, name, { value, enumerable: true })
        return value
      },
    })
  }
  return values
}

/** A Namespace without what upstream hides of it. */
function shownNamespace({ metadata, ...rest }: Stored<Namespace>): object {
  const { managedFields: _fields, ownerReferences: _owners, selfLink: _link, ...shown } = metadata
  return { ...rest, metadata: shown }
}
