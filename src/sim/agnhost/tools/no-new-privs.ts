import type { Subcommand } from '../program/program.ts'

/** `nnp`: a program with the set-user bit of root, which says whether that counted. */
export const noNewPrivs: Subcommand = {
  flags: {},
  start(run) {
    const { user, mayGainPrivileges } = run.world
    run.print(`Effective uid: ${mayGainPrivileges ? 0 : user.uid}\n`)
    run.exit(0)
    return {}
  },
}
