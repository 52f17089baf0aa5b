import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { Agent } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../fixture/real-cluster.ts'
import { projectRoot } from '../fixture/tools.ts'
import type { Memory, MeterRequest } from './memory.ts'

/** A control plane in a process of its own, whose memory can be measured. */
export interface SoakedServer extends AsyncDisposable {
  readonly port: number
  /** Trusts the server; one shows an administrator's certificate, the other none. */
  readonly admin: Agent
  readonly stranger: Agent
  measure(request?: MeterRequest): Promise<Memory>
}

/** Starts one, and waits until it serves. */
export async function startSoakedServer(): Promise<SoakedServer> {
  const port = await freePort()
  const dataDir = mkdtempSync(join(tmpdir(), 'knarr-soak-'))
  const child = fork(join(projectRoot, 'test/soak/server.ts'), [String(port), dataDir], {
    execArgv: ['--disable-warning=ExperimentalWarning', '--expose-gc'],
  })
  const [began] = await Promise.race([once(child, 'message'), once(child, 'exit')])
  if (began !== 'ready') throw new Error(`the server ended with ${began} before it served`)
  const read = (name: string) => readFileSync(join(dataDir, 'pki', name))
  const ca = read('ca.crt')
  const common = { ca, keepAlive: true, maxSockets: 32 }
  const admin = new Agent({ ...common, cert: read('admin.crt'), key: read('admin.key') })
  const stranger = new Agent(common)
  return {
    port,
    admin,
    stranger,
    async measure(request = {}) {
      child.send(request)
      const [answer] = await once(child, 'message')
      return answer as Memory
    },
    async [Symbol.asyncDispose]() {
      admin.destroy()
      stranger.destroy()
      if (child.exitCode === null) {
        child.kill('SIGTERM')
        await once(child, 'exit')
      }
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}
