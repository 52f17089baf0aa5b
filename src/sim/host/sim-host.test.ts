import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { hostConformance } from '#host'
import { createVirtualClock, seededRandom } from '#lib'
import type { NodeLoad } from '../model/disk.ts'
import { createDisk } from './memory-disk.ts'
import { createSimHost, type SimHost, type SimHostOptions } from './sim-host.ts'

const signal = new AbortController().signal
const podUid = 'a0000000-0000-4000-8000-000000000001'
const volume = { podUid, plugin: 'kubernetes.io/secret', name: 'v' }
const bytes = (content: string) => new TextEncoder().encode(content)
const text = (content: Uint8Array | undefined) => content && new TextDecoder().decode(content)

const idle = { cpuNs: 0, memoryBytes: 0, pids: 0, oomKills: 0 }
const noLoad: NodeLoad = { total: idle, ofPod: () => undefined }

function hostWith(changes: Partial<SimHostOptions> = {}) {
  const clock = createVirtualClock()
  const disk = changes.disk ?? createDisk(clock)
  const host = createSimHost({
    name: 'node-1',
    addresses: ['192.168.0.1'],
    clock,
    random: seededRandom('node-1'),
    disk,
    load: noLoad,
    ...changes,
  })
  return { clock, disk, host }
}

for (const { name, run } of hostConformance) {
  test(name, async () => {
    const { host, disk } = hostWith()
    await host.prepare(signal)
    disk.ensureDirectory('/srv/scratch', 0o755)
    await run({ host, scratchDirectory: '/srv/scratch' })
  })
}

test('waiting for a file ends when its name moves on or goes, without time passing', async () => {
  const { host, clock } = hostWith()
  await host.files.rewrite('/log/a', bytes('1'), 0o644, signal)
  await host.files.rewrite('/log/b', bytes('1'), 0o644, signal)
  const a = await host.files.open('/log/a', signal)
  const b = await host.files.open('/log/b', signal)
  assert.ok(a && b)
  const waits = [a.changed(1, signal), b.changed(1, signal)]
  await host.files.rename('/log/a', '/log/a.1', signal)
  await host.files.remove('/log', signal)
  await Promise.all(waits)
  assert.equal(clock.monotonicMs(), 0)
})

test('a handle of the runtime writes to the renamed file, and the Host reads it', async () => {
  const { host, disk } = hostWith()
  const log = disk.append('/log/0.log')
  log.write(bytes('one\n'))
  await host.files.rename('/log/0.log', '/log/0.log.old', signal)
  log.write(bytes('two\n'))
  log.close()
  assert.equal(disk.read('/log/0.log'), undefined)
  assert.equal(text(disk.read('/log/0.log.old')), 'one\ntwo\n')
  await host.files.compress('/log/0.log.old', '/log/0.log.gz', signal)
  assert.equal(text(gunzipSync(disk.read('/log/0.log.gz') ?? bytes(''))), 'one\ntwo\n')
})

test('a projected volume is swapped by one link, through which the runtime reads it', async () => {
  const { host, disk } = hostWith()
  const project = (content: string) =>
    host.volumes.project(
      { ...volume, files: [{ path: 'k', bytes: bytes(content), mode: 0o400 }] },
      signal,
    )
  const path = await project('1')
  const first = await host.files.list(path, signal)
  await project('1')
  assert.deepEqual(await host.files.list(path, signal), first)
  assert.match(first?.[0] ?? '', /^\.\.2026(_\d\d){5}\.\d+$/)
  await project('2')
  assert.notDeepEqual(await host.files.list(path, signal), first)
  assert.equal((await host.files.list(path, signal))?.length, 3)
  assert.equal(text(disk.read(`${path}/k`)), '2')
  assert.equal((await host.files.status(`${path}/k`, signal))?.kind, 'link')
})

test('a subPath through a link that leaves the volume is refused, a swapped link changes nothing', async () => {
  const { host, disk } = hostWith()
  const scratch = { podUid, plugin: 'kubernetes.io/empty-dir', name: 'e' }
  const volumePath = await host.volumes.scratch({ ...scratch, medium: { kind: 'disk' } }, signal)
  const request = { podUid, volume: 'e', volumePath, container: 'c', mountIndex: 0 }
  disk.write('/etc/shadow', bytes('secret'))
  disk.write(`${volumePath}/in/x`, bytes('mine'))
  await host.files.link('/etc', `${volumePath}/out`, signal)
  const refused = /failed to prepare subPath for volumeMount "e" of container "c"/
  await assert.rejects(host.volumes.subPath({ ...request, subPath: 'out' }, signal), refused)
  await host.files.link('in', `${volumePath}/dir`, signal)
  const pinned = await host.volumes.subPath({ ...request, subPath: 'dir' }, signal)
  await host.files.link('/etc', `${volumePath}/dir`, signal)
  assert.equal(text(disk.read(`${pinned}/x`)), 'mine')
  await host.pods.remove(podUid, signal)
  assert.equal(text(disk.read('/etc/shadow')), 'secret')
})

test('a boot renews the boot ID alone, and empties what was in memory', async () => {
  const { host, disk } = hostWith()
  const before = await host.node.facts(signal)
  const scratch = { podUid, plugin: 'kubernetes.io/empty-dir', name: 'e' }
  const memory = await host.volumes.scratch({ ...scratch, medium: { kind: 'memory' } }, signal)
  disk.write(`${memory}/x`, bytes('1'))
  disk.write('/srv/x', bytes('1'))
  await host.cgroups.ensure(host.cgroups.podPath('BestEffort', podUid), {}, signal)
  host.boot()
  const after = await host.node.facts(signal)
  assert.notEqual(after.bootId, before.bootId)
  assert.deepEqual({ ...after, bootId: '' }, { ...before, bootId: '' })
  assert.equal(disk.read(`${memory}/x`), undefined)
  assert.equal(text(disk.read('/srv/x')), '1')
  assert.deepEqual(await host.cgroups.listPods(signal), [])
})

test('readings follow the load and the disk until a fault dictates them', async () => {
  const gibibyte = 2 ** 30
  const total = { cpuNs: 5e9, memoryBytes: gibibyte, pids: 7, oomKills: 0 }
  const busy = hostWith({ load: { total, ofPod: () => total } }).host
  const quiet = hostWith().host
  const [more, less] = [await busy.node.readings(signal), await quiet.node.readings(signal)]
  assert.equal(less.memoryAvailableBytes - more.memoryAvailableBytes, gibibyte)
  assert.equal(more.cpuNs - less.cpuNs, 5e9)
  assert.equal(more.runningPids - less.runningPids, 7)
  await quiet.files.write('/var/lib/x', new Uint8Array(1 << 20), 0o644, signal)
  const written = await quiet.node.readings(signal)
  assert.ok(less.nodeFs.availableBytes - written.nodeFs.availableBytes >= 1 << 20)
  quiet.setPressure({ memoryAvailableBytes: 50 << 20, diskAvailableBytes: gibibyte })
  const pressed = await quiet.node.readings(signal)
  assert.equal(pressed.memoryAvailableBytes, 50 << 20)
  assert.equal(pressed.nodeFs.availableBytes, gibibyte)
  quiet.setPressure({})
  assert.deepEqual(await quiet.node.readings(signal), written)
})

test('a filesystem in memory is measured by itself and not as disk', async () => {
  const { host, disk } = hostWith()
  const scratch = { podUid, plugin: 'kubernetes.io/empty-dir', name: 'e' }
  const medium = { kind: 'memory', sizeBytes: 1 << 20 } as const
  const path = await host.volumes.scratch({ ...scratch, medium }, signal)
  const before = await host.node.readings(signal)
  disk.write(`${path}/x`, new Uint8Array(500_000))
  assert.deepEqual((await host.node.readings(signal)).nodeFs, before.nodeFs)
  assert.equal((await host.node.filesystem(`${path}/x`, signal)).capacityBytes, 1 << 20)
  assert.ok((await host.node.diskUsage(path, signal)).bytes >= 500_000)
  // What was found where is forgotten when something else is mounted there.
  await host.volumes.remove({ ...scratch, podUid }, signal)
  disk.write(`${path}/x`, new Uint8Array(1))
  assert.equal(
    (await host.node.filesystem(`${path}/x`, signal)).capacityBytes,
    before.nodeFs.capacityBytes,
  )
})

test('what is saved as JSON is the same node again', async () => {
  const { host, disk, clock } = hostWith()
  await host.prepare(signal)
  host.boot()
  host.setPressure({ diskAvailableBytes: 5 })
  const files = [{ path: 'k', bytes: bytes('1'), mode: 0o400, uid: 1000 }]
  const path = await host.volumes.project({ ...volume, files, medium: 'memory' }, signal)
  await host.cgroups.ensure(host.cgroups.podPath('Guaranteed', podUid), { pids: 9 }, signal)
  const saved = JSON.parse(JSON.stringify({ disk: disk.save(), host: host.save() }))
  const again = createDisk(clock, saved.disk)
  const { host: restored } = hostWith({ clock, disk: again, saved: saved.host })
  assert.equal(text(again.read(`${path}/k`)), '1')
  assert.deepEqual(again.save(), disk.save())
  assert.deepEqual(restored.save(), host.save())
  const facts = (from: SimHost) => from.node.facts(signal)
  assert.deepEqual(await facts(restored), await facts(host))
})
