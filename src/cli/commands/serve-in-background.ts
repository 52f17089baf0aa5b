import type { Progress } from '#cluster'
import { KnarrError, messageOf } from '#lib'
import { type AnyCluster, runAnyCluster } from '../cluster/any-cluster.ts'
import type { BackgroundMessage } from '../cluster/background.ts'
import type { CliCommand } from '../terminal/command.ts'

/** `knarr serve-in-background` is the process that `knarr up --detach` starts; the help does not show it. */
export const backgroundCommand: CliCommand = {
  register(program) {
    program
      .command('serve-in-background <cluster>', { hidden: true })
      .action(async (text: string) => {
        try {
          await runAnyCluster(JSON.parse(text) as AnyCluster, progress, async () => {
            send({ kind: 'ready' })
          })
        } catch (error) {
          send(failure(error))
          throw error
        }
      })
  },
}

const progress: Progress = {
  step: (text) => send({ kind: 'step', text }),
  done: () => undefined,
}

function failure(error: unknown): BackgroundMessage {
  if (!(error instanceof KnarrError))
    return { kind: 'failed', code: 'Failed', message: messageOf(error) }
  const { code, message, hint } = error
  return { kind: 'failed', code, message, ...(hint === undefined ? {} : { hint }) }
}

/** Sends to the process that started this one, if it is still there. */
function send(message: BackgroundMessage): void {
  if (process.connected) process.send?.(message, () => undefined)
}
