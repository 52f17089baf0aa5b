import type { HealthCheck } from '#apiserver'

/** What is known of the parts of a control plane that run in this process. */
export interface PartHealth {
  readonly checks: readonly HealthCheck[]
  /** Runs a part, which is well until it ends. */
  run(name: string, part: () => Promise<void>): Promise<void>
}

/** The health of parts by their names, none of which runs yet. */
export function createPartHealth(names: readonly string[]): PartHealth {
  const running = new Set<string>()
  return {
    checks: names.map((name) => ({
      name,
      check: () => (running.has(name) ? undefined : `${name} is not running`),
    })),
    async run(name, part) {
      running.add(name)
      try {
        await part()
      } finally {
        running.delete(name)
      }
    },
  }
}
