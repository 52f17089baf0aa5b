import { stringify } from 'yaml'
import { apiProtobuf, resources } from '#api'
import type { Random } from '#lib'
import { type ApiRequest, encodeJson, type Resource } from '#machinery'
import { encodeCbor } from '#machinery/codec'
import { objectOf, kinds as templates } from '../soak/requests-fixture.ts'
import { type Chance, createChance, createValues, names, type Values } from './values-fixture.ts'

/** A request as the front end hands it to the API. */
export type FuzzRequest = Pick<ApiRequest, 'method' | 'headers'> & {
  readonly target: string
  readonly body?: Buffer
}

type Json = Readonly<Record<string, unknown>>

interface Maker {
  readonly chance: Chance
  readonly values: Values
  /** Objects that were read lately, which updates and patches start from. */
  readonly seen: readonly Json[]
}

/** Custom resources of the definition that stands in the server, and all kinds of its own. */
const kinds: readonly Resource[] = resources.filter(
  ({ kind }) => !kind.endsWith('WebhookConfiguration'),
)

const templated = kinds.filter(({ plural }) => templates.some((each) => each.plural === plural))

/** Makes requests of every kind; `learn` what they answered, so that later ones meet it. */
export function createFuzzRequests(random: Random): {
  next(): FuzzRequest
  learn(object: Json): void
} {
  const chance = createChance(random)
  const values = createValues(chance)
  const seen: Json[] = []
  const maker = { chance, values, seen }
  return {
    next: () => chance.one(makers)(maker),
    learn(object) {
      if (seen.length < 50) seen.push(object)
      else seen[chance.int(50)] = object
    },
  }
}

const makers: readonly ((maker: Maker) => FuzzRequest)[] = [
  create,
  create,
  create,
  update,
  update,
  patch,
  patch,
  patch,
  read,
  read,
  list,
  list,
  remove,
  plainPath,
]

function create(maker: Maker): FuzzRequest {
  const resource = maker.chance.rarely(2) ? maker.chance.one(kinds) : maker.chance.one(templated)
  const part = maker.chance.rarely(8) ? `/${nameOf(maker)}/${partOf(maker, resource)}` : ''
  const method = maker.chance.rarely(30)
    ? maker.chance.one(['PUT', 'DELETE', 'PATCH'] as const)
    : 'POST'
  const target = `${collection(maker, resource)}${part}${writeQuery(maker)}`
  return { method, target, ...bodied(maker, objectFor(maker, resource)) }
}

function update(maker: Maker): FuzzRequest {
  const known = maker.seen.length > 0 && !maker.chance.rarely(4)
  const object = known ? maker.chance.one(maker.seen) : undefined
  const resource = resourceOf(object) ?? maker.chance.one(kinds)
  const value = object ? maker.values.mutated(object) : objectFor(maker, resource)
  return {
    method: 'PUT',
    target: `${memberOf(maker, resource, object)}${writeQuery(maker)}`,
    ...bodied(maker, value),
  }
}

function patch(maker: Maker): FuzzRequest {
  const { chance, seen } = maker
  const object = seen.length > 0 && !chance.rarely(4) ? chance.one(seen) : undefined
  const resource = resourceOf(object) ?? chance.one(kinds)
  const forms = ['json-patch+json', 'merge-patch+json', 'strategic-merge-patch+json'] as const
  const form = chance.one([...forms, 'apply-patch+yaml', 'apply-patch+cbor', 'json'] as const)
  const value = form === 'json-patch+json' ? jsonPatch(maker, object) : objectFor(maker, resource)
  const bytes = patchBytes(form, value)
  return {
    method: 'PATCH',
    target: `${memberOf(maker, resource, object)}${writeQuery(maker)}`,
    headers: headersOf(maker, { 'content-type': `application/${form}` }),
    body: damaged(maker, bytes),
  }
}

function patchBytes(form: string, value: unknown): Buffer {
  if (form === 'apply-patch+cbor') return Buffer.from(encodeCbor(value))
  return Buffer.from(form === 'apply-patch+yaml' ? stringify(value) : encodeJson(value))
}

function read(maker: Maker): FuzzRequest {
  const { chance, seen } = maker
  const object = seen.length > 0 && !chance.rarely(4) ? chance.one(seen) : undefined
  const target = memberOf(maker, resourceOf(object) ?? chance.one(kinds), object)
  return { method: 'GET', target, headers: headersOf(maker) }
}

function list(maker: Maker): FuzzRequest {
  const { chance } = maker
  const resource = chance.one(kinds)
  const base = chance.rarely(2) ? collection(maker, resource) : root(resource, resource.plural)
  const query = new URLSearchParams()
  for (const [name, values] of Object.entries(listQueries)) {
    if (chance.rarely(6)) query.set(name, chance.one(values))
  }
  if (chance.rarely(5)) query.set('watch', chance.one(['1', 'true', 'x']))
  if (query.has('watch')) query.set('timeoutSeconds', '1')
  return { method: 'GET', target: `${base}?${query}`, headers: headersOf(maker) }
}

function remove(maker: Maker): FuzzRequest {
  const { chance, values, seen } = maker
  const object = seen.length > 0 ? chance.one(seen) : undefined
  const resource = resourceOf(object) ?? chance.one(kinds)
  const target = chance.rarely(10) ? collection(maker, resource) : memberOf(maker, resource, object)
  const options = values.ofType('io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions')
  const body = chance.rarely(2) ? bodied(maker, options) : { headers: headersOf(maker) }
  return { method: 'DELETE', target, ...body }
}

function plainPath(maker: Maker): FuzzRequest {
  const { chance, values } = maker
  const path = chance.one(paths)
  const at = chance.int(path.length)
  const odd = encodeURIComponent(values.text().toWellFormed())
  const target = chance.rarely(3) ? `${path.slice(0, at)}${odd}${path.slice(at)}` : path
  const method = chance.one(['GET', 'GET', 'GET', 'POST', 'HEAD', 'OPTIONS', 'DELETE'] as const)
  return { method, target, headers: headersOf(maker) }
}

const paths = [
  '/',
  '/api',
  '/api/v1',
  '/apis',
  '/apis/apps',
  '/apis/apps/v1',
  '/apis/example.com/v1',
  '/openapi/v2',
  '/openapi/v3',
  '/openapi/v3/apis/apps/v1',
  '/version',
  '/healthz',
  '/livez?verbose',
  '/readyz?exclude=ping',
  '/metrics',
  '/openid/v1/jwks',
  '/.well-known/openid-configuration',
  '/api/v1/namespaces/default/pods/seed/log',
  '/api/v1/watch/namespaces/default/pods?timeoutSeconds=1',
]

/** An object of a kind: whole, as chance makes it of the schema, or changed in one place. */
function objectFor(maker: Maker, resource: Resource): Json {
  const { chance, values } = maker
  const object = templateOf(maker, resource) ?? values.ofType(resource.schemaName)
  const metadata = {
    ...(chance.rarely(3) && (object.metadata as object)),
    ...(chance.rarely(10) ? { generateName: 'g-' } : { name: chance.one(names) }),
  }
  const whole = { apiVersion: versionOf(resource), kind: resource.kind, ...object, metadata }
  // Cast: what is no object any more is refused as such.
  return chance.rarely(3) ? (values.mutated(whole) as Json) : whole
}

function templateOf({ chance }: Maker, { plural }: Resource): Json | undefined {
  const template = templates.find((each) => each.plural === plural)
  if (!template || chance.rarely(3)) return undefined
  const word = () => chance.one(names)
  return objectOf(template, { name: word(), namespace: 'default', word })
}

function jsonPatch({ chance, values }: Maker, object: Json | undefined): unknown {
  const pointers = ['/metadata/labels', '/spec', '/spec/containers/0', '/spec/replicas', '/-', '']
  const own = Object.keys(object ?? {}).map((name) => `/${name}`)
  const step = () => ({
    op: chance.one(['add', 'replace', 'remove', 'test', 'copy', 'move', 'none']),
    path: chance.one([...pointers, ...own]),
    ...(chance.rarely(3) && { from: chance.one([...pointers, ...own]) }),
    ...(!chance.rarely(3) && { value: values.odd() }),
  })
  if (chance.rarely(15)) return values.odd()
  return Array.from({ length: chance.int(4) }, step)
}

function bodied(maker: Maker, value: unknown): Pick<FuzzRequest, 'headers'> & { body: Buffer } {
  const [type, bytes] = encoded(maker, value)
  const headers = headersOf(maker, { 'content-type': type })
  return { headers, body: damaged(maker, bytes) }
}

function encoded({ chance }: Maker, value: unknown): readonly [string, Buffer] {
  const json = Buffer.from(encodeJson(value))
  switch (chance.int(8)) {
    case 0:
      return ['application/yaml', Buffer.from(stringify(value))]
    case 1:
      try {
        // Cast: the codec refuses what it is not.
        const object = value as Parameters<typeof apiProtobuf.encode>[0]
        return ['application/vnd.kubernetes.protobuf', Buffer.from(apiProtobuf.encode(object))]
      } catch {
        return ['application/vnd.kubernetes.protobuf', json]
      }
    case 2:
      // A member named __proto__ takes a list its iterator, which no JSON that is read has.
      return ['application/cbor', Buffer.from(encodeCbor(JSON.parse(json.toString())))]
    case 3:
      return [chance.one(['application/cbor', 'text/plain', '', 'application/json;a=']), json]
    default:
      return ['application/json', json]
  }
}

/** Bytes as they are, or cut off, or with some of them changed. */
function damaged({ chance }: Maker, bytes: Buffer): Buffer {
  if (!chance.rarely(8) || bytes.length === 0) return bytes
  if (chance.rarely(2)) return bytes.subarray(0, chance.int(bytes.length))
  const copy = Buffer.from(bytes)
  for (let i = 0; i < 3; i++) copy[chance.int(copy.length)] = chance.int(256)
  return copy
}

function headersOf({ chance }: Maker, more: Record<string, string> = {}): Record<string, string> {
  return {
    accept: chance.one(accepts),
    'user-agent': chance.one(['kubectl/v1.36', 'curl/8', '']),
    ...(chance.rarely(30) && { 'impersonate-user': chance.one(['a', 'system:anonymous', '']) }),
    ...more,
  }
}

const accepts = [
  '',
  '*/*',
  'application/json',
  'application/json',
  'application/yaml',
  'application/vnd.kubernetes.protobuf',
  'application/vnd.kubernetes.protobuf,application/json',
  'application/vnd.kubernetes.protobuf;as=PartialObjectMetadata;v=v1;g=meta.k8s.io',
  'application/cbor',
  'application/cbor;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io',
  'application/json;as=Table;v=v1;g=meta.k8s.io,application/json',
  'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io',
  'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io',
  'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList',
  'text/html;q=x, */*;q=0.1',
]

const listQueries: Readonly<Record<string, readonly string[]>> = {
  labelSelector: ['app=web', 'app in (a,b)', '!app', 'a in (', 'a=b,c!=d', 'x'.repeat(300), 'ä=1'],
  fieldSelector: ['metadata.name=a', 'spec.nodeName=n', 'status.phase!=Running', 'a=b', 'a', '=,='],
  limit: ['1', '5', '0', '-1', 'x', '99999999999999999999'],
  continue: [
    'x',
    'e30',
    btoa('{"v":"meta.k8s.io/v1","rv":1,"start":"a"}'),
    btoa('{"v":"meta.k8s.io/v1"}'),
  ],
  resourceVersion: ['0', '1', '5', '-1', 'x', '999999999', ''],
  resourceVersionMatch: ['Exact', 'NotOlderThan', 'x'],
  sendInitialEvents: ['true', 'false', 'x'],
  allowWatchBookmarks: ['true', 'x'],
  includeObject: ['Metadata', 'None', 'Object', 'x'],
  pretty: ['true', 'x'],
  timeoutSeconds: ['1', 'x', '-1'],
}

function writeQuery({ chance, values }: Maker): string {
  const query = new URLSearchParams()
  if (chance.rarely(6))
    query.set('fieldManager', chance.one(['a', '', 'x'.repeat(200), values.text()]))
  if (chance.rarely(6)) query.set('force', chance.one(['true', 'false', 'x']))
  if (chance.rarely(8)) query.set('dryRun', chance.one(['All', 'x', '']))
  if (chance.rarely(8)) query.set('fieldValidation', chance.one(['Strict', 'Warn', 'Ignore', 'x']))
  return query.size > 0 ? `?${query}` : ''
}

function memberOf(maker: Maker, resource: Resource, object: Json | undefined): string {
  const { chance } = maker
  const metadata = (object?.metadata ?? {}) as {
    readonly name?: string
    readonly namespace?: string
  }
  const { name = nameOf(maker), namespace } = metadata
  const plain = encodeURIComponent(name)
  const within = namespace
    ? root(resource, `namespaces/${namespace}/${resource.plural}`)
    : collection(maker, resource)
  const part = chance.rarely(5) ? `/${partOf(maker, resource)}` : ''
  return `${within}/${plain}${part}`
}

function nameOf({ chance }: Maker): string {
  return chance.one(names)
}

const commonParts = [
  'status',
  'scale',
  'none',
  'eviction',
  'binding',
  'token',
  'ephemeralcontainers',
]

function partOf({ chance }: Maker, resource: Resource): string {
  const own = Object.entries(resource.subresources ?? {})
    .filter(([, { kind }]) => kind !== 'connect')
    .map(([name]) => name)
  return chance.one(own.length > 0 && !chance.rarely(5) ? own : commonParts)
}

function collection({ chance, values }: Maker, resource: Resource): string {
  const { scope, plural } = resource
  if (scope === 'Cluster' ? !chance.rarely(30) : chance.rarely(30)) return root(resource, plural)
  const namespace = chance.rarely(30) ? encodeURIComponent(values.text().toWellFormed()) : 'default'
  return root(resource, `namespaces/${namespace}/${plural}`)
}

function root({ group, version }: Resource, rest: string): string {
  return group === '' ? `/api/${version}/${rest}` : `/apis/${group}/${version}/${rest}`
}

function versionOf({ group, version }: Resource): string {
  return group === '' ? version : `${group}/${version}`
}

function resourceOf(object: Json | undefined): Resource | undefined {
  return (
    object &&
    kinds.find((each) => versionOf(each) === object.apiVersion && each.kind === object.kind)
  )
}
