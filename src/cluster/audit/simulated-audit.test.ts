import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { deployments } from '#api'
import { silentLogger, systemClock } from '#lib'
import { createAmbientGuard } from '#sim'
import { defaultSimOptions } from '../sim/options.ts'
import { createSimCluster } from '../sim/sim-cluster.ts'
import { openSimulatedAuditLog } from './audit-log.ts'

const tokenKey = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString()

const policy = 'apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: Request}]\n'

/** A minute in which a Deployment is rolled out: what the audit log and the event log say of it. */
interface Minute {
  readonly audit: string
  readonly events: string
}

/** One of them, under the guard's eyes. */
async function minuteOf(seed: number, isAudited = true): Promise<Minute> {
  const directory = mkdtempSync(join(tmpdir(), 'knarr-audit-'))
  const [policyFile, logPath] = [join(directory, 'policy.yaml'), join(directory, 'audit.log')]
  writeFileSync(policyFile, policy)
  try {
    const limits = { maxSizeMegabytes: 0, maxAgeDays: 0, maxBackups: 0 }
    const options = { ...limits, policyFile, logPath, mode: 'blocking' } as const
    await using log = openSimulatedAuditLog(options, { clock: systemClock, log: silentLogger })
    assert.ok(log.audit)
    using guard = createAmbientGuard({ isStrict: true })
    const fail = (error: unknown) => assert.fail(String(error))
    const world = { wall: systemClock, log: silentLogger, tokenKey, guard, onFailure: fail }
    await using cluster = await createSimCluster(
      { ...defaultSimOptions, seed },
      isAudited ? { ...world, audit: log.audit } : world,
    )
    await cluster.timeDriver.advance(20_000)
    const labels = { app: 'web' }
    const spec = { containers: [{ name: 'web', image: 'web' }] }
    await cluster.client.create(deployments, {
      metadata: { name: 'web', namespace: 'default' },
      spec: {
        replicas: 3,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec },
      },
    })
    await cluster.timeDriver.advance(40_000)
    const events = cluster.history.entries.map((entry) => JSON.stringify(entry)).join('\n')
    return { audit: readFileSync(logPath, 'utf8'), events }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

test('the audit log of a simulation is on its own time, and repeats itself byte for byte', async () => {
  const { audit: log } = await minuteOf(7)
  const events = log
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  const made = events.filter(({ verb, stage, objectRef }) => {
    return verb === 'create' && stage === 'ResponseComplete' && objectRef.resource === 'pods'
  })
  const pods = made.filter(({ objectRef }) => objectRef.subresource === undefined)
  const creator = 'system:serviceaccount:kube-system:replicaset'
  assert.deepEqual(
    pods.map(({ user, requestObject }) => [user.username, requestObject.spec.containers[0].image]),
    Array.from({ length: 3 }, () => [creator, 'web']),
  )
  assert.match(made[0].requestReceivedTimestamp, /^2026-01-01T00:00:2/)
  assert.equal((await minuteOf(7)).audit, log)
  assert.notEqual((await minuteOf(8)).audit, log)
})

test('a simulation goes the same way with an audit and without', async () => {
  const [audited, plain] = [await minuteOf(7), await minuteOf(7, false)]
  assert.equal(plain.audit, '')
  assert.ok(plain.events.length > 1_000)
  assert.equal(audited.events, plain.events)
})
