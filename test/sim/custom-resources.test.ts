import assert from 'node:assert/strict'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { freePort } from '../fixture/real-cluster.ts'
import { type ServedSimulation, serve, startServedSimulation } from '../fixture/sim-cluster.ts'

const definition = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: crontabs.stable.example.com}
spec:
  group: stable.example.com
  scope: Namespaced
  names: {plural: crontabs, singular: crontab, kind: CronTab, shortNames: [ct], categories: [all]}
  versions:
    - name: v1
      served: true
      storage: true
      subresources:
        status: {}
        scale: {specReplicasPath: .spec.replicas, statusReplicasPath: .status.replicas}
      additionalPrinterColumns:
        - {name: Spec, type: string, jsonPath: .spec.cronSpec}
        - {name: Replicas, type: integer, jsonPath: .spec.replicas}
        - {name: Image, type: string, jsonPath: .spec.image, priority: 1}
        - {name: Age, type: date, jsonPath: .metadata.creationTimestamp}
      selectableFields: [{jsonPath: .spec.image}]
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec:
              type: object
              required: [cronSpec]
              description: When and what a CronTab runs.
              properties:
                cronSpec: {type: string, pattern: '^(\\d+|\\*)(/\\d+)?(\\s+(\\d+|\\*)(/\\d+)?){4}$'}
                image: {type: string, default: busybox}
                replicas: {type: integer, minimum: 1, maximum: 10, default: 1, description: How many there are.}
            status:
              type: object
              properties: {replicas: {type: integer}}
`

const cronTab = (name: string, more = '', kind = 'CronTab') => `
apiVersion: stable.example.com/v1
kind: ${kind}
metadata: {name: ${name}}
spec: {cronSpec: '* * * * */5'${more}}
`

describe('a CustomResourceDefinition that kubectl applies', () => {
  let cluster: ServedSimulation
  const run = (input: string | undefined, ...args: readonly string[]) =>
    cluster.tryKubectl(args, input)
  const kubectl = (...args: readonly string[]) => cluster.kubectl(...args)
  const establish = async () => {
    await cluster.apply(definition)
    await cluster.knarr('clock', 'advance', '5s')
    const waited = await kubectl(
      ...[
        'wait',
        '--for=condition=Established',
        '--timeout=20s',
        'crd/crontabs.stable.example.com',
      ],
    )
    assert.match(waited, /condition met/)
  }

  before(async () => {
    cluster = await startServedSimulation('--nodes', '1')
    await establish()
  })

  after(async () => {
    await cluster?.[Symbol.asyncDispose]()
  })

  test('has objects that are created, listed by every name and shown in their columns', async () => {
    assert.match(await cluster.apply(cronTab('a')), /crontab\.stable\.example\.com\/a created/)
    assert.match(
      await kubectl('get', 'ct'),
      /^NAME +SPEC +REPLICAS +AGE *\na +\* \* \* \* \*\/5 +1 +\d+s/m,
    )
    assert.match(await kubectl('get', 'crontabs', '-o', 'wide'), /IMAGE[\s\S]*busybox/)
    assert.match(await kubectl('get', 'all'), /crontab\.stable\.example\.com\/a/)
    assert.match(
      await kubectl('get', 'ct', '--field-selector', 'spec.image=busybox', '-o', 'name'),
      /\/a/,
    )
    assert.match(
      await kubectl('api-resources'),
      /^crontabs +ct +stable\.example\.com\/v1 +true +CronTab$/m,
    )
    assert.match(await kubectl('describe', 'ct/a'), /Cron Spec: +\* \* \* \* \*\/5/)
  })

  test('is explained', async () => {
    assert.match(
      await kubectl('explain', 'crontab.spec.replicas'),
      /replicas <integer>[\s\S]*How many there are/,
    )
    assert.match(await kubectl('explain', 'ct', '--recursive'), /cronSpec\t<string> -required-/)
  })

  test('refuses what its schema refuses, and says what it does not know', async () => {
    const wrong = await run(cronTab('b', ', replicas: 15'), 'apply', '-f', '-')
    assert.match(
      wrong.stderr,
      /The CronTab "b" is invalid: spec\.replicas: Invalid value: 15: spec\.replicas in body should be less than or equal to 10/,
    )
    const pattern = await run(cronTab('b').replace('* * * * */5', 'now'), 'apply', '-f', '-')
    assert.match(pattern.stderr, /spec\.cronSpec in body should match/)
    const unknown = await run(cronTab('b', ', imgae: x'), 'apply', '-f', '-')
    assert.match(unknown.stderr, /strict decoding error: unknown field "spec\.imgae"/)
  })

  test('takes edits of every kind that kubectl makes', async () => {
    const patched = ['patch', 'ct/a', '--type=merge', '-p', '{"spec":{"replicas":2}}']
    assert.match(await kubectl(...patched), /patched/)
    const json = ['patch', 'ct/a', '--type=json', '-p']
    await kubectl(...json, '[{"op":"replace","path":"/spec/image","value":"nginx"}]')
    const strategic = await run(undefined, 'patch', 'ct/a', '-p', '{}')
    assert.match(strategic.stderr, /(415|UnsupportedMediaType|unknown format)/)
    assert.match(await kubectl('scale', 'ct/a', '--replicas=3'), /scaled/)
    const applied = await run(
      cronTab('a', ', replicas: 4'),
      'apply',
      '--server-side',
      '--force-conflicts',
      '-f',
      '-',
    )
    assert.match(applied.stdout, /serverside-applied/, applied.stderr)
    const status = [
      'patch',
      'ct/a',
      '--subresource=status',
      '--type=merge',
      '-p',
      '{"status":{"replicas":4}}',
    ]
    await kubectl(...status)
    assert.equal(
      await kubectl(
        'get',
        'ct/a',
        '-o',
        'jsonpath={.spec.replicas} {.status.replicas} {.spec.image}',
      ),
      '4 4 nginx',
    )
    assert.match(await kubectl('label', 'ct/a', 'x=y'), /labeled/)
    assert.equal(
      await kubectl('get', 'ct', '-l', 'x=y', '-o', 'jsonpath={.items[*].metadata.name}'),
      'a',
    )
  })

  test('is in a snapshot, from which another cluster goes on', async () => {
    const file = join(cluster.dataDir, 'saved.snapshot')
    await cluster.knarr('snapshot', 'save', file)
    const dataDir = mkdtempSync(join(tmpdir(), 'knarr-restored-'))
    const port = String(await freePort())
    await cluster.knarr('snapshot', 'restore', file, '--data-dir', dataDir, '--port', port)
    await using restored = serve(dataDir)
    const replicas = ['get', 'ct/a', '-o', 'jsonpath={.spec.replicas}']
    assert.equal(await restored.kubectl(...replicas), '4')
    assert.match(await restored.knarr('why', 'ct/a'), /crontabs/)
  })

  test('takes its objects with it', async () => {
    await kubectl('delete', 'crd', 'crontabs.stable.example.com', '--wait=false')
    await cluster.knarr('clock', 'advance', '20s')
    assert.match(
      // kubectl may still believe what it keeps of discovery.
      (await run(undefined, 'get', 'ct')).stderr,
      /could not find the requested resource|doesn't have a resource type/,
    )
    assert.match(
      (await run(cronTab('c'), 'apply', '-f', '-')).stderr,
      /no matches for kind "CronTab"|could not find the requested resource/,
    )
    await establish()
    assert.match((await run(undefined, 'get', 'ct')).stderr, /No resources found/)
  })
})
