import assert from 'node:assert/strict'
import { test } from 'node:test'
import { resolveObjectName } from './object-name.ts'

function served(resource: string, kind: string, scope: string, ...shortNames: readonly string[]) {
  const singularResource = kind.toLowerCase()
  return { resource, responseKind: { kind }, scope, singularResource, shortNames, verbs: ['get'] }
}

function group(name: string, ...resources: readonly object[]) {
  return { metadata: { name }, versions: [{ version: 'v1', resources }] }
}

/** A cluster with a kind that came later. */
const cluster = {
  getPath: async (path: string) =>
    path === '/api'
      ? { items: [group('', served('nodes', 'Node', 'Cluster', 'no'))] }
      : {
          items: [
            group('apps', served('deployments', 'Deployment', 'Namespaced', 'deploy')),
            group('example.com', served('widgets', 'Widget', 'Namespaced', 'wd')),
          ],
        },
}

const resolve = (text: string) => resolveObjectName(text, 'shop', () => cluster)

test('an object is named by any name of its type, and only some live in namespaces', async () => {
  const web = { resource: 'deployments.apps', namespace: 'shop', name: 'web' }
  for (const type of ['deploy', 'deployment', 'deployments', 'deployments.apps', 'Deployment']) {
    assert.deepEqual(await resolve(`${type}/web`), web)
  }
  const node = { resource: 'nodes', namespace: '', name: 'node-1' }
  assert.deepEqual(await resolve('no/node-1'), node)
})

test('a type is one that the cluster serves, also when it came later', async () => {
  const x = { resource: 'widgets.example.com', namespace: 'shop', name: 'x' }
  for (const type of ['wd', 'Widget', 'widgets.example.com', 'widgets.v1.example.com']) {
    assert.deepEqual(await resolve(`${type}/x`), x)
  }
  await assert.rejects(resolve('pod/web'), /doesn't have a resource type "pod"/)
})

test('what names no object is refused, and no cluster is needed to tell', async () => {
  const open = () => assert.fail('no cluster')
  await assert.rejects(resolveObjectName('web', 'default', open), /does not name an object/)
  await assert.rejects(resolve('wings/web'), /doesn't have a resource type "wings"/)
})
