import type { Progress } from '#cluster'
import type { Clock } from '#lib'
import type { Terminal } from './command.ts'

/** Prints each step when it begins and how long it took; rewrites the line where a person watches. */
export function progressPrinter(terminal: Terminal, clock: Clock): Progress {
  let current: { readonly text: string; readonly sinceMs: number } | undefined
  const finish = () => {
    if (!current) return
    const seconds = ((clock.monotonicMs() - current.sinceMs) / 1000).toFixed(1)
    const back = terminal.isInteractive ? '\r\u001b[2K' : ''
    terminal.err(`${back}  ✔ ${current.text} (${seconds} s)\n`)
    current = undefined
  }
  return {
    step(text) {
      finish()
      current = { text, sinceMs: clock.monotonicMs() }
      if (terminal.isInteractive) terminal.err(`  … ${text}`)
    },
    done: finish,
  }
}
