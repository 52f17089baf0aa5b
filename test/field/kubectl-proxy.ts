import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { testTools } from '../fixture/tools.ts'

/** An address at which `kubectl proxy` passes requests on, with the credentials of a kubeconfig. */
export interface KubectlProxy extends AsyncDisposable {
  readonly address: string
}

export async function startProxy(kubeconfig: string): Promise<KubectlProxy> {
  const { kubectl } = testTools()
  const env = { ...process.env, KUBECONFIG: kubeconfig }
  const child = spawn(kubectl, ['proxy', '--port=0'], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const [line = ''] = await Promise.race([
    new Promise<[string]>((resolve) =>
      createInterface(child.stdout).once('line', (text) => resolve([text])),
    ),
    ended.then((): [] => []),
  ])
  const [at] = line.match(/127\.0\.0\.1:\d+/) ?? []
  if (!at) throw new Error(`kubectl proxy does not serve: ${line}`)
  return {
    address: `http://${at}`,
    async [Symbol.asyncDispose]() {
      child.kill()
      await ended
    },
  }
}
