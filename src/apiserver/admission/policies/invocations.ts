import { type Namespace, namespaces } from '#api'
import type { CelValue } from '#cel'
import { type Clock, messageOf } from '#lib'
import type { KubeObject, Resource, Stored } from '#machinery'
import { notFound, StatusError } from '#machinery/status'
import type { Authorizer } from '../../authz/authorizer.ts'
import type { Served } from '../../served/served.ts'
import type { AdmissionAttributes, AdmissionContext } from '../admission.ts'
import { refuse } from '../attributes.ts'
import { askedNamespace, isNamespace, requestedResource } from '../matching/asked.ts'
import { conditionValues } from '../matching/condition-values.ts'
import type { Equivalents } from '../matching/equivalents.ts'
import { type MatchCriteria, matchRequest } from '../matching/match-request.ts'
import type { ReviewRequest } from '../matching/review-request.ts'
import type { SchemaOf } from '../matching/versioned.ts'
import type { ConfigurationSource } from '../webhooks/configured.ts'
import type { BindingObject, ConfiguredPolicy, PolicyObject } from './configured.ts'
import { PolicyConfigurationError, paramResource, paramsOf } from './params.ts'

/** What the plugins of policies are made from. */
export interface PolicyParts extends ConfigurationSource {
  readonly clock: Clock
  readonly authorizer: Authorizer
  readonly served: Pick<Served, 'all' | 'find' | 'storedAs'>
  readonly schemaOf: SchemaOf
  readonly equivalents: Equivalents
}

/** A policy that holds for a request by one of its bindings, with the parameters of that. */
export interface PolicyInvocation<C> {
  readonly configured: C
  readonly policy: string
  readonly binding: Stored<BindingObject>
  /** As which the request is judged: what it names, or an equivalent that the policy names. */
  readonly resource: Resource
  /** One undefined where the policy has none. */
  readonly params: readonly (KubeObject | undefined)[]
}

/** A policy or a binding that cannot be put into effect for a request. */
interface Misconfigured<C> {
  readonly configured: C
  readonly policy: string
  readonly binding?: string
  readonly error: string
}

/** What policies say of a request before any expression is evaluated. */
export type Applicable<C> = PolicyInvocation<C> | Misconfigured<C>

/** The policies that hold for a request, in the order of their names and of those of their bindings. */
export function applicablePolicies<
  C extends ConfiguredPolicy<PolicyObject, BindingObject, unknown>,
>(
  policies: readonly C[],
  attributes: AdmissionAttributes,
  parts: PolicyParts,
  context: AdmissionContext,
): readonly Applicable<C>[] {
  const world = { objects: context.objects, equivalents: parts.equivalents }
  const matched = (criteria: MatchCriteria) => matchRequest(criteria, attributes, world)
  return policies.flatMap((configured) => {
    const { policy, criteria } = configured
    const base = { configured, policy: policy.metadata.name }
    const whole = attempt(() => {
      const resource = matched(criteria)
      return resource && { resource, kind: paramResource(policy.spec?.paramKind, parts.served) }
    })
    if (whole === undefined) return []
    if ('error' in whole) {
      return [{ ...base, error: `failed to configure policy: ${whole.error}` }]
    }
    return configured.bindings.flatMap(({ binding, criteria: own }): readonly Applicable<C>[] => {
      const params = attempt(() => {
        if (own && !matched(own)) return undefined
        const namespace = askedNamespace(attributes)
        return paramsOf(whole.kind, binding.spec?.paramRef, { objects: context.objects, namespace })
      })
      if (params === undefined) return []
      if ('error' in params) {
        const error = `failed to configure binding: ${params.error}`
        return [{ ...base, binding: binding.metadata.name, error }]
      }
      return params.length > 0 ? [{ ...base, binding, resource: whole.resource, params }] : []
    })
  })
}

/** What keeps a policy from being put into effect counts as its own failure. */
function attempt<T>(work: () => T): T | { readonly error: string } {
  try {
    return work()
  } catch (error) {
    if (error instanceof PolicyConfigurationError || error instanceof StatusError) {
      return { error: messageOf(error) }
    }
    throw error
  }
}

/**
 * The namespace that expressions see; none for objects of the cluster, and for Namespaces themselves.
 * @throws StatusError 404
 */
export function namespaceObjectOf(
  attributes: AdmissionAttributes,
  { objects }: AdmissionContext,
): Stored<Namespace> | undefined {
  const { namespace } = attributes
  if (namespace === '' || isNamespace(requestedResource(attributes))) return undefined
  const found = objects.get(namespaces, { name: namespace })
  if (!found) throw notFound(namespaces, namespace)
  return found
}

/** What the variables of the expressions of a policy stand for. */
export interface PolicyValues {
  /** Match conditions do not see the namespace. */
  readonly conditions: Readonly<Record<string, CelValue>>
  readonly values: Readonly<Record<string, CelValue>>
}

/** What the values of variables are made from. */
export interface PolicyInput {
  readonly attributes: AdmissionAttributes
  readonly request: ReviewRequest
  readonly object: KubeObject | undefined
  readonly oldObject: KubeObject | undefined
  readonly namespaceObject: Stored<Namespace> | undefined
  readonly params: KubeObject | undefined
  readonly authorizer: Authorizer
}

/** The values of the variables of a policy, each made when it is first read. */
export function policyValues({ namespaceObject, ...input }: PolicyInput): PolicyValues {
  return {
    conditions: conditionValues(input),
    values: conditionValues({ ...input, namespaceObject }),
  }
}

/** The refusal of a request by plugins of policies, which say more than that it is forbidden. */
export function policyRefusal(attributes: AdmissionAttributes, why: string): StatusError {
  return refuse({ ...attributes, resource: requestedResource(attributes) }, why)
}

const excluded: ReadonlySet<string> = new Set([
  'selfsubjectreviews.authentication.k8s.io',
  'tokenreviews.authentication.k8s.io',
  'localsubjectaccessreviews.authorization.k8s.io',
  'selfsubjectaccessreviews.authorization.k8s.io',
  'selfsubjectrulesreviews.authorization.k8s.io',
  'subjectaccessreviews.authorization.k8s.io',
  'validatingadmissionpolicies.admissionregistration.k8s.io',
  'validatingadmissionpolicybindings.admissionregistration.k8s.io',
  'mutatingadmissionpolicies.admissionregistration.k8s.io',
  'mutatingadmissionpolicybindings.admissionregistration.k8s.io',
])

/** Whether no policy is ever asked: policies themselves, and reviews without which nothing works. */
export function isExcluded({ resource }: AdmissionAttributes): boolean {
  return excluded.has(`${resource.plural}.${resource.group}`)
}
