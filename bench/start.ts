/**
 * How long a cluster takes from nothing to Ready, and what it costs when idle. Needs root.
 *
 *     node bench/start.ts [ROUNDS]
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '#lib'
import { knarr } from '../test/fixture/tools.ts'

const rounds = Number(process.argv[2] ?? 5)
const idleMs = 20_000
const ticksPerSecond = 100

interface Figures {
  readonly first: number
  readonly again: number
  readonly residentMb: number
  readonly idleCpuPercent: number
}

async function round(index: number): Promise<Figures> {
  const dataDir = mkdtempSync(join(tmpdir(), 'knarr-bench-'))
  const run = (...args: readonly string[]) =>
    execFileSync(knarr, [...args, '--data-dir', dataDir], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
  const timed = (work: () => void) => {
    const startedMs = systemClock.monotonicMs()
    work()
    return systemClock.monotonicMs() - startedMs
  }
  try {
    const first = timed(() => run('up', '--detach', '--port', String(17_000 + index)))
    run('down')
    const again = timed(() => run('up', '--detach', '--port', String(17_000 + index)))
    const { pid } = JSON.parse(run('status', '--output', 'json')) as { pid: number }
    await systemClock.sleep(5000)
    const before = cpuTicks(pid)
    await systemClock.sleep(idleMs)
    const seconds = (cpuTicks(pid) - before) / ticksPerSecond
    return {
      first,
      again,
      residentMb: residentMb(pid),
      idleCpuPercent: (seconds / (idleMs / 1000)) * 100,
    }
  } finally {
    run('down', '--delete-data')
    rmSync(dataDir, { recursive: true, force: true })
  }
}

function cpuTicks(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return Number(fields[11]) + Number(fields[12])
}

function residentMb(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024
}

const all: Figures[] = []
for (let index = 0; index < rounds; index++) all.push(await round(index))

function row(title: string, of: (figures: Figures) => number, unit: string): void {
  const sorted = all.map(of).toSorted((a, b) => a - b)
  const [min = 0, max = 0] = [sorted[0], sorted.at(-1)]
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0
  const cells = [min, median, max].map((value) => value.toFixed(1).padStart(9))
  console.log(`${title.padEnd(44)}${cells.join('')}  ${unit}`)
}

console.log(
  `${rounds} rounds`.padEnd(44) + ['min', 'median', 'max'].map((name) => name.padStart(9)).join(''),
)
row('process start to node Ready, empty directory', ({ first }) => first, 'ms')
row('the same with data and images there', ({ again }) => again, 'ms')
row('resident memory when idle', ({ residentMb }) => residentMb, 'MB')
row('CPU when idle', ({ idleCpuPercent }) => idleCpuPercent, '% of a core')
