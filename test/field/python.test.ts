import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { command, eventually } from '../fixture/real-cluster.ts'
import { type ServedSimulation, startServedSimulation } from '../fixture/sim-cluster.ts'
import { pythonPrograms, pythonSources } from './python-fixture.ts'

/** Packages are installed first: `make field` does. */
const skip = process.env.KNARR_FIELD !== '1' && 'part of make field'

let cluster: ServedSimulation
let programs: string

before(async () => {
  if (skip) return
  programs = pythonPrograms()
  cluster = await startServedSimulation('--nodes', '1')
  await cluster.knarr('clock', 'speed', '5x')
  await cluster.knarr('clock', 'resume')
})

after(async () => {
  await cluster?.[Symbol.asyncDispose]()
})

const environment = () => ({
  ...process.env,
  KUBECONFIG: `${cluster.dataDir}/kubeconfig`,
  PYTHONDONTWRITEBYTECODE: '1',
})

test('Python clients watch, exec, page, apply, wait and scale', { skip }, async () => {
  const script = join(pythonSources, 'clients.py')
  const ran = await command(join(programs, 'python'), [script], { env: environment() })
  assert.equal(ran.code, 0, ran.stderr)
  const lines = ran.stdout.trim().split('\n')
  const count = (client: string) => lines.filter((line) => line.startsWith(`${client}: `)).length
  assert.deepEqual(['kubernetes', 'kr8s', 'lightkube'].map(count), [6, 8, 6])
})

const definition = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: notes.field.knarr.dev}
spec:
  group: field.knarr.dev
  scope: Namespaced
  names: {plural: notes, singular: note, kind: Note}
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          required: [spec]
          properties:
            spec: {type: object, required: [text], properties: {text: {type: string, minLength: 1}}}
            status: {type: object, x-kubernetes-preserve-unknown-fields: true}
`

test('an operator of kopf tries again, follows changes, ticks, and lets go by its finalizer', {
  skip,
}, async () => {
  const read = async (what: string, path: string) =>
    (await cluster.tryKubectl(['get', what, '-o', `jsonpath={${path}}`])).stdout
  const becomes = (what: string, path: string, wanted: string) =>
    eventually(async () => (await read(what, path)) === wanted)
  await cluster.apply(definition)
  await cluster.kubectl('wait', '--for=condition=Established', 'crd/notes.field.knarr.dev')
  const script = join(pythonSources, 'notes_operator.py')
  const given = ['run', '-n', 'default', '--standalone', script]
  const kopf = spawn(join(programs, 'kopf'), given, { env: environment(), stdio: 'ignore' })
  const ended = new Promise<void>((resolve) => kopf.once('close', () => resolve()))
  try {
    const note =
      'apiVersion: field.knarr.dev/v1\nkind: Note\nmetadata: {name: a}\nspec: {text: first}'
    await cluster.apply(note)
    await becomes('note/a', '.status.create.tries', '2')
    assert.equal(await read('note/a', '.metadata.finalizers'), '["field.knarr.dev/kopf"]')
    assert.equal(await read('configmap/note-a', '.metadata.ownerReferences[0].name'), 'a')
    await cluster.apply(note.replace('first', 'second'))
    await becomes('configmap/note-a', '.data.text', 'second')
    await becomes('note/a', '.status.before', 'first')
    await eventually(async () => Number(await read('note/a', '.status.ticks')) >= 2)
    await cluster.kubectl('delete', 'note', 'a', '--timeout=30s')
    assert.equal(await read('configmap/farewell-a', '.data.text'), 'second')
    await becomes('configmap/note-a', '.metadata.name', '')
  } finally {
    kopf.kill()
    await ended
  }
})
