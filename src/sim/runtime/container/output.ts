/** Where a process's output goes besides its log: to whoever is attached. */
interface Output {
  readonly stdout: (text: string) => void
  readonly stderr: (text: string) => void
}

/** Everybody who listens to one process. */
export interface Outputs {
  write(stream: 'stdout' | 'stderr', text: string): void
  add(output: Output): Disposable
}

export function createOutputs(): Outputs {
  const listening = new Set<Output>()
  return {
    write(stream, text) {
      for (const output of listening) output[stream](text)
    },
    add(output) {
      listening.add(output)
      return { [Symbol.dispose]: () => void listening.delete(output) }
    },
  }
}
