import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { command, freePort } from '../fixture/real-cluster.ts'
import { type ServedSimulation, startServedSimulation } from '../fixture/sim-cluster.ts'
import { knarr } from '../fixture/tools.ts'

/** A line of the log for each level; Secrets never with their content, as one would have it. */
const policy = `
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: None
  users: ["system:kube-scheduler", "system:kube-controller-manager"]
- level: Metadata
  resources: [{group: "", resources: [secrets]}]
- level: Request
  verbs: [create]
  namespaces: [default]
- level: RequestResponse
  userGroups: ["system:masters"]
  verbs: [get]
  resources: [{group: "", resources: [configmaps]}]
`

const directory = mkdtempSync(join(tmpdir(), 'knarr-audit-'))
const [policyFile, logFile] = [join(directory, 'policy.yaml'), join(directory, 'audit.log')]
let cluster: ServedSimulation

before(async () => {
  writeFileSync(policyFile, policy)
  const flags = ['--audit-policy-file', policyFile, '--audit-log-path', logFile]
  cluster = await startServedSimulation(...flags)
})

after(async () => {
  await cluster?.[Symbol.asyncDispose]()
  rmSync(directory, { recursive: true, force: true })
})

/** The events about objects of a name, as kubectl has brought them about. */
function eventsOf(name: string) {
  return readFileSync(logFile, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
    .filter(({ objectRef, userAgent = '' }) => {
      return objectRef?.name === name && userAgent.startsWith('kubectl')
    })
}

test('kubectl’s requests are in the log of a running cluster, each at its level', async () => {
  await cluster.kubectl('create', 'secret', 'generic', 'hidden', '--from-literal=password=xyzzy')
  await cluster.kubectl('create', 'configmap', 'shown', '--from-literal=a=b')
  await cluster.kubectl('get', 'configmap', 'shown')
  const [secret] = eventsOf('hidden')
  assert.deepEqual(
    [secret.level, secret.verb, secret.responseStatus.code, secret.requestObject],
    ['Metadata', 'create', 201, undefined],
  )
  assert.ok(!readFileSync(logFile, 'utf8').includes(Buffer.from('xyzzy').toString('base64')))
  const [created, got] = eventsOf('shown')
  assert.deepEqual(
    [created.level, created.requestObject.data, created.responseObject],
    ['Request', { a: 'b' }, undefined],
  )
  assert.deepEqual([got.level, got.responseObject.kind], ['RequestResponse', 'Table'])
  assert.deepEqual(got.sourceIPs, ['127.0.0.1'])
  assert.equal(got.annotations['authorization.k8s.io/decision'], 'allow')
  assert.match(got.requestURI, /^\/api\/v1\/namespaces\/default\/configmaps\/shown$/)
  assert.equal(statSync(logFile).mode & 0o777, 0o600)
})

test('a policy that cannot be read ends the start, with what is wrong with it', async () => {
  const wrong = join(directory, 'wrong.yaml')
  writeFileSync(wrong, policy.replace('level: None', 'level: Nothing'))
  const place = ['--data-dir', join(directory, 'data'), '--port', String(await freePort())]
  const flags = ['--audit-policy-file', wrong, '--audit-log-path', logFile]
  const { code, stderr } = await command(knarr, ['up', '--sim', '--detach', ...place, ...flags])
  assert.equal(code, 1)
  assert.match(stderr, /rules\[0\]\.level: Unsupported value: "Nothing"/)
})
