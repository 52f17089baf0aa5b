import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { mkdir, readdir, readFile, readlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { systemClock } from '#lib'
import { type ConformanceHost, hostConformance } from '../conformance.ts'
import { linuxHost } from './linux-host.ts'
import { readMounts } from './system/mounts.ts'

const signal = new AbortController().signal
const isRoot = process.getuid?.() === 0
const skip = isRoot ? false : 'needs root for mounts and cgroups'
const podUid = 'a0000000-0000-4000-8000-000000000001'
const bytes = (content: string) => new TextEncoder().encode(content)

async function withHost(run: (subject: ConformanceHost) => Promise<void>): Promise<void> {
  const base = mkdtempSync(join(tmpdir(), 'knarr-host-'))
  const scratchDirectory = join(base, 'scratch')
  const host = await linuxHost({
    root: join(base, 'kubelet'),
    logs: join(base, 'logs'),
    cgroupRoot: `/knarr-test-${process.pid}-${base.slice(-6)}`,
    clock: systemClock,
  })
  try {
    await mkdir(scratchDirectory)
    await host.prepare(signal)
    await run({ host, scratchDirectory })
  } finally {
    await host.destroy(signal)
    rmSync(base, { recursive: true })
  }
  const left = (await readMounts()).filter((mount) => mount.path.startsWith(base))
  assert.deepEqual(left, [], 'no mount is left behind')
  for (const tree of ['memory', 'cpuset', 'unified', '']) {
    assert.equal(existsSync(join('/sys/fs/cgroup', tree, host.cgroups.root)), false)
  }
}

for (const { name, run } of hostConformance) test(name, { skip }, () => withHost(run))

const volume = { podUid, plugin: 'kubernetes.io/secret', name: 'v' }

test(
  'a projected volume is swapped by one link and unchanged content is left alone',
  { skip },
  () =>
    withHost(async ({ host }) => {
      const files = [{ path: 'k', bytes: bytes('1'), mode: 0o400 }]
      const path = await host.volumes.project({ ...volume, files }, signal)
      const first = await readlink(join(path, '..data'))
      assert.match(first, /^\.\.\d{4}(_\d\d){5}\.\w+$/)
      assert.equal(await readlink(join(path, 'k')), '..data/k')
      assert.equal(statSync(join(path, 'k')).mode & 0o777, 0o400)
      await host.volumes.project({ ...volume, files }, signal)
      assert.equal(await readlink(join(path, '..data')), first)
      await host.volumes.project(
        { ...volume, files: [{ path: 'k', bytes: bytes('2'), mode: 0o400 }] },
        signal,
      )
      const second = await readlink(join(path, '..data'))
      assert.deepEqual((await readdir(path)).sort(), ['..data', 'k', second].sort())
    }),
)

test('what a crash left half-written is cleared by the next write', { skip }, () =>
  withHost(async ({ host }) => {
    const files = [{ path: 'k', bytes: bytes('1'), mode: 0o644 }]
    const path = await host.volumes.project({ ...volume, files }, signal)
    await mkdir(join(path, '..2020_01_01_00_00_00.dead'))
    symlinkSync('..2020_01_01_00_00_00.dead', join(path, '..data_tmp'))
    symlinkSync('..data/gone', join(path, 'gone'))
    const next = [{ path: 'k', bytes: bytes('2'), mode: 0o644 }]
    await host.volumes.project({ ...volume, files: next }, signal)
    assert.equal((await readdir(path)).length, 3)
    assert.equal(await readFile(join(path, 'k'), 'utf8'), '2')
  }),
)

test('a group gets a read-only projected volume, and a writable empty directory', { skip }, () =>
  withHost(async ({ host }) => {
    const group = { gid: 2000, change: 'always' } as const
    const files = [{ path: 'k', bytes: bytes('1'), mode: 0o400, uid: 1000 }]
    const path = await host.volumes.project({ ...volume, files, group }, signal)
    const key = statSync(join(path, 'k'))
    assert.deepEqual([key.uid, key.gid, key.mode & 0o777], [1000, 2000, 0o440])
    const scratch = { podUid, plugin: 'kubernetes.io/empty-dir', name: 'e' }
    const empty = await host.volumes.scratch(
      { ...scratch, medium: { kind: 'disk' }, group },
      signal,
    )
    const stats = statSync(empty)
    assert.deepEqual([stats.gid, stats.mode & 0o7777], [2000, 0o2777])
  }),
)

test('a tmpfs is mounted once with its size and unmounted by removal', { skip }, () =>
  withHost(async ({ host }) => {
    const scratch = { podUid, plugin: 'kubernetes.io/empty-dir', name: 'm' }
    const medium = { kind: 'memory', sizeBytes: 1 << 20 } as const
    const path = await host.volumes.scratch({ ...scratch, medium }, signal)
    await host.volumes.scratch({ ...scratch, medium }, signal)
    const mounted = (await readMounts()).filter((mount) => mount.path === path)
    assert.equal(mounted.length, 1)
    assert.ok(mounted[0]?.superOptions.includes('size=1024k'))
    await assert.rejects(writeFile(join(path, 'big'), new Uint8Array(2 << 20)), /ENOSPC/)
    await host.volumes.remove(scratch, signal)
    assert.equal(existsSync(path), false)
  }),
)

test(
  'a subPath through a link that leaves the volume is refused, one inside is pinned',
  { skip },
  () =>
    withHost(async ({ host }) => {
      const scratch = { podUid, plugin: 'kubernetes.io/empty-dir', name: 's' }
      const volumePath = await host.volumes.scratch(
        { ...scratch, medium: { kind: 'disk' } },
        signal,
      )
      symlinkSync('/etc', join(volumePath, 'out'))
      await host.files.write(join(volumePath, 'real/file'), bytes('mine'), 0o644, signal)
      symlinkSync('real', join(volumePath, 'in'))
      const request = { podUid, volume: 's', volumePath, container: 'c', mountIndex: 0 }
      await assert.rejects(
        host.volumes.subPath({ ...request, subPath: 'out' }, signal),
        (error: Error) =>
          /not within volume path/.test((error.cause as Error).message) &&
          error.message === 'failed to prepare subPath for volumeMount "s" of container "c"',
      )
      await assert.rejects(host.volumes.subPath({ ...request, subPath: 'out/knarr-no' }, signal))
      assert.equal(existsSync('/etc/knarr-no'), false)
      const pinned = await host.volumes.subPath({ ...request, subPath: 'in/file' }, signal)
      rmSync(join(volumePath, 'in'))
      symlinkSync('/etc', join(volumePath, 'in'))
      assert.equal(readFileSync(pinned, 'utf8'), 'mine')
      await host.volumes.releaseSubPaths(podUid, 'c', signal)
      assert.equal(
        (await readMounts()).some((mount) => mount.path === pinned),
        false,
      )
    }),
)

test('removing a cgroup kills what runs in it', { skip }, () =>
  withHost(async ({ host }) => {
    const { cgroups } = host
    if (cgroups.version !== 1) return
    await cgroups.prepare({}, signal)
    const path = cgroups.podPath('Guaranteed', podUid)
    await cgroups.ensure(path, { memoryBytes: 32 << 20, pids: 10 }, signal)
    const directory = join('/sys/fs/cgroup/memory', path)
    assert.equal(readFileSync(join(directory, 'memory.limit_in_bytes'), 'utf8').trim(), '33554432')
    const child = spawn('sh', ['-c', 'sleep 1000 & sleep 1000'], { stdio: 'ignore' })
    const ended = once(child, 'exit')
    writeFileSync(join(directory, 'cgroup.procs'), String(child.pid))
    await cgroups.remove(path, signal)
    assert.equal(existsSync(directory), false)
    assert.deepEqual(await ended, [null, 'SIGKILL'])
  }),
)

test('a refusal of the kernel reads as Go would word it', { skip }, () =>
  withHost(async ({ host, scratchDirectory }) => {
    await writeFile(join(scratchDirectory, 'f'), '')
    const path = join(scratchDirectory, 'f/below')
    await assert.rejects(host.files.makeDirectory(path, 0o755, signal), {
      name: 'HostError',
      code: 'Invalid',
      message: `mkdir ${path}: not a directory`,
    })
  }),
)
