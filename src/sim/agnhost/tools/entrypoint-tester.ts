import type { Subcommand } from '../program/program.ts'

/** `entrypoint-tester`: prints its whole command line. */
export const entrypointTester: Subcommand = {
  flags: {},
  start(run) {
    run.print(`[${run.argv.join(' ')}]\n`)
    run.exit(0)
    return {}
  },
}
