import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Container, PodSpec, Service } from '#api'
import type { Stored } from '#machinery'
import { notFound } from '#machinery/status'
import { ConfigError } from '../model/errors.ts'
import { podOf, web } from '../model/kubelet-fixture.ts'
import { environmentOf } from './environment.ts'

interface Given extends Pick<Container, 'env' | 'envFrom'> {
  readonly configMaps?: Readonly<Record<string, Readonly<Record<string, string>>>>
  readonly secrets?: Readonly<Record<string, Readonly<Record<string, string>>>>
  readonly services?: readonly Stored<Service>[]
  readonly spec?: Partial<PodSpec>
  readonly namespace?: string
}

function found<T>(kind: string, held: Readonly<Record<string, T>> | undefined, name: string) {
  const data = held?.[name]
  if (data === undefined) throw notFound({ group: '', plural: kind }, name)
  return { metadata: { name }, data }
}

async function environment(given: Given) {
  const { configMaps, secrets, services = [], spec = {}, namespace = 'default', ...own } = given
  return environmentOf(
    { ...web, ...own },
    {
      pod: podOf({ metadata: { namespace }, spec }),
      podIps: ['10.0.0.1'],
      hostIps: ['192.0.2.1'],
      nodeName: 'node-1',
      allocatable: { memory: '1Gi' },
      services,
      configMap: async (name) => found('configmap', configMaps, name),
      secret: async (name) => {
        const { data, ...rest } = found('secret', secrets, name)
        const encoded = Object.entries(data).map(([key, text]) => [
          key,
          Buffer.from(text).toString('base64'),
        ])
        return { ...rest, data: Object.fromEntries(encoded) }
      },
    },
  )
}

async function variables(given: Given): Promise<Readonly<Record<string, string>>> {
  const { variables: list } = await environment(given)
  return Object.fromEntries(list.map(({ name, value }) => [name, value]))
}

const refuses = (given: Given, message: string) =>
  assert.rejects(environment(given), (error) => {
    assert.ok(error instanceof ConfigError, String(error))
    assert.equal(error.message, message)
    return true
  })

test('a value sees the variables before it, imported ones and Services', async () => {
  const given = {
    envFrom: [{ configMapRef: { name: 'settings' } }],
    env: [
      { name: 'A', value: '$(HOST)/$(B)' },
      { name: 'B', value: 'b' },
      { name: 'C', value: '$(A)-$(B)-$(DB_SERVICE_PORT)-$$(B)' },
    ],
    configMaps: { settings: { HOST: 'h' } },
    services: [service('db', '10.96.0.9', [{ port: 5432 }])],
  }
  const { A, B, C, HOST } = await variables(given)
  assert.deepEqual({ A, B, C, HOST }, { A: 'h/$(B)', B: 'b', C: 'h/$(B)-b-5432-$(B)', HOST: 'h' })
})

test('imported variables take a prefix, later ones win, and env wins over all of them', async () => {
  const found = await variables({
    envFrom: [
      { configMapRef: { name: 'one' } },
      { secretRef: { name: 'two' } },
      { prefix: 'P_', configMapRef: { name: 'one' } },
    ],
    env: [{ name: 'C', value: 'own' }],
    configMaps: { one: { A: '1', B: '1', C: '1' } },
    secrets: { two: { B: '2' } },
  })
  assert.deepEqual(found, { A: '1', B: '2', C: 'own', P_A: '1', P_B: '1', P_C: '1' })
})

test('keys that cannot be names are skipped and named', async () => {
  const { variables: list, skipped } = await environment({
    envFrom: [{ configMapRef: { name: 'one' } }, { secretRef: { name: 'two' } }],
    configMaps: { one: { GOOD: '1', 'b=c': '2', 'a=b': '3' } },
    secrets: { two: { 'd=': '4' } },
  })
  assert.deepEqual(list, [{ name: 'GOOD', value: '1' }])
  assert.deepEqual(skipped, [
    { source: 'configMap default/one', keys: ['a=b', 'b=c'] },
    { source: 'secret default/two', keys: ['d='] },
  ])
})

test('values come from keys, fields and resources', async () => {
  const resourceFieldRef = { resource: 'limits.memory', divisor: '1Mi' }
  const found = await variables({
    env: [
      { name: 'MAP', valueFrom: { configMapKeyRef: { name: 'one', key: 'k' } } },
      { name: 'SECRET', valueFrom: { secretKeyRef: { name: 'two', key: 'k' } } },
      { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
      { name: 'MEMORY', valueFrom: { resourceFieldRef } },
    ],
    configMaps: { one: { k: '$(IP)' } },
    secrets: { two: { k: 'sesame' } },
  })
  assert.deepEqual(found, { MAP: '$(IP)', SECRET: 'sesame', IP: '10.0.0.1', MEMORY: '1024' })
})

test('what is missing keeps the container from being made, and says what it is', async () => {
  const configMaps = { one: { k: 'v' } }
  const secrets = { two: { k: 'v' } }
  const key = (name: string, key: string) => ({
    name: 'A',
    valueFrom: { configMapKeyRef: { name, key } },
  })
  const secret = (name: string, key: string) => ({
    name: 'A',
    valueFrom: { secretKeyRef: { name, key } },
  })
  for (const [given, message] of [
    [{ env: [key('none', 'k')] }, 'configmap "none" not found'],
    [{ env: [key('one', 'x')] }, "couldn't find key x in ConfigMap default/one"],
    [{ env: [secret('none', 'k')] }, 'secret "none" not found'],
    [{ env: [secret('two', 'x')] }, "couldn't find key x in Secret default/two"],
    [{ envFrom: [{ configMapRef: { name: 'none' } }] }, 'configmap "none" not found'],
    [{ envFrom: [{ secretRef: { name: 'none' } }] }, 'secret "none" not found'],
  ] as const) {
    await refuses({ ...given, configMaps, secrets }, message)
  }
})

test('what is optional may be missing: the variable is then not set', async () => {
  const optional = true
  const found = await variables({
    envFrom: [
      { configMapRef: { name: 'none', optional } },
      { secretRef: { name: 'none', optional } },
    ],
    env: [
      { name: 'A', valueFrom: { configMapKeyRef: { name: 'none', key: 'k', optional } } },
      { name: 'B', valueFrom: { configMapKeyRef: { name: 'one', key: 'x', optional } } },
      { name: 'C', valueFrom: { secretKeyRef: { name: 'none', key: 'k', optional } } },
      { name: 'D', valueFrom: { secretKeyRef: { name: 'two', key: 'x', optional } } },
      { name: 'E', value: '' },
    ],
    configMaps: { one: {} },
    secrets: { two: {} },
  })
  assert.deepEqual(found, { E: '' })
})

type Ports = NonNullable<NonNullable<Service['spec']>['ports']>

function service(name: string, clusterIP: string, ports: Ports, namespace = 'default') {
  return { metadata: { name, namespace }, spec: { clusterIP, ports } } as Stored<Service>
}

test('a Service of the namespace becomes variables in the words of Docker links', async () => {
  const ports = [
    { name: 'http-web', port: 80 },
    { name: 'dns', port: 53, protocol: 'UDP' },
  ]
  const services = [service('my-web', '10.96.0.7', ports)]
  assert.deepEqual(await variables({ services }), {
    MY_WEB_SERVICE_HOST: '10.96.0.7',
    MY_WEB_SERVICE_PORT: '80',
    MY_WEB_SERVICE_PORT_HTTP_WEB: '80',
    MY_WEB_SERVICE_PORT_DNS: '53',
    MY_WEB_PORT: 'tcp://10.96.0.7:80',
    MY_WEB_PORT_80_TCP: 'tcp://10.96.0.7:80',
    MY_WEB_PORT_80_TCP_PROTO: 'tcp',
    MY_WEB_PORT_80_TCP_PORT: '80',
    MY_WEB_PORT_80_TCP_ADDR: '10.96.0.7',
    MY_WEB_PORT_53_UDP: 'udp://10.96.0.7:53',
    MY_WEB_PORT_53_UDP_PROTO: 'udp',
    MY_WEB_PORT_53_UDP_PORT: '53',
    MY_WEB_PORT_53_UDP_ADDR: '10.96.0.7',
  })
})

test('an IPv6 address is bracketed where a port follows', async () => {
  const found = await variables({ services: [service('web', 'fd00::7', [{ port: 80 }])] })
  assert.equal(found.WEB_PORT, 'tcp://[fd00::7]:80')
  assert.equal(found.WEB_SERVICE_HOST, 'fd00::7')
})

test('only Services of the namespace with an address count, and the master Service always', async () => {
  const port = [{ port: 443 }]
  const services = [
    service('kubernetes', '10.96.0.1', port),
    service('default-other', '10.96.0.2', port),
    service('mine', '10.96.0.3', port, 'apps'),
    service('headless', 'None', port, 'apps'),
    service('external', '', port, 'apps'),
  ]
  const hosts = async (spec: Partial<PodSpec>) => {
    const names = Object.keys(await variables({ services, spec, namespace: 'apps' }))
    return names.filter((name) => name.endsWith('_HOST'))
  }
  assert.deepEqual(await hosts({}), ['KUBERNETES_SERVICE_HOST', 'MINE_SERVICE_HOST'])
  assert.deepEqual(await hosts({ enableServiceLinks: false }), ['KUBERNETES_SERVICE_HOST'])
})

test("a Service of the pod's own namespace hides the master Service of that name", async () => {
  const port = [{ port: 443 }]
  const own = service('kubernetes', '10.96.0.4', port, 'apps')
  const master = service('kubernetes', '10.96.0.1', port)
  for (const services of [
    [own, master],
    [master, own],
  ]) {
    const found = await variables({ services, namespace: 'apps' })
    assert.equal(found.KUBERNETES_SERVICE_HOST, '10.96.0.4')
  }
})

test("a variable of the container's own hides that of a Service", async () => {
  const found = await variables({
    env: [{ name: 'WEB_SERVICE_HOST', value: 'mine' }],
    services: [service('web', '10.96.0.7', [{ port: 80 }])],
  })
  assert.equal(found.WEB_SERVICE_HOST, 'mine')
})
