import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createVirtualClock, systemClock } from '#lib'
import { usageBelow } from '../../host/disk-usage.ts'
import { createDisk, type MemoryDisk } from '../../host/memory-disk.ts'
import { simCgroups } from '../../host/sim-cgroups.ts'
import type { ProcessFiles } from '../../process/process.ts'
import { containerFiles, type FilesOwner } from './container-files.ts'
import { containerLimit, OwnFiles } from './own-files.ts'

const volume = '/var/lib/kubelet/pods/u/volumes/v'

function container(
  limit = containerLimit,
  readonlyRootfs = false,
  user: { readonly runAsUser?: number; readonly runAsGroup?: number } = {},
): {
  readonly files: ProcessFiles
  readonly own: OwnFiles
  readonly disk: MemoryDisk
} {
  const disk = createDisk(createVirtualClock())
  disk.ensureDirectory(volume, 0o777)
  disk.ensureDirectory(`${volume}-memory`, 0o755).mount = { sizeBytes: 8192 }
  const own = new OwnFiles(undefined, limit)
  const mounts = [
    { containerPath: '/data', hostPath: volume, readonly: false },
    { containerPath: '/config', hostPath: volume, readonly: true },
    { containerPath: '/memory', hostPath: `${volume}-memory`, readonly: false },
  ]
  // Cast: a container's files ask for nothing else of it.
  const record = {
    files: own,
    config: { mounts, linux: { securityContext: { readonlyRootfs, ...user } } },
  } as unknown as FilesOwner
  return { files: containerFiles(record, disk), own, disk }
}

const noSpace = { name: 'FileError', message: 'No space left on device' }

describe("a container's files", () => {
  test('are found without a look at all others', () => {
    const { files } = container()
    const before = systemClock.monotonicMs()
    for (let index = 0; index < 30_000; index++) files.write(`/srv/d${index % 100}/f${index}`, 'x')
    for (let index = 0; index < 30_000; index++) {
      assert.equal(files.kindOf(`/srv/d${index % 100}`), 'directory')
      assert.equal(files.kindOf(`/srv/none${index}`), undefined)
    }
    assert.equal(files.list('/srv').length, 100)
    assert.equal(files.list('/srv/d7').length, 300)
    files.remove('/srv')
    assert.equal(files.kindOf('/srv'), undefined)
    assert.ok(systemClock.monotonicMs() - before < 5000)
  })

  test('are as many and as large as its limit says, and what fits of the last one is kept', () => {
    const { files, own } = container({ bytes: 10, files: 4 })
    files.write('/tmp/a', 'ä234567')
    assert.throws(() => files.append('/tmp/a', '90123'), noSpace)
    assert.equal(files.read('/tmp/a'), 'ä23456790')
    assert.deepEqual([own.usedBytes, files.size('/tmp/a')], [10, 10])
    files.write('/tmp/a', 'b')
    files.write('/tmp/b', '')
    assert.throws(() => files.write('/tmp/c', ''), noSpace)
    files.remove('/tmp/b')
    files.write('/tmp/c', 'c')
    assert.deepEqual([own.usedBytes, own.count], [2, 4])
  })

  test('are as many and as large in a volume, and the node counts what is there', () => {
    const { files, disk } = container()
    const piece = 'x'.repeat(1024 * 1024)
    files.write('/data/a', piece)
    assert.throws(() => {
      for (;;) files.append('/data/a', piece)
    }, noSpace)
    const node = disk.locate(volume, true)?.node
    assert.ok(node)
    // The directory itself takes a block.
    assert.equal(usageBelow(node).bytes, containerLimit.bytes)
    assert.equal(files.size('/data/a'), containerLimit.bytes - 4096)
    files.remove('/data/a')
    files.write('/data/b', piece)
    assert.equal(usageBelow(node).bytes, piece.length + 4096)
  })

  test('in memory are as large as the volume', () => {
    const { files } = container()
    assert.throws(() => files.write('/memory/a', 'x'.repeat(5000)), noSpace)
    assert.equal(files.size('/memory/a'), 4096)
  })

  test('cannot be written where the mount is read-only, below a file, or as a directory', () => {
    const { files } = container()
    files.write('/data/a', 'x')
    for (const write of [files.write, files.append, files.remove, files.makeDirectory]) {
      assert.throws(() => write('/config/a', ''), { message: 'Read-only file system' })
    }
    for (const directory of ['/data', '/srv']) {
      files.write(`${directory}/a`, 'x')
      assert.throws(() => files.write(`${directory}/a/b`, ''), { message: 'Not a directory' })
      files.makeDirectory(`${directory}/d`)
      assert.throws(() => files.write(`${directory}/d`, ''), { message: 'Is a directory' })
      assert.throws(() => files.makeDirectory(`${directory}/a`), { message: 'File exists' })
    }
    assert.equal(files.read('/config/a'), 'x')
  })

  test('outside of volumes cannot be written where the root file system is read-only', () => {
    const { files } = container(containerLimit, true)
    for (const write of [files.write, files.append, files.remove, files.makeDirectory]) {
      assert.throws(() => write('/tmp/a', ''), { message: 'Read-only file system' })
    }
    files.write('/data/a', 'x')
  })

  test('are the same after they were saved, bytes of any kind included', () => {
    const { files, own } = container()
    files.write('/srv/a', '\udcff\udc80')
    files.makeDirectory('/srv/empty')
    const again = new OwnFiles(JSON.parse(JSON.stringify(own.save())))
    assert.deepEqual([again.read('/srv/a'), again.list('/srv')], ['\udcff\udc80', ['a', 'empty']])
    assert.deepEqual([again.usedBytes, again.count], [2, own.count])
  })

  test('belong to the user who makes them, and to the group of a volume that hands it on', () => {
    const { files, disk, own } = container(containerLimit, false, { runAsUser: 7, runAsGroup: 8 })
    const shared = { mode: 0o2777, gid: 9, mount: { sizeBytes: 65_536 } }
    Object.assign(disk.ensureDirectory(`${volume}-memory`, 0o777), shared)
    for (const [path, gid, fileSystem] of [
      ['/data/d/a', 8, 'disk'],
      ['/memory/d/a', 9, 'memory'],
      ['/tmp/d/a', 8, 'overlay'],
    ] as const) {
      files.makeDirectory(path.slice(0, -2))
      files.write(path, 'x')
      const owned = { uid: 7, gid, fileSystem }
      assert.deepEqual(files.status(path), { kind: 'file', mode: 0o644, sizeBytes: 1, ...owned })
      files.setMode(path, 0o640)
      assert.equal(files.status(path)?.mode, 0o640)
      const stranger = { message: 'Operation not permitted' }
      assert.throws(() => files.setOwner(path, { uid: 1 }), stranger)
    }
    const again = new OwnFiles(JSON.parse(JSON.stringify(own.save())))
    assert.deepEqual(again.attributesOf('/tmp/d/a'), { mode: 0o640, uid: 7, gid: 8 })
  })

  test('are closed to whom their permissions do not let in, root excepted', () => {
    const denied = { message: 'Permission denied' }
    const { files, disk } = container(containerLimit, false, { runAsUser: 7, runAsGroup: 8 })
    const secret = Object.assign(disk.ensureFile(`${volume}/secret`, 0o440), { gid: 1 })
    assert.equal(files.isReadable('/data/secret'), false)
    secret.gid = 8
    assert.equal(files.isReadable('/data/secret'), true)
    assert.throws(() => files.write('/data/secret', ''), denied)
    assert.throws(() => files.setMode('/data/secret', 0o777), {
      message: 'Operation not permitted',
    })
    for (const path of ['/memory/a', '/memory/d/a', '/a', '/etc/a']) {
      assert.throws(() => files.write(path, ''), denied)
    }
    // Of directories that only an image may have nobody knows whose they are.
    files.write('/srv/app/a', '')
    const root = container().files
    root.write('/memory/a', '')
    root.setOwner('/memory/a', { uid: 3 })
    assert.deepEqual([root.isReadable('/memory/a'), root.status('/memory/a')?.uid], [true, 3])
  })

  test('of an image that is mounted are there, and cannot be changed', () => {
    const { disk } = container()
    const image = { ref: 'registry.k8s.io/e2e-test-images/kitten:1.8', subPath: '' }
    const mounts = [
      { containerPath: '/image', hostPath: '', readonly: true, image },
      {
        containerPath: '/etc/image',
        hostPath: '',
        readonly: true,
        image: { ...image, subPath: 'etc' },
      },
    ]
    // Cast: a container's files ask for nothing else of it.
    const record = {
      files: new OwnFiles(),
      config: { mounts, linux: { securityContext: {} } },
    } as unknown as FilesOwner
    const files = containerFiles(record, disk)
    assert.match(files.read('/image/data.json') ?? '', /kitten.jpg/)
    assert.match(files.read('/etc/image/os-release') ?? '', /Alpine Linux/)
    assert.deepEqual(files.list('/image').slice(0, 2), ['data.json', 'etc'])
    assert.deepEqual(
      ['/image', '/image/etc', '/image/etc/passwd', '/image/none'].map((path) =>
        files.kindOf(path),
      ),
      ['directory', 'directory', 'file', undefined],
    )
    for (const write of [files.write, files.append, files.remove, files.makeDirectory]) {
      assert.throws(() => write('/image/a', ''), { message: 'Read-only file system' })
    }
    files.write('/etc/a', '')
  })

  test('of its image can be removed, and stay so when it is saved', () => {
    const image = new Map([['/srv/a', 'a']])
    const own = new OwnFiles(undefined, containerLimit, image)
    assert.deepEqual(
      [own.read('/srv/a'), own.size('/srv/a'), own.kindOf('/srv/a')],
      ['a', 1, 'file'],
    )
    assert.deepEqual([own.kindOf('/srv'), own.list('/srv')], ['directory', ['a']])
    own.remove('/srv')
    const again = new OwnFiles(JSON.parse(JSON.stringify(own.save())), containerLimit, image)
    assert.deepEqual([own.read('/srv/a'), again.kindOf('/srv/a')], [undefined, undefined])
    again.write('/srv/a', 'b')
    assert.equal(again.read('/srv/a'), 'b')
  })

  test('of the kernel tell what the container may do, and those of its node its whole pod', async () => {
    const { disk } = container()
    // Cast: a container's files ask for nothing else of it.
    const record = {
      files: new OwnFiles(),
      config: { mounts: [], linux: { securityContext: { noNewPrivileges: true, runAsUser: 7 } } },
      resources: { cpuQuotaUs: 2000, cpuShares: 20, memoryLimitBytes: 4096, oomScoreAdj: 3 },
    } as unknown as FilesOwner
    const files = containerFiles(record, disk)
    assert.deepEqual(
      ['cpu.max', 'cpu.weight', 'memory.max'].map((name) => files.read(`/sys/fs/cgroup/${name}`)),
      ['2000 100000\n', '1\n', '4096\n'],
    )
    assert.equal(files.read('/proc/1/oom_score_adj'), '3\n')
    assert.match(files.read('/proc/self/status') ?? '', /^Uid:\t7\t.*\nNoNewPrivs:\t1\n/s)
    assert.deepEqual([files.kindOf('/proc'), files.read('/proc/none')], ['directory', undefined])
    assert.deepEqual(files.list('/proc/self').includes('status'), true)
    const load = {
      total: { cpuNs: 0, memoryBytes: 0, pids: 0, oomKills: 0 },
      ofPod: () => undefined,
    }
    const signal = new AbortController().signal
    const cgroups = simCgroups('/kubepods', { load, disk })
    await cgroups.ensure('/kubepods/podu', { cpuShares: 2, memoryBytes: 9 }, signal)
    assert.equal(disk.kindOf('/sys'), undefined)
    cgroups.show()
    const limit = () => {
      const bytes = disk.read('/sys/fs/cgroup/kubepods/podu/memory.max')
      return bytes && Buffer.from(bytes).toString()
    }
    assert.equal(limit(), '9\n')
    await cgroups.ensure('/kubepods/podu', { memoryBytes: 8 }, signal)
    assert.equal(limit(), '8\n')
    await cgroups.remove('/kubepods/podu', signal)
    assert.equal(limit(), undefined)
  })
})
