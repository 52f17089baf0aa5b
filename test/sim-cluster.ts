import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CommandResult, command, freePort, must } from './real-cluster.ts'
import { knarr, testTools } from './tools.ts'

/** A simulated cluster behind its real API, driven by real kubectl and by knarr's own commands. */
export interface ServedSimulation extends AsyncDisposable {
  readonly dataDir: string
  kubectl(...args: readonly string[]): Promise<string>
  tryKubectl(args: readonly string[], input?: string): Promise<CommandResult>
  apply(manifest: string): Promise<string>
  /** Runs a command of knarr on this cluster. */
  knarr(...args: readonly string[]): Promise<string>
  tryKnarr(...args: readonly string[]): Promise<CommandResult>
}

/** Starts one with further options of `knarr up --sim`; its time stands. */
export async function startServedSimulation(
  ...options: readonly string[]
): Promise<ServedSimulation> {
  const port = String(await freePort())
  const dataDir = mkdtempSync(join(tmpdir(), 'knarr-sim-'))
  const up = ['up', '--sim', '--detach', '--paused', '--port', port]
  must(await command(knarr, [...up, '--data-dir', dataDir, ...options]))
  return serve(dataDir)
}

/** Commands against what is served from a data directory; disposing ends it and deletes it. */
export function serve(dataDir: string): ServedSimulation {
  const { kubectl } = testTools()
  const env = { ...process.env, KUBECONFIG: join(dataDir, 'kubeconfig'), KNARR_DATA_DIR: dataDir }
  const tryKubectl: ServedSimulation['tryKubectl'] = (args, input) =>
    command(kubectl, args, { env, input })
  const tryKnarr: ServedSimulation['tryKnarr'] = (...args) => command(knarr, args, { env })
  return {
    dataDir,
    tryKubectl,
    tryKnarr,
    kubectl: async (...args) => must(await tryKubectl(args)),
    apply: async (manifest) => must(await tryKubectl(['apply', '-f', '-'], manifest)),
    knarr: async (...args) => must(await tryKnarr(...args)),
    async [Symbol.asyncDispose]() {
      must(await tryKnarr('down', '--delete-data'))
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}
