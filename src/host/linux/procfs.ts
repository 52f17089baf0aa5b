import { readFile } from 'node:fs/promises'
import { unlessMissing } from './system/errors.ts'

/** A text file of /proc, /sys or /etc; empty when there is none. */
export async function readText(path: string): Promise<string> {
  return (await unlessMissing(() => readFile(path, 'utf8'))) ?? ''
}

/** `/proc/meminfo` in bytes; its unit "kB" means 1024. */
export function parseMeminfo(text: string): ReadonlyMap<string, number> {
  const rows = text.matchAll(/^(\S+):\s+(\d+)( kB)?$/gm)
  return new Map(
    Array.from(rows, ([, name = '', value, unit]) => [name, Number(value) * (unit ? 1024 : 1)]),
  )
}

/** The CPU time used by all, in nanoseconds, from the first line of `/proc/stat`. */
export function parseCpuNs(text: string): number {
  const ticks = (text.split('\n')[0] ?? '').split(/\s+/).slice(1).map(Number)
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = ticks
  return (user + nice + system + irq + softirq + steal) * nanosecondsPerTick
}

/** USER_HZ is 100 on every architecture that runs containers. */
const nanosecondsPerTick = 10_000_000

/** Runnable entities of `/proc/loadavg`: `0.1 0.2 0.3 1/123 4567`. */
export function parseTasks(loadavg: string): number {
  return Number(/\/(\d+)/.exec(loadavg)?.[1] ?? 0)
}

/** The value of a variable in os-release, unquoted. */
export function parseOsRelease(text: string, name: string): string | undefined {
  const line = text.split('\n').find((each) => each.startsWith(`${name}=`))
  const value = line?.slice(name.length + 1)
  return value?.replace(/^(["'])(.*)\1$/, '$2')
}

/** The interface of the IPv4 default route in `/proc/net/route`. */
export function parseDefaultInterface(text: string): string | undefined {
  const rows = text.split('\n').slice(1)
  const found = rows
    .map((row) => row.split('\t'))
    .find(([, destination]) => destination === '00000000')
  return found?.[0]
}
