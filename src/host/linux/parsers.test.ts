import assert from 'node:assert/strict'
import { test } from 'node:test'
import { controllerMounts } from './cgroups/cgroup-hierarchy.ts'
import { cpuWeight } from './cgroups/cgroup-v2.ts'
import { chooseHierarchy } from './cgroups/linux-cgroups.ts'
import { parseInterfaces, parsePressure } from './linux-node.ts'
import {
  parseCpuNs,
  parseDefaultInterface,
  parseMeminfo,
  parseOsRelease,
  parseTasks,
} from './procfs.ts'
import { parseMountInfo } from './system/mounts.ts'

test('a mount line gives path, type, options and whether it is shared', () => {
  const line =
    '36 35 98:0 /mnt1 /mnt/with\\040space rw,noatime shared:1 master:2 - cgroup none rw,cpu,cpuacct\n'
  assert.deepEqual(parseMountInfo(line), [
    {
      path: '/mnt/with space',
      type: 'cgroup',
      superOptions: ['rw', 'cpu', 'cpuacct'],
      shared: true,
    },
  ])
})

const unified = '30 1 0:5 / /sys/fs/cgroup/unified rw - cgroup2 none rw\n'
const memory = '31 1 0:6 / /sys/fs/cgroup/memory rw - cgroup none rw,memory\n'
const named = '32 1 0:7 / /sys/fs/cgroup/systemd rw - cgroup none rw,xattr,name=systemd\n'
const versions: readonly [string, string, number | undefined, readonly string[]][] = [
  ['only version 2', unified, 2, ['/sys/fs/cgroup/unified']],
  [
    'a hybrid machine',
    unified + memory + named,
    1,
    ['/sys/fs/cgroup/unified', '/sys/fs/cgroup/memory', '/sys/fs/cgroup/systemd'],
  ],
  ['no cgroups at all', '', undefined, []],
]
for (const [name, table, version, mountPoints] of versions) {
  test(`the cgroup version of ${name} is ${version}`, () => {
    const hierarchy = chooseHierarchy(controllerMounts(parseMountInfo(table)))
    assert.equal(hierarchy?.version, version)
    assert.deepEqual(hierarchy?.mountPoints ?? [], mountPoints)
  })
}

for (const [shares, weight] of [
  [0, 1],
  [2, 1],
  [102, 17],
  [1024, 100],
  [262_144, 10_000],
  [1_000_000, 10_000],
] as const) {
  test(`${shares} shares weigh ${weight}`, () => assert.equal(cpuWeight(shares), weight))
}

test('kernel tables are read in bytes and nanoseconds', () => {
  const meminfo = parseMeminfo('MemTotal:  1000 kB\nHugePages_Total:  3\nInactive(file): 7 kB\n')
  assert.deepEqual([...meminfo.values()], [1_024_000, 3, 7168])
  assert.equal(parseCpuNs('cpu  1 2 3 400 500 6 7 8 9 10\ncpu0 1\n'), 27 * 10_000_000)
  assert.equal(parseTasks('0.10 0.20 0.30 2/123 4567\n'), 123)
  assert.equal(parseOsRelease('ID=debian\nPRETTY_NAME="Debian 12"\n', 'PRETTY_NAME'), 'Debian 12')
  const routes = 'Iface\tDestination\nbr0\t0000580A\neth0\t00000000\n'
  assert.equal(parseDefaultInterface(routes), 'eth0')
  const dev =
    'Inter-|\n face |bytes\n    lo: 1 1 1 0 0 0 0 0 2 2 2 0 0 0 0 0\n  eth0: 10 1 3 0 0 0 0 0 20 2 4 0 0 0 0 0\n'
  assert.deepEqual(parseInterfaces(dev), [
    { name: 'eth0', receivedBytes: 10, receiveErrors: 3, sentBytes: 20, sendErrors: 4 },
  ])
  const stall = parsePressure('some avg10=1.50 avg60=2.00 avg300=3.00 total=42\n')
  assert.deepEqual(stall.some, { avg10: 1.5, avg60: 2, avg300: 3, totalNs: 42_000 })
  assert.equal(stall.full.totalNs, 0)
})
