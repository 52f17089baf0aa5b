import { readFileSync, writeFileSync } from 'node:fs'

/** A process that can be recognised later: its number may be used again, its start time not. */
export interface ProcessIdentity {
  readonly pid: number
  /** Clock ticks since boot. */
  readonly startTicks: string
  readonly bootId: string
}

/** Undefined when there is no such process (a zombie is none). */
export function identify(pid: number): ProcessIdentity | undefined {
  try {
    // The name may hold spaces and brackets; what follows the last bracket is plain.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const startTicks = fields[19]
    if (fields[0] === 'Z' || fields[0] === 'X' || startTicks === undefined) return undefined
    return { pid, startTicks, bootId: bootId() }
  } catch {
    return undefined
  }
}

export function isProcessAlive(identity: ProcessIdentity): boolean {
  const now = identify(identity.pid)
  return now?.startTicks === identity.startTicks && now.bootId === identity.bootId
}

export function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
}

/** What an earlier run wrote; undefined when there is nothing that can be read. */
export function readIdentity(file: string): ProcessIdentity | undefined {
  try {
    const value = JSON.parse(readFileSync(file, 'utf8')) as ProcessIdentity
    return typeof value.pid === 'number' ? value : undefined
  } catch {
    return undefined
  }
}

export function writeIdentity(file: string, identity: ProcessIdentity): void {
  writeFileSync(file, `${JSON.stringify(identity)}\n`)
}

/** Does nothing when the process is gone. */
export function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
