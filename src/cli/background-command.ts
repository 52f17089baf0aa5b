import type { Progress } from '#cluster'
import { KnarrError, messageOf } from '#lib'
import { type AnyCluster, runAnyCluster } from './any-cluster.ts'
import type { BackgroundMessage } from './background.ts'
import type { CliCommand } from './command.ts'

/** The other half of `knarr up --detach`; not for people, so it is hidden from the help. */
export const backgroundCommand: CliCommand = {
  name: 'serve-in-background',
  register(program) {
    program
      .command('serve-in-background <cluster>', { hidden: true })
      .action(async (text: string) => {
        try {
          await runAnyCluster(JSON.parse(text) as AnyCluster, progress, async () => {
            tell({ kind: 'ready' })
          })
        } catch (error) {
          tell(failure(error))
          throw error
        }
      })
  },
}

const progress: Progress = {
  step: (text) => tell({ kind: 'step', text }),
  done: () => undefined,
}

function failure(error: unknown): BackgroundMessage {
  if (!(error instanceof KnarrError))
    return { kind: 'failed', code: 'Failed', message: messageOf(error) }
  const { code, message, hint } = error
  return { kind: 'failed', code, message, ...(hint === undefined ? {} : { hint }) }
}

/** The one who started us may have gone; then nobody needs to be told. */
function tell(message: BackgroundMessage): void {
  if (process.connected) process.send?.(message, () => undefined)
}
