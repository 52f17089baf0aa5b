import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, globSync, mkdirSync, readFileSync, renameSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { eventually, freePort } from '../fixture/real-cluster.ts'

const source = join(import.meta.dirname, 'operator')

/** The operator's program, compiled once for each state of its sources by the versions in its go.sum. */
function operatorProgram(): string {
  const files = globSync('**/*.{go,mod,sum}', { cwd: source }).toSorted()
  const hash = createHash('sha256')
  for (const file of files) hash.update(file).update(readFileSync(join(source, file)))
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'knarr', 'field')
  const program = join(cache, `operator-${hash.digest('hex').slice(0, 16)}`)
  if (existsSync(program)) return program
  mkdirSync(cache, { recursive: true })
  const output = `${program}-${process.pid}`
  const env = { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-mod=readonly -buildvcs=false' }
  execFileSync('go', ['build', '-p', '2', '-trimpath', '-o', output, '.'], { cwd: source, env })
  renameSync(output, program)
  return program
}

/** A running operator and what it has said. */
export interface Operator extends AsyncDisposable {
  said(): string
}

/** Starts the operator on a cluster, until it is the leader. */
export async function startOperator(kubeconfig: string): Promise<Operator> {
  const port = await freePort()
  const env = { ...process.env, KUBECONFIG: kubeconfig }
  const child = spawn(operatorProgram(), [`--port=${port}`], {
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  let text = ''
  child.stderr.on('data', (chunk) => {
    text += chunk
  })
  await eventually(async () => {
    assertRuns(child, text)
    return text.includes('Starting workers')
  })
  return {
    said: () => text,
    async [Symbol.asyncDispose]() {
      child.kill()
      await ended
    },
  }
}

function assertRuns({ exitCode }: ChildProcess, text: string): void {
  if (exitCode !== null) throw new Error(`the operator ended with ${exitCode}: ${text}`)
}
