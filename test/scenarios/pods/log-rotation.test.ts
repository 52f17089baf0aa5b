import assert from 'node:assert/strict'
import { test } from 'node:test'
import { simulate } from '#testing'

test('a chatty container keeps few and short log files, and its log goes on', async () => {
  await using cluster = await simulate()
  await cluster.apply(`
apiVersion: v1
kind: Pod
metadata: {name: chatty}
spec:
  containers:
    - {name: beside, image: busybox, command: [sleep, infinity]}
    - name: main
      image: busybox
      command:
        - sh
        - -c
        - 'line=$(printf "%0900000d" 7); i=0; while true; do i=$((i+1)); echo "$i $line"; sleep 1; done'
`)
  await cluster.advance('3m')
  const files = cluster.node('node-1').files('/var/log/pods')
  const logs = files.filter((path) => path.includes('chatty') && path.includes('/main/'))
  assert.equal(logs.length, 5, logs.join('\n'))
  assert.equal(logs.filter((path) => path.endsWith('.gz')).length, 3)
})
