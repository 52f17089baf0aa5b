import assert from 'node:assert/strict'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { parse } from 'yaml'
import { createVirtualClock } from '#lib'
import { kubeconfig } from './kubeconfig.ts'
import { ensurePki } from './pki.ts'

const hosts = ['127.0.0.1', 'localhost', 'kubernetes.default.svc', '10.96.0.1']

async function inTemporaryFolder(work: (directory: string) => Promise<void>) {
  const directory = mkdtempSync(join(tmpdir(), 'knarr-pki-'))
  try {
    await work(join(directory, 'pki'))
  } finally {
    rmSync(directory, { recursive: true })
  }
}

test('a new cluster gets an authority, certificates it signed, and a kubeconfig that embeds them', async () => {
  await inTemporaryFolder(async (directory) => {
    const clock = createVirtualClock()
    const pki = await ensurePki({ directory, serverHosts: hosts, clock })
    const authority = new X509Certificate(pki.authority.certificate)
    const server = new X509Certificate(pki.server.certificate)
    const admin = new X509Certificate(pki.admin.certificate)
    assert.equal(authority.ca, true)
    for (const leaf of [server, admin]) {
      assert.equal(leaf.ca, false)
      assert.ok(leaf.verify(authority.publicKey))
    }
    assert.ok(server.checkIP('127.0.0.1') && server.checkIP('10.96.0.1'))
    assert.ok(server.checkHost('kubernetes.default.svc'))
    assert.equal(server.checkHost('example.com'), undefined)
    assert.equal(admin.subject, 'O=system:masters\nCN=kubernetes-admin')
    assert.ok(admin.checkPrivateKey(createPrivateKey(pki.admin.key)))
    for (const file of readdirSync(directory)) {
      assert.equal(statSync(join(directory, file)).mode & 0o777, 0o600, file)
    }
    const config = parse(
      kubeconfig({
        server: 'https://127.0.0.1:6443',
        authority: pki.authority.certificate,
        client: pki.admin,
        name: 'knarr',
      }),
    )
    assert.equal(config['current-context'], 'knarr')
    const embedded = Buffer.from(config.clusters[0].cluster['certificate-authority-data'], 'base64')
    assert.equal(embedded.toString(), pki.authority.certificate)
  })
})

test('what is there is kept; only what expires or lacks a host is made anew', async () => {
  await inTemporaryFolder(async (directory) => {
    const clock = createVirtualClock()
    const first = await ensurePki({ directory, serverHosts: hosts, clock })
    assert.deepEqual(await ensurePki({ directory, serverHosts: hosts, clock }), first)
    const moved = await ensurePki({ directory, serverHosts: [...hosts, '192.0.2.7'], clock })
    assert.notEqual(moved.server.certificate, first.server.certificate)
    assert.equal(moved.admin.certificate, first.admin.certificate)
    await clock.advance(320 * 86_400_000)
    const later = await ensurePki({ directory, serverHosts: hosts, clock })
    assert.notEqual(later.admin.certificate, first.admin.certificate)
    assert.equal(later.authority.certificate, first.authority.certificate)
    assert.equal(later.serviceAccountKey, first.serviceAccountKey)
  })
})

test('a certificate that was damaged is refused loudly, not silently replaced', async () => {
  await inTemporaryFolder(async (directory) => {
    const clock = createVirtualClock()
    await ensurePki({ directory, serverHosts: hosts, clock })
    writeFileSync(join(directory, 'apiserver.crt'), 'not a certificate')
    await assert.rejects(ensurePki({ directory, serverHosts: hosts, clock }))
  })
})
