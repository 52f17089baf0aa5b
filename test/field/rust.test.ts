import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { eventually } from '../fixture/real-cluster.ts'
import { type ServedSimulation, startServedSimulation } from '../fixture/sim-cluster.ts'

/** Takes minutes to compile: `make field` does. */
const skip = process.env.KNARR_FIELD !== '1' && 'part of make field'
const cache = join(
  process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'),
  'knarr',
  'field',
  'rust',
)

let cluster: ServedSimulation

before(async () => {
  if (skip) return
  const env = { ...process.env, CARGO_TARGET_DIR: cache }
  // By the lockfile; what is compiled already is kept.
  execFileSync('cargo', ['build', '-q', '--locked'], {
    cwd: join(import.meta.dirname, 'rust'),
    env,
  })
  cluster = await startServedSimulation('--nodes', '1')
  await cluster.knarr('clock', 'speed', '5x')
  await cluster.knarr('clock', 'resume')
})

after(async () => {
  await cluster?.[Symbol.asyncDispose]()
})

test('an operator of kube-rs defines its kind, owns, applies a status, and lets go by its finalizer', {
  skip,
}, async () => {
  const read = async (what: string, path: string) =>
    (await cluster.tryKubectl(['get', what, '-o', `jsonpath={${path}}`])).stdout
  const becomes = (what: string, path: string, wanted: string) =>
    eventually(async () => (await read(what, path)) === wanted)
  const env = { ...process.env, KUBECONFIG: `${cluster.dataDir}/kubeconfig` }
  const program = join(cache, 'debug/field-operator')
  const operator = spawn(program, [], { env, stdio: ['ignore', 'ignore', 'pipe'] })
  const ended = new Promise<void>((resolve) => operator.once('close', () => resolve()))
  let said = ''
  operator.stderr.on('data', (chunk) => {
    said += chunk
  })
  try {
    await eventually(async () => said.includes('watching'))
    const poem = (line: string) =>
      `apiVersion: field.knarr.dev/v1\nkind: Poem\nmetadata: {name: a}\nspec: {line: ${line}}`
    await cluster.apply(poem('hello'))
    await becomes('poem/a', '.status.letters', '5')
    assert.equal(await read('poem/a', '.metadata.finalizers'), '["field.knarr.dev/kube-rs"]')
    assert.equal(await read('configmap/poem-a', '.metadata.ownerReferences[0].name'), 'a')
    await cluster.apply(poem('farewell'))
    await becomes('configmap/poem-a', '.data.line', 'farewell')
    await becomes('poem/a', '.status.letters', '8')
    await cluster.kubectl('delete', 'poem', 'a', '--timeout=30s')
    assert.equal(await read('configmap/farewell-a', '.data.line'), 'farewell')
    await becomes('configmap/poem-a', '.metadata.name', '')
    assert.doesNotMatch(said, /failed|panicked/)
  } finally {
    operator.kill()
    await ended
  }
})
