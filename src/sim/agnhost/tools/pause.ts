import { FileError } from '../../process/file-error.ts'
import type { Run, Subcommand } from '../program/program.ts'

const names: Readonly<Record<string, string>> = { SIGINT: 'interrupt', SIGTERM: 'terminated' }

/** `agnhost pause`: does nothing until it is told to stop, and says so where the kubelet looks. */
export const agnhostPause: Subcommand = {
  flags: {},
  start(run) {
    if (run.isNew) run.print('Paused\nSignals registered\n')
    return {
      onSignal(signal) {
        const name = names[signal]
        if (name === undefined) return false
        const message = `exiting because of signal "${name}"\n`
        leaveMessage(run, message)
        run.print(message)
        run.exit(signal === 'SIGINT' ? 1 : 2)
        return true
      },
    }
  },
}

function leaveMessage({ world }: Run, message: string): void {
  try {
    world.files.write(world.env.TERMINATION_MESSAGE_PATH || '/dev/termination-log', message)
  } catch (error) {
    // It ends with the same code all the same.
    if (!(error instanceof FileError)) throw error
  }
}

/** `pause`, of the image that holds the namespaces of pods elsewhere. */
export const pause: Subcommand = {
  flags: {},
  start: (run) => ({
    onSignal(signal) {
      if (names[signal] === undefined) return false
      run.world.write('stderr', 'Shutting down, got signal: Terminated\n')
      run.exit(0)
      return true
    },
  }),
}
