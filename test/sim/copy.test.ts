import assert from 'node:assert/strict'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { type ServedSimulation, startServedSimulation } from '../fixture/sim-cluster.ts'

const everyByte = Buffer.from(Array.from({ length: 100_000 }, (_, index) => (index * 31) % 256))

/** What goes back and forth, by path. */
const contents: Readonly<Record<string, Buffer>> = {
  'letters.txt': Buffer.from('aé€😀\n'),
  'bytes.bin': everyByte,
  empty: Buffer.alloc(0),
  [`${'deep/'.repeat(30)}${'x'.repeat(120)}`]: Buffer.from('far below'),
  'of 1 block': everyByte.subarray(0, 512),
}

function filesBelow(directory: string): Readonly<Record<string, Buffer>> {
  const paths = readdirSync(directory, { recursive: true, withFileTypes: true })
  return Object.fromEntries(
    paths
      .filter((each) => each.isFile())
      .map((each) => join(each.parentPath, each.name))
      .map((path) => [path.slice(directory.length + 1), readFileSync(path)]),
  )
}

describe('kubectl cp', () => {
  let cluster: ServedSimulation
  const folder = mkdtempSync(join(tmpdir(), 'knarr-copy-'))
  before(async () => {
    for (const [path, bytes] of Object.entries(contents)) {
      const at = join(folder, 'there', path)
      mkdirSync(dirname(at), { recursive: true })
      writeFileSync(at, bytes)
    }
    cluster = await startServedSimulation()
    await cluster.apply(`
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  volumes: [{name: v, emptyDir: {}}]
  containers:
  - {name: c, image: nginx, volumeMounts: [{name: v, mountPath: /data}]}
  - {name: readonly, image: nginx, securityContext: {readOnlyRootFilesystem: true}}
`)
    await cluster.knarr('clock', 'advance', '30s')
  })
  after(async () => {
    await cluster[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true })
  })

  for (const place of ['/srv', '/data']) {
    test(`takes a directory to ${place} and back, byte for byte`, async () => {
      await cluster.kubectl('cp', join(folder, 'there'), `a:${place}/there`, '-c', 'c')
      const back = join(folder, `back${place}`)
      await cluster.kubectl('cp', `a:${place}/there`, back, '-c', 'c')
      assert.deepEqual(filesBelow(back), contents)
    })

    test(`takes a file to ${place} and back, byte for byte`, async () => {
      const back = join(folder, `one${place}`)
      await cluster.kubectl('cp', join(folder, 'there/bytes.bin'), `a:${place}/b`, '-c', 'c')
      await cluster.kubectl('cp', `a:${place}/b`, back, '-c', 'c')
      assert.deepEqual(readFileSync(back), everyByte)
      assert.equal(
        await cluster.kubectl('exec', 'a', '-c', 'c', '--', 'wc', '-c', `${place}/b`),
        `100000 ${place}/b\n`,
      )
    })
  }

  test('says what it cannot do', async () => {
    const to = (container: string) => ['cp', join(folder, 'there'), 'a:/srv/x', '-c', container]
    const readonly = await cluster.tryKubectl(to('readonly'))
    assert.equal(readonly.code, 2)
    assert.match(readonly.stderr, /tar: \S+: Cannot (mkdir|write): Read-only file system/)
    // kubectl may end before it has shown what tar says of a file that is not there.
    await cluster.tryKubectl(['cp', 'a:/srv/none', join(folder, 'none'), '-c', 'c'])
    assert.ok(!existsSync(join(folder, 'none')))
    const tar = ['tar', 'cf', '-', '/srv/none']
    const missing = await cluster.tryKubectl(['exec', 'a', '-c', 'c', '--', ...tar])
    assert.match(missing.stderr, /tar: \/srv\/none: Cannot stat: No such file or directory/)
    symlinkSync('letters.txt', join(folder, 'there/link'))
    const linked = await cluster.tryKubectl(to('c'))
    assert.match(linked.stderr, /Cannot create symlink to '/)
  })
})
