import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type ServedSimulation, startServedSimulation } from '../fixture/sim-cluster.ts'

const pods = ['node-1', 'node-2']
  .map(
    (node) => `
apiVersion: v1
kind: Pod
metadata: {name: on-${node}}
spec:
  nodeName: ${node}
  tolerations: [{operator: Exists}]
  containers: [{name: web, image: nginx}]
`,
  )
  .join('---')

describe('nodes are broken and mended by a word each', () => {
  let cluster: ServedSimulation

  before(async () => {
    cluster = await startServedSimulation('--nodes', '2')
    await cluster.apply(pods)
    for (const node of ['node-1', 'node-2']) {
      await cluster.knarr('clock', 'until', `pod/on-${node} condition=Ready`)
    }
  })

  after(async () => {
    await cluster?.[Symbol.asyncDispose]()
  })

  const faults = () => cluster.kubectl('get', 'faults', '-o', 'name')
  const row = (kind: string, name: string) => cluster.kubectl('get', kind, name, '--no-headers')
  const secondsUntil = async (condition: string) => {
    const elapsed = async () =>
      (await cluster.knarr('clock', 'show')).match(/\((\d+m)?([\d.]+)s since/)?.slice(1) ?? []
    const seconds = ([minutes = '0m', rest = '']: readonly string[]) =>
      Number.parseInt(minutes, 10) * 60 + Number(rest)
    const from = seconds(await elapsed())
    await cluster.knarr('clock', 'until', condition)
    return seconds(await elapsed()) - from
  }

  for (const word of ['hang', 'partition']) {
    const other = 'node/node-2 condition=Ready'

    test(`${word}: the node is lost after its grace period, its containers run on, restart heals`, async () => {
      const struck = await cluster.knarr('node', word, 'node-1')
      assert.equal(struck, `fault/${word}-node-1 created\n`)
      assert.equal(await faults(), `fault.sim.knarr.dev/${word}-node-1\n`)
      const lostAfter = await secondsUntil('node/node-1 condition=Ready=Unknown')
      assert.ok(lostAfter > 40 && lostAfter < 70, `${lostAfter}`)
      assert.match(await row('node', 'node-1'), /^node-1 +NotReady /)
      assert.match(await row('node', 'node-2'), /^node-2 +Ready /)
      const why = await cluster.knarr('why', 'node/node-1')
      assert.match(
        why,
        new RegExp(word === 'hang' ? 'KubeletHang strikes' : 'NodePartition strikes'),
      )

      // A kubelet that hears nothing cannot end its pod; the other one does.
      await cluster.kubectl('delete', 'pods', '--all', '--wait=false', '--grace-period=1')
      await cluster.knarr('clock', 'until', 'pod/on-node-2 delete')
      await cluster.knarr('clock', 'advance', '1m')
      assert.match(await row('pod', 'on-node-1'), /^on-node-1 +1\/1 +Terminating +0 /)

      const again = await cluster.tryKnarr('node', word, 'node-1')
      assert.equal(again.code, 1)
      assert.match(again.stderr, /has this fault already/)

      const healed = await cluster.knarr('node', 'restart', 'node-1')
      assert.match(healed, new RegExp(`fault/${word}-node-1`))
      assert.equal(await faults(), '')
      // A watch that broke is opened again within a minute (client-go: 30 s, and up to as much by
      // chance), and a kubelet that hears how its node stands reports within 10 s.
      const readyAfter = await secondsUntil('node/node-1 condition=Ready')
      assert.ok(readyAfter <= 70, `${readyAfter}`)
      await cluster.knarr('clock', 'until', 'pod/on-node-1 delete')
      await cluster.knarr('clock', 'until', other)

      await cluster.apply(pods)
      await cluster.knarr('clock', 'until', 'pod/on-node-1 condition=Ready')
      await cluster.knarr('clock', 'until', 'pod/on-node-2 condition=Ready')
    })
  }

  test('both at once on one node are healed by one restart, and no container started again', async () => {
    for (const word of ['hang', 'partition']) await cluster.knarr('node', word, 'node-1')
    assert.equal((await faults()).trim().split('\n').length, 2)
    await cluster.knarr('clock', 'until', 'node/node-1 condition=Ready=Unknown')
    const healed = await cluster.knarr('node', 'restart', 'node-1')
    assert.match(healed, /hang-node-1[\s\S]*partition-node-1/)
    await cluster.knarr('clock', 'until', 'node/node-1 condition=Ready')
    await cluster.knarr('clock', 'until', 'pod/on-node-1 condition=Ready')
    assert.equal(await faults(), '')
    assert.match(await row('pod', 'on-node-1'), /^on-node-1 +1\/1 +Running +0 /)
  })

  test('a fault that heals by itself needs no restart', async () => {
    await cluster.knarr('node', 'partition', 'node-2', '--duration', '90s')
    await cluster.knarr('clock', 'until', 'node/node-2 condition=Ready=Unknown')
    await cluster.knarr('clock', 'until', 'node/node-2 condition=Ready')
    assert.equal(await faults(), '')
  })
})
