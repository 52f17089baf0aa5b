import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findResource, type NamedResource } from './resource-names.ts'

function resource(
  plural: string,
  kind: string,
  groupVersion: string,
  ...shortNames: readonly string[]
): NamedResource {
  const [version = '', group = ''] = groupVersion.split('/').toReversed()
  const singular = kind.toLowerCase()
  return { group, version, kind, plural, singular, scope: 'Namespaced', shortNames }
}

const known = [
  resource('pods', 'Pod', 'v1', 'po'),
  resource('events', 'Event', 'v1', 'ev'),
  resource('deployments', 'Deployment', 'apps/v1', 'deploy'),
  resource('events', 'Event', 'events.k8s.io/v1', 'ev'),
  resource('roles', 'Role', 'rbac.authorization.k8s.io/v1'),
  resource('pods', 'Pod', 'metrics.example.com/v1'),
  resource('widgets', 'Widget', 'example.com/v2', 'wd', 'pods'),
  resource('widgets', 'Widget', 'example.com/v1', 'wd'),
  resource('deploy', 'Deploy', 'example.com/v1'),
]

function found(text: string): string | undefined {
  const resource = findResource(known, text)
  return resource && `${resource.plural}.${resource.version}.${resource.group}`
}

test('a resource is found by every name that kubectl takes', () => {
  for (const text of ['widgets', 'widget', 'Widget', 'wd', 'WIDGETS', 'widgets.example.com']) {
    assert.equal(found(text), 'widgets.v2.example.com', text)
  }
  assert.equal(found('po'), 'pods.v1.')
  assert.equal(found('deployment.apps'), 'deployments.v1.apps')
})

test('a version may stand before the group, and a group may be cut short', () => {
  assert.equal(found('widgets.v1.example.com'), 'widgets.v1.example.com')
  assert.equal(found('wd.v1.example.com'), 'widgets.v1.example.com')
  assert.equal(found('events.v1.events.k8s.io'), 'events.v1.events.k8s.io')
  assert.equal(found('roles.rbac'), 'roles.v1.rbac.authorization.k8s.io')
})

test('of several the first one is meant, and a full name goes before a short one', () => {
  assert.equal(found('events'), 'events.v1.')
  assert.equal(found('ev'), 'events.v1.')
  assert.equal(found('events.events.k8s.io'), 'events.v1.events.k8s.io')
  assert.equal(found('pods'), 'pods.v1.')
  assert.equal(found('deploy'), 'deploy.v1.example.com')
})

test('what no resource is called is not found', () => {
  for (const text of ['', '.', 'wings', 'pods.apps', 'widgets.v3.example.com', 'wid']) {
    assert.equal(found(text), undefined, text)
  }
})
