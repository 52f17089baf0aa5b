import { spawn } from 'node:child_process'
import {
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { type Clock, KnarrError } from '#lib'
import type { ContainerdBinaries } from './layout/binaries.ts'
import type { ContainerdLayout } from './layout/layout.ts'
import {
  bootId,
  identify,
  isProcessAlive,
  type ProcessIdentity,
  readIdentity,
  sendSignal,
  writeIdentity,
} from './layout/process-identity.ts'

/** Kept log; what is older is dropped at the next start. */
const logLimitBytes = 8 * 1024 * 1024

/** The daemon that an earlier run started on this layout, if it still lives. */
export function runningDaemon(layout: ContainerdLayout): ProcessIdentity | undefined {
  const identity = readIdentity(layout.processFile)
  return identity && isProcessAlive(identity) ? identity : undefined
}

/** Starts the daemon in a session of its own, so that it outlives us. */
export function spawnDaemon(
  layout: ContainerdLayout,
  binaries: ContainerdBinaries,
  netns: string | undefined,
): ProcessIdentity {
  dropStateOfEarlierBoot(layout)
  mkdirSync(dirname(layout.socket), { recursive: true, mode: 0o711 })
  rmSync(layout.socket, { force: true })
  rmSync(`${layout.socket}.ttrpc`, { force: true })
  const command = [binaries.containerd, '--config', layout.config]
  const argv = netns ? ['nsenter', `--net=${netns}`, ...command] : command
  const log = openLog(layout.logFile)
  try {
    const child = spawn(argv[0]!, argv.slice(1), {
      cwd: '/',
      detached: true,
      env: { PATH: binaries.path, LANG: 'C' },
      stdio: ['ignore', log, log],
    })
    child.on('error', () => undefined) // told by the missing process below
    child.unref()
    const identity = child.pid === undefined ? undefined : identify(child.pid)
    if (!identity) throw daemonFailed(layout)
    writeIdentity(layout.processFile, identity)
    return identity
  } finally {
    closeSync(log)
  }
}

/** After a reboot the state describes containers that are gone; containerd expects it on a tmpfs. */
function dropStateOfEarlierBoot(layout: ContainerdLayout): void {
  const earlier = readIdentity(layout.processFile)
  if (!earlier || earlier.bootId === bootId()) return
  rmSync(layout.state, { recursive: true, force: true })
}

function openLog(file: string): number {
  const descriptor = openSync(file, 'a', 0o640)
  if (statSync(file).size > logLimitBytes) truncateSync(file)
  return descriptor
}

/** Ends the daemon, gently at first. Its containers live on. */
export async function endDaemon(
  identity: ProcessIdentity,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  sendSignal(identity.pid, 'SIGTERM')
  if (!(await goneWithin(identity, 10_000, clock, signal))) {
    sendSignal(identity.pid, 'SIGKILL')
    await goneWithin(identity, 10_000, clock, signal)
  }
}

async function goneWithin(
  identity: ProcessIdentity,
  limitMs: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<boolean> {
  const deadlineMs = clock.monotonicMs() + limitMs
  while (isProcessAlive(identity)) {
    if (clock.monotonicMs() > deadlineMs) return false
    await clock.sleep(10, signal)
  }
  return true
}

/** With the last words of its log. */
export function daemonFailed(layout: ContainerdLayout): KnarrError {
  const words = lastWords(layout.logFile)
  return new KnarrError('containerdFailed', `containerd ended at once: ${words}`, {
    hint: `see ${layout.logFile}`,
  })
}

function lastWords(file: string): string {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n').at(-1) || 'it wrote no log'
  } catch {
    return 'it wrote no log'
  }
}
