import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { ServedKinds } from '#apiserver'
import { silentLogger, systemClock } from '#lib'
import { clusterPaths } from '../../src/cluster/data-dir/paths.ts'
import { ensurePki } from '../../src/cluster/pki/pki.ts'
import { serveApi, serverHosts, writeKubeconfig } from '../../src/cluster/serving/serving.ts'
import { defaultSimOptions } from '../../src/cluster/sim/options.ts'
import { createSimCluster, type SimCluster } from '../../src/cluster/sim/sim-cluster.ts'
import { widgetsDefinition } from '../../src/cluster/sim/widgets-fixture.ts'
import { type CommandResult, command, must } from '../fixture/real-cluster.ts'
import { knarr, testTools } from '../fixture/tools.ts'

const manifest = (size: number) => `
apiVersion: example.com/v1
kind: Widget
metadata: {name: a}
spec: {size: ${size}, parts: [{name: top, color: red}]}
`

/** A simulated cluster behind HTTPS in this very process, so that kinds can be added to it. */
async function served(): Promise<
  AsyncDisposable & { readonly cluster: SimCluster; readonly dataDir: string }
> {
  const dataDir = mkdtempSync(join(tmpdir(), 'knarr-kinds-'))
  const paths = clusterPaths(dataDir)
  const { serviceCidr, clusterDomain } = defaultSimOptions
  const serving = {
    dataDir,
    address: '127.0.0.1',
    port: 0,
    tlsSans: [],
    serviceCidr,
    clusterDomain,
  }
  const pki = await ensurePki({
    directory: paths.pki,
    serverHosts: serverHosts(serving, ['127.0.0.1']),
    clock: systemClock,
  })
  const world = { wall: systemClock, log: silentLogger, onFailure: () => undefined }
  const cluster = await createSimCluster(
    { ...defaultSimOptions, nodes: [], rootCertificate: pki.authority.certificate },
    { ...world, tokenKey: pki.serviceAccountKey },
  )
  await cluster.timeDriver.advance(60_000)
  const server = await serveApi(cluster.inputs, serving, pki, silentLogger)
  writeKubeconfig(serving, `https://127.0.0.1:${server.port}`, pki)
  return {
    cluster,
    dataDir,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      await cluster[Symbol.asyncDispose]()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

describe('a kind that comes to a cluster while kubectl is at it', () => {
  let world: Awaited<ReturnType<typeof served>>
  let kinds: ServedKinds
  let env: NodeJS.ProcessEnv

  before(async () => {
    world = await served()
    const { dataDir } = world
    // Discovery that kubectl keeps on disk is told by its tag whether it is still true.
    const home = { HOME: dataDir, KUBECACHEDIR: join(dataDir, 'cache') }
    env = {
      ...process.env,
      ...home,
      KUBECONFIG: join(dataDir, 'kubeconfig'),
      KNARR_DATA_DIR: dataDir,
    }
  })

  after(async () => {
    await world?.[Symbol.asyncDispose]()
  })

  const tryKubectl = (args: readonly string[], input?: string): Promise<CommandResult> =>
    command(testTools().kubectl, args, { env, input })
  const kubectl = async (...args: readonly string[]) => must(await tryKubectl(args))
  const apply = async (size: number) => must(await tryKubectl(['apply', '-f', '-'], manifest(size)))

  test('is nothing to kubectl before it is served, and one of the resources afterwards', async () => {
    assert.doesNotMatch(await kubectl('api-resources'), /widgets/)
    const refused = await tryKubectl(['apply', '-f', '-'], manifest(1))
    assert.match(refused.stderr, /no matches for kind "Widget" in version "example\.com\/v1"/)
    kinds = await world.cluster.served.add([widgetsDefinition])
    const resources = await kubectl('api-resources')
    assert.match(resources, /^widgets +wd +example\.com\/v1 +true +Widget$/m)
    assert.match(await kubectl('api-versions'), /^example\.com\/v1$/m)
  })

  test('is applied on both sides, and shown by every name and in its columns', async () => {
    assert.match(await apply(1), /widget\.example\.com\/a created/)
    assert.match(await apply(2), /widget\.example\.com\/a configured/)
    const server = ['apply', '--server-side', '--force-conflicts', '-f', '-']
    assert.match(must(await tryKubectl(server, manifest(3))), /a serverside-applied/)
    for (const name of ['widget/a', 'wd/a', 'widgets.v1.example.com/a']) {
      assert.match(await kubectl('get', name), /^NAME +SIZE *\na +3 *$/m, name)
    }
    const typo = manifest(3).replace('size', 'sise')
    const refused = await tryKubectl(['apply', '-f', '-'], typo)
    assert.match(refused.stderr, /unknown field "spec\.sise"/)
  })

  test('is explained from its own schema', async () => {
    assert.match(
      await kubectl('explain', 'widgets.spec.size'),
      /size <integer>[\s\S]*How large it is/,
    )
    assert.match(await kubectl('explain', 'wd'), /Widget is what factories make/)
  })

  test("is known to knarr's own commands", async () => {
    const run = (...args: readonly string[]) => command(knarr, args, { env })
    assert.match(must(await run('why', 'widgets/a')), /widgets\.example\.com|widgets default\/a/)
    must(await run('clock', 'until', 'wd/a jsonpath={.spec.size}=3'))
    const { code, stderr } = await run('why', 'wings/a')
    assert.equal(code, 1)
    assert.match(stderr, /the server doesn't have a resource type "wings"/)
  })

  test('is watched, until it goes and takes its watches and its discovery with it', async () => {
    const watching = spawn(testTools().kubectl, ['get', 'widgets', '-w'], { env })
    let seen = ''
    const shows = (pattern: RegExp) =>
      new Promise<void>((resolve) => {
        const check = () => void (pattern.test(seen) && resolve())
        watching.stdout.on('data', check)
        check()
      })
    watching.stdout.on('data', (chunk) => {
      seen += chunk
    })
    const ended = new Promise<void>((resolve) => watching.once('close', () => resolve()))
    await shows(/^a +3 *$/m)
    await apply(4)
    await shows(/^a +4 *$/m)
    kinds[Symbol.dispose]()
    await ended
    assert.doesNotMatch(await kubectl('api-resources'), /widgets/)
    assert.match(
      (await tryKubectl(['get', 'widgets'])).stderr,
      /the server doesn't have a resource type "widgets"/,
    )
    const gone = await command(knarr, ['why', 'widgets/a'], { env })
    assert.match(gone.stderr, /the server doesn't have a resource type "widgets"/)
  })
})
