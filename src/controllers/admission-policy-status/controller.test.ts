import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type AdmissionregistrationV1,
  type CustomResourceDefinition,
  customResourceDefinitions,
  validatingAdmissionPolicies,
} from '#api'
import type { ResourceRef, Stored } from '#machinery'
import { loopOf } from '../shared/loop-fixture.ts'
import { admissionPolicyStatusController } from './controller.ts'

type Spec = AdmissionregistrationV1.ValidatingAdmissionPolicySpec

const meta = { uid: 'u', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' }
const rule = { operations: ['CREATE'], apiGroups: ['apps'], apiVersions: ['v1'] }
const matching = (resources: readonly string[], more: object = {}) => ({
  resourceRules: [{ ...rule, resources, ...more }],
})

const widgets: Stored<CustomResourceDefinition> = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { ...meta, name: 'widgets.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'widgets', kind: 'Widget' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: { spec: { type: 'object', properties: { size: { type: 'integer' } } } },
          },
        },
      },
    ],
  },
}

/** What the controller writes of a policy with this spec. */
async function checked(spec: Spec, generation = 2, observedGeneration = 1): Promise<unknown> {
  const policy = {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicy',
    metadata: { ...meta, name: 'p', generation },
    spec,
    status: { observedGeneration },
  }
  const existing = [
    [validatingAdmissionPolicies as ResourceRef, policy],
    [customResourceDefinitions as ResourceRef, widgets],
  ] as const
  const loop = await loopOf(admissionPolicyStatusController, existing)
  await loop.reconcile('p')
  const [written] = loop.writes
  return (written?.sent as { status?: unknown } | undefined)?.status
}

test('what fits its types has no warnings, and what has been looked at is not again', async () => {
  const fitting = {
    matchConstraints: matching(['deployments']),
    validations: [{ expression: 'object.spec.replicas > 1 && object.metadata.labels.a == "b"' }],
  }
  assert.deepEqual(await checked(fitting), { observedGeneration: 2, typeChecking: {} })
  assert.equal(await checked(fitting, 2, 2), undefined)
})

test('what does not fit is told of for every kind that is matched', async () => {
  const status = await checked({
    matchConstraints: matching(['deployments', 'replicasets', 'pods/exec', '*']),
    variables: [{ name: 'many', expression: 'object.spec.replicas' }],
    validations: [
      {
        expression: 'object.spec.replicsa > 1',
        messageExpression: "'there are ' + variables.many",
      },
    ],
  })
  const place = (kind: string) =>
    `apps/v1, Kind=${kind}: ERROR: <input>:1:12: undefined field 'replicsa'\n | object.spec.replicsa > 1\n | ...........^\n`
  const sum = (kind: string) =>
    `apps/v1, Kind=${kind}: ERROR: <input>:1:14: found no matching overload for '_+_' applied to '(string, int)'\n | 'there are ' + variables.many\n | .............^\n`
  assert.deepEqual(status, {
    observedGeneration: 2,
    typeChecking: {
      expressionWarnings: [
        {
          fieldRef: 'spec.validations[0].expression',
          warning: `${place('Deployment')}\n${place('ReplicaSet')}`,
        },
        {
          fieldRef: 'spec.validations[0].messageExpression',
          warning: `${sum('Deployment')}\n${sum('ReplicaSet')}`,
        },
      ],
    },
  })
})

test('custom kinds and parameters have the types of their schemas, a wildcard none', async () => {
  const custom = {
    matchConstraints: matching(['widgets'], { apiGroups: ['example.com'] }),
    paramKind: { apiVersion: 'example.com/v1', kind: 'Widget' },
  }
  const fine = { expression: 'object.spec.size < params.spec.size && has(object.metadata.labels)' }
  assert.deepEqual(await checked({ ...custom, validations: [fine] }), {
    observedGeneration: 2,
    typeChecking: {},
  })
  const wrong = { expression: 'params.spec.colour == "blue" || object.spec.size == "one"' }
  assert.match(
    JSON.stringify(await checked({ ...custom, validations: [wrong] })),
    /example.com\/v1, Kind=Widget: ERROR: <input>:1:12: undefined field 'colour'.*found no matching overload for '_==_' applied to '\(int, string\)'/,
  )
  const everything = matching(['deployments'], { apiVersions: ['*'] })
  assert.deepEqual(await checked({ matchConstraints: everything, validations: [wrong] }), {
    observedGeneration: 2,
    typeChecking: {},
  })
})
