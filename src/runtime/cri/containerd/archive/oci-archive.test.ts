import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { describe, it } from 'node:test'
import { ociArchive, ociImage } from './oci-archive.ts'
import { writeTar } from './tar.ts'

const deep = `${'a-long-directory/'.repeat(8)}file.txt`

function tar(argv: readonly string[], input: Uint8Array): string {
  return execFileSync('tar', argv, { input, encoding: 'utf8', env: { ...process.env, TZ: 'UTC' } })
}

describe('a tar of ours', () => {
  const bytes = writeTar([
    { kind: 'directory', path: 'tmp', mode: 0o1777 },
    { kind: 'file', path: 'bin/true', mode: 0o755, uid: 1000, gid: 2000, bytes: Buffer.from('x') },
    { kind: 'file', path: deep, mode: 0o600, bytes: Buffer.alloc(1025, 'y') },
    { kind: 'link', path: 'bin/false', mode: 0o777, target: 'true' },
  ])

  it('is listed by tar with modes, owners, sizes and links', () => {
    const lines = tar(['-tv', '--numeric-owner', '-f', '-'], bytes).trim().split('\n')
    assert.deepEqual(
      lines.map((line) => line.replace(/\s+/g, ' ')),
      [
        'drwxrwxrwt 0/0 0 1970-01-01 00:00 tmp/',
        '-rwxr-xr-x 1000/2000 1 1970-01-01 00:00 bin/true',
        `-rw------- 0/0 1025 1970-01-01 00:00 ${deep}`,
        'lrwxrwxrwx 0/0 0 1970-01-01 00:00 bin/false -> true',
      ],
    )
  })

  it('gives back the content of a file with a long name', () => {
    assert.equal(tar(['-xO', '-f', '-', deep], bytes), 'y'.repeat(1025))
  })
})

describe('an image of ours', () => {
  const layer = writeTar([{ kind: 'file', path: 'pause', mode: 0o755, bytes: Buffer.from('p') }])
  const image = ociImage([layer], { Entrypoint: ['/pause'] })

  it('has the same digests whenever it is made', () => {
    const again = ociImage([layer], { Entrypoint: ['/pause'] })
    assert.equal(again.manifest.digest, image.manifest.digest)
    assert.notEqual(ociImage([layer], {}).manifest.digest, image.manifest.digest)
  })

  it('holds every blob under its digest, and the name that runtimes look for', () => {
    const archive = ociArchive(image, 'knarr.dev/pause:1')
    const index = JSON.parse(tar(['-xO', '-f', '-', 'index.json'], archive))
    const [manifest] = index.manifests
    assert.equal(manifest.annotations['io.containerd.image.name'], 'knarr.dev/pause:1')
    assert.equal(manifest.annotations['org.opencontainers.image.ref.name'], '1')
    for (const { digest } of [image.manifest, image.config, ...image.layers]) {
      const path = `blobs/${digest.replace(':', '/')}`
      const blob = execFileSync('tar', ['-xO', '-f', '-', path], { input: archive })
      assert.equal(`sha256:${createHash('sha256').update(blob).digest('hex')}`, digest)
    }
  })
})
