import { spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'
import type { Progress } from '#cluster'
import { KnarrError, systemClock } from '#lib'
import type { AnyCluster } from './any-cluster.ts'

/** What the process in the background tells the one that started it. */
export type BackgroundMessage =
  | { readonly kind: 'step'; readonly text: string }
  | { readonly kind: 'ready' }
  | {
      readonly kind: 'failed'
      readonly code: string
      readonly message: string
      readonly hint?: string
    }

/** How long a process that has failed may take to end before it is killed. */
const endLimitMs = 15_000

/**
 * Starts this same program again without a terminal, and follows it until it is ready. When it fails, this
 * rejects once the process has ended: a failed start leaves none behind.
 */
export async function startInBackground(cluster: AnyCluster, progress: Progress): Promise<void> {
  const { dataDir } = cluster.options
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const logPath = join(dataDir, 'knarr.log')
  const log = openSync(logPath, 'a', 0o600)
  const entry = process.argv[1] ?? ''
  const child = spawn(
    process.execPath,
    [...process.execArgv, entry, 'serve-in-background', JSON.stringify(cluster)],
    { detached: true, stdio: ['ignore', log, log, 'ipc'], cwd: '/' },
  )
  closeSync(log)
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  try {
    await new Promise<void>((resolveReady, reject) => {
      child.on('message', (message: BackgroundMessage) => {
        if (message.kind === 'step') progress.step(message.text)
        else if (message.kind === 'ready') resolveReady()
        else reject(new KnarrError(message.code, message.message, message))
      })
      child.once('error', reject)
      child.once('exit', (code, signal) => {
        const how = signal ? `was killed by ${signal}` : `ended with exit code ${code}`
        reject(
          new KnarrError('StartFailed', `the cluster ${how} before it was ready`, {
            hint: `Its log: ${logPath}`,
          }),
        )
      })
    })
  } catch (error) {
    using _limit = systemClock.timer(endLimitMs, () => void child.kill('SIGKILL'))
    if (child.pid !== undefined) await exited
    throw error
  } finally {
    if (child.connected) child.disconnect()
    child.unref()
  }
}
