/**
 * What extensions cost the API server: custom resources beside a kind of its own, a rule in CEL, a policy and a
 * webhook beside a write without. Processor time of the server's thread for each request, medians of rounds in turn.
 * Run with `node bench/extensions.ts [objects]`.
 */
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import type { ApiServer } from '#apiserver'
import { createVirtualClock } from '#lib'
import {
  makeTestCertificates,
  type TestCertificates,
} from '../src/apiserver/http/certificates-fixture.ts'
import { startAttacked } from '../test/scenarios/apiserver/hostile-fixture.ts'
import { ask } from '../test/watch/requests-fixture.ts'

const rounds = 5
const admission = '/apis/admissionregistration.k8s.io/v1'
const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'

interface Kind {
  readonly apiVersion: string
  readonly kind: string
  readonly path: string
}

const builtIn = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  path: pathOf('apps/v1', 'deployments'),
}
const plain = custom('Plain', 'plains')
const ruled = custom('Ruled', 'ruleds')

function pathOf(groupVersion: string, plural: string): string {
  return `/apis/${groupVersion}/namespaces/default/${plural}`
}

function custom(kind: string, plural: string): Kind {
  return { apiVersion: 'example.com/v1', kind, path: pathOf('example.com/v1', plural) }
}

/** The same spec for all of them: what differs is who knows its schema. */
const spec = {
  replicas: 3,
  selector: { matchLabels: { app: 'web' } },
  template: {
    metadata: { labels: { app: 'web' } },
    spec: {
      containers: [
        {
          name: 'main',
          image: 'registry.example/web:1.2.3',
          env: [{ name: 'A', value: 'b' }],
          ports: [{ containerPort: 8080, name: 'http' }],
        },
      ],
    },
  },
}

const text = { type: 'string', maxLength: 200 }
const texts = { type: 'object', additionalProperties: text }
const container = {
  type: 'object',
  required: ['name'],
  properties: {
    name: text,
    image: text,
    env: { type: 'array', items: { type: 'object', properties: { name: text, value: text } } },
    ports: {
      type: 'array',
      items: { type: 'object', properties: { name: text, containerPort: { type: 'integer' } } },
    },
  },
}

function definitionOf({ kind, path }: Kind, rules: readonly object[]) {
  const plural = path.split('/').at(-1) ?? ''
  const schema = {
    type: 'object',
    ...(rules.length > 0 && { 'x-kubernetes-validations': rules }),
    properties: {
      replicas: { type: 'integer', default: 1 },
      selector: { type: 'object', properties: { matchLabels: texts } },
      template: {
        type: 'object',
        properties: {
          metadata: { type: 'object', properties: { labels: texts } },
          spec: {
            type: 'object',
            properties: {
              containers: {
                type: 'array',
                maxItems: 20,
                items: container,
                'x-kubernetes-list-type': 'map',
                'x-kubernetes-list-map-keys': ['name'],
              },
            },
          },
        },
      },
    },
  }
  const openAPIV3Schema = { type: 'object', properties: { spec: schema } }
  const version = { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema } }
  return {
    metadata: { name: `${plural}.example.com` },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { plural, kind, singular: kind.toLowerCase(), listKind: `${kind}List` },
      versions: [version],
    },
  }
}

/** Does to a definition what controllers do in a cluster, and waits until it is served. */
async function define(api: ApiServer, kind: Kind, rules: readonly object[] = []): Promise<void> {
  const definition = definitionOf(kind, rules)
  const { body, status } = await ask(api, 'POST', definitions, definition)
  if (status !== 201) throw new Error(`${kind.kind} was refused: ${JSON.stringify(body)}`)
  const conditions = [{ type: 'NamesAccepted', status: 'True' }]
  const accepted = { conditions, acceptedNames: definition.spec.names }
  const target = `${definitions}/${definition.metadata.name}/status`
  await ask(api, 'PUT', target, { ...body, status: accepted })
  const { plural } = definition.spec.names
  while (!api.served.find('example.com', 'v1', plural)) await new Promise(setImmediate)
}

/** Microseconds of the server's thread for each of some requests. */
async function cost(count: number, work: (index: number) => Promise<number>): Promise<number> {
  const before = process.threadCpuUsage()
  for (let index = 0; index < count; index++) {
    const status = await work(index)
    if (status >= 300) throw new Error(`a request was answered with ${status}`)
  }
  const { user, system } = process.threadCpuUsage(before)
  return (user + system) / count
}

const objectOf = ({ apiVersion, kind }: Kind, name: string) => ({
  apiVersion,
  kind,
  metadata: { name },
  spec,
})

async function create(api: ApiServer, kind: Kind, name: string): Promise<number> {
  return (await ask(api, 'POST', kind.path, objectOf(kind, name))).status
}

const verbs: Readonly<
  Record<string, (api: ApiServer, kind: Kind, name: string) => Promise<number>>
> = {
  create,
  'update of the spec': async (api, kind, name) => {
    const { body } = await ask(api, 'GET', `${kind.path}/${name}`)
    const changed = { ...body, spec: { ...spec, replicas: 4 } }
    return (await ask(api, 'PUT', `${kind.path}/${name}`, changed)).status
  },
  delete: async (api, kind, name) => (await ask(api, 'DELETE', `${kind.path}/${name}`)).status,
}

async function list(api: ApiServer, { path }: Kind): Promise<number> {
  const { body } = await api.handle(
    {
      method: 'GET',
      path,
      query: new URLSearchParams(),
      headers: { accept: 'application/json' },
      user: { name: 'bench', groups: ['system:masters'] },
    },
    new AbortController().signal,
  )
  if (body.kind !== 'list') return 500
  for (const item of body.items) void item.bytes
  return 200
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0
}

async function kindsBeside(api: ApiServer, count: number): Promise<void> {
  const kinds = { 'a Deployment': builtIn, 'a custom resource': plain, 'one with rules': ruled }
  const found = new Map<string, number[]>()
  const note = (key: string, value: number) => found.set(key, [...(found.get(key) ?? []), value])
  for (let round = 0; round <= rounds; round++) {
    for (const [name, kind] of Object.entries(kinds)) {
      for (const [verb, work] of Object.entries(verbs)) {
        const each = await cost(count, (index) => work(api, kind, `o${index}`))
        // The first round compiles.
        if (round > 0) note(`${verb}, ${name}`, each)
        if (verb === 'create')
          note(`list of them, ${name}`, (await cost(1, () => list(api, kind))) / count)
      }
    }
  }
  console.log(`| each, µs | ${Object.keys(kinds).join(' | ')} |\n|---|--:|--:|--:|`)
  for (const verb of [...Object.keys(verbs), 'list of them']) {
    const row = Object.keys(kinds).map((name) => median(found.get(`${verb}, ${name}`) ?? []))
    console.log(`| ${verb} | ${row.map((value) => value.toFixed(0)).join(' | ')} |`)
  }
}

const forConfigMaps = {
  resourceRules: [
    { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] },
  ],
}

async function admissionBeside(api: ApiServer, count: number, url: string, ca: string) {
  const map = { apiVersion: 'v1', kind: 'ConfigMap', path: '/api/v1/namespaces/default/configmaps' }
  const rule = { ...forConfigMaps.resourceRules[0] }
  const clientConfig = { url, caBundle: Buffer.from(ca).toString('base64') }
  const webhook = {
    name: 'bench.example.com',
    clientConfig,
    rules: [rule],
    sideEffects: 'None',
    admissionReviewVersions: ['v1'],
  }
  const policy = {
    metadata: { name: 'bench' },
    spec: {
      matchConstraints: forConfigMaps,
      validations: [{ expression: "object.metadata.name.startsWith('o')" }],
    },
  }
  const binding = {
    metadata: { name: 'bench' },
    spec: { policyName: 'bench', validationActions: ['Deny'] },
  }
  const extensions: Readonly<Record<string, readonly (readonly [string, object])[]>> = {
    nothing: [],
    'a policy': [
      ['validatingadmissionpolicies', policy],
      ['validatingadmissionpolicybindings', binding],
    ],
    'a webhook': [
      ['validatingwebhookconfigurations', { metadata: { name: 'bench' }, webhooks: [webhook] }],
    ],
  }
  const found = new Map<string, number[]>()
  for (let round = 0; round <= rounds; round++) {
    for (const [name, objects] of Object.entries(extensions)) {
      for (const [plural, object] of objects) await made(api, `${admission}/${plural}`, object)
      const each = await cost(count, (index) => create(api, map, `o${index}`))
      if (round > 0) found.set(name, [...(found.get(name) ?? []), each])
      for (const [plural] of objects) await ask(api, 'DELETE', `${admission}/${plural}/bench`)
      for (let index = 0; index < count; index++) await ask(api, 'DELETE', `${map.path}/o${index}`)
    }
  }
  console.log('\n| a ConfigMap is created past | µs |\n|---|--:|')
  for (const [name, values] of found) console.log(`| ${name} | ${median(values).toFixed(0)} |`)
}

async function made(api: ApiServer, path: string, object: object): Promise<void> {
  const { status, body } = await ask(api, 'POST', path, object)
  if (status !== 201) throw new Error(`${path}: ${JSON.stringify(body)}`)
}

/** A webhook that allows everything, in a thread of its own. */
function serveWebhook({ server: { certificate, key } }: TestCertificates): void {
  const server = createServer({ cert: certificate, key }, async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    const { apiVersion, kind, request: asked } = JSON.parse(Buffer.concat(parts).toString())
    const answer = { apiVersion, kind, response: { uid: asked.uid, allowed: true } }
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(answer))
  })
  server.listen(0, '127.0.0.1', () =>
    parentPort?.postMessage((server.address() as AddressInfo).port),
  )
}

async function main(count: number): Promise<void> {
  const certificates = await makeTestCertificates()
  const worker = new Worker(new URL(import.meta.url), { workerData: certificates })
  const port = await new Promise((resolve) => worker.once('message', resolve))
  await using api = await startAttacked({ virtualClock: createVirtualClock() })
  await define(api, plain)
  await define(api, ruled, [
    { rule: 'self.replicas >= 0 && self.replicas <= 100' },
    { rule: 'self.template.spec.containers.all(c, c.name.size() > 0)' },
  ])
  await kindsBeside(api, count)
  await admissionBeside(api, count, `https://127.0.0.1:${port}/`, certificates.authority)
  await worker.terminate()
}

if (isMainThread) await main(Number(process.argv[2] ?? 1000))
else serveWebhook(workerData as TestCertificates)
