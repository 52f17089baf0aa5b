import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { systemClock } from '#lib'
import { createAuthority, issue } from '../../src/cluster/pki/certificates.ts'
import { type EtcdTls, startTestEtcd } from '../fixture/etcd.ts'
import { command, eventually, type RealCluster, startRealCluster } from '../fixture/real-cluster.ts'
import { knarr } from '../fixture/tools.ts'

describe('a cluster that keeps its objects in etcd, over TLS with a client certificate', () => {
  const world = new AsyncDisposableStack()
  let cluster: RealCluster
  let flags: readonly string[]

  before(async () => {
    const directory = mkdtempSync(join(tmpdir(), 'knarr-etcd-tls-'))
    world.defer(() => rmSync(directory, { recursive: true, force: true }))
    const tls = await writeCertificates(directory)
    const { endpoint } = world.use(await startTestEtcd(tls))
    const files = ['--etcd-cafile', tls.caFile, '--etcd-certfile', tls.certFile]
    flags = ['--store', 'etcd', '--etcd-servers', `https://${endpoint}`, ...files]
    cluster = world.use(await startRealCluster(...flags, '--etcd-keyfile', tls.keyFile))
  })
  after(() => world.disposeAsync())

  test('pods run, and after a crash the cluster comes back with every object', async () => {
    await cluster.kubectl('create', 'configmap', 'kept', '--from-literal', 'a=1')
    await cluster.kubectl('run', 'web', '--image=nginx')
    await cluster.kubectl('wait', '--for=condition=Ready', 'pod/web', '--timeout=60s')
    assert.equal(existsSync(join(cluster.dataDir, 'store')), false, 'there is no LevelDB')
    await cluster.crashAndRestart()
    const path = '-o=jsonpath={.data.a}'
    assert.equal(await cluster.kubectl('get', 'configmap', 'kept', path), '1')
    const restarts = '-o=jsonpath={.status.phase} {.status.containerStatuses[0].restartCount}'
    await eventually(
      async () => (await cluster.kubectl('get', 'pod', 'web', restarts)) === 'Running 0',
    )
  })

  test('without a client certificate etcd is not reached, and up says so', async () => {
    const dataDir = join(cluster.dataDir, 'another')
    const { code, stderr } = await command(knarr, [
      'up',
      '--data-dir',
      dataDir,
      ...flags.slice(0, 6),
    ])
    assert.notEqual(code, 0)
    assert.match(stderr, /etcd does not answer at https:/)
  })
})

/** One pair serves etcd and its client: it is signed for both. */
async function writeCertificates(directory: string): Promise<EtcdTls> {
  const authority = await createAuthority('etcd-ca', systemClock)
  const request = {
    commonName: 'etcd',
    hosts: ['127.0.0.1'],
    usages: ['server', 'client'],
  } as const
  const pair = await issue(authority, request, systemClock)
  const write = (name: string, content: string) => {
    const path = join(directory, name)
    writeFileSync(path, content, { mode: 0o600 })
    return path
  }
  return {
    caFile: write('ca.crt', authority.certificate),
    certFile: write('etcd.crt', pair.certificate),
    keyFile: write('etcd.key', pair.key),
  }
}
