import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { KnarrError } from '#lib'
import { writeSecret } from './secret-file.ts'

/** What a running knarr tells other processes about itself, in `<data dir>/state.json`. */
export interface ClusterState {
  readonly pid: number
  /** Guards against a reused pid: field 22 of /proc/PID/stat. */
  readonly startTicks: string
  readonly server: string
  readonly nodes: readonly string[]
  readonly version: string
  /** Its nodes are simulated: there is nothing on this machine but its process. */
  readonly simulated?: true
}

export function writeState(dataDir: string, state: Omit<ClusterState, 'startTicks'>): void {
  const full = { ...state, startTicks: startTicksOf(state.pid) ?? '' }
  writeSecret(pathIn(dataDir), `${JSON.stringify(full, null, 2)}\n`)
}

export function removeState(dataDir: string): void {
  rmSync(pathIn(dataDir), { force: true })
}

/** The state of a knarr that runs now; undefined when none does, whatever the file says. */
export function readState(dataDir: string): ClusterState | undefined {
  const path = pathIn(dataDir)
  if (!existsSync(path)) return undefined
  const state = parse(path)
  return isAlive(state) ? state : undefined
}

/** Whether the process of `state` still lives; it takes the file away before it has ended. */
export function isAlive(state: ClusterState): boolean {
  return startTicksOf(state.pid) === state.startTicks
}

function parse(path: string): ClusterState {
  try {
    // `writeState` is the only one who writes this file.
    // Cast: only knarr writes this file.
    return JSON.parse(readFileSync(path, 'utf8')) as ClusterState
  } catch (cause) {
    throw new KnarrError('BadState', `${path} cannot be read as JSON`, {
      hint: 'Remove the file; it is written again at the next start.',
      cause,
    })
  }
}

function pathIn(dataDir: string): string {
  return join(dataDir, 'state.json')
}

function startTicksOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The command's name may hold spaces and parentheses; fields are counted from its end.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    // A process that nobody has waited for yet is dead all the same.
    return fields[0] === 'Z' ? undefined : fields[19]
  } catch {
    return undefined
  }
}
