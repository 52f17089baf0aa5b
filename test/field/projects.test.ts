import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { after, before, test } from 'node:test'
import { type ServedSimulation, startServedSimulation } from '../fixture/sim-cluster.ts'
import { type KubectlProxy, startProxy } from './kubectl-proxy.ts'
import { filesOf, moduleDirectory, projects } from './projects.ts'
import { readResults, readUpstream } from './results.ts'
import { tryInstall } from './try-install.ts'
import { tryProject } from './try-project.ts'

/** The short form of `make field`: few kinds with many rules and policies, and what is wrong by them. */
const tried = projects.filter(({ name }) => name === 'Gateway API' || name === 'Karpenter')
const skip = spawnSync('go', ['version']).status !== 0 && 'Go is not installed'

let cluster: ServedSimulation
let proxy: KubectlProxy

before(async () => {
  if (skip) return
  cluster = await startServedSimulation('--nodes', '1')
  proxy = await startProxy(`${cluster.dataDir}/kubeconfig`)
})

after(async () => {
  await proxy?.[Symbol.asyncDispose]()
  await cluster?.[Symbol.asyncDispose]()
})

for (const project of tried) {
  test(`${project.name}: kubectl defines its kinds, whose samples get upstream's answers`, {
    skip,
  }, async () => {
    const upstream = readUpstream().projects[project.name] ?? {}
    const result = await tryProject({ project, cluster, address: proxy.address, upstream })
    const kept = readResults().projects.find(({ name }) => name === project.name)
    assert.deepEqual(result, kept)
  })
}

test('cert-manager: helm installs, upgrades and uninstalls its chart, whose pods get ready', {
  skip,
}, async () => {
  const project = projects.find(({ name }) => name === 'cert-manager')
  assert.ok(project)
  const installed = await tryInstall(project, cluster)
  assert.deepEqual(
    installed,
    readResults().installed.find(({ name }) => name === project.name),
  )
})

test('Gateway API: its policy keeps experimental definitions from standard ones', {
  skip,
}, async () => {
  const project = projects.find(({ name }) => name === 'Gateway API')
  assert.ok(project)
  const directory = moduleDirectory(project)
  const policies = '*_vap_*.yaml'
  const apply = async (channel: string, pattern: string) => {
    const files = filesOf(`${directory}/config/crd/${channel}`, [pattern])
    const named = files.flatMap((file) => ['-f', `${directory}/config/crd/${channel}/${file}`])
    return cluster.tryKubectl(['apply', '--server-side', '--force-conflicts', ...named])
  }
  assert.equal((await apply('standard', '*_{gateways,httproutes}.yaml')).code, 0)
  assert.equal((await apply('standard', policies)).code, 0)
  await cluster.knarr('clock', 'advance', '5s')
  const mixed = await apply('experimental', '*_gateways.yaml')
  assert.match(
    mixed.stderr,
    /^The customresourcedefinitions "gateways\.gateway\.networking\.k8s\.io" is invalid: : ValidatingAdmissionPolicy 'safe-upgrades\.gateway\.networking\.k8s\.io' with binding 'safe-upgrades\.gateway\.networking\.k8s\.io' denied request: Installing experimental CRDs on top of standard channel CRDs is prohibited by default/,
  )
  assert.equal((await apply('experimental', '*_xbackends.yaml')).code, 0)
})
