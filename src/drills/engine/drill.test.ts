import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { KnarrError } from '#lib'
import { patchedScene } from '../advise/apply-patches.ts'
import { readManifests, UnusableManifest } from '../input/manifest.ts'
import { sceneOf } from '../input/scene.ts'
import { drill } from './drill.ts'

const service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web' },
  spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080 }] },
}

function deployment(container: object, replicas = 2) {
  const labels = { app: 'web' }
  const containers = [{ name: 'web', ports: [{ containerPort: 8080 }], ...container }]
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers } },
    },
  }
}

test('a start without a readiness probe is advised one, and what is advised is all that is needed', async () => {
  const manifests = [deployment({ image: 'example.com/web:1' }, 3), service]
  const { verdict, advice, assumptions, cases } = await drill('start', { manifests, seeds: 2 })
  assert.equal(verdict, 'fails')
  assert.deepEqual(
    advice?.patches.map(({ change, type }) => [change, type]),
    [['readiness-probe', 'strategic']],
  )
  assert.deepEqual([advice?.meetsObjectives, advice?.after.lost], [true, 0])
  assert.ok((advice?.before.lost ?? 0) > 0)
  assert.deepEqual(
    cases.map(({ runs, missed }) => [runs, missed]),
    [[2, 2]],
  )
  const guess = assumptions.find(({ key }) => key === 'startup')
  assert.deepEqual([guess?.value, guess?.source, guess?.container], ['2s', 'guess', 'web'])
  // With the patches applied the same drill passes, and nothing more is advised.
  const texts = manifests.map((each) => ({ file: 'app.yaml', text: JSON.stringify(each) }))
  const changed = patchedScene(sceneOf(readManifests(texts), []), advice?.patches ?? [])
  const again = await drill('start', {
    manifests: changed.objects.map(({ object }) => object),
    seeds: 2,
  })
  assert.deepEqual([again.verdict, again.advice], ['pass', undefined])
})

test('an image that is pushed again under its tag is missed by whoever has the old one', async () => {
  const stale = { image: 'example.com/web:latest', imagePullPolicy: 'IfNotPresent' }
  const { verdict, advice, sentence } = await drill('image', {
    manifests: [deployment(stale), service],
  })
  assert.equal(verdict, 'fails')
  assert.match(sentence, /starts again with the old image/)
  assert.deepEqual(
    advice?.patches.map(({ change }) => change),
    ['pull-always'],
  )
  const asking = await drill('image', {
    manifests: [deployment({ image: 'example.com/web:latest' }), service],
  })
  assert.equal(asking.verdict, 'pass')
  const fixed = await drill('image', {
    manifests: [deployment({ image: 'example.com/web:1' }), service],
  })
  assert.equal(fixed.verdict, 'skipped')
})

test('what is not known is varied, and the value is said from which on the result is another', async () => {
  const livenessProbe = { httpGet: { port: 8080 }, periodSeconds: 10, failureThreshold: 3 }
  const container = { image: 'example.com/web:1', livenessProbe, readinessProbe: livenessProbe }
  const { verdict, varied } = await drill('start', { manifests: [deployment(container), service] })
  assert.equal(verdict, 'pass')
  const [startup] = varied
  assert.deepEqual([startup?.key, startup?.assumed, startup?.changesFrom], ['startup', '2s', '30s'])
  assert.match(startup?.text ?? '', /from 30s on an objective is missed/)
})

describe('what cannot be used', () => {
  const table: readonly (readonly [what: string, manifests: string, error: RegExp])[] = [
    ['nothing', '', /holds no object/],
    ['no workload', JSON.stringify(service), /holds no workload, only Service/],
    [
      'no Service',
      JSON.stringify(deployment({ image: 'web' })),
      /holds no Service, so that nobody can send a request to deployment\/web/,
    ],
    ['broken YAML', 'a: 1\nb: [\n', /manifest 1:3: this is no YAML/],
    ['broken YAML in a later document', 'kind: A\n---\nb: }\n', /manifest 1:\d: this is no YAML/],
    [
      'a template',
      'apiVersion: v1\nkind: {{ .Values.kind }}\n',
      /manifest 1:2: this is a template/,
    ],
    ['values of a chart', 'image: web\nreplicas: 2\n', /manifest 1:1: this object has no kind/],
    ['an object without a name', 'apiVersion: v1\nkind: Service\n', /this Service has no name/],
    [
      'what the API server refuses',
      `${JSON.stringify(service)}\n---\n${JSON.stringify(deployment({ image: '' }))}`,
      /the API server refuses Deployment web/,
    ],
  ]
  for (const [what, manifests, message] of table) {
    test(`${what} is refused with what to do`, async () => {
      await assert.rejects(drill('start', { manifests }), (error) => {
        assert.ok(error instanceof UnusableManifest)
        assert.match(error.message, message)
        assert.ok(error.hint)
        return true
      })
    })
  }

  test('an unknown drill is refused by those that there are', async () => {
    const manifests = [deployment({ image: 'web' }), service]
    await assert.rejects(drill('earthquake', { manifests }), (error) => {
      assert.ok(error instanceof KnarrError)
      assert.match(error.hint ?? '', /start, update, stop, .*node-loss/)
      return error.code === 'UnknownDrill'
    })
  })
})
