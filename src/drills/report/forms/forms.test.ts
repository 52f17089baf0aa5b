import assert from 'node:assert/strict'
import { test } from 'node:test'
import { failedDrill, report } from '../report-fixture.ts'
import { reportForms } from './forms.ts'

const { html, junit, sarif, markdown } = reportForms

test('Markdown has a row for each drill, and what is in a manifest ends no cell and opens no tag', () => {
  const lines = markdown(report).split('\n')
  const stop = lines.find((line) => line.startsWith('| stop'))
  assert.equal(
    stop,
    '| stop | ❌ fails | 4 of 100 | 250 ms | never | 3 requests were refused by &lt;web> \\| "stopped" \\`pods\\` &amp; co (scale down). |',
  )
  assert.ok(lines.includes('| zone-loss | ➖ skipped |  |  |  | All nodes are in one zone. |'))
  assert.ok(lines.includes('- Missed: 4 requests lost, 0 allowed'))
  assert.ok(!markdown(report).includes('<web>'))
})

test('Markdown shows the command of an advice with its figures', () => {
  const text = markdown(report)
  assert.match(text, /\*\*Advice:\*\* A preStop hook that sleeps 5 s loses none\./)
  assert.match(text, /```sh\nkubectl patch deployment\.apps web -n shop --type strategic -p /)
  assert.match(
    text,
    /\| after \| 0 of 100 requests lost, 250 ms without an answer, Ready after 2 s \|/,
  )
})

test('a block of code in Markdown is ended by nothing that stands in it', () => {
  const worst = failedDrill.worst && { ...failedDrill.worst, replay: 'knarr drill stop -f ```x' }
  const text = markdown({ ...report, drills: [{ ...failedDrill, ...(worst ? { worst } : {}) }] })
  assert.match(text, /\n````sh\nknarr drill stop -f ```x\n````\n/)
})

test('JUnit counts cases, and says of each that failed why', () => {
  const text = junit(report)
  assert.match(
    text,
    /^<\?xml version="1\.0" encoding="UTF-8"\?>\n<testsuites name="knarr drill" tests="3" failures="1" errors="0" skipped="1">/,
  )
  assert.match(
    text,
    /<testcase classname="stop" name="scale down" file="deploy\/a b&amp;&lt;c&gt;\|&quot;d&quot;\.yaml" line="7">\n {6}<failure type="fails" message="3 of 3 runs missed an objective: 4 of 100 requests lost/,
  )
  assert.match(
    text,
    /<testcase classname="zone-loss" name="zone-loss">\n {6}<skipped message="All nodes are in one zone\."\/>/,
  )
  assert.match(text, /With it: 0 of 100 requests lost/)
})

test('what XML cannot hold is replaced', () => {
  const text = junit({ ...report, drills: [{ ...failedDrill, drill: 'a\u0000b\ud800c' }] })
  assert.match(text, /name="a\ufffdb\ufffdc"/)
})

test('SARIF has a result for each cause, at its line, the same wherever the line is', () => {
  const [run] = JSON.parse(sarif(report)).runs
  assert.deepEqual(run.tool.driver.rules, [
    {
      id: 'stop/refused-stopped',
      name: 'StopRefusedStopped',
      shortDescription: { text: 'pods are stopped under load: refused stopped' },
    },
  ])
  assert.equal(run.results.length, 1)
  const [result] = run.results
  assert.equal(result.level, 'error')
  assert.deepEqual(result.locations, [
    {
      physicalLocation: {
        artifactLocation: { uri: 'deploy/a%20b%26%3Cc%3E%7C%22d%22.yaml' },
        region: { startLine: 7 },
      },
    },
  ])
  assert.deepEqual(result.partialFingerprints, {
    'drill/v1': 'stop/refused-stopped deployment.apps/web shop/web:80',
  })
})

test('SARIF has one result for an objective that was missed without a known cause', () => {
  const worst = failedDrill.worst && { ...failedDrill.worst, causes: [] }
  const text = sarif({
    ...report,
    drills: [{ ...failedDrill, verdict: 'at-risk', ...(worst ? { worst } : {}) }],
  })
  const [result, ...rest] = JSON.parse(text).runs[0].results
  assert.deepEqual(rest, [])
  assert.equal(result.ruleId, 'stop/objective-missed')
  assert.equal(result.level, 'warning')
})

test('HTML holds nothing of a manifest that a browser would run, and asks nothing of a network', () => {
  const text = html(report)
  assert.ok(!/<web>|<c>|<scaled>|<start>|<needed>/.test(text))
  assert.ok(!/<script|https?:|@import|url\(/.test(text))
  assert.match(text, /default-src 'none'; style-src 'unsafe-inline'/)
})

test('HTML draws disturbances, requests and pods where they were on the axis', () => {
  const text = html(report)
  // Zero is a tenth from the left of a timeline from -1 s to 9 s.
  assert.match(
    text,
    /class="fault" style="left:10%;width:90%" title="web is &lt;scaled&gt; down, 0 to the end"/,
  )
  assert.match(
    text,
    /class="bar of-lost" style="left:10%;width:10%;bottom:57%;height:38%" title="0 to \+1 s: 4 lost/,
  )
  assert.match(text, /class="span Terminating" style="left:10%;width:50%"/)
  assert.match(text, /class="mark" style="left:11%" title="\+100 ms SIGTERM \(entry 41\)"/)
  assert.match(text, /Ready True, cordoned/)
})
