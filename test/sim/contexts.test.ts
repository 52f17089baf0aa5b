import assert from 'node:assert/strict'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { command, must } from '../fixture/real-cluster.ts'
import { startServedSimulation } from '../fixture/sim-cluster.ts'
import { knarr, testTools } from '../fixture/tools.ts'

interface Merged {
  readonly clusters: readonly { readonly name: string }[]
  readonly users: readonly { readonly name: string }[]
  readonly contexts: readonly { readonly name: string }[]
  readonly 'current-context': string
}

test('kubeconfigs of two clusters can be merged, by kubectl and by knarr', async () => {
  await using one = await startServedSimulation('--name', 'demo')
  await using other = await startServedSimulation()
  const { kubectl } = testTools()
  const paths = [one, other].map(({ dataDir }) => join(dataDir, 'kubeconfig'))
  const both = { ...process.env, KUBECONFIG: paths.join(':') }
  const view = ['config', 'view', '--flatten', '-o', 'json']
  const merged: Merged = JSON.parse(must(await command(kubectl, view, { env: both })))
  const [, otherName = ''] = merged.contexts.map(({ name }) => name)
  assert.match(otherName, /^knarr-knarr-sim-/)
  for (const list of [merged.clusters, merged.users, merged.contexts]) {
    assert.deepEqual(list.map(({ name }) => name).toSorted(), ['demo', otherName].toSorted())
  }
  for (const context of ['demo', otherName]) {
    const nodes = await command(kubectl, ['--context', context, 'get', 'nodes'], { env: both })
    assert.match(must(nodes), /node-1 +Ready/)
  }

  const own = join(one.dataDir, 'kube', 'config')
  for (const { dataDir } of [one, other, other]) {
    const env = { ...process.env, KUBECONFIG: own, KNARR_DATA_DIR: dataDir }
    must(await command(knarr, ['kubeconfig', '--merge'], { env }))
  }
  const file: Merged = JSON.parse(
    must(await command(kubectl, view, { env: { ...process.env, KUBECONFIG: own } })),
  )
  assert.deepEqual(file.contexts.map(({ name }) => name).toSorted(), ['demo', otherName].toSorted())
  assert.equal(file['current-context'], otherName)
  assert.equal(statSync(own).mode & 0o777, 0o600)
})

test('kubectl shows no <invalid> on a moved clock that began in the past', async () => {
  await using cluster = await startServedSimulation('--start', '2026-01-01T00:00:00Z')
  await cluster.apply(`
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {containers: [{name: c, image: busybox, command: [sh, -c, 'exit 3']}]}
`)
  assert.match(await cluster.knarr('clock', 'advance', '2h'), /^2026-01-01T02:00:/)
  for (const what of [['pod', 'a'], ['nodes']]) {
    const described = await cluster.kubectl('describe', ...what)
    assert.doesNotMatch(described, /<invalid>/)
  }
  assert.doesNotMatch(await cluster.kubectl('events'), /<invalid>/)
})
