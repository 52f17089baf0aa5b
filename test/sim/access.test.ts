import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type ServedSimulation, startServedSimulation } from '../fixture/sim-cluster.ts'

const group = 'sim.knarr.dev'
const api = `/apis/${group}/v1alpha1`

const fault = (name: string) => `
apiVersion: ${group}/v1alpha1
kind: Fault
metadata: {name: ${name}}
spec: {type: NetworkNotReady, node: node-1}
`

const advance = JSON.stringify({
  apiVersion: `${group}/v1alpha1`,
  kind: 'ClockAdvance',
  spec: { duration: '1s' },
})

const snapshot = JSON.stringify({
  apiVersion: `${group}/v1alpha1`,
  kind: 'Snapshot',
  metadata: { name: 'mine' },
  spec: {},
})

/** What a user without rights tries, and what the answer says that she may not do. */
const attempts: readonly (readonly [args: readonly string[], input: string, denied: string])[] = [
  [['get', 'clocks'], '', 'list resource "clocks"'],
  [['get', 'clock', 'cluster'], '', 'get resource "clocks"'],
  [
    ['patch', 'clock', 'cluster', '--type=merge', '-p', '{"spec":{"paused":false}}'],
    '',
    'get resource "clocks"',
  ],
  [
    ['create', '--raw', `${api}/clocks/cluster/advance`, '-f', '-'],
    advance,
    'create resource "clocks/advance"',
  ],
  [['get', 'faults'], '', 'list resource "faults"'],
  [['create', '-f', '-'], fault('denied'), 'create resource "faults"'],
  [['delete', 'faults', '--all'], '', 'list resource "faults"'],
  [['get', 'snapshots'], '', 'list resource "snapshots"'],
  [['create', '--raw', `${api}/snapshots`, '-f', '-'], snapshot, 'create resource "snapshots"'],
]

describe('who may move time and break things', () => {
  let cluster: ServedSimulation

  before(async () => {
    cluster = await startServedSimulation()
  })

  after(async () => {
    await cluster?.[Symbol.asyncDispose]()
  })

  for (const [args, input, denied] of attempts) {
    test(`a user without rights may not ${args.join(' ')}`, async () => {
      const { code, stderr } = await cluster.tryKubectl([...args, '--as', 'ann'], input)
      assert.equal(code, 1)
      const message = `User "ann" cannot ${denied} in API group "${group}" at the cluster scope`
      assert.ok(stderr.includes('(Forbidden)'), stderr)
      assert.ok(stderr.includes(message), stderr)
    })
  }

  test('a role that grants one verb on one resource grants no more', async () => {
    await cluster.kubectl(
      'create',
      'clusterrole',
      'breaker',
      '--verb=create',
      `--resource=faults.${group}`,
    )
    await cluster.kubectl(
      'create',
      'clusterrolebinding',
      'breaker',
      '--clusterrole=breaker',
      '--user=bob',
    )
    const created = await cluster.tryKubectl(['create', '-f', '-', '--as', 'bob'], fault('granted'))
    assert.deepEqual([created.code, created.stdout], [0, `fault.${group}/granted created\n`])
    await cluster.knarr('clock', 'advance', '30s')
    assert.match(await cluster.kubectl('get', 'node', 'node-1'), / NotReady /)
    for (const args of [
      ['delete', 'fault', 'granted'],
      ['get', 'faults'],
      ['get', 'clocks'],
    ]) {
      const { code, stderr } = await cluster.tryKubectl([...args, '--as', 'bob'])
      assert.deepEqual([code, stderr.includes('(Forbidden)')], [1, true], stderr)
    }
  })

  test('a right to see and advance the clock is none to change it', async () => {
    const rights = [
      ['mover', 'create', `clocks.${group}/advance`],
      ['viewer', 'get', `clocks.${group}`],
    ]
    for (const [name = '', verb, resource] of rights) {
      await cluster.kubectl(
        'create',
        'clusterrole',
        name,
        `--verb=${verb}`,
        `--resource=${resource}`,
      )
      const bind = ['create', 'clusterrolebinding', name, `--clusterrole=${name}`, '--user=cat']
      await cluster.kubectl(...bind)
    }
    const raw = ['create', '--raw', `${api}/clocks/cluster/advance`, '-f', '-', '--as', 'cat']
    const moved = await cluster.tryKubectl(raw, advance)
    assert.equal(moved.code, 0, moved.stderr)
    const patch = ['patch', 'clock', 'cluster', '--type=merge', '-p', '{"spec":{"paused":false}}']
    const { stderr } = await cluster.tryKubectl([...patch, '--as', 'cat'])
    assert.match(stderr, /User "cat" cannot patch resource "clocks"/)
  })
})
