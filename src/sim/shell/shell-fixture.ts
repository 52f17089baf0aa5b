import type { Behaviour } from '../behaviour/behaviour.ts'
import { parseBehaviour } from '../behaviour/parse-behaviour.ts'
import type { Process, ProcessFiles, ProcessState, ProcessWorld } from '../process/process.ts'
import { type DiskLimit, OwnFiles } from '../runtime/files/own-files.ts'
import { startProcess } from './start-process.ts'

interface Container {
  readonly annotations: Readonly<Record<string, string>>
  readonly image: string
  readonly labels: Readonly<Record<string, string>>
}

function behaviourOf(container: Container): Behaviour {
  const names = { container: 'main', namespace: 'default', pod: 'pod' }
  return parseBehaviour({ ...container, ...names, ports: [] })
}

/** A shell with a script. */
export function sh(script: string, more: Partial<Start> = {}): Machine {
  return start({ argv: ['sh', '-c', script], ...more })
}

/** What a process is after it was saved in one machine and started again in another. */
export function restarted(machine: Machine, from: Partial<Start> & Pick<Start, 'argv'>): Machine {
  const state = JSON.parse(JSON.stringify(machine.process.save())) as ProcessState
  return start({ ...from, state, atMs: machine.nowMs() })
}

/** What a program takes to load. */
export const loadMs = 10

/** A container's worth of world, whose time a test moves. */
export interface Machine {
  readonly process: Process
  readonly out: () => string
  readonly err: () => string
  /** What it told of its guesses. */
  readonly guesses: () => readonly string[]
  readonly nowMs: () => number
  readonly files: ProcessFiles
  /** How often it was woken. */
  readonly wakeUps: () => number
  /** Goes on until the process ends, or `limitMs` is over. */
  pass(limitMs?: number): void
}

export interface Start {
  readonly argv: readonly string[]
  readonly stdin?: boolean
  readonly tty?: boolean
  readonly isInit?: boolean
  readonly state?: ProcessState
  readonly atMs?: number
  readonly image?: string
  /** Those of a container that is there already. */
  readonly files?: ProcessFiles
  /** The labels of its pod. */
  readonly labels?: Readonly<Record<string, string>>
  /** How the programs behave that the model does not know. */
  readonly annotations?: Readonly<Record<string, string>>
}

/** Starts a process in a container of its own. */
export function start({
  argv,
  stdin = false,
  tty = false,
  isInit = true,
  state,
  atMs = 0,
  image = 'example.com/app',
  annotations = {},
  labels = {},
  files = filesOf(),
}: Start): Machine {
  const written = { stdout: '', stderr: '' }
  let now = atMs
  const guesses: string[] = []
  let wakeUps = 0
  const world: ProcessWorld = {
    nowMs: () => now,
    wallMs: () => Date.UTC(2026, 0, 1) + now,
    env: { HOME: '/root', GREETING: 'hello' },
    hostname: 'pod',
    files,
    write: (stream, text) => {
      written[stream] += text
    },
    isServing: () => false,
    report: ({ reason, message }) => void guesses.push(`${reason}: ${message}`),
    signalInit: (signal) => process.signal(signal),
  }
  const spec = { argv, isInit, stdin, tty, workingDir: '/' }
  const process: Process = startProcess(
    spec,
    world,
    behaviourOf({ annotations, image, labels }),
    state,
  )
  return {
    process,
    out: () => written.stdout,
    err: () => written.stderr,
    guesses: () => guesses,
    nowMs: () => now,
    files,
    wakeUps: () => wakeUps,
    pass(limitMs = 300_000) {
      const endMs = now + limitMs
      while (!process.exit && process.wakeAtMs !== undefined && process.wakeAtMs <= endMs) {
        now = Math.max(now, process.wakeAtMs)
        wakeUps++
        process.wake()
      }
      if (!process.exit) now = endMs
    },
  }
}

/** The files of a container; below /mnt a file must be there to be run. */
export function filesOf(limit?: DiskLimit): ProcessFiles {
  const files = new OwnFiles({ files: [['/etc/motd', 'welcome\n']], directories: [] }, limit)
  return {
    read: (path) => files.read(path),
    size: (path) => files.size(path),
    write: (path, text) => files.write(path, text),
    append: (path, text) => files.append(path, text),
    remove: (path) => files.remove(path),
    kindOf: (path) => files.kindOf(path),
    program: (path) => {
      const isFile = files.kindOf(path) === 'file'
      if (path.startsWith('/mnt/')) return isFile ? 'executable' : 'missing'
      return path === '/etc/motd' ? 'denied' : isFile ? 'executable' : 'unknown'
    },
    list: (path) => files.list(path),
    makeDirectory: (path) => files.makeDirectory(path),
  }
}
