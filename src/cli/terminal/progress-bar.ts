import type { Clock } from '#lib'
import type { Terminal } from './command.ts'

const width = 30
/** How often a line is written where nobody watches, in wall milliseconds. */
const lineEveryMs = 10_000

/** Shows how far something is: a bar where a person watches, else a line now and then. */
export interface ProgressBar {
  show(share: number, text: string): void
  /** Takes the bar away. */
  done(): void
}

/** Makes a bar that writes to the terminal's errors, so that results stay alone. */
export function createProgressBar(
  { isInteractive, err }: Terminal,
  clock: Pick<Clock, 'monotonicMs'>,
): ProgressBar {
  let lastMs = clock.monotonicMs()
  let isShown = false
  return {
    show(share, text) {
      const percent = `${Math.floor(share * 100)} %`
      if (isInteractive) {
        const full = Math.round(share * width)
        err(`\r\u001b[2K[${'#'.repeat(full)}${'.'.repeat(width - full)}] ${percent}  ${text}`)
        isShown = true
      } else if (clock.monotonicMs() - lastMs >= lineEveryMs) {
        lastMs = clock.monotonicMs()
        err(`${percent}  ${text}\n`)
      }
    },
    done() {
      if (isShown) err('\r\u001b[2K')
      isShown = false
    },
  }
}
