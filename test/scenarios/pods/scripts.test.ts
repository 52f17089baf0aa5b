import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Simulation, simulate } from '#testing'

const pod = (command: string, mode: string) => `
apiVersion: v1
kind: ConfigMap
metadata: {name: scripts}
data:
  run.sh: |
    #!/bin/sh
    echo running $1
    sleep 2
    exit 3
---
apiVersion: v1
kind: Pod
metadata: {name: job}
spec:
  restartPolicy: Never
  volumes: [{name: scripts, configMap: {name: scripts, defaultMode: ${mode}}}]
  containers:
    - name: main
      image: debian
      command: ${command}
      volumeMounts: [{name: scripts, mountPath: /scripts}]
`

async function lived(command: string, mode: string): Promise<Simulation> {
  const cluster = await simulate()
  await cluster.apply(pod(command, mode))
  await cluster.advance('10s')
  return cluster
}

const ended = (cluster: Simulation) =>
  cluster.pod('job').object.status?.containerStatuses?.[0]?.state?.terminated

describe('a script of a ConfigMap as the command of a container', () => {
  test('is run for what it is when it may be executed', async () => {
    await using cluster = await lived('[/scripts/run.sh, one]', '0755')
    assert.equal(ended(cluster)?.exitCode, 3)
    assert.equal(ended(cluster)?.reason, 'Error')
  })

  const refused: readonly (readonly [string, string, string])[] = [
    ['[/scripts/run.sh]', '0644', 'exec: "/scripts/run.sh": permission denied'],
    [
      '[/scripts/none.sh]',
      '0755',
      'exec: "/scripts/none.sh": stat /scripts/none.sh: no such file or directory',
    ],
    ['[/scripts]', '0755', 'exec: "/scripts": is a directory'],
  ]
  for (const [command, mode, message] of refused) {
    test(`${command} of mode ${mode} is refused`, async () => {
      await using cluster = await lived(command, mode)
      assert.equal(ended(cluster)?.reason, 'StartError')
      assert.ok(ended(cluster)?.message?.includes(message), ended(cluster)?.message)
    })
  }
})
