/** Work that runs beside the scheduling loop; so many at a time, the loop waits for room. */
export interface Tasks {
  /** Starts the work. It must not reject. */
  start(work: () => Promise<void>): void
  /** Resolves once there is room for more. */
  room(): Promise<void>
  /** Resolves once all work is done. */
  done(): Promise<void>
}

export function createTasks(limit: number): Tasks {
  const running = new Set<Promise<void>>()
  return {
    start(work) {
      const task = work().finally(() => running.delete(task))
      running.add(task)
    },
    async room() {
      while (running.size >= limit) await Promise.race(running)
    },
    async done() {
      while (running.size > 0) await Promise.all(running)
    },
  }
}
