import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { test } from 'node:test'
import { command } from '../fixture/real-cluster.ts'
import { startServedSimulation } from '../fixture/sim-cluster.ts'
import { knarr, testTools } from '../fixture/tools.ts'

const manifest = `
apiVersion: v1
kind: Secret
metadata: {name: db}
stringData: {password: hunter2}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - name: web
          image: nginx
          ports: [{containerPort: 80}]
          env: [{name: PW, valueFrom: {secretKeyRef: {name: db, key: password}}}]
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
`

test('a running cluster is written as a file by real kubectl, and a drill runs on it', async () => {
  await using cluster = await startServedSimulation('--nodes', '2')
  await cluster.apply(manifest)
  await cluster.knarr('clock', 'advance', '30s')
  const folder = mkdtempSync(join(tmpdir(), 'knarr-twin-'))
  try {
    const withKubectl = `${dirname(testTools().kubectl)}${delimiter}${process.env.PATH}`
    const kubeconfig = join(cluster.dataDir, 'kubeconfig')
    const take = (PATH: string, file = kubeconfig) =>
      command(knarr, ['twin', '--kubeconfig', file], { env: { ...process.env, PATH } })
    const taken = await take(withKubectl)
    assert.equal(taken.code, 0, taken.stderr)
    assert.match(taken.stderr, /^left out: Values of Secrets/)
    assert.doesNotMatch(taken.stdout, /hunter2/)
    assert.match(
      taken.stdout,
      /\n {2}- namespace: default\n {4}kind: Deployment\n {4}name: web\n {4}nodes:\n {6}node-\d: 1\n/,
    )
    // Handed over on standard input, as what helm template prints is.
    const drilled = await command(
      knarr,
      ['drill', 'node-loss', '-f', '-', '--seeds', '1', '--no-advice'],
      {
        input: taken.stdout,
      },
    )
    // The only pod is gone for longer than a drill allows.
    assert.equal(drilled.code, 1, drilled.stderr)
    assert.match(drilled.stdout, /fails {4}node-loss/)

    const refused = await take(withKubectl, join(folder, 'none'))
    assert.equal(refused.code, 1)
    assert.match(refused.stderr, /^error: .*none/)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
