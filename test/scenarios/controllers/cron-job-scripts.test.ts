import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cronJobs, jobs } from '#api'
import { expect, simulate } from '#testing'

test('some hours of a CronJob: its scripts run at their times, by the clocks of their zone', async () => {
  await using cluster = await simulate()
  await cluster.apply(`
apiVersion: batch/v1
kind: CronJob
metadata: {name: report}
spec:
  schedule: 15 * * * *
  timeZone: Asia/Kolkata
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: OnFailure
          containers: [{name: main, image: busybox, command: [sh, -c, 'sleep 20; echo done']}]
`)
  const startMs = cluster.now.getTime()
  await cluster.advance('4h')
  const made = cluster.list(jobs)
  assert.equal(made.length, 3, 'of four the oldest is gone')
  for (const { metadata, status } of made) {
    const scheduled = metadata.annotations?.['batch.kubernetes.io/cronjob-scheduled-timestamp']
    assert.match(scheduled ?? '', /T\d\d:15:00\+05:30$/)
    const [from, to] = [status?.startTime, status?.completionTime].map((time = '') =>
      Date.parse(time),
    )
    assert.ok(to && from && to - from >= 20_000 && to - from < 40_000, `${from} ${to}`)
    assert.ok(from - Date.parse(scheduled ?? '') < 2_000)
  }
  const [report] = cluster.list(cronJobs)
  assert.equal(report?.status?.active, undefined)
  assert.equal(report?.status?.lastSuccessfulTime, made.at(-1)?.status?.completionTime)
  expect(cluster.log).eventually(/Saw completed job: report-\d+, condition: Complete/)
  assert.ok(cluster.now.getTime() - startMs === 4 * 3_600_000)
})
