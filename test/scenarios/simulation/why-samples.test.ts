import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { type Simulation, simulate } from '#testing'

const page = readFileSync(join(import.meta.dirname, '../../../docs/why.md'), 'utf8')

/** The samples of the page with their output, by command. */
const samples: ReadonlyMap<string, readonly string[]> = new Map(
  page
    .split('```console\n$ ')
    .slice(1)
    .map((block) => block.slice(0, block.indexOf('```')).trimEnd().split('\n'))
    .map(([command = '', ...lines]) => [command, lines] as const),
)

const deployment = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: my-nginx}
spec:
  replicas: 2
  selector: {matchLabels: {run: my-nginx}}
  template:
    metadata: {labels: {run: my-nginx}}
    spec: {containers: [{name: c, image: nginx}]}
`

const statefulSet = `
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  replicas: 3
  serviceName: db
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec:
      containers:
      - name: c
        image: busybox
        command: [sh, -c, 'case $HOSTNAME in db-1) echo no config; exit 5;; esac; sleep 100000']
`

/** For each command of a sample, what was done before, and what it prints then. */
const runs: Readonly<Record<string, (cluster: Simulation) => Promise<string>>> = {
  'knarr log': async (cluster) => {
    await cluster.apply(deployment)
    await cluster.advance('20s')
    return cluster.log.lines({ time: 'absolute' }).join('\n')
  },
  'knarr why node/node-3': async (cluster) => {
    await cluster.advance('10s')
    await cluster.node('node-3').crash()
    await cluster.advance('2m')
    return String(cluster.why('node/node-3'))
  },
  'knarr why statefulset/db': async (cluster) => {
    await cluster.apply(statefulSet)
    await cluster.advance('64s')
    return String(cluster.why('statefulset/db'))
  },
}

describe('the samples of docs/why.md are what a run prints:', () => {
  for (const [command, run] of Object.entries(runs)) {
    test(command, async () => {
      await using cluster = await simulate({ nodes: command.endsWith('db') ? 1 : 3 })
      const printed = await run(cluster)
      const lines = (samples.get(command) ?? []).filter((line) => line !== '…')
      assert.ok(lines.length > 0)
      let rest = printed
      for (const line of lines) {
        // What is left out of a line is a dot of three as well.
        for (const piece of line.split('…')) {
          const at = rest.indexOf(piece)
          assert.ok(at >= 0, `not printed after what stands before it: ${piece}\n${printed}`)
          rest = rest.slice(at + piece.length)
        }
      }
    })
  }

  test('and every sample with an output is one of them', () => {
    const withOutput = [...samples].filter(([, lines]) =>
      lines.some((line) => !line.startsWith('$')),
    )
    assert.deepEqual(
      withOutput.map(([command]) => command),
      Object.keys(runs),
    )
  })
})
