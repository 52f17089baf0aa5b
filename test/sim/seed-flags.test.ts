import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { type ServedSimulation, startServedSimulation } from '../fixture/sim-cluster.ts'
import { projectRoot } from '../fixture/tools.ts'

/** Row 5 of the seed: its three flags and its Deployment, which tolerates a lost node for 2 s. */
describe("a cluster with the seed's flags", () => {
  let cluster: ServedSimulation

  before(async () => {
    const flags = ['period=2s', 'grace-period=10s'].map((flag) => `--node-monitor-${flag}`)
    const ignored = '--pod-eviction-timeout=10s'
    cluster = await startServedSimulation(
      '--nodes',
      '3',
      '--runtime-config',
      'extensions/v1beta1=true',
      ...flags,
      ignored,
    )
    await cluster.apply(
      readFileSync(`${projectRoot}/examples/seed/5-nginx-deployment.yaml`, 'utf8'),
    )
    await cluster.knarr('clock', 'until', 'deployment/my-nginx condition=Available')
  })

  after(async () => {
    await cluster?.[Symbol.asyncDispose]()
  })

  test('does not take a node that renews its lease every 10 s for lost', async () => {
    await cluster.knarr('clock', 'advance', '10m')
    const reasons = await cluster.kubectl('get', 'events', '-o', 'jsonpath={.items[*].reason}')
    assert.doesNotMatch(reasons, /NodeNotReady/)
  })

  test('has its pods elsewhere a quarter of a minute after a node is lost', async () => {
    const path = 'jsonpath={.items[0].spec.nodeName}'
    const node = await cluster.kubectl('get', 'pods', '-o', path)
    await cluster.knarr('node', 'crash', node)
    await cluster.knarr(
      'clock',
      'until',
      `node/${node} condition=Ready=Unknown`,
      '--timeout',
      '14s',
    )
    await cluster.knarr('clock', 'advance', '4s')
    const pods = await cluster.kubectl('get', 'pods', '-o', 'wide')
    const running = pods.match(/^.* 1\/1 +Running .*$/gm) ?? []
    assert.equal(running.filter((line) => !line.includes(node)).length, 2, pods)
    assert.match(
      await cluster.kubectl('describe', 'pods'),
      /unreachable:NoExecute op=Exists for 2s/,
    )
  })
})
