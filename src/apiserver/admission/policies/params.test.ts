import assert from 'node:assert/strict'
import { test } from 'node:test'
import { admissionKinds, type PolicyWorld, ruleOf, startPolicyWorld } from './policies-fixture.ts'

const byParam = {
  paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
  matchConstraints: { resourceRules: [ruleOf('deployments', 'apps')] },
  validations: [
    {
      expression: 'params == null || object.spec.replicas <= int(params.data.max)',
      messageExpression:
        "'at most ' + params.data.max + ' by ' + params.metadata.name + params.kind",
    },
  ],
}
const reason = async (world: PolicyWorld, replicas: number): Promise<string> => {
  const { status, body } = await world.deploy('web', replicas)
  if (status !== 201) return body.message.split('denied request: ')[1] ?? body.message
  await world.send('DELETE', '/apis/apps/v1/namespaces/default/deployments/web')
  return 'passed'
}

test('a parameter is named, in the namespace of the request', async () => {
  await using world = await startPolicyWorld()
  await world.configure('limits', { max: '3' })
  await world.validating('demo', byParam, {
    paramRef: { name: 'limits', parameterNotFoundAction: 'Deny' },
  })
  assert.equal(await reason(world, 3), 'passed')
  assert.equal(await reason(world, 4), 'at most 3 by limitsConfigMap')
})

test('every parameter that is selected holds', async () => {
  await using world = await startPolicyWorld()
  await world.configure('a', { max: '8' }, { labels: { env: 'test' } })
  await world.configure('b', { max: '6' }, { labels: { env: 'test' } })
  await world.configure('c', { max: '1' })
  await world.validating('demo', byParam, {
    paramRef: { selector: { matchLabels: { env: 'test' } }, parameterNotFoundAction: 'Allow' },
  })
  assert.equal(await reason(world, 6), 'passed')
  assert.equal(await reason(world, 7), 'at most 6 by bConfigMap')
  assert.equal(await reason(world, 9), 'at most 8 by aConfigMap')
})

test('a parameter that is missing denies or does not matter', async () => {
  await using world = await startPolicyWorld()
  await world.validating('allows', byParam, {
    paramRef: { name: 'gone', parameterNotFoundAction: 'Allow' },
  })
  await world.validating('without', byParam)
  assert.equal(await reason(world, 9), 'passed')
  await world.validating('denies', byParam, {
    paramRef: { name: 'gone', parameterNotFoundAction: 'Deny' },
  })
  assert.equal(
    await reason(world, 1),
    'failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction',
  )
})

test('a kind that is not served, or in no namespace, is an error of configuration', async () => {
  await using world = await startPolicyWorld()
  await world.validating(
    'demo',
    { ...byParam, paramKind: { apiVersion: 'rules.example.com/v1', kind: 'Limit' } },
    { paramRef: { name: 'x', parameterNotFoundAction: 'Allow' } },
  )
  const { body } = await world.deploy('web', 1)
  assert.match(
    body.message,
    /: ValidatingAdmissionPolicy 'demo' denied request: failed to configure policy: failed to find resource referenced by paramKind: 'rules.example.com\/v1, Kind=Limit'$/,
  )
})

test('parameters of the cluster have no namespace, and objects of the cluster none to look in', async () => {
  await using world = await startPolicyWorld()
  const nodes = {
    ...byParam,
    paramKind: { apiVersion: 'v1', kind: 'Namespace' },
    validations: [{ expression: "params.metadata.name == 'other'" }],
  }
  await world.validating('demo', nodes, {
    paramRef: { name: 'default', namespace: 'x', parameterNotFoundAction: 'Allow' },
  })
  assert.equal(
    await reason(world, 1),
    'failed to configure binding: paramRef.namespace must not be provided for a cluster-scoped `paramKind`',
  )
  await world.send('DELETE', `${admissionKinds}/validatingadmissionpolicybindings/demo`)
  await world.validating(
    'cluster',
    { ...byParam, matchConstraints: { resourceRules: [ruleOf('nodes')] } },
    { paramRef: { name: 'x', parameterNotFoundAction: 'Allow' } },
  )
  const { body } = await world.send('POST', '/api/v1/nodes', { metadata: { name: 'n' } })
  assert.match(
    body.message,
    /cannot use namespaced paramRef in policy binding that matches cluster-scoped resources$/,
  )
})
