import {
  type AdmissionregistrationV1,
  mutatingAdmissionPolicies,
  mutatingAdmissionPolicyBindings,
  validatingAdmissionPolicies,
  validatingAdmissionPolicyBindings,
} from '#api'
import { andThen, type MaybePromise } from '#lib'
import { deepEqual, type ResourceRef, type UserInfo } from '#machinery'
import { invalid } from '#machinery/status'
import { fieldPath, forbiddenField } from '#machinery/validation'
import type { Authorizer } from '../../authz/authorizer.ts'
import { mastersGroup } from '../../authz/privileged.ts'
import type { Served } from '../../served/served.ts'
import type { Admission, AdmissionAttributes, AdmissionContext } from '../admission.ts'
import { isAbout } from '../attributes.ts'
import type { BindingObject, PolicyObject } from './configured.ts'

/** What the plugin is made from. */
interface ParamAccessParts {
  readonly authorizer: Authorizer
  readonly served: Pick<Served, 'all'>
}

const policyKinds: readonly ResourceRef[] = [validatingAdmissionPolicies, mutatingAdmissionPolicies]
const bindingKinds: readonly (readonly [binding: ResourceRef, policy: ResourceRef])[] = [
  [validatingAdmissionPolicyBindings, validatingAdmissionPolicies],
  [mutatingAdmissionPolicyBindings, mutatingAdmissionPolicies],
]

/**
 * Nobody reads by a policy what they may not read themselves: who names a kind or an object as parameters has to be
 * allowed to get it (upstream does this in the strategies of the four admissionKinds).
 */
export function paramAccess(parts: ParamAccessParts): Admission {
  return {
    name: 'PolicyParamAccess',
    handles: ({ verb, user, resource, subresource }) =>
      (verb === 'create' || verb === 'update') &&
      subresource === '' &&
      resource.group === 'admissionregistration.k8s.io' &&
      !user.groups.includes(mastersGroup),
    validate(attributes, context) {
      const found = policyKinds.some((kind) => isAbout(attributes, kind))
        ? policyProblem(attributes, parts, context)
        : bindingProblem(attributes, parts, context)
      return andThen(found, (problem) => {
        if (!problem) return
        const { field, why } = problem
        const error = forbiddenField(fieldPath('spec').child(field), why)
        throw invalid(attributes.resource, attributes.name, [error])
      })
    },
  }
}

interface Problem {
  readonly field: string
  readonly why: string
}

type ParamKind = AdmissionregistrationV1.ParamKind

/** What has to be asked for parameters of a kind: all admissionKinds where nothing is known of it. */
function paramTarget(
  paramKind: ParamKind | undefined,
  { served }: ParamAccessParts,
): { readonly group: string; readonly version: string; readonly resource: string } {
  if (!paramKind) return { group: '*', version: '*', resource: '*' }
  const [version = '', group = ''] = (paramKind.apiVersion ?? '').split('/').toReversed()
  const found = served.all.find(
    (each) => each.kind === paramKind.kind && each.group === group && each.version === version,
  )
  return { group, version, resource: found?.plural ?? '*' }
}

function policyProblem(
  { user, object, old }: AdmissionAttributes,
  parts: ParamAccessParts,
  { signal }: AdmissionContext,
): MaybePromise<Problem | undefined> {
  const { spec } = object as PolicyObject // Cast: the resource says so.
  const before = (old as PolicyObject | undefined)?.spec?.paramKind // Cast: as above.
  const paramKind = spec?.paramKind
  if (!paramKind || (before && deepEqual(before, paramKind))) return undefined
  const where = { namespace: '*', name: '*' }
  const target = { ...paramTarget(paramKind, parts), ...where }
  return andThen(mayRead({ user, verb: 'get', ...target }, parts, signal), (may) => {
    if (may) return undefined
    const { kind = '', apiVersion = '' } = paramKind
    const why = `user ${goUser(user)} must have "get" permission on all objects of the referenced paramKind (kind=${kind}, apiVersion=${apiVersion})`
    return { field: 'paramKind', why }
  })
}

function bindingProblem(
  attributes: AdmissionAttributes,
  parts: ParamAccessParts,
  { objects, signal }: AdmissionContext,
): MaybePromise<Problem | undefined> {
  const policies = bindingKinds.find(([kind]) => isAbout(attributes, kind))?.[1]
  const { user, object } = attributes
  const { spec } = object as BindingObject // Cast: the resource says so.
  // Upstream asks on every update: it compares the addresses of what the two refer to, which always differ.
  if (!policies || !spec?.paramRef) return undefined
  const { name = '', namespace = '' } = spec.paramRef
  const policy = objects.get(policies, { name: spec.policyName ?? '' })
  const { paramKind } = (policy as PolicyObject | undefined)?.spec ?? {} // Cast: as above.
  const verb = name === '' ? 'list' : 'get'
  const target = paramTarget(paramKind, parts)
  const asked = { user, verb, ...target, namespace, name }
  return andThen(mayRead(asked, parts, signal), (may) =>
    may
      ? undefined
      : bindingFault({ user, verb, target, policy, paramKind, name: spec.policyName }),
  )
}

interface RefusedBinding {
  readonly user: UserInfo
  readonly verb: string
  readonly target: { readonly resource: string }
  readonly policy: object | undefined
  readonly paramKind: ParamKind | undefined
  readonly name: string | undefined
}

function bindingFault({ user, verb, target, policy, paramKind, name }: RefusedBinding): Problem {
  const shown = goUser(user)
  const lacking = `to determine minimum required permissions and user ${shown} does not have "${verb}" permission for all groups, versions and resources`
  if (!policy) {
    return { field: 'paramRef', why: `unable to get policy ${name} ${lacking}` }
  }
  if (paramKind && target.resource === '*') {
    const { apiVersion, kind } = paramKind
    const named = `&ParamKind{APIVersion:${apiVersion},Kind:${kind},}`
    return { field: 'paramRef', why: `unable to resolve paramKind ${named} ${lacking}` }
  }
  const why = `user ${shown} does not have "${verb}" permission on the object referenced by paramRef`
  return { field: 'paramRef', why }
}

function mayRead(
  target: {
    readonly user: UserInfo
    readonly verb: string
    readonly group: string
    readonly version: string
    readonly resource: string
    readonly namespace: string
    readonly name: string
  },
  { authorizer }: ParamAccessParts,
  signal: AbortSignal,
): MaybePromise<boolean> {
  const asked = { kind: 'resource', subresource: '', ...target } as const
  return andThen(authorizer.authorize(asked, signal), ({ kind }) => kind === 'allow')
}

/** A user as Go prints the struct. */
function goUser({ name, uid = '', groups, extra = {} }: UserInfo): string {
  const keys = Object.keys(extra).sort()
  const more = keys.map((key) => `${key}:[${(extra[key] ?? []).join(' ')}]`)
  return `&{${name} ${uid} [${groups.join(' ')}] map[${more.join(' ')}]}`
}
