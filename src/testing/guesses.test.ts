import assert from 'node:assert/strict'
import { test } from 'node:test'
import { events, type Pod } from '#api'
import { simulate } from './index.ts'

function podOf(name: string, container: NonNullable<Pod['spec']>['containers'][number]) {
  const spec = { terminationGracePeriodSeconds: 30, containers: [container] }
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec }
}

test('a program under a shell lives as for real: only the one that is exec’d gets the signal', async () => {
  await using sim = await simulate({ nodes: 1 })
  const scripts = {
    wrapped: 'echo start; /app/server --port 80',
    execd: 'echo start; exec /app/server --port 80',
    after: '/app/server --port 80; echo ended',
  }
  for (const [name, script] of Object.entries(scripts)) {
    await sim.apply(podOf(name, { name: 'c', image: 'debian:12', command: ['sh', '-c', script] }))
  }
  await sim.advance('1m')
  for (const name of Object.keys(scripts)) assert.equal(sim.pod(name).phase, 'Running')
  for (const name of Object.keys(scripts)) await sim.delete(`pod/${name}`)
  await sim.advance('10s')
  assert.deepEqual(
    Object.keys(scripts).filter((name) => sim.pod(name).exists),
    ['wrapped', 'after'],
  )
  await sim.advance('25s')
  assert.deepEqual(
    Object.keys(scripts).filter((name) => sim.pod(name).exists),
    [],
  )
})

test('a pod’s Events say once what the simulation guesses, however often it restarts', async () => {
  await using sim = await simulate({ nodes: 1 })
  const command = ['sh', '-c', 'openssl rand 1; sleep 1; exit 3']
  await sim.apply(podOf('loop', { name: 'c', image: 'example.com/app', command }))
  await sim.apply(
    podOf('web', { name: 'c', image: 'example.com/web', ports: [{ containerPort: 8080 }] }),
  )
  const probed = {
    name: 'c',
    image: 'example.com/probed',
    ports: [{ containerPort: 8080, name: 'web' }],
    readinessProbe: { httpGet: { port: 9090 } },
    livenessProbe: { tcpSocket: { port: 'web' } },
    startupProbe: { grpc: { port: 9091 } },
    lifecycle: { postStart: { httpGet: { port: 9092 } } },
  }
  await sim.apply(podOf('probed', probed))
  const { ports: _, livenessProbe: __, ...undeclared } = probed
  await sim.apply(podOf('undeclared', undeclared))
  await sim.advance('5m')
  assert.ok(sim.pod('probed').ready && sim.pod('undeclared').ready)
  assert.ok((sim.pod('loop').restarts ?? 0) > 2)
  const guesses = sim
    .list(events, 'default')
    .filter(({ source }) => source?.component === 'simulation')
    .map(({ involvedObject, type, reason, message, count }) =>
      [involvedObject.name, type, reason, message, count].join(' '),
    )
  assert.deepEqual(guesses.toSorted(), [
    'loop Warning NotSimulated not simulated: openssl 1',
    'probed Normal SimulatedServer probed is not simulated: it stands for a server on port 8080 and, named by probes or hooks, 9090, 9091, 9092 1',
    'undeclared Normal SimulatedServer probed is not simulated: it stands for a server on every port; named by probes or hooks, 9090, 9091, 9092 1',
    'web Normal SimulatedServer web is not simulated: it stands for a server on port 8080 1',
  ])
})

test('a server that is given its PORT does not listen where only a probe asks', async () => {
  await using sim = await simulate({ nodes: 1 })
  const web = {
    name: 'c',
    image: 'example.com/web',
    ports: [{ containerPort: 8001 }],
    readinessProbe: { httpGet: { port: 8002 } },
  }
  await sim.apply(podOf('given', { ...web, env: [{ name: 'PORT', value: '8001' }] }))
  await sim.apply(podOf('guessed', web))
  await sim.advance('1m')
  assert.deepEqual([sim.pod('given').ready, sim.pod('guessed').ready], [false, true])
})
