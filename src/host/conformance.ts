import assert from 'node:assert/strict'
import { HostError } from './model/error.ts'
import type { Host } from './model/host.ts'
import type { VolumeId } from './model/volumes.ts'

/** A Host under test, prepared, with a directory that hostPath checks may use freely. */
export interface ConformanceHost {
  readonly host: Host
  readonly scratchDirectory: string
}

/** One sentence that every Host must make true. `run` throws when it does not. */
export interface HostConformanceCase {
  readonly name: string
  run(subject: ConformanceHost): Promise<void>
}

const signal = new AbortController().signal
const podUid = '6f1c7b1e-9d0a-4c7e-8f5b-2a4b6c8d0e1f'
const text = (content: string): Uint8Array => new TextEncoder().encode(content)
const secret: VolumeId = { podUid, plugin: 'kubernetes.io/secret', name: 'tls' }
const cache: VolumeId = { podUid, plugin: 'kubernetes.io/empty-dir', name: 'cache' }

/** What every Host must do; run each case against a fresh one. */
export const hostConformance: readonly HostConformanceCase[] = Object.freeze([
  {
    name: 'a projected volume shows its files, nested ones too',
    run: async ({ host }: ConformanceHost) => {
      const path = await host.volumes.project(
        { ...secret, files: [file('tls.crt', 'cert'), file('deep/er/key', 'key')] },
        signal,
      )
      assert.equal(path, host.volumes.path(secret))
      assert.equal(await readFile(host, `${path}/tls.crt`), 'cert')
      assert.equal(await readFile(host, `${path}/deep/er/key`), 'key')
    },
  },
  {
    name: 'projecting again changes, adds and removes files so that exactly the new ones remain',
    run: async ({ host }: ConformanceHost) => {
      await host.volumes.project({ ...secret, files: [file('a', '1'), file('b', '1')] }, signal)
      const files = [file('b', '2'), file('c', '1')]
      const path = await host.volumes.project({ ...secret, files }, signal)
      assert.equal(await readFile(host, `${path}/a`), undefined)
      assert.equal(await readFile(host, `${path}/b`), '2')
      assert.equal(await readFile(host, `${path}/c`), '1')
    },
  },
  {
    name: 'a projected file may not leave its volume',
    run: async ({ host }: ConformanceHost) => {
      for (const path of ['../up', '/abs', 'a/../../b', '', '..data']) {
        await assert.rejects(
          host.volumes.project({ ...secret, files: [file(path, 'x')] }, signal),
          hostError('Invalid'),
          path,
        )
      }
    },
  },
  {
    name: 'an empty directory keeps its content when it is asked for again',
    run: async ({ host }: ConformanceHost) => {
      const volume = { ...cache, medium: { kind: 'disk' } } as const
      const path = await host.volumes.scratch(volume, signal)
      await host.files.write(`${path}/note`, text('kept'), 0o644, signal)
      assert.equal(await host.volumes.scratch(volume, signal), path)
      assert.equal(await readFile(host, `${path}/note`), 'kept')
    },
  },
  {
    name: 'volumes of a pod are listed until they are removed, and removing twice is fine',
    run: async ({ host }: ConformanceHost) => {
      assert.deepEqual(await host.volumes.list(podUid, signal), [])
      await host.volumes.project({ ...secret, files: [file('a', '1')] }, signal)
      await host.volumes.scratch({ ...cache, medium: { kind: 'disk' } }, signal)
      assert.deepEqual(await host.volumes.list(podUid, signal), [cache, secret])
      await host.volumes.remove(secret, signal)
      await host.volumes.remove(secret, signal)
      assert.deepEqual(await host.volumes.list(podUid, signal), [cache])
      assert.equal(await readFile(host, `${host.volumes.path(secret)}/a`), undefined)
    },
  },
  {
    name: 'a hostPath is created or refused by its type, in the words of upstream',
    run: async ({ host, scratchDirectory }: ConformanceHost) => {
      const path = `${scratchDirectory}/host-path`
      const check = (type: Parameters<typeof host.volumes.checkHostPath>[1], at = path) =>
        host.volumes.checkHostPath(at, type, signal)
      const refused = (why: string, at = path) => ({
        kind: 'refused',
        message: `hostPath type check failed: ${at} ${why}`,
      })
      assert.deepEqual(await check(''), { kind: 'accepted' })
      assert.deepEqual(await check('Directory'), refused('is not a directory'))
      assert.deepEqual(await check('File'), refused('is not a file'))
      assert.deepEqual(await check('Socket'), refused('is not a socket file'))
      assert.deepEqual(await check('CharDevice'), refused('is not a character device'))
      assert.deepEqual(await check('BlockDevice'), refused('is not a block device'))
      assert.deepEqual(await check('DirectoryOrCreate'), { kind: 'accepted' })
      assert.deepEqual(await check('Directory'), { kind: 'accepted' })
      assert.deepEqual(await check('FileOrCreate'), refused('is not a file'))
      assert.deepEqual(await check('FileOrCreate', `${path}/f`), { kind: 'accepted' })
      assert.deepEqual(await check('File', `${path}/f`), { kind: 'accepted' })
    },
  },
  {
    name: 'a subPath leads to that part of the volume, made as a directory when missing',
    run: async ({ host }: ConformanceHost) => {
      const volumePath = await host.volumes.scratch({ ...cache, medium: { kind: 'disk' } }, signal)
      await host.files.write(`${volumePath}/part/one`, text('1'), 0o644, signal)
      const request = { podUid, volume: 'cache', volumePath, container: 'c', mountIndex: 0 }
      const present = await host.volumes.subPath({ ...request, subPath: 'part' }, signal)
      assert.equal(await readFile(host, `${present}/one`), '1')
      const fresh = { ...request, mountIndex: 1, subPath: 'new/dir' }
      const made = await host.volumes.subPath(fresh, signal)
      assert.equal((await host.files.status(made, signal))?.kind, 'directory')
      assert.equal((await host.files.status(`${volumePath}/new/dir`, signal))?.kind, 'directory')
      await host.volumes.releaseSubPaths(podUid, 'c', signal)
      await host.volumes.releaseSubPaths(podUid, 'c', signal)
      assert.equal(await readFile(host, `${volumePath}/part/one`), '1')
    },
  },
  {
    name: 'a subPath may not lead out of the volume',
    run: async ({ host }: ConformanceHost) => {
      const volumePath = await host.volumes.scratch({ ...cache, medium: { kind: 'disk' } }, signal)
      const request = { podUid, volume: 'cache', volumePath, container: 'c', mountIndex: 0 }
      await assert.rejects(
        host.volumes.subPath({ ...request, subPath: '../../..' }, signal),
        new HostError(
          'Invalid',
          'failed to prepare subPath for volumeMount "cache" of container "c"',
        ),
      )
    },
  },
  {
    name: 'files are written whole, read whole or from the end, listed, renamed and removed',
    run: async ({ host }: ConformanceHost) => {
      const { files } = host
      const directory = `${host.paths.state}/a`
      await files.write(`${directory}/one`, text('0123456789'), 0o600, signal)
      assert.equal((await files.status(`${directory}/one`, signal))?.mode, 0o600)
      assert.equal((await files.status(`${directory}/one`, signal))?.sizeBytes, 10)
      assert.equal(decode(await files.readTail(`${directory}/one`, 3, signal)), '789')
      assert.equal(decode(await files.readTail(`${directory}/one`, 30, signal)), '0123456789')
      await assert.rejects(files.read(`${directory}/one`, 9, signal), hostError('Invalid'))
      assert.equal(decode(await files.read(`${directory}/one`, 10, signal)), '0123456789')
      await files.rename(`${directory}/one`, `${directory}/two`, signal)
      assert.deepEqual(await files.list(directory, signal), ['two'])
      await files.remove(directory, signal)
      await files.remove(directory, signal)
      assert.equal(await files.list(directory, signal), undefined)
      assert.equal(await files.read(`${directory}/two`, 10, signal), undefined)
      assert.equal(await files.open(`${directory}/two`, signal), undefined)
      assert.equal(await files.status(`${directory}/two`, signal), undefined)
    },
  },
  {
    name: 'rewriting keeps the identity of a file, writing replaces it, touching spares its content',
    run: async ({ host }: ConformanceHost) => {
      const { files } = host
      const path = `${host.paths.state}/hosts`
      await files.touch(path, 0o666, signal)
      const identity = (await files.status(path, signal))?.identity
      assert.equal((await files.status(path, signal))?.mode, 0o666)
      await files.rewrite(path, text('1'), 0o644, signal)
      await files.touch(path, 0o644, signal)
      assert.equal(await readFile(host, path), '1')
      assert.equal((await files.status(path, signal))?.identity, identity)
      await files.write(path, text('2'), 0o644, signal)
      assert.notEqual((await files.status(path, signal))?.identity, identity)
    },
  },
  {
    name: 'an open file is read by ranges and stays the same file when its name moves on',
    run: async ({ host }: ConformanceHost) => {
      const path = `${host.paths.podLogs}/ns_pod_${podUid}/c/0.log`
      await host.files.write(path, text('line one\n'), 0o640, signal)
      const opened = await host.files.open(path, signal)
      assert.ok(opened)
      await using file = opened
      await host.files.rename(path, `${path}.old`, signal)
      await file.changed(9, signal)
      await host.files.write(path, text('line two\n'), 0o640, signal)
      assert.equal(decode(await file.read(5, 100, signal)), 'one\n')
      assert.equal((await file.read(9, 100, signal)).length, 0)
      assert.equal((await file.status(signal)).identity, file.identity)
    },
  },
  {
    name: 'waiting for a file ends when it grows, or with the reason of the abort',
    run: async ({ host }: ConformanceHost) => {
      const path = `${host.paths.podLogs}/ns_pod_${podUid}/c/1.log`
      await host.files.rewrite(path, text('1'), 0o640, signal)
      const opened = await host.files.open(path, signal)
      assert.ok(opened)
      await using file = opened
      await file.changed(0, signal)
      const growth = file.changed(1, signal)
      await host.files.rewrite(path, text('12'), 0o640, signal)
      await growth
      const stop = new AbortController()
      const waiting = file.changed(2, stop.signal)
      stop.abort(new Error('enough'))
      await assert.rejects(waiting, /enough/)
    },
  },
  {
    name: 'directories of pods are listed until they are removed with all that is in them',
    run: async ({ host }: ConformanceHost) => {
      assert.deepEqual(await host.pods.list(signal), [])
      await host.pods.prepare(podUid, signal)
      await host.volumes.project({ ...secret, files: [file('a', '1')] }, signal)
      assert.deepEqual(await host.pods.list(signal), [podUid])
      await host.pods.remove(podUid, signal)
      await host.pods.remove(podUid, signal)
      assert.deepEqual(await host.pods.list(signal), [])
    },
  },
  {
    name: 'cgroups of pods stand below their class and are listed until they are removed',
    run: async ({ host: { cgroups } }: ConformanceHost) => {
      if (cgroups.version === 'none') return
      const path = cgroups.podPath('Burstable', podUid)
      assert.equal(path, `${cgroups.root}/burstable/pod${podUid}`)
      await cgroups.prepare({}, signal)
      assert.equal(await cgroups.usage(path, signal), undefined)
      await cgroups.ensure(path, { cpuShares: 512, memoryBytes: 64 << 20, pids: 100 }, signal)
      await cgroups.ensure(path, { cpuQuotaUs: 50_000, cpuPeriodUs: 100_000 }, signal)
      assert.deepEqual(await cgroups.listPods(signal), [{ podUid, qos: 'Burstable', path }])
      assert.ok(await cgroups.usage(path, signal))
      await cgroups.remove(path, signal)
      await cgroups.remove(path, signal)
      assert.deepEqual(await cgroups.listPods(signal), [])
    },
  },
  {
    name: 'the node tells who it is and what it has',
    run: async ({ host }: ConformanceHost) => {
      const facts = await host.node.facts(signal)
      for (const field of [
        'hostname',
        'machineId',
        'bootId',
        'kernelVersion',
        'osImage',
      ] as const) {
        assert.notEqual(facts[field], '', field)
      }
      assert.match(facts.architecture, /^(amd64|arm64|386|arm|ppc64le|s390x|riscv64)$/)
      assert.ok(facts.cpus > 0 && facts.memoryBytes > 0 && facts.maxPids > 0)
      const readings = await host.node.readings(signal)
      assert.ok(readings.memoryAvailableBytes <= facts.memoryBytes)
      assert.ok(readings.nodeFs.availableBytes <= readings.nodeFs.capacityBytes)
      const later = await host.node.readings(signal)
      assert.ok(later.cpuNs >= readings.cpuNs)
    },
  },
  {
    name: 'disk usage grows with what is written',
    run: async ({ host }: ConformanceHost) => {
      const path = await host.volumes.scratch({ ...cache, medium: { kind: 'disk' } }, signal)
      const before = await host.node.diskUsage(path, signal)
      await host.files.write(`${path}/data`, new Uint8Array(100_000).fill(1), 0o644, signal)
      const after = await host.node.diskUsage(path, signal)
      assert.ok(after.bytes >= before.bytes + 100_000)
      assert.equal(after.inodes, before.inodes + 1)
    },
  },
  {
    name: 'preparing twice changes nothing, and nothing is done for an aborted caller',
    run: async ({ host }: ConformanceHost) => {
      const path = `${host.paths.state}/kept`
      await host.files.write(path, text('1'), 0o644, signal)
      await host.prepare(signal)
      assert.equal(await readFile(host, path), '1')
      const aborted = AbortSignal.abort(new Error('stopped'))
      await assert.rejects(host.files.write(path, text('2'), 0o644, aborted), /stopped/)
      assert.equal(await readFile(host, path), '1')
    },
  },
])

function file(path: string, content: string) {
  return { path, bytes: text(content), mode: 0o644 }
}

async function readFile(host: Host, path: string): Promise<string | undefined> {
  return decode(await host.files.read(path, 1 << 20, signal))
}

function decode(bytes: Uint8Array): string
function decode(bytes: Uint8Array | undefined): string | undefined
function decode(bytes: Uint8Array | undefined): string | undefined {
  return bytes && new TextDecoder().decode(bytes)
}

const hostError = (code: HostError['code']) => (error: unknown) =>
  error instanceof HostError && error.code === code
