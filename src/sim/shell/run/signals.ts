import type { Signal } from '../../process/process.ts'

export const signalNumbers: Readonly<Record<Signal, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGKILL: 9,
  SIGUSR1: 10,
  SIGUSR2: 12,
  SIGTERM: 15,
}

/** `TERM`, `SIGTERM` or `15`; undefined for what is none of ours. */
export function signalOf(text: string): Signal | undefined {
  const upper = text.toUpperCase()
  const name = (upper.startsWith('SIG') ? upper : `SIG${upper}`) as Signal
  if (name in signalNumbers) return name
  const all = Object.entries(signalNumbers) as [Signal, number][]
  return all.find(([, number]) => String(number) === text)?.[0]
}
