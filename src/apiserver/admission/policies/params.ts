import type { AdmissionregistrationV1 } from '#api'
import type { KubeObject, Resource } from '#machinery'
import { matchesLabels, selectorFromObject } from '#machinery/selectors'
import type { ObjectReader } from '../../cache/object-reader.ts'
import type { Served } from '../../served/served.ts'

type ParamKind = AdmissionregistrationV1.ParamKind
type ParamRef = AdmissionregistrationV1.ParamRef

/** A policy or a binding cannot be put into effect; upstream's words say why. */
export class PolicyConfigurationError extends Error {}

/**
 * The resource of which the parameters of a policy are; undefined where it has none.
 * @throws PolicyConfigurationError for a kind that is not served
 */
export function paramResource(
  paramKind: ParamKind | undefined,
  served: Pick<Served, 'all'>,
): Resource | undefined {
  if (!paramKind) return undefined
  const { apiVersion = '', kind = '' } = paramKind
  const [version = '', group = ''] = apiVersion.split('/').toReversed()
  const found = served.all.find(
    (resource) =>
      resource.kind === kind && resource.group === group && resource.version === version,
  )
  if (found) return found
  throw new PolicyConfigurationError(
    `failed to find resource referenced by paramKind: '${group}/${version}, Kind=${kind}'`,
  )
}

/**
 * The parameters with which a binding holds: one undefined where it has none, and an empty list where none are found
 * and that does not matter (upstream: `CollectParams`).
 * @throws PolicyConfigurationError
 */
export function paramsOf(
  resource: Resource | undefined,
  ref: ParamRef | undefined,
  { objects, namespace: asked }: { readonly objects: ObjectReader; readonly namespace: string },
): readonly (KubeObject | undefined)[] {
  if (!resource || !ref) return [undefined]
  const namespace = namespaceOf(resource, ref, asked)
  const found = ref.name
    ? named(resource, ref.name, { objects, namespace })
    : selected(resource, ref, { objects, namespace })
  if (found.length === 0 && ref.parameterNotFoundAction === 'Deny') {
    throw new PolicyConfigurationError(
      'no params found for policy binding with `Deny` parameterNotFoundAction',
    )
  }
  return found
}

interface ParamPlace {
  readonly objects: ObjectReader
  /** Undefined for those of the cluster. */
  readonly namespace: string | undefined
}

function namespaceOf(resource: Resource, ref: ParamRef, asked: string): string | undefined {
  if (resource.scope === 'Cluster') {
    if (!ref.namespace) return undefined
    throw new PolicyConfigurationError(
      'paramRef.namespace must not be provided for a cluster-scoped `paramKind`',
    )
  }
  const namespace = ref.namespace || asked
  if (namespace !== '') return namespace
  throw new PolicyConfigurationError(
    'cannot use namespaced paramRef in policy binding that matches cluster-scoped resources',
  )
}

function named(
  resource: Resource,
  name: string,
  { objects, namespace }: ParamPlace,
): readonly KubeObject[] {
  const found = objects.get(resource, { name, ...(namespace !== undefined && { namespace }) })
  return found ? [found] : []
}

function selected(
  resource: Resource,
  { selector = {} }: ParamRef,
  { objects, namespace }: ParamPlace,
): readonly KubeObject[] {
  const wanted = selectorFromObject(selector)
  return objects
    .list(resource, namespace)
    .filter(({ metadata }) => matchesLabels(wanted, metadata.labels))
}
