import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  configMaps,
  resources,
  validatingAdmissionPolicies,
  validatingAdmissionPolicyBindings,
} from '#api'
import type { KubeObject, Resource, ResourceRef } from '#machinery'
import type { AuthorizationAttributes } from '../../authz/authorizer.ts'
import type { SyncAuthorizer } from '../../authz/union.ts'
import { objectsOf, stored } from '../objects-fixture.ts'
import { paramAccess } from './param-access.ts'

const ann = { name: 'ann', groups: ['devs'], extra: { scopes: ['a', 'b'] } }
const policyKind = validatingAdmissionPolicies as ResourceRef
const bindingKind = validatingAdmissionPolicyBindings as ResourceRef
const policy = (paramKind?: object): KubeObject =>
  ({ metadata: { name: 'p' }, spec: { ...(paramKind && { paramKind }) } }) as KubeObject
const binding = (paramRef?: object): KubeObject =>
  ({ metadata: { name: 'b' }, spec: { policyName: 'p', paramRef } }) as KubeObject
const ofConfigMaps = { apiVersion: 'v1', kind: 'ConfigMap' }

/** What a write is refused with, and what the authorizer is asked. */
function refusal(
  kind: ResourceRef,
  object: KubeObject,
  {
    allow = false,
    old,
    known = [],
    groups = ann.groups,
  }: {
    allow?: boolean
    old?: KubeObject
    known?: readonly KubeObject[]
    groups?: readonly string[]
  } = {},
) {
  const asked: AuthorizationAttributes[] = []
  const authorizer: SyncAuthorizer = {
    name: 'test',
    authorize(question) {
      asked.push(question)
      return { kind: allow ? 'allow' : 'noOpinion', reason: '' }
    },
    rulesFor: () => ({ resourceRules: [], nonResourceRules: [], incomplete: false }),
  }
  const plugin = paramAccess({ authorizer, served: { all: resources } })
  const attributes = {
    verb: old ? 'update' : 'create',
    user: { ...ann, groups },
    resource: kind as Resource, // Cast: only its names are read.
    subresource: '',
    namespace: '',
    name: object.metadata?.name ?? '',
    dryRun: false,
    object,
    ...(old && { old: stored(kind, old) }),
  } as const
  const objects = objectsOf(known.map((each) => [policyKind, each]))
  const { signal } = new AbortController()
  try {
    if (plugin.handles(attributes)) {
      void plugin.validate?.(attributes, { objects, nowMs: 0, warn: () => undefined, signal })
    }
    return { message: undefined, asked }
  } catch (error) {
    return { message: error instanceof Error ? error.message : '', asked }
  }
}

const shownUser = '&{ann  [devs] map[scopes:[a b]]}'

test('who makes a policy has to be allowed to read all of its parameters', () => {
  const { message, asked } = refusal(policyKind, policy(ofConfigMaps))
  assert.equal(
    message,
    `ValidatingAdmissionPolicy.admissionregistration.k8s.io "p" is invalid: spec.paramKind: Forbidden: user ${shownUser} must have "get" permission on all objects of the referenced paramKind (kind=ConfigMap, apiVersion=v1)`,
  )
  assert.deepEqual(asked, [
    {
      kind: 'resource',
      user: ann,
      verb: 'get',
      group: '',
      version: 'v1',
      resource: configMaps.plural,
      subresource: '',
      namespace: '*',
      name: '*',
    },
  ])
  assert.equal(refusal(policyKind, policy(ofConfigMaps), { allow: true }).message, undefined)
  assert.equal(refusal(policyKind, policy()).message, undefined)
  const kept = { old: policy(ofConfigMaps) }
  assert.equal(refusal(policyKind, policy(ofConfigMaps), kept).message, undefined)
  const masters = { groups: ['system:masters'] }
  assert.equal(refusal(policyKind, policy(ofConfigMaps), masters).message, undefined)
})

test('a kind that is not served could be anything', () => {
  const { asked } = refusal(policyKind, policy({ apiVersion: 'a.b/v1', kind: 'C' }))
  const [question] = asked
  assert.ok(question?.kind === 'resource')
  assert.deepEqual([question.group, question.version, question.resource], ['a.b', 'v1', '*'])
})

test('who binds a policy has to be allowed to read the parameters that the binding names', () => {
  const named = binding({ name: 'x', namespace: 'n' })
  const bound = { known: [policy(ofConfigMaps)] }
  assert.equal(
    refusal(bindingKind, named, bound).message,
    `ValidatingAdmissionPolicyBinding.admissionregistration.k8s.io "b" is invalid: spec.paramRef: Forbidden: user ${shownUser} does not have "get" permission on the object referenced by paramRef`,
  )
  assert.match(
    refusal(bindingKind, binding({ selector: {} })).message ?? '',
    /: unable to get policy p to determine minimum required permissions and user .* does not have "list" permission for all groups, versions and resources$/,
  )
  assert.match(
    refusal(bindingKind, named, { ...bound, old: named }).message ?? '',
    /"get" permission/,
  )
  const unknown = { known: [policy({ apiVersion: 'a.b/v1', kind: 'C' })] }
  assert.match(
    refusal(bindingKind, named, unknown).message ?? '',
    /: unable to resolve paramKind &ParamKind\{APIVersion:a.b\/v1,Kind:C,\} to determine/,
  )
  assert.equal(refusal(bindingKind, binding()).message, undefined)
})
